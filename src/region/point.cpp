#include "region/point.hpp"

#include <algorithm>

namespace lrproof::region {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;

std::vector<int> pieces_at(const net::Curve& curve, const Interval& t) {
  int piece = 0;
  for (const auto& kink : curve.kinks) {
    if (t.lo == t.hi && kink == Rational(t.lo)) return {piece, piece + 1};
    const Interval k(kink);
    if (t.hi < k.lo) return {piece};
    if (!(t.lo > k.hi)) return {};
    ++piece;
  }
  return {piece};
}

std::vector<int> pieces_at(const net::Curve& curve, const Rational& t) {
  int piece = 0;
  for (const auto& kink : curve.kinks) {
    if (t == kink) return {piece, piece + 1};
    if (t < kink) break;
    ++piece;
  }
  return {piece};
}

Point::Point(const Ready& ready, std::vector<Rational> x)
    : ready_(ready), x_(std::move(x)), cone_(ready, [this](std::int64_t k) { return x_[std::size_t(k)]; }) {
  const net::Network& network = ready.network();
  const auto n = std::size_t(network.size());
  bounds_.batch = 1;
  bounds_.of.resize(n);
  branch_.choice.resize(n);
  for (const auto& v : x_) bounds_.of[0].emplace_back(v);
  for (NodeId id = 1; id < network.size(); ++id) {
    const net::Node& node = network.node(id);
    if (std::holds_alternative<net::Activation>(node.op)) decide_activation(id);
    if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op)) decide_maximum(id);
    std::vector<std::span<const Interval>> operands;
    for (const NodeId in : node.inputs) operands.emplace_back(bounds_.of[std::size_t(in)]);
    bounds_.of[std::size_t(id)] = ready.node(id, operands, 1);
  }
}

void Point::decide_activation(NodeId id) {
  const net::Node& node = network().node(id);
  const auto& activation = std::get<net::Activation>(node.op);
  auto& in = bounds_.of[std::size_t(node.inputs[0])];
  auto& choice = branch_.choice[std::size_t(id)];
  choice.resize(std::size_t(node.size()));
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const net::Curve& curve = activation.curve(k);
    auto pieces = pieces_at(curve, in[std::size_t(k)]);
    if (pieces.empty()) {
      const Rational& exact = cone_.value(node.inputs[0], k);
      in[std::size_t(k)] = Interval(exact);
      pieces = pieces_at(curve, exact);
    }
    choice[std::size_t(k)] = pieces[0];
    if (pieces.size() > 1) ties_.push_back({id, k, pieces});
  }
}

void Point::decide_maximum(NodeId id) {
  const net::Node& node = network().node(id);
  const auto* max = std::get_if<net::Max>(&node.op);
  const bool minimum = max && max->minimum;
  auto& choice = branch_.choice[std::size_t(id)];
  choice.resize(std::size_t(node.size()));
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const auto from = candidates(ready_, id, k);
    auto at = [&](std::size_t c) -> Interval {
      const Interval& v = bounds_.of[std::size_t(from[c].first)][std::size_t(from[c].second)];
      return minimum ? -v : v;
    };
    double floor = -HUGE_VAL;
    for (std::size_t c = 0; c < from.size(); ++c) floor = std::max(floor, at(c).lo);
    std::vector<int> best;
    bool thin = true;
    for (std::size_t c = 0; c < from.size(); ++c)
      if (at(c).hi >= floor) best.push_back(int(c)), thin = thin && at(c).lo == at(c).hi;
    if (best.size() > 1 && !thin) {
      std::vector<int> largest;
      for (const int c : best) {
        const auto value = [&](int s) { return cone_.value(from[std::size_t(s)].first, from[std::size_t(s)].second); };
        const int order = largest.empty() ? 1 : Rational::compare(value(c), value(largest[0])) * (minimum ? -1 : 1);
        if (order > 0)
          largest = {c};
        else if (order == 0)
          largest.push_back(c);
      }
      best = std::move(largest);
    }
    choice[std::size_t(k)] = best[0];
    if (best.size() > 1) ties_.push_back({id, k, best});
  }
}

Sign Point::sign(NodeId node, std::int64_t element) const {
  const Sign quick = bound(node, element).sign();
  return quick == Sign::unknown ? Sign(cone_.value(node, element).sign()) : quick;
}

}  // namespace lrproof::region
