#pragma once
// Forward evaluation over any Scalar, and the gradient of one output: the meaning of a network, written once.
#include <memory>
#include <span>
#include <vector>

#include "net/linear.hpp"
#include "net/network.hpp"

namespace lrproof::net {

/// values[node] is batch x elements, row-major.
template <num::Scalar S>
struct Values {
  std::int64_t batch = 0;
  std::vector<std::vector<S>> of;
  std::span<const S> at(NodeId node, std::int64_t sample, std::int64_t size) const {
    return std::span<const S>(of[std::size_t(node)]).subspan(std::size_t(sample * size), std::size_t(size));
  }
};

/// The input elements each output element of a pool looks at, padding left out: cell[start[k] .. start[k+1]).
struct PoolCells {
  std::vector<std::int64_t> start, cell;
};
PoolCells pool_cells(const Window& window, const Shape& wide, const Shape& narrow);

/// A network made ready for one scalar: linear forms, constants and pool cells, built once and read by many threads.
/// The network must outlive it.
template <num::Scalar S>
class Evaluator {
 public:
  explicit Evaluator(const Network& network);

  const Network& network() const { return network_; }
  /// All tensors for `batch` inputs (batch x input elements). Opaque nodes: floats only, where evaluable; anywhere
  /// else the caller has asked first_opaque().
  Values<S> run(std::span<const S> inputs, std::int64_t batch) const;
  /// One node from its operands' values: suffixes (REG-4) re-evaluate descendants one by one.
  std::vector<S> node(NodeId id, const std::vector<std::span<const S>>& operands, std::int64_t batch) const;

  /// y = L(W) x and x = L(W)^T y with the node's own weights (see Linear).
  void apply(NodeId id, std::span<const S> x, std::span<S> y, std::int64_t batch) const;
  void apply_adjoint(NodeId id, std::span<const S> y, std::span<S> x, std::int64_t batch) const;

  const Linear& linear(NodeId id) const { return *linear_[std::size_t(id)]; }  ///< affine nodes only
  /// Empty over num::Wide, which reads the stored ones.
  const std::vector<S>& weight(NodeId id) const { return weight_[std::size_t(id)]; }
  const std::vector<S>& bias(NodeId id) const { return bias_[std::size_t(id)]; }  ///< may be empty; see Linear::bias_of
  const PoolCells& cells(NodeId id) const { return cells_[std::size_t(id)]; }     ///< max pools only

 private:
  const Network& network_;
  std::vector<std::shared_ptr<const Linear>> linear_;
  std::vector<std::vector<S>> weight_, bias_;
  std::vector<PoolCells> cells_;
};

/// Evaluator(network).run(inputs, batch)
template <num::Scalar S>
Values<S> evaluate(const Network& network, std::span<const S> inputs, std::int64_t batch);

/// t -> the curve's value; for an interval the hull over it.
template <num::Scalar S>
S apply_curve(const Curve& curve, const S& t);

}  // namespace lrproof::net
