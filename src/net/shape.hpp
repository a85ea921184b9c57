#pragma once
// Shapes of results from shapes of operands: one place for every reader of networks (ONNX, text).
#include <vector>

#include "net/network.hpp"

namespace lrproof::net {

/// Shape of the operation's result. Input, Constant, Reshape, Select and Opaque do not determine theirs: they hand it
/// in as `declared`, and it is checked against the operands. A transposed convolution may declare more than the
/// least shape (output padding); otherwise an empty `declared` means "infer", any other must agree.
/// The diagnostic has an empty place: the caller knows it.
base::Result<Shape> infer_shape(const Op& op, const std::vector<Shape>& operands, const Shape& declared = {});

/// floor((size + begin + end - dilation (kernel - 1) - 1) / stride) + 1; 0 or less when the window does not fit.
std::int64_t window_output(std::int64_t size, const Window& window, std::size_t axis);

/// stride (size - 1) + dilation (kernel - 1) + 1 - begin - end: least size whose window output is `size`.
std::int64_t transposed_output(std::int64_t size, const Window& window, std::size_t axis);

}  // namespace lrproof::net
