// residual-sum. Theorem: s (p a + q b) + t c = (s p) a + (s q) b + t c. A sum that only another sum reads becomes part
// of it, operands in their order: rules then see one sum of all its operands and no order of additions. A sum that is
// read elsewhere keeps its name and value.
#include "canon/drafts.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

const net::Add* sum_at(const DataFlow& flow, NodeId id) { return std::get_if<net::Add>(&flow.node(id).op); }

Edit joined(const DataFlow& flow, NodeId outer, std::size_t slot) {
  const auto& node = flow.node(outer);
  const auto inner = node.inputs[slot];
  std::vector<std::string> reads;
  std::vector<int> signs;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const int sign = sum_at(flow, outer)->signs[k];
    if (k != slot) {
      reads.push_back(flow.operand(outer, k).name), signs.push_back(sign);
      continue;
    }
    for (std::size_t i = 0; i < flow.node(inner).inputs.size(); ++i)
      reads.push_back(flow.operand(inner, i).name), signs.push_back(sign * sum_at(flow, inner)->signs[i]);
  }
  Edit edit;
  edit.matched = {inner, outer};
  edit.statement = "the sum '" + flow.node(inner).name + "' inside the sum '" + node.name + "' is a sum of " +
                   std::to_string(reads.size()) + " operands";
  edit.drafts.push_back(draft_of(node.name, "Sum", net::Add{std::move(signs)}, node.shape, std::move(reads)));
  return edit;
}

}  // namespace

Attempt residual_sum(const DataFlow& flow, NodeId at) {
  if (!sum_at(flow, at)) return {};
  const auto& node = flow.node(at);
  Attempt miss;
  for (std::size_t k = 0; k < node.inputs.size(); ++k) {
    const auto inner = node.inputs[k];
    if (!sum_at(flow, inner)) continue;
    if (flow.only_reader(inner) == at) return {joined(flow, at, k)};
    if (!miss.reason.empty()) continue;
    const auto& name = flow.node(inner).name;
    miss.reason = "the sum '" + name + "' inside '" + node.name + "' is " +
                  (flow.is_output(inner) ? "also an output of the network"
                                         : "read " + std::to_string(flow.reads(inner)) + " times, not by it once");
  }
  if (miss.reason.empty())
    miss.information = "'" + node.name + "' is one sum of its " + std::to_string(node.inputs.size()) + " operands";
  return miss;
}

}  // namespace lrproof::canon
