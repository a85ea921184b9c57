#include "prove/deviation.hpp"

#include <algorithm>
#include <cmath>

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;

bool Deviation::none() const {
  return stops_at.empty() && std::all_of(excess.begin(), excess.end(), [](const auto& e) { return e.is_zero(); });
}

namespace {

Interval meet(const Interval& a, const Interval& b) {
  const Interval both{std::max(a.lo, b.lo), std::min(a.hi, b.hi)};
  return both.lo <= both.hi ? both : a;
}
bool touches_zero(const Interval& v) { return v.lo <= 0 && v.hi >= 0; }
Interval size_of(const Interval& v) { return {v.mignitude(), v.magnitude()}; }

// The m of n_ij = a_i m; nothing where a part of the numerator does not vanish with the input.
std::optional<Interval> slope_of(const rule::Term& term, const Rational& w, const Interval& a) {
  Interval sum;
  for (const auto& product : term.numerator) {
    const Rational factor = product.coefficient * factor_of_weight(product.psi, w);
    if (factor.is_zero()) continue;
    const bool pos = product.phi == rule::Phi::pos, neg = product.phi == rule::Phi::neg;
    if (product.phi != rule::Phi::a && !pos && !neg) return std::nullopt;
    if ((pos && a.hi <= 0) || (neg && a.lo >= 0)) continue;
    const bool sure = product.phi == rule::Phi::a || (pos ? a.lo >= 0 : a.hi <= 0);
    sum += sure ? Interval(factor) : hull(Interval(), Interval(factor));
  }
  return sum;
}
// Does the numerator vanish with its input? At a tap whose input is 0 everywhere nothing else shows it.
bool reads_input(const rule::Term& term, const Rational& w) {
  return std::all_of(term.numerator.begin(), term.numerator.end(), [&](const auto& product) {
    const bool reads = product.phi == rule::Phi::a || product.phi == rule::Phi::pos || product.phi == rule::Phi::neg;
    return reads || factor_of_weight(product.psi, w).is_zero();
  });
}
// slope_of where it is one number, of a numerator that reads its input.
std::optional<Rational> exact_slope_of(const rule::Term& term, const Rational& w, const Interval& a) {
  Rational sum;
  for (const auto& product : term.numerator) {
    const Rational factor = product.coefficient * factor_of_weight(product.psi, w);
    if (factor.is_zero()) continue;
    const bool pos = product.phi == rule::Phi::pos, neg = product.phi == rule::Phi::neg;
    if ((pos && a.hi <= 0) || (neg && a.lo >= 0)) continue;
    const bool sure = product.phi == rule::Phi::a || (pos && a.lo >= 0) || (neg && a.hi <= 0);
    if (!sure) return std::nullopt;
    sum += factor;
  }
  return sum;
}

// Of a gate, at units whose z lies in the range.
Interval opening(rule::Gate gate, const Interval& z) {
  std::optional<Interval> all;
  for (const Sign sign : {Sign::negative, Sign::zero, Sign::positive}) {
    if (sign == Sign::negative ? z.lo >= 0 : sign == Sign::positive ? z.hi <= 0 : !touches_zero(z)) continue;
    const Interval here(rule::opens(gate, sign) ? 1.0 : 0.0);
    all = all ? hull(*all, here) : here;
  }
  return all ? *all : Interval(0.0, 1.0);
}

// d / S(d) - 1, 0 / 0 = 0; nothing where S(d) may vanish without d, or follows a whole layer.
std::optional<Interval> shortfall(const rule::Stabilizer& s, const Interval& d, bool except_vanished) {
  using Kind = rule::Stabilizer::Kind;
  const bool none = s.kind == Kind::none || (s.epsilon.is_zero() && s.kind != Kind::zero_only);
  if (none) return touches_zero(d) && !except_vanished ? Interval(-1.0, 0.0) : Interval();
  if (s.rms || s.epsilon.sign() < 0) return std::nullopt;
  if (s.kind == Kind::zero_only) return touches_zero(d) ? Interval(-1.0, 0.0) : Interval();
  const Interval epsilon(s.epsilon);
  if (s.kind == Kind::clip) {
    const Interval ratio = size_of(d) / epsilon - Interval(1.0);
    return Interval(std::min(ratio.lo, 0.0), std::min(ratio.hi, 0.0));
  }
  if (s.kind == Kind::unsigned_ && d.lo < 0) {
    const Interval shifted = d + epsilon;
    if (touches_zero(shifted)) return std::nullopt;
    return -(epsilon / shifted);
  }
  return meet(Interval(-1.0, 0.0), -(epsilon / (size_of(d) + epsilon)));
}

class Backward {
 public:
  Backward(Region& region, const RegionBounds& bounds, std::size_t rule_case, bool except_vanished)
      : region_(region),
        bounds_(bounds),
        network_(region.at->point().network()),
        rules_(region.at->shared().subject.cases[rule_case]),
        except_vanished_(except_vanished),
        excess_(std::size_t(network_.size())),
        gradient_(std::size_t(network_.size())) {}

