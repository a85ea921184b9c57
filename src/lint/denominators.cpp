// Lint rules about the sums that shares are divided by (DEN-1, CON-1, PRE-1): bounds over the domain prove, inputs that
// are tried refute. A denominator is a continuous function of the input: where it takes both signs it is 0 in between.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lint/look.hpp"
#include "prove/rule_law_proofs.hpp"
#include "prove/tap_form.hpp"

namespace lrproof::lint {

using rule::Stabilizer;
using Kind = rule::NamedRule::Kind;

namespace {

// Of an Add, element by element: the operands with their signs.
struct Operand {
  NodeId node;
  double sign;
};
std::vector<Operand> operands_of(const net::Node& node) {
  std::vector<Operand> out;
  const auto& signs = std::get<net::Add>(node.op).signs;
  for (std::size_t o = 0; o < node.inputs.size(); ++o) out.push_back({node.inputs[o], double(signs[o])});
  return out;
}

Interval signed_value(const Operand& operand, const Tensors& values, std::int64_t k) {
  const Interval& a = values.of[std::size_t(operand.node)][std::size_t(k)];
  return operand.sign < 0 ? -a : a;
}

bool is_sum(const Look& look, NodeId id) { return std::holds_alternative<net::Add>(look.node(id).op); }

// One operand is positive and another one negative.
bool disagree(const std::vector<Operand>& operands, const Tensors& values, std::int64_t k) {
  bool up = false, down = false;
  for (const auto& operand : operands) {
    const Interval a = signed_value(operand, values, k);
    up = up || a.lo > 0, down = down || a.hi < 0;
  }
  return up && down;
}

// The same, as far as the bounds tell. A tensor agrees with itself.
bool may_disagree(const std::vector<Operand>& operands, const Tensors& bounds, std::int64_t k) {
  for (const auto& one : operands)
    for (const auto& other : operands) {
      if (one.node == other.node && one.sign == other.sign) continue;
      const Interval a = signed_value(one, bounds, k), b = signed_value(other, bounds, k);
      if (!(a.hi <= 0) && !(b.lo >= 0)) return true;
    }
  return false;
}

// The unit at which the most is cancelled at an input: sum |a| over |sum a|.
struct Cancelled {
  std::int64_t unit = -1;
  double ratio = 0;
};
Cancelled most_cancelled(const std::vector<Operand>& operands, const Tensors& values, std::int64_t size) {
  Cancelled most;
  for (std::int64_t k = 0; k < size; ++k) {
    if (!disagree(operands, values, k)) continue;
    double sum = 0, absolute = 0;
    for (const auto& operand : operands) {
      const Interval a = signed_value(operand, values, k);
      sum += a.lo, absolute += std::abs(a.lo);
    }
    const double ratio = sum == 0 ? 1e300 : absolute / std::abs(sum);
    if (most.unit < 0 || ratio > most.ratio) most = {k, ratio};
  }
  return most;
}

}  // namespace

void cancelling_sums(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    // Where no share is negative nothing is cancelled, whatever the operands.
    if (!rule || !is_sum(look, id) || prove::positive(*rule)) continue;
    const auto operands = operands_of(look.node(id));
    const std::int64_t size = look.node(id).size();
    Draft draft(look, "A005", int(c), id, "operands of " + name_of(look.node(id)) + " may cancel each other");
    draft.over_domain();
    const Trial* worst = nullptr;
    Cancelled most;
    for (const auto& trial : look.trials())
      if (const auto here = most_cancelled(operands, trial.values, size); here.unit >= 0 && here.ratio > most.ratio)
        most = here, worst = &trial;
    if (worst) {
      std::vector<Interval> values;
      for (const auto& operand : operands) values.push_back(signed_value(operand, worst->values, most.unit));
      draft.witness(*worst, "cancelling", {{"unit", long(most.unit)}}, {{"operands", values}});
      out.push_back(
          draft.number("largest_ratio", most.ratio)
              .fix("a rule whose shares stay in [0, 1], such as z-plus, or an epsilon of the size of the sums")
              .refuted());
      continue;
    }
    bool may = !look.bounds();
    for (std::int64_t k = 0; k < size && !may; ++k) may = may_disagree(operands, *look.bounds(), k);
    draft.finding.statement = "no operands of " + name_of(look.node(id)) + " have opposite signs";
    out.push_back(may ? draft.unknown(undecided(look)) : draft.proved());
  }
}

