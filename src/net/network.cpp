#include "net/network.hpp"

#include <algorithm>
#include <set>

#include "net/linear.hpp"

namespace lrproof::net {

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto d : shape) count *= d;
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + "]";
}

std::string op_word(const Op& op) {
  struct Word {
    std::string operator()(const Input&) const { return "input"; }
    std::string operator()(const Constant&) const { return "constant"; }
    std::string operator()(const Dense&) const { return "dense"; }
    std::string operator()(const Conv&) const { return "conv"; }
    std::string operator()(const BatchNorm&) const { return "batch-norm"; }
    std::string operator()(const Scale&) const { return "scale"; }
    std::string operator()(const AveragePool&) const { return "average-pool"; }
    std::string operator()(const Activation&) const { return "activation"; }
    std::string operator()(const MaxPool&) const { return "max-pool"; }
    std::string operator()(const Max&) const { return "max"; }
    std::string operator()(const Add&) const { return "add"; }
    std::string operator()(const Concat&) const { return "concat"; }
    std::string operator()(const Select&) const { return "select"; }
    std::string operator()(const Reshape&) const { return "reshape"; }
    std::string operator()(const Opaque&) const { return "opaque"; }
  };
  return std::visit(Word{}, op);
}

bool is_affine(const Op& op) {
  return std::holds_alternative<Dense>(op) || std::holds_alternative<Conv>(op) ||
         std::holds_alternative<BatchNorm>(op) || std::holds_alternative<Scale>(op) ||
         std::holds_alternative<AveragePool>(op) || std::holds_alternative<Add>(op);
}

namespace {

base::Diagnostic wrong(const Node& node, const std::string& sentence) {
  return {"net.invalid", "node " + node.name, sentence, ""};
}

// What each operation demands of its operands' and its own shape.
struct Fits {
  const Node& node;
  const std::vector<const Node*>& in;

