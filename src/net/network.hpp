#pragma once
// The network as an immutable value (NET-1..5): a directed acyclic graph of tensor operations in topological order.
//
// Axes. A network is a function of ONE sample. Every tensor keeps the shape the model file gives it with the batch
// axis fixed at 1; the batch of inputs is an axis of our own, in front, that operations never see: a value is
// batch x elements, row-major. The explained output f_c is element c of the flattened first output.
//
// Numbers. Stored constants are the exact dyadic rationals they denote (NET-2); see num::Constants. Batch
// normalisation and every other irrational constant: net/batch_norm.hpp (NET-3).
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "num/scalar.hpp"

namespace lrproof::net {

using Shape = std::vector<std::int64_t>;
using NodeId = int;

std::int64_t element_count(const Shape& shape);
std::string to_string(const Shape& shape);  ///< "[1, 3, 8, 8]"

/// The network's input: one node, always node 0.
struct Input {
  friend bool operator==(const Input&, const Input&) = default;
};

/// A stored tensor read by an operation that cannot absorb it (max(x, constant)).
struct Constant {
  num::Constants value;
  friend bool operator==(const Constant&, const Constant&) = default;
};

/// y = W a + b on the last axis, for each of `rows` leading positions. weight: [out, in] row-major; bias: [out].
struct Dense {
  num::Constants weight, bias;
  std::int64_t in = 0, out = 0, rows = 1;
  friend bool operator==(const Dense&, const Dense&) = default;
};

/// Sliding window over 1 to 3 spatial axes of a tensor [1, C, d1, ...]; every vector has one entry per spatial axis.
struct Window {
  Shape kernel, strides, dilations, pads_begin, pads_end;
  friend bool operator==(const Window&, const Window&) = default;
};

/// Convolution. weight: [Co, Ci/groups, k...]; transposed: [Ci, Co/groups, k...]. bias: [Co], or a map, one entry per
/// output element, where a norm in front of zero padding went into it. Padded positions are no inputs (RUL-1).
/// Transposed: window and pads describe the forward convolution this one is the adjoint of.
struct Conv {
  num::Constants weight, bias;
  Window window;
  std::int64_t groups = 1;
  bool transposed = false;
  friend bool operator==(const Conv&, const Conv&) = default;
};

/// Live batch normalisation, inference form, per channel (axis 1): y = scale a + shift (NET-3).
/// gamma, beta, mean, variance, epsilon are kept as stored: symbolic claims speak about them.
struct BatchNorm {
  num::Constants gamma, beta, mean, variance;
  num::Rational epsilon;
  num::Constants scale;  ///< s^: nearest double of gamma / sqrt(variance + epsilon)
  num::Constants shift;  ///< beta - mean s^, exactly
  friend bool operator==(const BatchNorm&, const BatchNorm&) = default;
};

/// y_k = mul_k a_k + add_k, constants of the tensor's full size: Mul, Div, Add, Sub, Neg by constants.
struct Scale {
  num::Constants mul, add;
  friend bool operator==(const Scale&, const Scale&) = default;
};

/// Average pooling; each output is sum of its inputs / count. count_include_pad as in ONNX. A global pool is one whose
/// kernel is the whole plane.
struct AveragePool {
  Window window;
  bool count_include_pad = false;
  friend bool operator==(const AveragePool&, const AveragePool&) = default;
};

/// A continuous piecewise linear function of one number: slopes[k] t + intercepts[k] between kinks[k-1] and kinks[k].
/// No kink joins two pieces of equal slope (REG-1: such a unit has no kink).
struct Curve {
  std::vector<num::Rational> kinks, slopes, intercepts;  ///< kinks ascending; one piece more than kinks
  friend bool operator==(const Curve&, const Curve&) = default;
};

/// Elementwise piecewise linear activation. kind is the field's word: relu, leaky-relu, prelu, clip, abs, hard-tanh,
/// hard-sigmoid, threshold-relu (max(t, a) or min(t, a), per channel: what a norm leaves of a ReLU behind it).
/// curve_of[k] picks the curve of element k; empty: all use curves[0].
struct Activation {
  std::string kind;
  std::vector<Curve> curves;
  std::vector<std::int32_t> curve_of;
  const Curve& curve(std::int64_t element) const {
    return curves[curve_of.empty() ? 0 : std::size_t(curve_of[std::size_t(element)])];
  }
  friend bool operator==(const Activation&, const Activation&) = default;
};

/// Max pooling; padding is -infinity (NET-4).
struct MaxPool {
  Window window;
  friend bool operator==(const MaxPool&, const MaxPool&) = default;
};

/// Elementwise maximum (or minimum) of its inputs, all of one shape.
struct Max {
  bool minimum = false;
  friend bool operator==(const Max&, const Max&) = default;
};

/// y = sum_o signs[o] * input_o, all of one shape: Add, Sub, Sum.
struct Add {
  std::vector<int> signs;
  friend bool operator==(const Add&, const Add&) = default;
};

struct Concat {
  std::int64_t axis = 0;
  friend bool operator==(const Concat&, const Concat&) = default;
};

/// y_k = input[index[k]], or fill where index[k] < 0: Transpose, Slice, Gather, Split, Pad, Expand. A broadcast
/// repeats an index (fan-out of an element).
struct Select {
  std::vector<std::int64_t> index;
  num::Rational fill;
  friend bool operator==(const Select&, const Select&) = default;
};

/// Same elements in the same order: Reshape, Flatten, Squeeze, Unsqueeze, Identity, Cast, Dropout.
struct Reshape {
  friend bool operator==(const Reshape&, const Reshape&) = default;
};

/// An operation outside NET-4 (NET-5): named, kept in the graph, evaluated in floating point where `evaluable`.
struct Opaque {
  std::string type;                       ///< the ONNX operator
  std::map<std::string, double> numbers;  ///< attributes the evaluation needs (axis, alpha, epsilon ...)
  std::vector<num::Constants> constants;  ///< stored operands the evaluation needs
  bool evaluable = false;
  friend bool operator==(const Opaque&, const Opaque&) = default;
};

using Op = std::variant<Input, Constant, Dense, Conv, BatchNorm, Scale, AveragePool, Activation, MaxPool, Max, Add,
                        Concat, Select, Reshape, Opaque>;

struct Node {
  std::string name;  ///< unique in the network
  std::string type;  ///< operator as the model file spells it: "Gemm", "Relu"
  Op op;
  std::vector<NodeId> inputs;  ///< earlier nodes
  Shape shape;                 ///< of the one output
  std::int64_t size() const { return element_count(shape); }
  friend bool operator==(const Node&, const Node&) = default;
};

/// Invariant: nodes[0] is the Input; every input id is smaller than the node's own; names are unique; shapes and
/// constant sizes agree (checked by validate, which every constructor of networks calls).
class Network {
 public:
  static base::Result<Network> create(std::vector<Node> nodes, std::vector<NodeId> outputs);

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_[std::size_t(id)]; }
  NodeId size() const { return NodeId(nodes_.size()); }
  const std::vector<NodeId>& outputs() const { return outputs_; }
  NodeId output() const { return outputs_.front(); }  ///< the explained one
  const Shape& input_shape() const { return nodes_.front().shape; }
  std::int64_t input_size() const { return nodes_.front().size(); }
  std::int64_t output_size() const { return node(output()).size(); }
  /// Nodes that read id, once per edge, ascending.
  const std::vector<NodeId>& readers(NodeId id) const { return readers_[std::size_t(id)]; }
  /// Node by name; -1 when there is none.
  NodeId find(const std::string& name) const;
  /// First node (in order) that is no NET-4 operation and on which the first output depends; -1 when there is none.
  NodeId first_opaque() const;

 private:
  std::vector<Node> nodes_;
  std::vector<NodeId> outputs_;
  std::vector<std::vector<NodeId>> readers_;
};

/// Short word of the operation for tables, selectors and reports: "dense", "conv", "batch-norm", "scale",
/// "average-pool", "activation", "max-pool", "max", "add", "concat", "select", "reshape", "constant", "input",
/// "opaque".
std::string op_word(const Op& op);
/// Is it affine in its inputs, with weights a rule can read: dense, conv, batch-norm, scale, average-pool, add?
bool is_affine(const Op& op);

struct Cut {
  Network network;
  std::vector<std::string> removed;  ///< names of the nodes cut off, last first
};
/// Cuts a final Softmax, LogSoftmax or Sigmoid (NET-5) from the first output: alone, behind shape operations, or on a
/// branch of a final concatenation.
Cut cut_head(const Network& network);
/// The network whose only output is `output`, without the nodes it does not need.
Network ending_at(const Network& network, NodeId output);

}  // namespace lrproof::net
