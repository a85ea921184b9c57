#include "prove/region_bounds.hpp"

#include <algorithm>
#include <cmath>

#include "attr/start.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;

namespace {

// Decides nothing that differs from input to input, and pieces as the region has them.
class RegionSigns : public attr::Signs<Interval> {
 public:
  explicit RegionSigns(const region::Point& point) : point_(point) {}
  Sign sign(NodeId, std::int64_t, std::int64_t, const Interval& value) const override { return value.sign(); }
  Sign denominator(NodeId, int, std::int64_t, std::int64_t, const Interval& d) const override { return d.sign(); }
  int piece(NodeId node, std::int64_t element, std::int64_t, const Interval&,
            const attr::Pieces<Interval>&) const override {
    return point_.branch().choice[std::size_t(node)][std::size_t(element)];
  }
  bool winners(NodeId node, std::int64_t element, std::int64_t, std::span<const Interval>, bool,
               std::vector<int>& out) const override {
    // Candidates that are the same on the whole region share, as they do at each of its points.
    out = {point_.branch().choice[std::size_t(node)][std::size_t(element)]};
    for (const auto& tie : point_.ties())
      if (tie.node == node && tie.element == element) out = tie.options;
    return true;
  }

 private:
  const region::Point& point_;
};

Interval meet(const Interval& a, const Interval& b) {
  const Interval both{std::max(a.lo, b.lo), std::min(a.hi, b.hi)};
  return both.lo <= both.hi ? both : a;
}

// The unit's value: its piece, at what it reads within that piece.
Interval on_piece(const net::Curve& curve, std::size_t piece, Interval t) {
  if (piece > 0) t.lo = std::max(t.lo, curve.kinks[piece - 1].lower());
  if (piece < curve.kinks.size()) t.hi = std::min(t.hi, curve.kinks[piece].upper());
  if (t.lo > t.hi) t = Interval(t.hi, t.lo);
  if (curve.slopes[piece].is_zero()) return Interval(curve.intercepts[piece]);
  const Interval moved = Interval(curve.slopes[piece]) * t;
  return curve.intercepts[piece].is_zero() ? moved : moved + Interval(curve.intercepts[piece]);
}

}  // namespace

Interval range_of(const AffineForm& form, const std::vector<num::Bound>& bounds) {
  Interval sum(form.constant);
  for (std::size_t k = 0; k < form.slope.size(); ++k) {
    if (form.slope[k].is_zero()) continue;
    const Interval x{bounds[k].low ? bounds[k].low->lower() : -HUGE_VAL,
                     bounds[k].high ? bounds[k].high->upper() : HUGE_VAL};
    sum += Interval(form.slope[k]) * x;
  }
  return sum;
}

int Region::side_of(NodeId node, std::int64_t element) {
  const std::pair key(node, element);
  if (const auto found = sides.find(key); found != sides.end()) return found->second;
  const AffineForm& form = forms->form(node, element);
  const Interval range = range_of(form, hull_of());
  return sides[key] = range.lo >= 0 ? 1 : range.hi <= 0 ? -1 : least_size(polytope, form).side;
}

RegionBounds bounds_over(Region& region, std::size_t rule_case) {
  const auto& shared = region.at->shared();
  const net::Network& network = *shared.subject.network;
  const auto& hull = region.hull_of();
  RegionBounds out;
  auto& values = out.values;
  values.batch = 1, values.of.resize(std::size_t(network.size()));
  for (const auto& bound : hull)
    values.of[0].emplace_back(bound.low ? bound.low->lower() : -HUGE_VAL, bound.high ? bound.high->upper() : HUGE_VAL);
  const auto& choice = region.at->point().branch().choice;
  for (NodeId id = 1; id < network.size(); ++id) {
    const net::Node& node = network.node(id);
    auto& here = values.of[std::size_t(id)];
    if (const auto* activation = std::get_if<net::Activation>(&node.op)) {
      const NodeId in = node.inputs[0];
      for (std::int64_t k = 0; k < node.size(); ++k) {
        auto& t = values.of[std::size_t(in)][std::size_t(k)];
        t = meet(t, range_of(region.forms->form(in, k), hull));
        here.push_back(on_piece(activation->curve(k), std::size_t(choice[std::size_t(id)][std::size_t(k)]), t));
      }
      continue;
    }
    std::vector<std::span<const Interval>> operands;
    for (const NodeId in : node.inputs) operands.emplace_back(values.of[std::size_t(in)]);
    here = shared.ready.node(id, operands, 1);
  }
  auto& output = values.of[std::size_t(network.output())];
  for (std::size_t k = 0; k < output.size(); ++k)
    output[k] = meet(output[k], range_of(region.forms->form(network.output(), std::int64_t(k)), hull));
  const auto& rules = shared.subject.cases[rule_case];
  const auto start = attr::start_relevance<Interval>(network, values, rules.rules.start, {region.at->target()});
  out.relevance = shared.bounds[rule_case]->run(values, start, RegionSigns(region.at->point()), &out.trace);
  return out;
}

}  // namespace lrproof::prove
