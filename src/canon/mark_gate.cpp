// mark-gate. Claim: nothing changes. A product of two variables has no affine rule; in a squeeze-and-excitation block
// it is a signal times a gate, and the gate is a function of the signal's mean alone: global average pool, layers on
// one position, sigmoid or hard sigmoid. The block is found on the data flow, the pool and the product reading one
// signal and the pool standing on every path from there to the gate; the product then names the operand that is its
// gate, for reports and pictures and for rules about gates.
#include <set>

#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

/// Behind moves that repeat or keep elements: a gate is spread over its channel.
NodeId behind_moves(const DataFlow& flow, NodeId id) {
  while (std::holds_alternative<net::Select>(flow.node(id).op) ||
         std::holds_alternative<net::Reshape>(flow.node(id).op))
    id = flow.node(id).inputs[0];
  return id;
}

bool squashes(const net::Node& node) {
  if (const auto* opaque = std::get_if<net::Opaque>(&node.op)) return opaque->type == "Sigmoid";
  const auto* activation = std::get_if<net::Activation>(&node.op);
  return activation && activation->kind == "hard-sigmoid";
}

bool pools_everything(const net::Node& node, const net::Node& operand) {
  const auto* pool = std::get_if<net::AveragePool>(&node.op);
  return pool && node.size() == node.shape[1] &&
         pool->window.kernel == net::Shape(operand.shape.begin() + 2, operand.shape.end());
}

/// The pool of `signal` that every path to `gate` passes; -1: there is none.
NodeId pool_before(const DataFlow& flow, NodeId signal, NodeId gate) {
  NodeId pool = -1;
  std::set<NodeId> seen;
  std::vector<NodeId> open{gate};
  while (!open.empty()) {
    const auto id = open.back();
    open.pop_back();
    if (!seen.insert(id).second) continue;
    const auto& node = flow.node(id);
    if (std::holds_alternative<net::Input>(node.op) || id == signal) return -1;
    if (node.inputs.size() == 1 && node.inputs[0] == signal && pools_everything(node, flow.operand(id))) {
      if (pool >= 0) return -1;
      pool = id;
      continue;
    }
    open.insert(open.end(), node.inputs.begin(), node.inputs.end());
  }
  return pool;
}

}  // namespace

Attempt mark_gate(const DataFlow& flow, NodeId at) {
  const auto& node = flow.node(at);
  const auto* product = std::get_if<net::Opaque>(&node.op);
  if (!product || product->type != "Mul" || node.inputs.size() != 2 || product->numbers.contains("gate")) return {};
  std::string reason;
  for (const std::size_t slot : {0U, 1U}) {
    const auto gate = behind_moves(flow, node.inputs[slot]), signal = node.inputs[1 - slot];
    if (!squashes(flow.node(gate)) || flow.node(gate).inputs[0] == signal) continue;  // t sigmoid(t) is no gate
    if (flow.leads_to(gate, signal)) continue;
    const auto pool = pool_before(flow, signal, gate);
    if (pool < 0) {
      reason = "'" + flow.node(gate).name + "' is not a function of the mean of '" + flow.node(signal).name + "' alone";
      continue;
    }
    Edit edit;
    edit.matched = {at, gate, pool};
    Draft draft{node, {flow.operand(at, 0).name, flow.operand(at, 1).name}};
    std::get<net::Opaque>(draft.node.op).numbers["gate"] = double(slot);
    edit.drafts.push_back(std::move(draft));
    edit.statement = "'" + node.name + "' is the signal '" + flow.node(signal).name + "' times the gate '" +
                     flow.node(gate).name + "', a function of its mean '" + flow.node(pool).name + "'";
    return {std::move(edit)};
  }
  return {std::nullopt, reason};
}

}  // namespace lrproof::canon
