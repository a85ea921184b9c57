#include <algorithm>
#include <cmath>

#include "prove/at_point.hpp"

// gxi.* at a point (GXI-1, GXI-2). First enclosures: two that do not meet refute. Then the lemma, node by node: if the
// relevance at a node's output is a_j g_j, every rule on the way that is LRP-0 with its bias in the denominator, on a
// denominator that does not vanish where it is used, hands a_i g_i down (R_i = sum_j a_i w_ij / z_j * z_j g_j); a
// homogeneous piece under "pass", a winner, a sum, a concatenation keep the form. Then exact evaluation, where it stays
// small. A vanished used denominator makes the place vacuous for gxi.reduces (0/0) and counts for gxi.strict.
namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;

namespace {

class Reduction {
 public:
  Reduction(AtPoint& at, const prop::Obligation& o, const Map& map)
      : at_(at),
        o_(o),
        map_(map),
        network_(at.point().network()),
        rules_(at.shared().subject.cases[std::size_t(o.rule_case)]) {}

  // Name of a node with a used denominator that is exactly 0, or "".
  std::string vanished() const {
    for (const NodeId id : prop::ruled_nodes(at_.shared().subject, o_.rule_case)) {
      const auto& gradient = map_.gradient[std::size_t(id)];
      if (gradient.empty()) continue;
      const auto& affine = std::get<rule::AffineRule>(rules_.assignment.of[std::size_t(id)]->body);
      const auto& trace = map_.trace.of[std::size_t(id)];
      for (std::size_t term = 0; term < trace.terms.size(); ++term)
        for (std::int64_t j = 0; j < network_.node(id).size(); ++j)
          if (!gradient[std::size_t(j)].is_zero() && vanishes_in_use(id, affine.terms[term], int(term), j))
            return network_.node(id).name;
    }
    return "";
  }

  // Does the lemma's induction go through? Otherwise the node at which it stops.
  // every_branch: also beyond the kinks of the input's piece.
  std::string lemma_stops_at(bool every_branch = false) const {
    if (rules_.rules.start == rule::Start::contrast) return "the start";
    std::vector<bool> needed(std::size_t(network_.size()));
    needed[std::size_t(network_.output())] = true;
    for (NodeId id = network_.output(); id > 0; --id) {
      if (!needed[std::size_t(id)]) continue;
      for (const NodeId in : network_.node(id).inputs) needed[std::size_t(in)] = true;
      if (!keeps_form(id, every_branch)) return network_.node(id).name;
    }
    return "";
  }

  Interval relevance(std::int64_t i) const {
    const auto& r = map_.relevance.of[0];
    return r.empty() ? Interval() : r[std::size_t(i)];
  }
  Interval product(std::int64_t i) const {
    const auto& g = map_.gradient[0];
    return g.empty() ? Interval() : at_.point().bound(0, i) * g[std::size_t(i)];
  }

 private:
  const Interval& gradient(NodeId id, std::int64_t j) const {
    static const Interval kZero;
    const auto& g = map_.gradient[std::size_t(id)];
    return g.empty() ? kZero : g[std::size_t(j)];
  }
  // The stabilised denominator is 0 and some n_ij of the term is not (GXI-1).
  bool vanishes_in_use(NodeId id, const rule::Term& term, int index, std::int64_t j) const {
    const auto kind = term.stabilizer.kind;
    if (kind != rule::Stabilizer::Kind::none && kind != rule::Stabilizer::Kind::unsigned_ &&
        !term.stabilizer.epsilon.is_zero())
      return false;
    const auto& trace = map_.trace.of[std::size_t(id)].terms[std::size_t(index)];
    if (trace.divisor.empty()) return false;
    const Sign quick = trace.divisor[std::size_t(j)].sign();
    if (quick == Sign::positive || quick == Sign::negative) return false;
    bool some_product = false;
    Rational d = exact_denominator(at_.point(), id, term, j, at_.shared().subject.settings.domain, &some_product);
    if (kind == rule::Stabilizer::Kind::unsigned_ && !term.stabilizer.rms) d += term.stabilizer.epsilon;
    return d.is_zero() && some_product;
  }