namespace {

// Range of the share that stays with the biases of a unit, over the terms; nothing where a denominator may be 0.
std::optional<Interval> bias_share(const rule::AffineRule& rule, const Look::Parts& parts, std::size_t unit) {
  Interval sum;
  for (std::size_t t = 0; t < parts.size(); ++t) {
    if (parts[t].chi.empty()) continue;
    Interval share = Interval(rule.terms[t].share) * parts[t].chi[unit] / parts[t].d[unit];
    if (!share.is_bounded()) return std::nullopt;
    if (rule.terms[t].gate != rule::Gate::always) share = hull(Interval(), share);
    sum += share;
  }
  return sum;
}

// Four digits, rounded away from what lies within.
std::string outward(double bound, int side) { return fmt::format("{:.4g}", bound + side * std::abs(bound) * 1e-3); }

bool has_bias(const Look::Parts& parts, std::size_t unit) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const auto& part) { return !part.chi.empty() && !part.chi[unit].is_zero(); });
}

}  // namespace

void biases_that_absorb(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule || look.ready().bias(id).empty()) continue;
    if (std::all_of(rule->terms.begin(), rule->terms.end(), [](const auto& term) { return term.bias.empty(); }))
      continue;
    const auto* parts = look.bounds_of_terms(c, id);
    const auto size = std::size_t(look.node(id).size());
    const Trial* any = look.trials().empty() ? nullptr : &look.trials()[0];
    const Look::Parts there = parts || !any ? Look::Parts() : look.terms_at(c, id, *any);
    if (!parts && !any) continue;
    std::int64_t units = 0, open = 0;
    Interval range(HUGE_VAL, -HUGE_VAL);
    for (std::size_t j = 0; j < size; ++j) {
      if (!has_bias(parts ? *parts : there, j)) continue;
      ++units;
      const auto share = parts ? bias_share(*rule, *parts, j) : std::nullopt;
      if (share)
        range = hull(range, *share);
      else
        ++open;
    }
    if (units == 0) continue;
    std::string sentence = "rule \"" + look.rule_at(c, id)->name + "\" leaves relevance with the bias at " +
                           std::to_string(units) + " of " + std::to_string(size) + " units of " +
                           name_of(look.node(id));
    Draft draft(look, "A010", int(c), id, "");
    if (open < units) {
      draft.over_domain().number("least_share", range.lo).number("largest_share", range.hi);
      sentence += ", a share between " + outward(range.lo, -1) + " and " + outward(range.hi, 1) + " before " +
                  "its stabiliser" + (open > 0 ? " where it is bounded" : "");
    }
    if (open > 0) sentence += "; no bound of the share is known at " + std::to_string(open) + " of them";
    draft.finding.statement = sentence;
    draft.number("units", double(units)).number("unbounded_units", double(open));
    out.push_back(draft.fix("a rule without a bias part conserves relevance at this layer").refuted());
  }
}