  Deviation run() {
    Deviation out;
    add({network_.output(), region_.at->target()}, Interval(), Interval(1.0));
    for (NodeId id = network_.output(); id > 0; --id) {
      const auto at = std::size_t(id);
      for (std::size_t k = 0; k < gradient_[at].size(); ++k) {
        if (excess_[at][k].is_zero() && gradient_[at][k].is_zero()) continue;
        const std::string why = step(id, std::int64_t(k), excess_[at][k], gradient_[at][k]);
        if (why.empty()) continue;
        out.stops_at = network_.node(id).name + ": " + why;
        return out;
      }
    }
    out.excess = std::move(excess_[0]);
    out.excess.resize(std::size_t(network_.input_size()));
    return out;
  }

 private:
  void add(const region::Element& of, const Interval& e, const Interval& g) {
    if (of.node < 0) return;
    const auto at = std::size_t(of.node);
    if (gradient_[at].empty()) {
      excess_[at].resize(std::size_t(network_.node(of.node).size()));
      gradient_[at].resize(excess_[at].size());
    }
    excess_[at][std::size_t(of.element)] += e, gradient_[at][std::size_t(of.element)] += g;
  }

  std::string step(NodeId id, std::int64_t k, const Interval& e, const Interval& g) {
    const net::Node& node = network_.node(id);
    const auto& rule = rules_.assignment.of[std::size_t(id)];
    if (std::holds_alternative<net::Opaque>(node.op)) return "an opaque operator";
    const auto* affine = rule ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
    if (net::is_affine(node.op)) return affine ? through_affine(id, k, *affine, e, g) : "no rule of shares";
    if (const auto* activation = std::get_if<net::Activation>(&node.op))
      return through_activation(id, k, *activation, e, g);
    if (region::is_maximum(node)) return through_maximum(id, k, e, g);
    const auto [in, element] = region::moved_from(network_, id, k);
    add({in, element}, e, g);
    return "";
  }

  const rule::NamedRule* named_rule(NodeId id) const {
    const auto& rule = rules_.assignment.of[std::size_t(id)];
    return rule ? std::get_if<rule::NamedRule>(&rule->body) : nullptr;
  }