  bool keeps_form(NodeId id, bool every_branch) const {
    const net::Node& node = network_.node(id);
    const auto& rule = rules_.assignment.of[std::size_t(id)];
    if (std::holds_alternative<net::Opaque>(node.op)) return false;
    if (!rule) return true;  // structural: relevance moves with the elements
    if (const auto* affine = std::get_if<rule::AffineRule>(&rule->body)) return rule::is_lrp0(*affine);
    const auto kind = std::get<rule::NamedRule>(rule->body).kind;
    using Kind = rule::NamedRule::Kind;
    if (const auto* activation = std::get_if<net::Activation>(&node.op))
      return activation_keeps(id, *activation, kind, every_branch);
    if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op))
      return kind == Kind::winner || kind == Kind::gradient;
    return kind == Kind::pass && bias_free_identity(id);
  }

  // pass: f(z) = s z on the piece gives R = f(z) g = z (s g). gradient: R s = f(z) g s is z s g when s is 0 or 1.
  bool activation_keeps(NodeId id, const net::Activation& activation, rule::NamedRule::Kind kind,
                        bool every_branch) const {
    using Kind = rule::NamedRule::Kind;
    if (kind != Kind::pass && kind != Kind::gradient) return false;
    const auto keeps = [&](const net::Curve& curve, std::size_t piece) {
      const Rational& slope = curve.slopes[piece];
      return curve.intercepts[piece].is_zero() && (kind == Kind::pass || slope.is_zero() || slope == Rational(1));
    };
    for (std::int64_t k = 0; k < network_.node(id).size(); ++k) {
      const net::Curve& curve = activation.curve(k);
      for (std::size_t piece = 0; every_branch && piece < curve.slopes.size(); ++piece)
        if (!keeps(curve, piece)) return false;
      if (every_branch || gradient(id, k).is_zero()) continue;
      if (!keeps(curve, std::size_t(map_.branch.choice[std::size_t(id)][std::size_t(k)]))) return false;
    }
    return true;
  }
  bool bias_free_identity(NodeId id) const {
    const net::Linear& linear = at_.shared().ready.linear(id);
    return network_.node(id).inputs.size() == 1 &&
           (std::holds_alternative<net::BatchNorm>(network_.node(id).op) ||
            std::holds_alternative<net::Scale>(network_.node(id).op)) &&
           std::all_of(linear.bias().approx.begin(), linear.bias().approx.end(), [](double b) { return b == 0; }) &&
           linear.bias().all_double();
  }

  AtPoint& at_;
  const prop::Obligation& o_;
  const Map& map_;
  const net::Network& network_;
  const prop::RuleCase& rules_;
};

enum class Outcome { holds, fails, open };

struct Judgement {
  Outcome outcome = Outcome::open;
  claim::Witness witness;
  std::string reason;
  double deviation = 0;  ///< gxi.bounded: at most this times |f_c|; infinite when that is not told
};

claim::Witness feature_witness(const Reduction& r, std::int64_t i) {
  claim::Witness w;
  w.kind = "feature", w.indices["feature"] = long(i);
  w.numbers["relevance"] = pair_of(r.relevance(i));
  w.numbers["gradient_x_input"] = pair_of(r.product(i));
  return w;
}

// The feature whose enclosures are furthest apart, or -1.
std::int64_t furthest(const Reduction& r, std::int64_t n) {
  std::int64_t best = -1;
  double gap = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Interval a = r.relevance(i), b = r.product(i);
    if (!disjoint(a, b)) continue;
    const double distance = std::max(a.lo - b.hi, b.lo - a.hi);
    if (best < 0 || distance > gap) best = i, gap = distance;
  }
  return best;
}

