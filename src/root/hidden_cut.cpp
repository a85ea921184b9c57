#include "root/hidden_cut.hpp"

#include <algorithm>

namespace lrproof::root {

using net::NodeId;
using num::Interval;
using num::Rational;

namespace {

std::string name_of(const net::Network& network, const region::Edges& edges) {
  if (edges.none()) return "";
  if (edges.ties.empty()) return "more units than are enumerated";
  return network.node(edges.ties[0].node).name + ":" + std::to_string(edges.ties[0].element);
}

bool only_moves(const net::Op& op) {
  return std::holds_alternative<net::Concat>(op) || std::holds_alternative<net::Select>(op) ||
         std::holds_alternative<net::Reshape>(op) || std::holds_alternative<net::Constant>(op);
}

bool inside(const OpenPoint& at, const region::Suffix& suffix, const region::Edges& edges,
            const std::vector<Interval>& near, const region::ExactValues& exact) {
  const region::Candidates candidates{1, near, {}};
  const auto values = region::evaluate_suffix(at.point(), suffix, candidates);
  const region::Question question{at.point(), suffix, edges, candidates, values, exact, at.target()};
  return region::in_cell(question)[0].answer == region::Membership::Answer::inside;
}

}  // namespace

OpenPoint::OpenPoint(const region::Point& point, std::int64_t target)
    : point_(point),
      target_(target),
      whole_(region::make_suffix(point.network(), 0)),
      edges_(region::find_edges(point, whole_)) {}

std::string OpenPoint::kink() const { return name_of(point_.network(), edges_); }

bool OpenPoint::holds(const std::vector<Rational>& x, bool exactly) const {
  std::vector<Interval> near;
  for (const Rational& v : x) near.emplace_back(v);
  return inside(*this, whole_, edges_, near, [&](std::int64_t) { return exactly ? &x : nullptr; });
}

std::vector<NodeId> hidden_cuts(const net::Network& network) {
  const auto n = std::size_t(network.size());
  const region::Suffix whole = region::make_suffix(network, 0);
  std::vector<bool> is_input(n), is_output(n);
  is_input[0] = true;
  for (const NodeId id : whole.nodes) {
    const net::Node& node = network.node(id);
    is_input[std::size_t(id)] =
        only_moves(node.op) && std::all_of(node.inputs.begin(), node.inputs.end(), [&](NodeId in) {
          return is_input[std::size_t(in)] || !whole.moves[std::size_t(in)];
        });
  }
  is_output[std::size_t(network.output())] = true;
  for (auto id = whole.nodes.rbegin(); id != whole.nodes.rend(); ++id)
    if (is_output[std::size_t(*id)] && only_moves(network.node(*id).op))
      for (const NodeId in : network.node(*id).inputs) is_output[std::size_t(in)] = true;
  std::vector<NodeId> activations, others;
  for (const NodeId id : whole.nodes) {
    if (is_input[std::size_t(id)] || is_output[std::size_t(id)] || !region::make_suffix(network, id).cuts) continue;
    const bool first = std::holds_alternative<net::Activation>(network.node(id).op);
    (first ? activations : others).push_back(id);
  }
  activations.insert(activations.end(), others.begin(), others.end());
  return activations;
}

HiddenCut::HiddenCut(const OpenPoint& at, NodeId node, const Domain& domain)
    : at_(at),
      suffix_(region::make_suffix(at.point().network(), node)),
      edges_(region::find_edges(at.point(), suffix_)),
      gradient_(region::exact_gradient(at.point(), suffix_, {{{at.point().network().output(), at.target()}, 1}})) {
  const std::int64_t size = at.point().network().node(node).size();
  for (std::int64_t k = 0; k < size; ++k) {
    value_.push_back(at.point().exact(node, k));
    bounds_.push_back(region::producer_bound(at.point().ready(), node, k, {domain.low, domain.high}));
  }
  rows_.resize(value_.size());
}

std::string HiddenCut::kink() const { return name_of(at_.point().network(), edges_); }

std::vector<Rational> HiddenCut::pull_back(const std::vector<Rational>& y) const {
  std::vector<region::Weighted> sum;
  for (std::size_t k = 0; k < y.size(); ++k) sum.push_back({{node(), std::int64_t(k)}, y[k]});
  return region::exact_gradient(at_.point(), at_.whole(), sum);
}

const std::vector<Rational>& HiddenCut::row(std::size_t unit) const {
  auto& kept = rows_[unit];
  if (kept.empty()) kept = region::exact_gradient(at_.point(), at_.whole(), {{{node(), std::int64_t(unit)}, 1}});
  return kept;
}

bool HiddenCut::may_move(std::size_t unit) const {
  const auto* a = std::get_if<net::Activation>(&at_.point().network().node(node()).op);
  if (!a) return true;
  const auto piece = at_.point().branch().choice[std::size_t(node())][unit];
  return !a->curve(std::int64_t(unit)).slopes[std::size_t(piece)].is_zero();
}

bool HiddenCut::holds(const std::vector<Interval>& near, const region::ExactValues& exact, bool bounded) const {
  const auto within = [](const region::ElementBound& bound, const Rational& v) {
    return !(bound.low && v < *bound.low) && !(bound.high && v > *bound.high);
  };
  for (std::size_t k = 0; bounded && k < near.size(); ++k) {
    const auto& [low, high] = bounds_[k];
    if ((low && near[k].hi < Interval(*low).lo) || (high && near[k].lo > Interval(*high).hi)) return false;
    if (!(low && near[k].lo < Interval(*low).hi) && !(high && near[k].hi > Interval(*high).lo)) continue;
    const auto* values = exact(0);
    if (!values || !within(bounds_[k], (*values)[k])) return false;
  }
  return inside(at_, suffix_, edges_, near, exact);
}

bool HiddenCut::holds(const std::vector<Rational>& value, bool bounded) const {
  std::vector<Interval> near;
  for (const Rational& v : value) near.emplace_back(v);
  return holds(
      near, [&value](std::int64_t) { return &value; }, bounded);
}

bool HiddenCut::holds_moved(const std::vector<Rational>& shifted, const std::vector<Rational>& x, bool bounded,
                            bool exactly) const {
  region::Candidates candidates;
  candidates.count = 1;
  for (const Rational& v : x) candidates.values.emplace_back(v);
  const auto values = region::evaluate_suffix(at_.point(), at_.whole(), candidates);
  std::vector<Interval> near;
  for (std::size_t k = 0; k < shifted.size(); ++k)
    near.push_back(Interval(shifted[k]) + (values.of[std::size_t(node())][k] - Interval(value_[k])));
  std::vector<Rational> made;
  const auto exact = [&](std::int64_t) -> const std::vector<Rational>* {
    if (!exactly) return nullptr;
    if (!made.empty()) return &made;
    region::ExactCone cone(at_.point().ready(), [&x](std::int64_t k) { return x[std::size_t(k)]; });
    for (std::size_t k = 0; k < shifted.size(); ++k)
      made.push_back(shifted[k] + cone.value(node(), std::int64_t(k)) - value_[k]);
    return &made;
  };
  return holds(near, exact, bounded);
}

std::vector<Rational> HiddenCut::interior() const {
  const auto step = [](bool at_low) { return at_low ? Rational(1) : Rational(-1); };
  for (long exponent = 0;; --exponent) {
    std::vector<Rational> point = value_;
    for (std::size_t k = 0; k < point.size(); ++k) {
      const auto& [low, high] = bounds_[k];
      if (fixed(k)) continue;
      const bool at_low = low && value_[k] == *low;
      if (at_low || (high && value_[k] == *high)) point[k] += step(at_low) * Rational::power_of_two(exponent);
    }
    if (!holds(point, true)) continue;
    for (std::size_t k = 0; k < point.size(); ++k) point[k] = (point[k] + value_[k]) / Rational(2);
    return point;
  }
}

}  // namespace lrproof::root
