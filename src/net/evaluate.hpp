#pragma once
// Forward evaluation over any Scalar, and the gradient of one output: the meaning of a network, written once.
#include <span>
#include <vector>

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

/// All tensors of the network for `batch` inputs (batch x input elements). Opaque nodes: floats only, where
/// evaluable; anywhere else the caller has asked first_opaque().
template <num::Scalar S>
Values<S> evaluate(const Network& network, std::span<const S> inputs, std::int64_t batch);

/// One node from its operands' values: used by evaluate, by suffixes (REG-4) and by lazy exact evaluation.
template <num::Scalar S>
std::vector<S> evaluate_node(const Network& network, NodeId node, const std::vector<std::span<const S>>& operands,
                             std::int64_t batch);

/// The input elements each output element of a pool looks at, padding left out: cell[start[k] .. start[k+1]).
struct PoolCells {
  std::vector<std::int64_t> start, cell;
};
PoolCells pool_cells(const Window& window, const Shape& wide, const Shape& narrow);

/// t -> the curve's value; for an interval the hull over it.
template <num::Scalar S>
S apply_curve(const Curve& curve, const S& t);

}  // namespace lrproof::net
