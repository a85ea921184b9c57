#include "oracle/vanishing.hpp"

#include "oracle/factors.hpp"

namespace lrproof::oracle {

namespace {

constexpr Vanishing kNowhere{false, false, false};

}  // namespace

Enclosure value_of(const Share& share, const Enclosure& a) {
  std::optional<Enclosure> all;
  const auto join = [&](const Enclosure& v) { all = all ? hull_of(*all, v) : v; };
  if (a.lo < 0) join(product_of(share.below, {a.lo, std::min(a.hi, 0.0)}));
  if (a.hi > 0) join(product_of(share.above, {std::max(a.lo, 0.0), a.hi}));
  if (touches_zero(a)) join({});
  return sum_of(*all, share.constant);
}

Flow::Flow(const Explanation& explanation, const Ranges& ranges, Budget& budget)
    : explanation_(explanation), ranges_(ranges), network_(ranges.network()), budget_(budget) {
  for (const Node& node : network_.nodes) of_.emplace_back(std::size_t(node.size()));
  const std::string& start = explanation.start_word();
  const int out = network_.output();
  for (long e = 0; e < network_.node(out).size(); ++e) {
    const bool chosen = e == explanation.target();
    if (start == "one" && chosen) give(out, e, kNowhere);
    if ((start == "value" && chosen) || start == "contrast") give(out, e, {true, false, false});
    if (start != "one" && start != "value" && start != "contrast") throw NotCovered{"start '" + start + "'"};
  }
  for (int id = int(network_.nodes.size()); id-- > 0;)
    for (long e = 0; e < network_.node(id).size(); ++e) {
      settle(id, e);
      if (!of(id, e).everywhere()) hand_down(id, e);
    }
}

bool Flow::starts_at(int node, long unit) const {
  return explanation_.start_word() == "value" && unit == explained_unit(network_, node, explanation_.target());
}

// Values that the element does not have on the region need no care.
void Flow::settle(int node, long e) {
  Vanishing& v = of_[std::size_t(node)][std::size_t(e)];
  if (v.everywhere() || (!v.zero && !v.below && !v.above)) return;
  const Enclosure& a = ranges_.of(node, e);
  if ((v.below || a.lo >= 0) && (v.above || a.hi <= 0) && (v.zero || !touches_zero(a))) v = {};
}

std::vector<int> Flow::signs(int node, long unit) const {
  const Vanishing& v = of(node, unit);
  const Enclosure& z = ranges_.of(node, unit);
  std::vector<int> all;
  if (z.lo < 0 && !v.below) all.push_back(-1);
  if (touches_zero(z) && !v.zero) all.push_back(0);
  if (z.hi > 0 && !v.above) all.push_back(1);
  return all;
}

bool Flow::may_open(int node, long unit, const Term& term) const {
  if (term.gate == "always") return true;
  const Enclosure& z = ranges_.of(node, unit);
  return (z.lo < 0 && gate_open(term.gate, -1)) || (touches_zero(z) && gate_open(term.gate, 0)) ||
         (z.hi > 0 && gate_open(term.gate, 1));
}

Share Flow::share(const Term& term, const Node& node, int tensor, long element, long weight) const {
  Share out{tensor, element, node.weight.at<Enclosure>(weight), {}, {}, {}};
  for (const Product& p : term.numerator) {
    Enclosure factor = psi<Enclosure>(p.psi, node.weight, weight);
    if (p.coefficient != 1) factor = product_of(enclose(p.coefficient), factor);
    if (p.phi == Phi::a || p.phi == Phi::neg) out.below = sum_of(out.below, factor);
    if (p.phi == Phi::a || p.phi == Phi::pos) out.above = sum_of(out.above, factor);
    if (p.phi == Phi::one) out.constant = sum_of(out.constant, factor);
    if (p.phi != Phi::low && p.phi != Phi::high) continue;
    const Bounds& domain = explanation_.domain();
    const auto& bound = p.phi == Phi::low ? domain.low : domain.high;
    if (!bound) throw NotCovered{"a rule needs bounds of the domain, and none are given"};
    out.constant = sum_of(out.constant, product_of(enclose(*bound), factor));
  }
  return out;
}

void Flow::hand_down(int id, long e) {
  const Node& node = network_.node(id);
  if (node.kind == Kind::input || node.kind == Kind::constant) return;
  if (node.kind == Kind::move) {
    const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
    if (s.operand >= 0) give(node.inputs[std::size_t(s.operand)], s.element, of(id, e));
    return;
  }
  const Rule* rule = explanation_.rule(id);
  if (!rule || node.kind == Kind::opaque) throw NotCovered{"no rule for '" + node.name + "'"};
  if (rule->named == "zero") return;
  if (node.kind == Kind::activation) return through_activation(id, e, *rule);
  if (node.kind == Kind::max || node.kind == Kind::max_pool) return through_maximum(id, e, *rule);
  if (rule->affine() && node.affine()) return through_affine(id, e, *rule);
  if (rule->named != "pass" && rule->named != "gradient")
    throw NotCovered{"rule '" + rule->named + "' at '" + node.name + "', over a scope"};
  if (rule->named == "pass" && node.affine()) {  // to the element of the same number, whatever the weights
    if (node.inputs.size() != 1 || network_.node(node.inputs[0]).size() != node.size())
      throw NotCovered{"rule 'pass' at '" + node.name + "', over a scope"};
    return give(node.inputs[0], e, kNowhere);
  }
  taps(network_, node, e,
       [&](int operand, long element, long) { give(node.inputs[std::size_t(operand)], element, kNowhere); });
}

void Flow::through_affine(int id, long e, const Rule& rule) {
  for (const Term& term : rule.terms) {
    if (!may_open(id, e, term)) continue;
    shares(id, e, term, [&](const Share& s) {
      Vanishing where = kNowhere;
      if (is_zero(s.constant)) where = {true, is_zero(s.below), is_zero(s.above)};
      give(s.tensor, s.element, where);
    });
  }
}

// Of its relevance at most a multiple. It vanishes where the unit's value is 0, if it does so in the tensor above; a
// piece that is 0 throughout makes a half-line of that. Away from such pieces a gradient may hand down what it likes.
void Flow::through_activation(int id, long e, const Rule& rule) {
  static const std::set<std::string> kMultiples{"pass", "gradient", "deconvnet", "guided-backprop"};
  const Node& node = network_.node(id);
  if (!kMultiples.count(rule.named)) throw NotCovered{"rule '" + rule.named + "' at '" + node.name + "', over a scope"};
  const Curve& curve = node.curve(e);
  if (!of(id, e).zero) return give(node.inputs[0], e, kNowhere);
  Vanishing where;
  for (std::size_t k = 0; k < curve.slopes.size(); ++k) {
    const bool reaches_below = k == 0 || sgn(curve.kinks[k - 1]) < 0;
    const bool reaches_above = k == curve.kinks.size() || sgn(curve.kinks[k]) > 0;
    const bool holds_zero =
        (k == 0 || sgn(curve.kinks[k - 1]) <= 0) && (k == curve.kinks.size() || sgn(curve.kinks[k]) >= 0);
    const bool starts_at_zero = sgn(curve.intercepts[k]) == 0,
               is_zero_piece = starts_at_zero && sgn(curve.slopes[k]) == 0;
    where.below = where.below && (!reaches_below || is_zero_piece);
    where.above = where.above && (!reaches_above || is_zero_piece);
    where.zero = where.zero && (!holds_zero || starts_at_zero);
  }
  give(node.inputs[0], e, where);
}

// A winner has the value of the maximum, and the others have nothing.
void Flow::through_maximum(int id, long e, const Rule& rule) {
  const Node& node = network_.node(id);
  if (rule.named != "winner" && rule.named != "gradient")
    throw NotCovered{"rule '" + rule.named + "' at a max, over a scope"};
  rivals(network_, node, e, [&](const Source& s) { give(node.inputs[std::size_t(s.operand)], s.element, of(id, e)); });
}

}  // namespace lrproof::oracle
