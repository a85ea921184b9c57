// Conv, ConvTranspose and BatchNormalization: one sample [1, C, ...], stored weights.
#include "net/batch_norm.hpp"
#include "onnx/lowerings.hpp"
#include "onnx/window.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;
using num::Constants;

Status single_sample(Site& site, const Shape& shape) {
  if (shape.size() < 2)
    return site.misshapen("its operand " + net::to_string(shape) + " has no batch and channel axis");
  if (shape[0] == 1) return base::fine();
  return site.unsupported("over a fixed batch of " + std::to_string(shape[0]),
                          "export the model with batch 1 or an open batch axis");
}

namespace {

Shape plane_of(const Shape& shape) { return Shape(shape.begin() + 2, shape.end()); }

Shape with_channels(std::int64_t channels, const Shape& plane) {
  Shape shape{1, channels};
  shape.insert(shape.end(), plane.begin(), plane.end());
  return shape;
}

Result<net::NodeId> checked_input(Site& site, const Tensor& weight) {
  const Shape& in = site.operand(0).shape;
  LRPROOF_CHECK(single_sample(site, in));
  if (in.size() < 3 || weight.shape.size() != in.size() || *checked_count(in) == 0 || weight.size() == 0)
    return site.misshapen("weight " + net::to_string(weight.shape) + " does not fit operand " + net::to_string(in));
  LRPROOF_TRY(stated, site.integers("kernel_shape", plane_of(weight.shape)));
  if (stated != plane_of(weight.shape))
    return site.misshapen("kernel_shape " + net::to_string(stated) + " differs from the weight's " +
                          net::to_string(weight.shape));
  return site.node_of(site.operand(0));
}

Result<Constants> channel_bias(Site& site, std::int64_t channels) {
  if (!site.has(2)) return filled(std::size_t(channels), 0);
  LRPROOF_TRY(bias, site.real_tensor(2, "bias"));
  if (bias->size() != channels)
    return site.misshapen("bias " + net::to_string(bias->shape) + " for " + std::to_string(channels) + " channels");
  return bias->reals;
}

Status finish_conv(Site& site, net::NodeId input, net::Conv op, Shape shape) {
  LRPROOF_TRY(value, site.last(std::move(op), {input}, std::move(shape)));
  site.draft().open_bias.insert(value.node);
  return site.give(value);
}

}  // namespace

Status lower_conv(Site& site) {
  LRPROOF_CHECK(site.expects(2, 3));
  LRPROOF_TRY(weight, site.real_tensor(1, "weight"));
  LRPROOF_TRY(input, checked_input(site, *weight));
  LRPROOF_TRY(groups, site.integer("group", 1));
  const Shape &in = site.operand(0).shape, &w = weight->shape;
  if (groups < 1 || in[1] % groups != 0 || w[0] % groups != 0 || w[1] != in[1] / groups)
    return site.misshapen("weight " + net::to_string(w) + " with group " + std::to_string(groups) +
                          " does not fit operand " + net::to_string(in));
  LRPROOF_TRY(placed, place_window(site, plane_of(in), plane_of(w)));
  LRPROOF_TRY(bias, channel_bias(site, w[0]));
  net::Conv op{weight->reals, bias, placed.window, groups, false};
  return finish_conv(site, input, std::move(op), with_channels(w[0], placed.out));
}

Status lower_conv_transpose(Site& site) {
  LRPROOF_CHECK(site.expects(2, 3));
  LRPROOF_TRY(weight, site.real_tensor(1, "weight"));
  LRPROOF_TRY(input, checked_input(site, *weight));
  LRPROOF_TRY(groups, site.integer("group", 1));
  const Shape &in = site.operand(0).shape, &w = weight->shape;
  if (groups < 1 || w[0] != in[1] || in[1] % groups != 0 || w[1] > kLargestTensor / groups)
    return site.misshapen("weight " + net::to_string(w) + " with group " + std::to_string(groups) +
                          " does not fit operand " + net::to_string(in));
  LRPROOF_TRY(placed, place_transposed(site, plane_of(in), plane_of(w)));
  LRPROOF_TRY(bias, channel_bias(site, w[1] * groups));
  net::Conv op{weight->reals, bias, placed.window, groups, true};
  return finish_conv(site, input, std::move(op), with_channels(w[1] * groups, placed.out));
}

Status lower_batch_norm(Site& site) {
  LRPROOF_CHECK(site.expects(5, 5));
  LRPROOF_TRY(training, site.integer("training_mode", 0));
  LRPROOF_TRY(spatial, site.integer("spatial", 1));
  if (training != 0) LRPROOF_CHECK(site.in_training("training_mode = " + std::to_string(training)));
  if (training == 0 && site.named_outputs() > 1 && site.draft().accepts_training)
    LRPROOF_CHECK(
        site.in_training("it names " + std::to_string(site.named_outputs()) + " outputs, as a norm in training has"));
  if (spatial != 1) return site.unsupported("with spatial = 0");
  const Shape& in = site.operand(0).shape;
  LRPROOF_CHECK(single_sample(site, in));
  static constexpr const char* kRoles[] = {"", "scale", "bias", "mean", "variance"};
  std::vector<Constants> stored;
  for (std::size_t k = 1; k < 5; ++k) {
    LRPROOF_TRY(tensor, site.real_tensor(k, kRoles[k]));
    if (tensor->size() != in[1])
      return site.misshapen(std::string(kRoles[k]) + " " + net::to_string(tensor->shape) + " for " +
                            std::to_string(in[1]) + " channels");
    stored.push_back(tensor->reals);
  }
  LRPROOF_TRY(epsilon, site.real("epsilon", 1e-5f));
  auto norm = net::make_batch_norm(stored[0], stored[1], stored[2], stored[3], epsilon);
  if (!norm) return site.error(norm.error().code, norm.error().place + ": " + norm.error().sentence, norm.error().hint);
  LRPROOF_TRY(input, site.node_of(site.operand(0)));
  return site.finish(std::move(*norm), {input}, in);
}

}  // namespace lrproof::onnx