Judgement equal_maps(AtPoint& at, const prop::Obligation& o, const Reduction& r, bool vanished) {
  Judgement j;
  const std::int64_t n = at.point().network().input_size();
  if (const auto i = furthest(r, n); i >= 0) {
    j.outcome = Outcome::fails, j.witness = feature_witness(r, i);
    return j;
  }
  const auto& rules = at.shared().subject.cases[std::size_t(o.rule_case)].rules;
  const std::string stop = vanished ? "a vanished denominator" : r.lemma_stops_at();
  if (stop.empty() && rules.start == rule::Start::value) {
    j.outcome = Outcome::holds, j.witness.kind = "reduces";
    return j;
  }
  if (const auto* exact = at.exact_map(std::size_t(o.rule_case))) {
    const auto g = region::suffix_gradient_exact(at.point(), at.shared().whole, at.point().network().output(),
                                                 at.target(), region::choice_of(at.point().branch()));
    for (std::int64_t i = 0; i < n; ++i) {
      const Rational have = exact->of[0].empty() ? Rational() : exact->of[0][std::size_t(i)];
      const Rational want = at.point().x()[std::size_t(i)] * g[std::size_t(i)];
      if (have == want) continue;
      j.outcome = Outcome::fails;
      j.witness.kind = "feature", j.witness.indices["feature"] = long(i);
      j.witness.numbers["relevance"] = {have, have}, j.witness.numbers["gradient_x_input"] = {want, want};
      return j;
    }
    j.outcome = Outcome::holds, j.witness.kind = "reduces";
    return j;
  }
  j.reason = "the two maps agree to rounding, and the lemma stops at " + stop;
  return j;
}

// No positive k fits: one feature of opposite signs (second = -1), or two whose ratios differ. Of all such witnesses
// the one that rounding touches least, so that whoever replays it can decide in floating point too.
std::optional<std::pair<std::int64_t, std::int64_t>> clearest_contradiction(const Reduction& r, std::int64_t n) {
  std::int64_t worst = -1, reference = -1;
  double size = -1;
  for (std::int64_t i = 0; i < n; ++i) {
    const Interval a = r.relevance(i), b = r.product(i);
    if (a.sign() == Sign::unknown || b.sign() == Sign::unknown) continue;
    const bool opposite = int(a.sign()) * int(b.sign()) < 0;
    const bool one_vanishes = a.is_zero() != b.is_zero();
    const double strength = opposite ? std::min(a.mignitude(), b.mignitude()) : 0;
    if ((opposite || one_vanishes) && strength > size) worst = i, size = strength;
    if (!a.is_zero() && (reference < 0 || b.mignitude() > r.product(reference).mignitude())) reference = i;
  }
  if (worst >= 0) return std::pair{worst, std::int64_t{-1}};
  for (std::int64_t i = 0; i < n && reference >= 0; ++i) {
    const Interval a = r.relevance(i) * r.product(reference), b = r.relevance(reference) * r.product(i);
    if (i == reference || !disjoint(a, b)) continue;
    const double gap = std::max(a.lo - b.hi, b.lo - a.hi);
    if (gap > size) worst = i, size = gap;
  }
  if (worst < 0) return std::nullopt;
  return std::pair{worst, reference};
}

Judgement proportional(const Reduction& r, std::int64_t n, const Judgement& equal) {
  Judgement j;
  if (equal.outcome == Outcome::holds) {
    j.outcome = Outcome::holds, j.witness.kind = "scaled";
    return j;
  }
  if (const auto pair = clearest_contradiction(r, n)) {
    j.outcome = Outcome::fails, j.witness.kind = "ratio";
    j.witness.indices["feature"] = long(pair->first), j.witness.indices["other"] = long(pair->second);
    return j;
  }
  if (equal.reason.empty())
    j.reason = "no two features contradict, and no proof of proportionality";
  else
    j.reason = equal.reason;
  return j;
}

