// split-shared. Theorem: the same operation on the same operand has the same value, so a reader may have a copy of its
// own. An affine node that a batch norm and others read gets a copy for the norm, which then can take the norm in.
#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

/// A layer that absorbs a norm on its output channels.
bool takes_a_norm(const net::Node& node) {
  const auto* dense = std::get_if<net::Dense>(&node.op);
  return dense ? node.shape.size() == 2 && node.shape[1] == dense->out : std::holds_alternative<net::Conv>(node.op);
}

}  // namespace

Attempt split_shared(const DataFlow& flow, NodeId at) {
  if (!std::holds_alternative<net::BatchNorm>(flow.node(at).op)) return {};
  const auto shared = flow.node(at).inputs[0];
  const auto &affine = flow.node(shared), &norm = flow.node(at);
  if (!takes_a_norm(affine) || flow.only_reader(shared) == at) return {};
  const auto copy = fresh_name(flow.network(), affine.name + ".copy");
  Edit edit;
  edit.matched = {shared, at};
  edit.drafts = {{affine, {flow.operand(shared).name}}, {norm, {copy}}};
  edit.drafts[0].node.name = copy;
  edit.statement = "the norm '" + norm.name + "' reads '" + copy + "', a copy of '" + affine.name +
                   "', and has the same value for every input";
  return {std::move(edit)};
}

}  // namespace lrproof::canon