  // Slopes of the pieces that inputs of the closed region reach: its own, and those beyond a kink that it touches.
  std::string through_activation(NodeId id, std::int64_t k, const net::Activation& activation, const Interval& e,
                                 const Interval& g) {
    using Kind = rule::NamedRule::Kind;
    const auto* named = named_rule(id);
    if (!named || (named->kind != Kind::pass && named->kind != Kind::gradient)) return "its rule is not pass";
    const net::Curve& curve = activation.curve(k);
    const auto own = std::size_t(region_.at->point().branch().choice[std::size_t(id)][std::size_t(k)]);
    const Interval z = reach(network_.node(id).inputs[0], k);
    Interval slope(curve.slopes[own]);
    for (const std::size_t piece : {own - 1, own, own + 1}) {
      if (piece >= curve.slopes.size()) continue;
      if (piece + 1 == own && z.lo > curve.kinks[own - 1].upper()) continue;
      if (piece == own + 1 && z.hi < curve.kinks[own].lower()) continue;
      const Rational& s = curve.slopes[piece];
      if (!curve.intercepts[piece].is_zero()) return "a piece that does not go through 0";
      if (named->kind == Kind::gradient && !s.is_zero() && s != Rational(1)) return "a slope is handed down twice";
      slope = hull(slope, Interval(s));
    }
    add({network_.node(id).inputs[0], k}, slope * e, slope * g);
    return "";
  }

  // One winner on the whole closed region.
  std::string through_maximum(NodeId id, std::int64_t k, const Interval& e, const Interval& g) {
    using Kind = rule::NamedRule::Kind;
    const auto* named = named_rule(id);
    if (!named || (named->kind != Kind::winner && named->kind != Kind::gradient)) return "its rule is not winner";
    const auto from = region::candidates(region_.at->point().ready(), id, k);
    const auto winner = from[std::size_t(region_.at->point().branch().choice[std::size_t(id)][std::size_t(k)])];
    const auto* max = std::get_if<net::Max>(&network_.node(id).op);
    const int side = max && max->minimum ? -1 : 1;
    for (const auto& other : from) {
      if (other == winner) continue;
      const AffineForm ahead =
          region_.forms->form(winner.first, winner.second) - region_.forms->form(other.first, other.second);
      if (range_of(Rational(side) * ahead, region_.hull_of()).lo <= 0) return "candidates may tie";
    }
    add({winner.first, winner.second}, e, g);
    return "";
  }

  // Range of an element, within the pieces of the activations that read it.
  Interval reach(NodeId id, std::int64_t k) {
    Interval z = bounds_.values.of[std::size_t(id)][std::size_t(k)];
    if (id > 0) z = meet(z, range_of(region_.forms->form(id, k), region_.hull_of()));
    for (NodeId reader = id + 1; reader < network_.size(); ++reader) {
      const auto* activation = std::get_if<net::Activation>(&network_.node(reader).op);
      if (!activation || network_.node(reader).inputs[0] != id) continue;
      const net::Curve& curve = activation->curve(k);
      const auto piece = std::size_t(region_.at->point().branch().choice[std::size_t(reader)][std::size_t(k)]);
      if (piece > 0) z = meet(z, Interval(curve.kinks[piece - 1].lower(), HUGE_VAL));
      if (piece < curve.kinks.size()) z = meet(z, Interval(-HUGE_VAL, curve.kinks[piece].upper()));
    }
    return z;
  }
  // Linear programs tell from 0 what ranges do not.
  Interval off_zero(NodeId id, std::int64_t k, Interval z) {
    constexpr int kPrograms = 200;
    for (const int side : {1, -1}) {
      if (!touches_zero(z) || (side > 0 ? z.hi : -z.lo) <= 0 || ++programs_ > kPrograms) continue;
      const auto least = lower_bound(region_.polytope, Rational(side) * region_.forms->form(id, k));
      if (!least || least->sign() <= 0) continue;
      z = side > 0 ? Interval(least->lower(), z.hi) : Interval(z.lo, -least->lower());
    }
    return z;
  }

  struct Tap {
    region::Element of;
    Rational w;
    Interval a;
  };
  std::vector<Tap> taps_of(NodeId id, std::int64_t j) const {
    const net::Linear& linear = region_.at->shared().ready.linear(id);
    std::vector<Tap> taps;
    linear.taps(j, [&](std::int64_t in, std::int64_t w) {
      const auto of = region::operand_of(network_, network_.node(id), in);
      taps.push_back({of, linear.weights().rational(std::size_t(w)),
                      bounds_.values.of[std::size_t(of.node)][std::size_t(of.element)]});
    });
    return taps;
  }

