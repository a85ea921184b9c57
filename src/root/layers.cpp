#include "root/layers.hpp"

#include <algorithm>

#include "region/exact_cone.hpp"

namespace lrproof::root {

using net::NodeId;

namespace {

bool kink_at_zero(const net::Activation& activation) {
  return std::all_of(activation.curves.begin(), activation.curves.end(), [](const net::Curve& curve) {
    return std::any_of(curve.kinks.begin(), curve.kinks.end(), [](const auto& k) { return k.is_zero(); });
  });
}

// Every element goes on unchanged, to one place.
bool passes_on(const net::Node& node) {
  return std::holds_alternative<net::Reshape>(node.op) || std::holds_alternative<net::Concat>(node.op);
}

// Fills reason and fix from who reads the layer.
void judge_reader(const net::Network& network, Layer& layer) {
  NodeId from = layer.node;
  for (;;) {
    if (from == network.output()) {
      layer.output = true;
      return;
    }
    const auto& readers = network.readers(from);
    if (readers.size() != 1) {
      layer.reason = "not a neuron: read by " + std::to_string(readers.size()) + " nodes";
      return;
    }
    const net::Node& reader = network.node(readers[0]);
    if (const auto* activation = std::get_if<net::Activation>(&reader.op)) {
      if (!kink_at_zero(*activation)) layer.reason = "not a neuron: " + reader.name + " has no kink at 0";
      return;
    }
    if (!passes_on(reader)) {
      layer.reason = "not a neuron: read by " + net::op_word(reader.op) + " " + reader.name;
      if (std::holds_alternative<net::BatchNorm>(reader.op)) layer.fix = "--canonize batchnorm-into-affine";
      return;
    }
    from = readers[0];
  }
}

}  // namespace

std::int64_t explained_unit(const net::Network& network, NodeId node, std::int64_t target) {
  std::pair<NodeId, std::int64_t> at{network.output(), target};
  const auto moves = [&](NodeId id) {
    return passes_on(network.node(id)) || std::holds_alternative<net::Select>(network.node(id).op);
  };
  while (at.first > node && moves(at.first)) at = region::moved_from(network, at.first, at.second);
  return at.first == node ? at.second : -1;
}

std::vector<int> layer_indices(const net::Network& network) {
  std::vector<bool> needed(std::size_t(network.size()));
  needed[std::size_t(network.output())] = true;
  for (NodeId id = network.output(); id > 0; --id)
    if (needed[std::size_t(id)])
      for (const NodeId in : network.node(id).inputs) needed[std::size_t(in)] = true;
  std::vector<int> indices(std::size_t(network.size()), -1);
  int next = 0;
  for (NodeId id = 0; id < network.size(); ++id) {
    const auto& op = network.node(id).op;
    if (needed[std::size_t(id)] && (std::holds_alternative<net::Dense>(op) || std::holds_alternative<net::Conv>(op)))
      indices[std::size_t(id)] = next++;
  }
  return indices;
}

std::vector<Layer> asked_layers(const net::Network& network, const rule::Assignment& assignment) {
  std::vector<Layer> layers;
  const auto indices = layer_indices(network);
  for (NodeId id = 0; id < network.size(); ++id) {
    const auto& rule = assignment.of[std::size_t(id)];
    if (indices[std::size_t(id)] < 0 || !rule) continue;
    const auto* affine = std::get_if<rule::AffineRule>(&rule->body);
    if (!affine || !affine->root) continue;
    Layer layer;
    layer.node = id, layer.tensor = network.node(id).inputs[0], layer.index = indices[std::size_t(id)];
    layer.direction = *affine->root;
    judge_reader(network, layer);
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace lrproof::root
