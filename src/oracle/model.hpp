#pragma once
// The oracle's own reading of a network: ONNX bytes to a graph of tensor operations, batch 1, element by element.
// Nothing here comes from the tool: a mistake in one reading should not convince the other.
#include <string>
#include <string_view>
#include <vector>

#include "oracle/number.hpp"

namespace lrproof::oracle {

/// A value, or the sentence that says why there is none.
template <class T>
struct Read {
  std::optional<T> value;
  std::string error;
  static Read fail(std::string why) { return {std::nullopt, std::move(why)}; }
};

enum class Kind {
  input,
  constant,
  dense,
  conv,
  conv_transposed,
  batch_norm,
  scale,
  average_pool,
  add,
  activation,
  max_pool,
  max,
  move,
  opaque
};

/// Element `element` of operand `operand`; operand -1 stands for the node's fill value.
struct Source {
  int operand = 0;
  long element = 0;
  friend bool operator==(const Source&, const Source&) = default;
};

/// slopes[k] t + intercepts[k] between kinks[k-1] and kinks[k].
struct Curve {
  std::vector<Exact> kinks, slopes, intercepts;
};

struct Node {
  std::string name, type;
  Kind kind = Kind::opaque;
  std::vector<int> inputs;
  std::vector<long> shape;
  Numbers weight, bias;  // bias may be empty
  std::vector<long> kernel, strides, dilations, pads_begin, pads_end;
  long groups = 1, in = 0, out = 0, rows = 1;
  bool include_pad = false, minimum = false;
  std::vector<int> signs;
  std::vector<Curve> curves;
  std::vector<int> curve_of;    // empty: curves[0] for all
  std::vector<Source> sources;  // move; empty: identity
  Exact fill;
  std::string activation;  // relu, leaky-relu, ...
  bool rewrites_shape_only = false;
  int gate = -1;                        // a marked product: which operand is its gate
  Numbers gamma, variance, mean, beta;  // batch norm as stored
  Exact epsilon;

  long size() const;
  const Curve& curve(long element) const {
    return curves[curve_of.empty() ? 0 : std::size_t(curve_of[std::size_t(element)])];
  }
  bool affine() const {
    return kind == Kind::dense || kind == Kind::conv || kind == Kind::conv_transposed || kind == Kind::batch_norm ||
           kind == Kind::scale || kind == Kind::average_pool || kind == Kind::add;
  }
};

struct Network {
  std::vector<Node> nodes;  // nodes[0] is the input; operands come before their readers
  std::vector<int> outputs;
  int output() const { return outputs.front(); }
  const Node& node(int id) const { return nodes[std::size_t(id)]; }
  int find(const std::string& name) const;
  std::vector<int> readers(int id) const;  // once per edge
};

/// One rewrite as a report lists it.
struct Step {
  std::string rewrite;
  std::vector<std::string> nodes;
};

Read<Network> read_model(std::string_view bytes);
/// Removes the listed nodes from the end of the first output, last first.
Read<Network> cut(Network network, const std::vector<std::string>& names);
/// Replays canonization steps in order.
Read<Network> canonize(Network network, const std::vector<Step>& steps);
/// Keeps what the first output needs.
Network trimmed(Network network);

/// The element of `node` that is the explained output, as nothing but moves lies between; -1: none is.
long explained_unit(const Network& network, int node, long target);

/// Position of flat element in a tensor.
std::vector<long> unflatten(long element, const std::vector<long>& shape);
long product(const std::vector<long>& shape);

/// visit(operand, element, weight index) for every input of affine output element `out`; padding is no input.
template <class Visit>
void taps(const Network& network, const Node& node, long out, Visit&& visit);
/// visit(Source) for every operand element of a max or max pool.
template <class Visit>
void rivals(const Network& network, const Node& node, long out, Visit&& visit);
/// Index into bias, or -1.
long bias_of(const Node& node, long out);
long fan_in(const Node& node);

}  // namespace lrproof::oracle

#include "oracle/taps.hpp"