namespace {

// "term 0", "terms 0, 2"
std::string terms_text(const std::vector<std::size_t>& terms) {
  return fmt::format("term{} {}", terms.size() > 1 ? "s" : "", fmt::join(terms, ", "));
}

// Does every denominator of these terms keep to what is asked, over the domain?
template <class Keeps>
bool all_keep(const Look::Parts* parts, const std::vector<std::size_t>& terms, Keeps keeps) {
  return parts && std::all_of(terms.begin(), terms.end(), [&](std::size_t t) {
           return std::all_of((*parts)[t].d.begin(), (*parts)[t].d.end(), keeps);
         });
}

// The first input that was tried at which one of these terms has a negative denominator, told.
bool tell_negative(Look& look, std::size_t c, NodeId id, const std::vector<std::size_t>& terms, Draft& draft) {
  for (const auto& trial : look.trials()) {
    const auto here = look.terms_at(c, id, trial);
    for (const std::size_t t : terms) {
      const auto& d = here[t].d;
      const auto least = std::min_element(d.begin(), d.end(), [](auto& x, auto& y) { return x.hi < y.hi; });
      if (!(least->hi < 0)) continue;
      draft.witness(trial, "negative-sum", {{"unit", long(least - d.begin())}, {"term", long(t)}},
                    {{"denominator", {*least}}});
      return true;
    }
  }
  return false;
}

}  // namespace

void unsigned_epsilons(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule) continue;
    std::vector<std::size_t> terms;
    for (std::size_t t = 0; t < rule->terms.size(); ++t) {
      const auto& stabilizer = rule->terms[t].stabilizer;
      if (stabilizer.kind == Stabilizer::Kind::unsigned_ && !stabilizer.epsilon.is_zero()) terms.push_back(t);
    }
    if (terms.empty()) continue;
    const std::string sum = "the sum that rule \"" + look.rule_at(c, id)->name + "\" (" + terms_text(terms) +
                            ") adds an unsigned epsilon to at " + name_of(look.node(id));
    Draft draft(look, "A014", int(c), id, sum + " may be negative: epsilon draws it towards 0");
    draft.over_domain().fix("stabilizer = { kind = \"signed\", ... }");
    if (all_keep(look.bounds_of_terms(c, id), terms, [](const Interval& d) { return d.lo >= 0; })) {
      draft.finding.statement = sum + " is >= 0";
      out.push_back(draft.proved());
    } else {
      out.push_back(tell_negative(look, c, id, terms, draft) ? draft.refuted() : draft.unknown(undecided(look)));
    }
  }
}

namespace {

// An element of the node that is 0 gets no relevance from its readers, by their formulas: its share is 0 at each of
// them, or they are 0 themselves and get none.
class ZeroGetsNothing {
 public:
  ZeroGetsNothing(Look& look, std::size_t c) : look_(look), c_(c), known_(std::size_t(look.network().size()), -1) {}

  bool operator()(NodeId id) {
    int& known = known_[std::size_t(id)];
    if (known < 0) known = decide(id);
    return known == 1;
  }

 private:
  bool decide(NodeId id) {
    const auto& network = look_.network();
    const bool starts_at_one = look_.rules(c_).rules.start == rule::Start::one;
    if (id == network.output() && starts_at_one) return false;
    for (const NodeId reader : network.readers(id))
      if (look_.needed(reader) && !at(reader)) return false;
    return true;
  }

  bool at(NodeId reader) {
    const auto& node = look_.node(reader);
    const auto* rule = look_.rule_at(c_, reader);
    if (std::holds_alternative<net::Opaque>(node.op)) return false;
    if (!rule)
      return std::holds_alternative<net::Reshape>(node.op) || std::holds_alternative<net::Select>(node.op) ||
                     std::holds_alternative<net::Concat>(node.op)
                 ? (*this)(reader)
                 : false;
    if (const auto* affine = std::get_if<rule::AffineRule>(&rule->body)) return prove::ignores_dead_inputs(*affine);
    const auto kind = std::get<rule::NamedRule>(rule->body).kind;
    if (kind == Kind::zero) return true;
    if (const auto* activation = std::get_if<net::Activation>(&node.op)) {
      const bool through_zero = std::all_of(
          activation->curves.begin(), activation->curves.end(),
          [](const auto& curve) { return net::apply_curve<num::Rational>(curve, num::Rational()).is_zero(); });
      return through_zero && (*this)(reader);
    }
    const bool maximum = std::holds_alternative<net::MaxPool>(node.op) || std::holds_alternative<net::Max>(node.op);
    return maximum && (*this)(reader);
  }

