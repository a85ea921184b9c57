#pragma once
// Floating-point evaluation of the operations outside NET-4 that we know (NET-5): for comparing with runtimes, never
// for a proof.
#include <span>
#include <vector>

#include "net/network.hpp"

namespace lrproof::net {

/// One sample. operands and their shapes in the node's order; the result has element_count(out_shape) values.
std::vector<double> evaluate_opaque(const Opaque& op, const std::vector<std::span<const double>>& operands,
                                    const std::vector<Shape>& operand_shapes, const Shape& out_shape);

}  // namespace lrproof::net
