#pragma once
// The part of a graph that its outputs need, in an order in which it can be read.
#include <map>
#include <string>
#include <vector>

#include "onnx/tensor.hpp"

namespace onnx {
class GraphProto;
class NodeProto;
}  // namespace onnx

namespace lrproof::onnx {

/// Operators in topological order (the file's own where it is one), and the names of the graph's tensors.
struct Order {
  std::vector<const ::onnx::NodeProto*> nodes;
  std::map<std::string, int> readers;  ///< edges that read a tensor's numbers; a graph output is one
  std::map<std::string, int> uses;     ///< all edges, Shape and Size included
  std::map<std::string, ::onnx::TensorProto*> initializers;
  std::vector<std::string> inputs;  ///< graph inputs that are no initializers
};

/// Errors: a tensor made twice or by nobody, a cycle.
base::Result<Order> order_of(::onnx::GraphProto& graph, const Source& source);

}  // namespace lrproof::onnx