  // c with n = c a w at every tap and chi = c b: by the formula, or by the signs that inputs and weights have here.
  static std::optional<Rational> share_here(const rule::Term& term, const std::vector<Tap>& taps, const Rational& b) {
    if (auto c = rule::share_of_z(term)) return c;
    std::optional<Rational> c;
    const auto agrees = [&](const Rational& have, const Rational& want) {
      if (want.is_zero()) return have.is_zero();
      if (!c) c = have / want;
      return have == *c * want;
    };
    for (const Tap& tap : taps) {
      if (!reads_input(term, tap.w)) return std::nullopt;
      if (tap.a.is_zero()) continue;
      const auto m = exact_slope_of(term, tap.w, tap.a);
      if (!m || !agrees(*m, tap.w)) return std::nullopt;
    }
    Rational chi;
    for (const auto& part : term.bias) chi += part.coefficient * factor_of_bias(part.chi, b);
    if (!agrees(chi, b)) return std::nullopt;
    return c && !c->is_zero() ? c : std::nullopt;
  }

  std::string through_affine(NodeId id, std::int64_t j, const rule::AffineRule& rule, const Interval& e,
                             const Interval& g) {
    const net::Linear& linear = region_.at->shared().ready.linear(id);
    const auto taps = taps_of(id, j);
    const Rational b = linear.bias().empty() ? Rational() : linear.bias().rational(std::size_t(linear.bias_of(j)));
    Interval z = reach(id, j);
    if (!except_vanished_) z = off_zero(id, j, z);
    Rational open_shares(-1);
    Interval short_of;                                           // of w, over the terms with n = c a w
    std::vector<std::pair<const rule::Term*, Interval>> others;  // k gate rho
    const auto& trace = bounds_.trace.of[std::size_t(id)].terms;
    for (std::size_t t = 0; t < rule.terms.size(); ++t) {
      const rule::Term& term = rule.terms[t];
      const Interval gate = opening(term.gate, z);
      if (gate.is_zero()) continue;
      if (const auto c = share_here(term, taps, b)) {
        const auto less = shortfall(term.stabilizer, Interval(*c) * z, except_vanished_);
        if (!less) return "a stabilised denominator may vanish";
        const bool sure = gate.lo == 1;
        if (sure) open_shares += term.share;
        short_of += Interval(term.share) * (sure ? *less : gate * (Interval(1.0) + *less));
        continue;
      }
      if (t >= trace.size() || trace[t].divisor.empty()) return "a term that nothing is known of";
      const Interval& s = trace[t].divisor[std::size_t(j)];
      if (touches_zero(s)) return "a denominator is not told from 0";
      others.emplace_back(&term, Interval(term.share) * gate * (z / s));
    }
    const Interval less = Interval(open_shares) + short_of;
    for (const Tap& tap : taps) {
      const Interval w(tap.w);
      Interval beyond = w * less;
      for (const auto& [term, rho] : others) {
        const auto m = slope_of(*term, tap.w, tap.a);
        if (!m) return "its shares do not vanish with the input";
        beyond += *m * rho;
      }
      if (tap.of.node == 0 && tap.a.is_zero()) continue;  // a unit that is 0 here may be alive beyond its facet
      add(tap.of, (w + beyond) * e + beyond * g, w * g);
    }
    return "";
  }

  Region& region_;
  const RegionBounds& bounds_;
  const net::Network& network_;
  const prop::RuleCase& rules_;
  const bool except_vanished_;
  int programs_ = 0;
  std::vector<std::vector<Interval>> excess_, gradient_;
};

}  // namespace

Deviation deviation_over(Region& region, const RegionBounds& bounds, std::size_t rule_case, bool except_vanished) {
  return Backward(region, bounds, rule_case, except_vanished).run();
}

}  // namespace lrproof::prove
