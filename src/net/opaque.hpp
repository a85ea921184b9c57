#pragma once
// Floating-point values of opaque nodes (NET-5), for one sample.
#include <span>
#include <vector>

#include "net/network.hpp"

namespace lrproof::net {

/// The value of an evaluable opaque node from its operands' values and shapes.
///
/// What the node must hold, by type (numbers in `numbers`, tensors in `constants`):
///   elementwise        Elu, Celu, ThresholdedRelu: alpha; Selu: alpha, gamma; Shrink: lambd, bias; Gelu: tanh (0 or
///   1);
///                      Sigmoid, Tanh, Softplus, Softsign, Erf, Exp, Log, Sqrt, Reciprocal, HardSwish, Mish, Sin, Cos,
///                      Floor, Ceil, Round, Sign: nothing
///   of two             Mul, Div, Pow: both of the output's shape; one may be constants[0], at position constant_at
///   Softmax, LogSoftmax              axis; coerced = 1: all axes from `axis` on are one
///   MatMul                           numpy's rules for the operands' shapes
///   LayerNormalization               axis, epsilon; constants: scale and perhaps bias, of the normalised shape
///   InstanceNormalization, GroupNormalization   groups, epsilon; constants: scale and bias per channel
///   LpNormalization                  axis, p;  LRN: alpha, beta, bias, size
///   ReduceProd, ReduceL1, ReduceL2, ReduceLogSum, ReduceLogSumExp, ReduceSumSquare    length of each row
std::vector<double> evaluate_opaque(const Opaque& opaque, const std::vector<std::span<const double>>& operands,
                                    const std::vector<Shape>& operand_shapes, const Shape& out_shape);

/// Does evaluate_opaque know the type?
bool can_evaluate(const std::string& type);

}  // namespace lrproof::net