  bool one() const { return in.size() == 1; }
  bool same_size() const {
    return !in.empty() && std::all_of(in.begin(), in.end(), [&](auto* n) { return n->size() == node.size(); });
  }
  bool operator()(const Input&) const { return in.empty(); }
  bool operator()(const Constant& c) const { return in.empty() && std::int64_t(c.value.size()) == node.size(); }
  bool operator()(const Dense& d) const {
    return one() && d.rows * d.in == in[0]->size() && d.rows * d.out == node.size() &&
           std::int64_t(d.weight.size()) == d.in * d.out && std::int64_t(d.bias.size()) == d.out;
  }
  bool window_fits(const Window& w, const Shape& wide, const Shape& narrow) const {
    const auto axes = w.kernel.size();
    if (axes < 1 || axes > 3 || wide.size() != axes + 2 || narrow.size() != axes + 2) return false;
    if (w.strides.size() != axes || w.dilations.size() != axes || w.pads_begin.size() != axes ||
        w.pads_end.size() != axes || wide[0] != 1 || narrow[0] != 1)
      return false;
    for (std::size_t k = 0; k < axes; ++k)
      if (w.kernel[k] < 1 || w.strides[k] < 1 || w.dilations[k] < 1 || w.pads_begin[k] < 0 || w.pads_end[k] < 0)
        return false;
    return true;
  }
  bool operator()(const Conv& c) const {
    if (!one() || c.groups < 1) return false;
    const Shape& wide = c.transposed ? node.shape : in[0]->shape;
    const Shape& narrow = c.transposed ? in[0]->shape : node.shape;
    if (!window_fits(c.window, wide, narrow) || wide[1] % c.groups || narrow[1] % c.groups) return false;
    const auto taps = element_count(c.window.kernel), biases = std::int64_t(c.bias.size());
    return std::int64_t(c.weight.size()) == narrow[1] * (wide[1] / c.groups) * taps &&
           (biases == node.shape[1] || biases == node.size());
  }
  bool operator()(const BatchNorm& b) const {
    if (!one() || !same_size() || node.shape.size() < 2 || node.shape[0] != 1) return false;
    const auto c = std::size_t(node.shape[1]);
    return b.scale.size() == c && b.shift.size() == c && b.gamma.size() == c && b.beta.size() == c &&
           b.mean.size() == c && b.variance.size() == c;
  }
  bool operator()(const Scale& s) const {
    return one() && same_size() && std::int64_t(s.mul.size()) == node.size() &&
           std::int64_t(s.add.size()) == node.size();
  }
  bool operator()(const AveragePool& p) const {
    return one() && window_fits(p.window, in[0]->shape, node.shape) && in[0]->shape[1] == node.shape[1];
  }
  bool operator()(const Activation& a) const {
    if (!one() || !same_size() || a.curves.empty()) return false;
    for (const auto& c : a.curves)
      if (c.slopes.size() != c.kinks.size() + 1 || c.intercepts.size() != c.slopes.size()) return false;
    return a.curve_of.empty() || (std::int64_t(a.curve_of.size()) == node.size() &&
                                  std::all_of(a.curve_of.begin(), a.curve_of.end(),
                                              [&](auto k) { return k >= 0 && std::size_t(k) < a.curves.size(); }));
  }
  bool operator()(const MaxPool& p) const {
    return one() && window_fits(p.window, in[0]->shape, node.shape) && in[0]->shape[1] == node.shape[1];
  }
  bool operator()(const Max&) const { return same_size(); }
  bool operator()(const Add& a) const { return same_size() && a.signs.size() == in.size(); }
  bool operator()(const Concat& c) const {
    if (in.empty() || c.axis < 0 || c.axis >= std::int64_t(node.shape.size())) return false;
    std::int64_t along = 0;
    for (const auto* n : in) {
      if (n->shape.size() != node.shape.size()) return false;
      along += n->shape[std::size_t(c.axis)];
    }
    return along == node.shape[std::size_t(c.axis)];
  }
  bool operator()(const Select& s) const {
    return one() && std::int64_t(s.index.size()) == node.size() &&
           std::all_of(s.index.begin(), s.index.end(), [&](auto k) { return k < in[0]->size(); });
  }
  bool operator()(const Reshape&) const { return one() && same_size(); }
  bool operator()(const Opaque&) const { return !in.empty(); }
};

}  // namespace

base::Result<Network> Network::create(std::vector<Node> nodes, std::vector<NodeId> outputs) {
  if (nodes.empty() || !std::holds_alternative<Input>(nodes[0].op) || outputs.empty())
    return base::Diagnostic{"net.invalid", "", "a network needs an input, first, and an output", ""};
  std::set<std::string> names;
  Network network;
  network.readers_.resize(nodes.size());
  for (std::size_t id = 0; id < nodes.size(); ++id) {
    const Node& node = nodes[id];
    if (!names.insert(node.name).second) return wrong(node, "the name stands twice");
    if (id > 0 && std::holds_alternative<Input>(node.op)) return wrong(node, "a second input is not supported");
    std::vector<const Node*> operands;
    for (const NodeId in : node.inputs) {
      if (in < 0 || std::size_t(in) >= id) return wrong(node, "reads a node that does not come before it");
      operands.push_back(&nodes[std::size_t(in)]);
      network.readers_[std::size_t(in)].push_back(NodeId(id));
    }
    if (node.size() <= 0) return wrong(node, "has an empty tensor " + to_string(node.shape));
    if (!std::visit(Fits{node, operands}, node.op))
      return wrong(node, node.type + " does not fit the shapes of its operands and constants");
  }
  for (const NodeId out : outputs)
    if (out < 0 || std::size_t(out) >= nodes.size())
      return base::Diagnostic{"net.invalid", "", "an output is no node", ""};
  network.nodes_ = std::move(nodes);
  network.outputs_ = std::move(outputs);
  return network;
}

NodeId Network::find(const std::string& name) const {
  for (std::size_t id = 0; id < nodes_.size(); ++id)
    if (nodes_[id].name == name) return NodeId(id);
  return -1;
}

