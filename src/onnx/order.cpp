#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include "onnx/order.hpp"

#include <onnx/onnx_pb.h>

#include <queue>
#include <set>

namespace lrproof::onnx {

namespace pb = ::onnx;
using base::Diagnostic;
using base::Result;
using base::Status;

namespace {

Diagnostic graph_error(const Source& source, const char* code, const std::string& sentence) {
  return {code, source.model_path, sentence, ""};
}

/// Who makes which tensor.
struct Makers {
  pb::GraphProto& graph;
  const Source& source;
  Order& order;
  std::map<std::string, int> of;  ///< tensor -> node of the file
  std::set<std::string> inputs;   ///< graph inputs that are no initializers

  Status collect() {
    for (auto& tensor : *graph.mutable_initializer())
      if (!order.initializers.emplace(tensor.name(), &tensor).second)
        return graph_error(source, "onnx.duplicate", "initializer " + shown(tensor.name()) + " stands twice");
    for (const auto& input : graph.input()) {
      if (order.initializers.count(input.name())) continue;
      if (!inputs.insert(input.name()).second)
        return graph_error(source, "onnx.duplicate", "input " + shown(input.name()) + " stands twice");
      order.inputs.push_back(input.name());
    }
    for (int n = 0; n < graph.node_size(); ++n)
      for (const auto& name : graph.node(n).output()) {
        if (name.empty()) continue;
        const bool taken = order.initializers.count(name) || inputs.count(name);
        if (taken || !of.emplace(name, n).second)
          return graph_error(source, "onnx.duplicate", "tensor " + shown(name) + " is made twice");
      }
    return base::fine();
  }

  Status known(const std::string& name, const std::string& reader) const {
    if (of.count(name) || order.initializers.count(name) || inputs.count(name)) return base::fine();
    for (const auto& sparse : graph.sparse_initializer())
      if (sparse.values().name() == name)
        return graph_error(source, "onnx.unsupported", "not supported: sparse initializer " + shown(name));
    return graph_error(source, "onnx.missing_tensor",
                       reader + " reads tensor " + shown(name) + ", which nothing makes");
  }
};

/// Nodes that the outputs need, by index in the file.
Result<std::set<int>> needed_nodes(const Makers& makers) {
  std::set<int> needed;
  std::vector<int> waiting;
  const auto reach = [&](const std::string& name) {
    if (const auto at = makers.of.find(name); at != makers.of.end() && needed.insert(at->second).second)
      waiting.push_back(at->second);
  };
  for (const auto& output : makers.graph.output()) {
    LRPROOF_CHECK(makers.known(output.name(), "the list of outputs"));
    reach(output.name());
  }
  while (!waiting.empty()) {
    const auto& node = makers.graph.node(waiting.back());
    waiting.pop_back();
    for (const auto& name : node.input()) {
      if (name.empty()) continue;
      LRPROOF_CHECK(makers.known(name, "node " + shown(node.name().empty() ? node.op_type() : node.name())));
      reach(name);
    }
  }
  return needed;
}

/// Kahn's order, the earliest node of the file first.
Status sort_nodes(const Makers& makers, const std::set<int>& needed, Order& order) {
  std::map<int, int> missing;
  std::map<int, std::vector<int>> readers;
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (const int n : needed) {
    for (const auto& name : makers.graph.node(n).input())
      if (const auto at = makers.of.find(name); at != makers.of.end()) ++missing[n], readers[at->second].push_back(n);
    if (!missing.count(n)) ready.push(n);
  }
  while (!ready.empty()) {
    const int n = ready.top();
    ready.pop();
    order.nodes.push_back(&makers.graph.node(n));
    for (const int reader : readers[n])
      if (--missing[reader] == 0) ready.push(reader);
  }
  for (const auto& [n, count] : missing)
    if (count > 0)
      return graph_error(makers.source, "onnx.cycle",
                         "node " + shown(makers.graph.node(n).output(0)) + " depends on its own output");
  return base::fine();
}

}  // namespace

Result<Order> order_of(pb::GraphProto& graph, const Source& source) {
  Order order;
  Makers makers{graph, source, order, {}, {}};
  LRPROOF_CHECK(makers.collect());
  LRPROOF_TRY(needed, needed_nodes(makers));
  LRPROOF_CHECK(sort_nodes(makers, needed, order));
  for (const auto* node : order.nodes)
    for (const auto& name : node->input()) {
      ++order.uses[name];
      if (node->op_type() != "Shape" && node->op_type() != "Size") ++order.readers[name];
    }
  for (const auto& output : graph.output()) ++order.readers[output.name()], ++order.uses[output.name()];
  return order;
}

}  // namespace lrproof::onnx