  Look& look_;
  std::size_t c_;
  std::vector<int> known_;
};

bool may_be_zero(const Stabilizer& s) {
  using StabilizerKind = Stabilizer::Kind;
  return s.kind == StabilizerKind::none || s.kind == StabilizerKind::zero_only ||
         (s.epsilon.is_zero() && s.kind != StabilizerKind::unsigned_);
}

// By its formula: a sum is 0 only where every numerator is. An epsilon in the place of a 0 makes shares that are
// n / epsilon, so that it counts as none.
bool is_zero_with_its_numerators(rule::AffineRule rule) {
  for (auto& term : rule.terms)
    if (term.stabilizer.kind == Stabilizer::Kind::zero_only) term.stabilizer = {};
  return prove::denominators_used_only_off_zero(rule);
}

// Two inputs at which a unit's denominator has opposite signs.
struct SignChange {
  const Trial *below = nullptr, *above = nullptr;
  std::size_t unit = 0;
  Interval least, largest;
};
std::optional<SignChange> sign_change(Look& look, std::size_t c, NodeId id, std::size_t term) {
  std::vector<SignChange> units(std::size_t(look.node(id).size()));
  for (const auto& trial : look.trials()) {
    const auto parts = look.terms_at(c, id, trial);
    for (std::size_t j = 0; j < units.size(); ++j) {
      const Interval& d = parts[term].d[j];
      if (d.hi < 0 && !units[j].below) units[j].below = &trial, units[j].least = d;
      if (d.lo > 0 && !units[j].above) units[j].above = &trial, units[j].largest = d;
      units[j].unit = j;
      if (units[j].below && units[j].above) return units[j];
    }
  }
  return std::nullopt;
}

}  // namespace

void vanishing_denominators(Look& look, std::size_t c, Findings& out) {
  ZeroGetsNothing zero_gets_nothing(look, c);
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule || is_zero_with_its_numerators(*rule)) continue;
    std::vector<std::size_t> terms;
    for (std::size_t t = 0; t < rule->terms.size(); ++t) {
      const bool harmless = rule::share_of_z(rule->terms[t]) && zero_gets_nothing(id);  // 0 only where the unit is
      if (may_be_zero(rule->terms[t].stabilizer) && !harmless) terms.push_back(t);
    }
    if (terms.empty()) continue;
    const std::string whose = "denominator of rule \"" + look.rule_at(c, id)->name + "\" (" + terms_text(terms) +
                              ") at " + name_of(look.node(id));
    Draft draft(look, "A015", int(c), id, "a " + whose + " takes both signs, and is 0 in between");
    draft.over_domain().fix("a signed epsilon keeps it away from 0");
    if (all_keep(look.bounds_of_terms(c, id), terms, [](const Interval& d) { return !d.contains(0); })) {
      draft.finding.statement = "no " + whose + " is 0";
      out.push_back(draft.proved());
      continue;
    }
    bool changes = false;
    for (std::size_t k = 0; k < terms.size() && !changes; ++k)
      if (const auto change = sign_change(look, c, id, terms[k])) {
        changes = true;
        const std::map<std::string, long> where{{"unit", long(change->unit)}, {"term", long(terms[k])}};
        draft.witness(*change->below, "denominator-below", where, {{"denominator", {change->least}}});
        draft.witness(*change->above, "denominator-above", where, {{"denominator", {change->largest}}});
      }
    if (!changes) draft.finding.statement = "no " + whose + " is 0";
    out.push_back(changes ? draft.refuted() : draft.unknown(undecided(look)));
  }
}

}  // namespace lrproof::lint
