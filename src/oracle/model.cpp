#include "oracle/model.hpp"

#include <algorithm>

namespace lrproof::oracle {

long product(const std::vector<long>& shape) {
  long n = 1;
  for (long d : shape) n *= d;
  return n;
}

std::vector<long> unflatten(long element, const std::vector<long>& shape) {
  std::vector<long> at(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    at[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return at;
}

long Node::size() const { return product(shape); }

int Network::find(const std::string& name) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].name == name) return int(i);
  return -1;
}

std::vector<int> Network::readers(int id) const {
  std::vector<int> all;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (int operand : nodes[i].inputs)
      if (operand == id) all.push_back(int(i));
  return all;
}

long bias_of(const Node& node, long out) {
  if (node.bias.size() == 0) return -1;
  if (node.kind == Kind::dense) return out % node.out;
  if (node.kind == Kind::scale) return out;
  return unflatten(out, node.shape)[1];
}

long fan_in(const Node& node) {
  switch (node.kind) {
    case Kind::dense:
      return node.in;
    case Kind::conv:
      return product(node.kernel) * (node.weight.size() / (node.shape[1] * product(node.kernel)));
    case Kind::conv_transposed:
      return node.weight.size() / node.shape[1] * node.groups;
    case Kind::average_pool:
      return product(node.kernel);
    case Kind::add:
      return long(node.inputs.size());
    default:
      return 1;
  }
}

long explained_unit(const Network& network, int node, long target) {
  int at = network.output();
  while (at > node && network.node(at).kind == Kind::move) {
    const Node& move = network.node(at);
    const Source from = move.sources.empty() ? Source{0, target} : move.sources[std::size_t(target)];
    if (from.operand < 0) return -1;
    at = move.inputs[std::size_t(from.operand)], target = from.element;
  }
  return at == node ? target : -1;
}

Network trimmed(const Network& network) {
  std::vector<char> needed(network.nodes.size(), 0);
  needed[0] = 1;
  needed[std::size_t(network.output())] = 1;
  for (std::size_t i = network.nodes.size(); i-- > 0;)
    if (needed[i])
      for (int operand : network.nodes[i].inputs) needed[std::size_t(operand)] = 1;
  std::vector<int> place(network.nodes.size(), -1);
  Network kept;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = int(kept.nodes.size());
    kept.nodes.push_back(network.nodes[i]);
    for (int& operand : kept.nodes.back().inputs) operand = place[std::size_t(operand)];
  }
  kept.outputs = {place[std::size_t(network.output())]};
  return kept;
}

namespace {

bool is_head(const Node& node) {
  return node.inputs.size() == 1 && (node.type == "Softmax" || node.type == "LogSoftmax" || node.type == "Sigmoid");
}

// Does what the node gives reach the output through moves alone?
bool only_moves_follow(const Network& network, int id) {
  for (int reader : network.readers(id))
    if (network.node(reader).kind != Kind::move || !only_moves_follow(network, reader)) return false;
  return true;
}

}  // namespace

Read<Network> cut(Network network, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const int id = network.find(name);
    const bool last = id >= 0 && id == network.output();
    if (id < 0) return Read<Network>::fail("the cut names '" + name + "', which is not in the model");
    const Node& node = network.node(id);
    if (!(is_head(node) && only_moves_follow(network, id)) && !(last && node.rewrites_shape_only))
      return Read<Network>::fail("the cut removes '" + name + "', which is no final Softmax, LogSoftmax or Sigmoid");
    const int below = node.inputs[0];
    for (Node& reader : network.nodes)
      for (int& operand : reader.inputs)
        if (operand == id) operand = below;
    if (last) network.outputs.front() = below;
    network = trimmed(network);
  }
  return {trimmed(network), ""};
}

}  // namespace lrproof::oracle
