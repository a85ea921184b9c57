#include "region/exact_cone.hpp"

#include <algorithm>

namespace lrproof::region {

using net::NodeId;
using num::Rational;

ExactCone::ExactCone(const Ready& ready, Source input)
    : ready_(ready), at_(0), source_(std::move(input)), known_(std::size_t(ready.network().size())) {}

ExactCone::ExactCone(const Ready& ready, NodeId at, Source values, const std::vector<bool>& moves, ExactCone& frozen)
    : ready_(ready),
      at_(at),
      source_(std::move(values)),
      moves_(&moves),
      frozen_(&frozen),
      known_(std::size_t(ready.network().size())) {}

const Rational& ExactCone::value(NodeId node, std::int64_t element) {
  if (moves_ && node != at_ && !(*moves_)[std::size_t(node)]) return frozen_->value(node, element);
  auto& known = known_[std::size_t(node)];
  if (const auto found = known.find(element); found != known.end()) return found->second;
  Rational v = node == at_ ? source_(element) : compute(node, element);
  return known.emplace(element, std::move(v)).first->second;
}

std::vector<std::pair<NodeId, std::int64_t>> candidates(const Ready& ready, NodeId id, std::int64_t element) {
  const net::Node& node = ready.network().node(id);
  std::vector<std::pair<NodeId, std::int64_t>> out;
  if (std::holds_alternative<net::MaxPool>(node.op)) {
    const auto& cells = ready.cells(id);
    for (auto c = cells.start[std::size_t(element)]; c < cells.start[std::size_t(element) + 1]; ++c)
      out.emplace_back(node.inputs[0], cells.cell[std::size_t(c)]);
  } else {
    for (const NodeId in : node.inputs) out.emplace_back(in, element);
  }
  return out;
}

std::pair<NodeId, std::int64_t> moved_from(const net::Network& network, NodeId id, std::int64_t element) {
  const net::Node& node = network.node(id);
  if (const auto* select = std::get_if<net::Select>(&node.op)) {
    const auto from = select->index[std::size_t(element)];
    return {from < 0 ? -1 : node.inputs[0], from};
  }
  const auto* concat = std::get_if<net::Concat>(&node.op);
  if (!concat) return {node.inputs[0], element};
  std::int64_t before = 1;
  for (std::int64_t k = 0; k < concat->axis; ++k) before *= node.shape[std::size_t(k)];
  const std::int64_t row = node.size() / before, r = element / row;
  std::int64_t rest = element % row;
  for (const NodeId in : node.inputs) {
    const std::int64_t part = network.node(in).size() / before;
    if (rest < part) return {in, r * part + rest};
    rest -= part;
  }
  LRPROOF_INVARIANT(false, "a concat's element comes from one of its operands");
}

Rational ExactCone::compute(NodeId id, std::int64_t k) {
  const net::Node& node = ready_.network().node(id);
  if (std::holds_alternative<net::Constant>(node.op))
    return std::get<net::Constant>(node.op).value.rational(std::size_t(k));
  if (net::is_affine(node.op)) {
    const net::Linear& linear = ready_.linear(id);
    Rational sum = linear.bias().empty() ? Rational(0) : linear.bias().rational(std::size_t(linear.bias_of(k)));
    linear.taps(k, [&](std::int64_t in, std::int64_t w) {
      const NodeId operand = node.inputs[std::size_t(in / node.size()) < node.inputs.size() && node.inputs.size() > 1
                                             ? std::size_t(in / node.size())
                                             : 0];
      const std::int64_t element = node.inputs.size() > 1 ? in % node.size() : in;
      if (linear.weights().approx[std::size_t(w)] == 0 && linear.weights().all_double()) return;
      ++steps_;
      sum.add_product(linear.weights().rational(std::size_t(w)), value(operand, element));
    });
    return sum;
  }
  if (const auto* activation = std::get_if<net::Activation>(&node.op))
    return net::apply_curve<Rational>(activation->curve(k), value(node.inputs[0], k));
  if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op)) {
    const auto* max = std::get_if<net::Max>(&node.op);
    const bool minimum = max && max->minimum;
    const auto from = candidates(ready_, id, k);
    Rational best = value(from[0].first, from[0].second);
    for (std::size_t c = 1; c < from.size(); ++c) {
      const Rational& other = value(from[c].first, from[c].second);
      if (minimum ? other < best : best < other) best = other;
    }
    return best;
  }
  LRPROOF_INVARIANT(!std::holds_alternative<net::Opaque>(node.op), "opaque nodes have no exact value");
  const auto [operand, element] = moved_from(ready_.network(), id, k);
  if (operand < 0) return std::get<net::Select>(node.op).fill;
  return value(operand, element);
}

}  // namespace lrproof::region
