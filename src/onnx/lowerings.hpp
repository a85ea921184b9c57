#pragma once
// The functions of the operator table, by family, and the few things that families share.
#include "onnx/site.hpp"

namespace lrproof::onnx {

// lower_arithmetic.cpp
base::Status lower_add(Site& site);
base::Status lower_sub(Site& site);
base::Status lower_sum(Site& site);
base::Status lower_mean(Site& site);
base::Status lower_mul(Site& site);
base::Status lower_div(Site& site);
base::Status lower_neg(Site& site);
base::Status lower_extremum(Site& site);
base::Status lower_pow(Site& site);
// lower_constant.cpp
base::Status lower_constant(Site& site);
base::Status lower_constant_of_shape(Site& site);
base::Status lower_shape_of(Site& site);
base::Status lower_range(Site& site);
base::Status lower_comparison(Site& site);
base::Status lower_not(Site& site);
base::Status lower_where(Site& site);
base::Status lower_mod(Site& site);
// lower_shape.cpp
base::Status lower_identity(Site& site);
base::Status lower_dropout(Site& site);
base::Status lower_cast(Site& site);
base::Status lower_reshape(Site& site);
base::Status lower_flatten(Site& site);
base::Status lower_squeeze(Site& site);
base::Status lower_unsqueeze(Site& site);
base::Status lower_transpose(Site& site);
base::Status lower_expand(Site& site);
base::Status lower_concat(Site& site);
base::Status lower_depth_to_space(Site& site);
base::Status lower_space_to_depth(Site& site);
// lower_select.cpp
base::Status lower_slice(Site& site);
base::Status lower_split(Site& site);
base::Status lower_gather(Site& site);
base::Status lower_pad(Site& site);
base::Status lower_tile(Site& site);
// lower_product.cpp
base::Status lower_matmul(Site& site);
base::Status lower_gemm(Site& site);
// lower_conv.cpp
base::Status lower_conv(Site& site);
base::Status lower_conv_transpose(Site& site);
base::Status lower_batch_norm(Site& site);
// lower_pool.cpp
base::Status lower_max_pool(Site& site);
base::Status lower_average_pool(Site& site);
base::Status lower_global_pool(Site& site);
// lower_reduce.cpp
base::Status lower_reduce(Site& site);
// lower_activation.cpp
base::Status lower_relu(Site& site);
base::Status lower_leaky_relu(Site& site);
base::Status lower_prelu(Site& site);
base::Status lower_clip(Site& site);
base::Status lower_abs(Site& site);
base::Status lower_hard_sigmoid(Site& site);
// lower_smooth.cpp
base::Status lower_smooth(Site& site);
base::Status lower_softmax(Site& site);
base::Status lower_layer_norm(Site& site);
base::Status lower_channel_norm(Site& site);
base::Status lower_response_norm(Site& site);

/// The numbers of a constant broadcast to a shape.
base::Result<num::Constants> spread(Site& site, const Tensor& tensor, const Shape& to);
/// factor * constants, exactly.
num::Constants scaled(const num::Constants& constants, const num::Rational& factor);
num::Constants filled(std::size_t count, double value);
/// Elementwise operation of two variables, or of a variable and a constant, as an opaque node.
base::Status opaque_pair(Site& site);
/// An opaque node, or its rounded value when its operand is constant.
base::Status finish_opaque(Site& site, net::Opaque opaque, const Value& operand, Shape shape);
/// The first operand is the value.
base::Status finish_unchanged(Site& site);
/// Windows and channel-wise norms read one sample [1, C, ...].
base::Status single_sample(Site& site, const Shape& shape);

}  // namespace lrproof::onnx
