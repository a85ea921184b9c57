#include "net/rescale.hpp"

#include <algorithm>

namespace lrproof::net {

namespace {

std::int64_t units_of(const Node& node) {
  if (const auto* dense = std::get_if<Dense>(&node.op)) return dense->rows == 1 ? dense->out : 0;
  const auto* conv = std::get_if<Conv>(&node.op);
  return conv && !conv->transposed ? node.shape[1] : 0;
}

bool is_homogeneous(const Activation& activation) {
  return std::ranges::all_of(activation.curves, [](const Curve& curve) {
    const auto zero = [](const num::Rational& v) { return v.is_zero(); };
    return std::ranges::all_of(curve.kinks, zero) && std::ranges::all_of(curve.intercepts, zero);
  });
}

// Does the node hand c a on where it handed a on, channel by channel, for c > 0?
bool hands_on(const Op& op) {
  if (const auto* activation = std::get_if<Activation>(&op)) return is_homogeneous(*activation);
  return std::holds_alternative<Reshape>(op) || std::holds_alternative<MaxPool>(op) ||
         std::holds_alternative<AveragePool>(op);
}

num::Constants times(const num::Constants& values, const num::Constants& factors, auto of) {
  return values.empty() ? values : num::Constants::from_products(values, factors, of);
}

// The rows of the layer's weight and its bias.
void scale_rows(Op& op, std::int64_t units, const num::Constants& factors) {
  const auto scale = [&](num::Constants& values) {
    const std::size_t each = values.size() / std::size_t(units);
    values = times(values, factors, [each](std::size_t k) { return k / each; });
  };
  std::visit(
      [&](auto& layer) {
        if constexpr (requires { layer.weight, layer.bias; }) scale(layer.weight), scale(layer.bias);
      },
      op);
}

// The columns of what reads them: `per_unit` elements of the tensor in a row belong to one unit.
void scale_columns(Node& node, std::int64_t units, std::int64_t per_unit, const num::Constants& factors) {
  if (auto* dense = std::get_if<Dense>(&node.op)) {
    const auto in = std::size_t(dense->in), each = std::size_t(per_unit);
    dense->weight = times(dense->weight, factors, [in, each](std::size_t k) { return k % in / each; });
    return;
  }
  auto& conv = std::get<Conv>(node.op);
  const auto groups = std::size_t(conv.groups), channels = std::size_t(node.shape[1]);
  const std::size_t inner = std::size_t(units) / groups, outer = channels / groups;
  const std::size_t taps = conv.weight.size() / (channels * inner);
  conv.weight = times(conv.weight, factors, [=](std::size_t k) {
    const std::size_t row = k / (taps * inner), column = k / taps % inner;
    return row / outer * inner + column;
  });
}

}  // namespace

std::vector<NodeId> rescaled_path(const Network& network, NodeId layer) {
  std::vector<NodeId> path;
  const std::int64_t units = units_of(network.node(layer));
  bool planar = true;  // the channels are still the second axis
  for (NodeId at = layer; units > 0;) {
    const bool is_output = std::ranges::find(network.outputs(), at) != network.outputs().end();
    if (is_output || network.readers(at).size() != 1) return {};
    at = network.readers(at)[0];
    path.push_back(at);
    const Node& node = network.node(at);
    if (node.inputs.size() != 1) return {};
    if (const auto* dense = std::get_if<Dense>(&node.op))
      return dense->rows == 1 && dense->in % units == 0 ? path : std::vector<NodeId>{};
    if (const auto* conv = std::get_if<Conv>(&node.op))
      return planar && !conv->transposed && network.node(node.inputs[0]).shape[1] == units ? path
                                                                                           : std::vector<NodeId>{};
    if (!hands_on(node.op)) return {};
    const bool reshape = std::holds_alternative<Reshape>(node.op);
    const bool channels = node.shape.size() > 1 && node.shape[0] == 1 && node.shape[1] == units;
    if (!reshape && !std::holds_alternative<Activation>(node.op) && !(planar && channels)) return {};
    if (reshape) planar = channels;
  }
  return {};
}

std::int64_t rescalable_units(const Network& network, NodeId layer) {
  return rescaled_path(network, layer).empty() ? 0 : units_of(network.node(layer));
}

base::Result<Network> rescaled(const Network& network, NodeId layer, std::span<const num::Rational> factors) {
  const NodeId reader = rescaled_path(network, layer).back();
  std::vector<num::Rational> up(factors.begin(), factors.end()), down;
  for (const auto& factor : factors) down.push_back(num::Rational(1) / factor);
  auto nodes = network.nodes();
  const auto units = std::int64_t(factors.size());
  scale_rows(nodes[std::size_t(layer)].op, units, num::Constants::from_rationals(std::move(up)));
  const auto operand = nodes[std::size_t(reader)].inputs[0];
  scale_columns(nodes[std::size_t(reader)], units, network.node(operand).size() / units,
                num::Constants::from_rationals(std::move(down)));
  return Network::create(std::move(nodes), network.outputs());
}

}  // namespace lrproof::net
