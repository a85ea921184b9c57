// fold-constant. Theorem: an operation all of whose operands are stored tensors is a stored tensor, the exact value of
// the operation on them.
#include <algorithm>
#include <set>

#include "canon/drafts.hpp"
#include "canon/patterns.hpp"
#include "net/evaluate.hpp"

namespace lrproof::canon {

using num::Rational;

namespace {

/// The node on its own, behind an input that nobody reads.
net::Network alone(const DataFlow& flow, NodeId at) {
  std::vector<net::Node> nodes{{"0", "Input", net::Input{}, {}, {1}}};
  net::Node last = flow.node(at);
  last.name = "end";
  for (auto& operand : last.inputs) {
    net::Node constant = flow.node(operand);
    constant.name = std::to_string(nodes.size());
    operand = NodeId(nodes.size());
    nodes.push_back(std::move(constant));
  }
  const auto end = NodeId(nodes.size());
  nodes.push_back(std::move(last));
  auto network = net::Network::create(std::move(nodes), {end});
  LRPROOF_INVARIANT(network.ok(), "a node of a valid network is valid on its own");
  return std::move(*network);
}

/// An operation outside NET-4 that reads the value, or what stored tensors alone make of it; -1: there is none. With a
/// stored operand it would be another operation to whoever reads the file: a product with a constant is a scale.
NodeId opaque_reader(const DataFlow& flow, NodeId at) {
  std::vector<bool> stored, reached;
  for (NodeId id = 0; id < flow.size(); ++id) {
    const auto& node = flow.node(id);
    const auto is = [&](const std::vector<bool>& what) {
      return [&](NodeId operand) { return bool(what[std::size_t(operand)]); };
    };
    const bool reads = std::ranges::any_of(node.inputs, is(reached));
    if (reads && std::holds_alternative<net::Opaque>(node.op)) return id;
    stored.push_back(id > 0 && std::ranges::all_of(node.inputs, is(stored)));
    reached.push_back(id == at || (reads && stored.back()));
  }
  return -1;
}

}  // namespace

Attempt fold_constant(const DataFlow& flow, NodeId at) {
  const auto& node = flow.node(at);
  if (node.inputs.empty()) return {};
  for (const auto operand : node.inputs)
    if (!std::holds_alternative<net::Constant>(flow.node(operand).op)) return {};
  if (std::holds_alternative<net::Opaque>(node.op))
    return {std::nullopt, "'" + node.name + "' (" + node.type + ") of constants has no exact value"};
  if (const auto reader = opaque_reader(flow, at); reader >= 0)
    return {std::nullopt, "'" + flow.node(reader).name + "' (" + flow.node(reader).type +
                              "), which reads it, would be another operation with a stored operand"};
  const auto network = alone(flow, at);
  auto value = net::evaluate<Rational>(network, std::vector<Rational>(1), 1).of[std::size_t(network.output())];
  if (!representable(value)) return {std::nullopt, "a value of '" + node.name + "' is beyond the range of a double"};
  Edit edit;
  edit.matched = {at};
  std::set<NodeId> operands(node.inputs.begin(), node.inputs.end());
  edit.matched.insert(edit.matched.end(), operands.begin(), operands.end());
  edit.drafts.push_back(
      draft_of(node.name, "Constant", net::Constant{num::Constants::from_rationals(std::move(value))}, node.shape, {}));
  edit.statement = "'" + node.name + "' reads constants only and is one, the exact value of its " + node.type;
  return {std::move(edit)};
}

}  // namespace lrproof::canon