NodeId Network::first_opaque() const {
  std::vector<bool> needed(nodes_.size());
  needed[std::size_t(output())] = true;
  for (NodeId id = size() - 1; id >= 0; --id)
    if (needed[std::size_t(id)])
      for (const NodeId in : node(id).inputs) needed[std::size_t(in)] = true;
  for (NodeId id = 0; id < size(); ++id)
    if (needed[std::size_t(id)] && std::holds_alternative<Opaque>(node(id).op)) return id;
  return -1;
}

Network ending_at(const Network& network, NodeId output) {
  std::vector<bool> needed(std::size_t(network.size()));
  needed[0] = needed[std::size_t(output)] = true;
  for (NodeId id = output; id >= 0; --id)
    if (needed[std::size_t(id)])
      for (const NodeId in : network.node(id).inputs) needed[std::size_t(in)] = true;
  std::vector<NodeId> renamed(std::size_t(network.size()), -1);
  std::vector<Node> kept;
  for (NodeId id = 0; id <= output; ++id) {
    if (!needed[std::size_t(id)]) continue;
    Node node = network.node(id);
    for (NodeId& in : node.inputs) in = renamed[std::size_t(in)];
    renamed[std::size_t(id)] = NodeId(kept.size());
    kept.push_back(std::move(node));
  }
  auto result = Network::create(std::move(kept), {renamed[std::size_t(output)]});
  LRPROOF_INVARIANT(result.ok(), "a part of a valid network is valid");
  return std::move(result).value();
}

namespace {

// Softmax and its kin turn logits into probabilities; what is explained is the logit (NET-1).
bool is_head(const Node& node) {
  const auto* opaque = std::get_if<Opaque>(&node.op);
  return opaque && (opaque->type == "Softmax" || opaque->type == "LogSoftmax" || opaque->type == "Sigmoid");
}

// Heads on single branches of a final concatenation: the concatenation reads what they read.
Cut bypass_branches(const Network& network, std::vector<std::string> removed) {
  NodeId end = network.output();
  while (std::holds_alternative<Reshape>(network.node(end).op)) end = network.node(end).inputs[0];
  if (!std::holds_alternative<Concat>(network.node(end).op)) return {network, std::move(removed)};
  std::vector<Node> nodes = network.nodes();
  bool changed = false;
  for (std::size_t slot = 0; slot < network.node(end).inputs.size(); ++slot) {
    NodeId reader = end;  // whoever reads the head: the concatenation, or a reshape between
    std::size_t operand = slot;
    for (;;) {
      const NodeId in = network.node(reader).inputs[operand];
      const Node& node = network.node(in);
      if (is_head(node)) {
        removed.push_back(node.name);
        nodes[std::size_t(reader)].inputs[operand] = node.inputs[0];
        changed = true;
        break;
      }
      if (!std::holds_alternative<Reshape>(node.op) || network.readers(in).size() != 1) break;
      reader = in, operand = 0;
    }
  }
  if (!changed) return {network, std::move(removed)};
  auto rewired = Network::create(std::move(nodes), {network.output()});
  LRPROOF_INVARIANT(rewired.ok(), "a head keeps its operand's shape");
  return {ending_at(*rewired, network.output()), std::move(removed)};
}

}  // namespace

Cut cut_head(const Network& network) {
  NodeId end = network.output();
  std::vector<std::string> passed, removed;
  for (NodeId id = end; network.node(id).inputs.size() == 1; id = network.node(id).inputs[0]) {
    const Node& node = network.node(id);
    passed.push_back(node.name);
    if (is_head(node)) {
      removed.insert(removed.end(), passed.begin(), passed.end());
      passed.clear();
      end = node.inputs[0];
    } else if (!std::holds_alternative<Reshape>(node.op)) {
      break;
    }
  }
  return bypass_branches(ending_at(network, end), std::move(removed));
}

}  // namespace lrproof::net