// Start "one" under the lemma: R = x (*) grad f_c / f_c, so k = 1 / f_c.
bool started_from_one(AtPoint& at, const prop::Obligation& o, const Reduction& r, bool vanished, Judgement& j) {
  const auto& rules = at.shared().subject.cases[std::size_t(o.rule_case)].rules;
  if (rules.start != rule::Start::one || vanished || !r.lemma_stops_at().empty()) return false;
  if (at.point().sign(at.point().network().output(), at.target()) != Sign::positive) return false;
  j.outcome = Outcome::holds, j.witness.kind = "scaled";
  return true;
}

Judgement bounded(AtPoint& at, const Reduction& r, const Judgement& equal) {
  Judgement j;
  const Rational tau = *at.shared().subject.settings.tau;
  j.witness.numbers["tau"] = {tau};
  const Interval f = at.output(), size(f.mignitude(), f.magnitude());
  bool all = true;
  double furthest = 0;
  for (std::int64_t i = 0; i < at.point().network().input_size(); ++i) {
    const Interval d = equal.outcome == Outcome::holds ? Interval() : r.relevance(i) - r.product(i);
    const Interval distance(d.mignitude(), d.magnitude()), limit = Interval(tau) * size;
    if (!distance.is_zero()) j.deviation = std::max(j.deviation, (distance / size).hi);
    if (distance.hi <= limit.lo) continue;
    all = false;
    if (!(distance.lo > limit.hi) || distance.lo < furthest) continue;
    furthest = distance.lo;
    j.outcome = Outcome::fails, j.witness.kind = "bound", j.witness.indices["feature"] = long(i);
    j.witness.numbers["difference"] = pair_of(d), j.witness.numbers["output"] = pair_of(f);
  }
  if (j.outcome == Outcome::fails) return j;
  if (all)
    j.outcome = Outcome::holds, j.witness.kind = "bounded";
  else
    j.reason = "a difference lies within rounding of the bound";
  return j;
}

}  // namespace

void decide_reduction(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  const auto& rejected = at.shared().rejected[std::size_t(o.rule_case)];
  if (!rejected.empty()) return tally.rejected(rejected);
  const auto& maps = at.maps(std::size_t(o.rule_case));
  if (maps.empty()) return tally.unknown("edges: more units at a kink than the budget enumerates");
  claim::Exemplar e;
  e.target = long(at.target());
  std::string open, vacuous;
  for (const Map& map : maps) {  // at an edge: for every branch
    const Reduction r(at, o, map);
    const std::string zero = r.vanished();
    if (!zero.empty() && o.check == "gxi.reduces") {
      vacuous = "a used denominator vanishes at " + zero;
      continue;
    }
    Judgement j = equal_maps(at, o, r, !zero.empty());
    if (o.check == "gxi.scaled" && !started_from_one(at, o, r, !zero.empty(), j))
      j = proportional(r, at.point().network().input_size(), j);
    if (o.check == "gxi.bounded") j = bounded(at, r, j);
    if (j.deviation > 0 && std::isfinite(j.deviation))
      tally.largest["largest_deviation"] = std::max(tally.largest["largest_deviation"], j.deviation);
    e.witness = j.witness;
    if (map.options.size() > 0) e.witness.words["branch"] = "edge";
    if (j.outcome == Outcome::fails) return tally.refuted(e);
    if (j.outcome == Outcome::open) open = j.reason;
  }
  if (!open.empty()) return tally.unknown(open);
  if (!vacuous.empty()) return tally.vacuous(vacuous);
  tally.proved(e);
}

std::string lemma_stops_at(AtPoint& at, const prop::Obligation& o) {
  const auto& maps = at.maps(std::size_t(o.rule_case));
  return maps.size() == 1 ? Reduction(at, o, maps[0]).lemma_stops_at(true) : "an edge";
}

}  // namespace lrproof::prove
