// Operators outside NET-4: opaque nodes with what their evaluation needs (NET-5). On constants they are evaluated at
// once in double precision, and a note says so (NET-3).
#include <algorithm>
#include <cmath>

#include "net/opaque.hpp"
#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;

namespace {

/// An attribute that an elementwise operator's evaluation needs, and its default.
struct Parameter {
  const char* op;
  const char* key;
  float fallback;
};

constexpr Parameter kParameters[] = {
    {"Elu", "alpha", 1.0f},
    {"Celu", "alpha", 1.0f},
    {"Selu", "alpha", 1.67326319217681884765625f},
    {"Selu", "gamma", 1.05070102214813232421875f},
    {"ThresholdedRelu", "alpha", 1.0f},
    {"Shrink", "lambd", 0.5f},
    {"Shrink", "bias", 0.0f},
};

}  // namespace

Status finish_opaque(Site& site, net::Opaque opaque, const Value& operand, Shape shape) {
  if (operand.node >= 0) return site.finish(std::move(opaque), {operand.node}, std::move(shape));
  const Tensor& tensor = *operand.constant;
  if (tensor.kind != Kind::real) return site.unsupported("of integers");
  LRPROOF_CHECK(site.finite(tensor));
  LRPROOF_CHECK(site.spend(tensor.size()));
  auto values = net::evaluate_opaque(opaque, {tensor.reals.approx}, {operand.shape}, shape);
  Tensor out{Kind::real, std::move(shape), {std::move(values), {}}, {}, site.name()};
  if (first_nonfinite(out) >= 0) return site.error("onnx.undefined", "its value on constants is undefined");
  site.draft().notes.push_back(site.op() + " of a constant (node " + shown(site.name()) +
                               ") is computed in double precision");
  return site.give(std::move(out));
}

Status opaque_pair(Site& site) {
  const auto shape = broadcast(site.operand(0).shape, site.operand(1).shape);
  if (!shape || !checked_count(*shape)) return site.misshapen("its operands do not broadcast");
  net::Opaque opaque{site.op(), {}, {}, true};
  std::vector<net::NodeId> inputs;
  for (std::size_t k = 0; k < 2; ++k) {
    if (site.constant(k)) {
      Tensor tensor = *site.operand(k).constant;
      if (tensor.kind == Kind::integer) {
        for (const auto v : tensor.integers) tensor.reals.approx.push_back(double(v));
        tensor.kind = Kind::real;
      }
      LRPROOF_TRY(wide, spread(site, tensor, *shape));
      opaque.numbers["constant_at"] = double(k);
      opaque.constants.push_back(std::move(wide));
      continue;
    }
    LRPROOF_TRY(wide, site.broadcasted(site.operand(k), *shape));
    inputs.push_back(wide.node);
  }
  return site.finish(std::move(opaque), std::move(inputs), *shape);
}

Status lower_smooth(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  net::Opaque opaque{site.op(), {}, {}, true};
  for (const auto& parameter : kParameters) {
    if (site.op() != parameter.op) continue;
    LRPROOF_TRY(value, site.real(parameter.key, parameter.fallback));
    opaque.numbers[parameter.key] = value.to_double();
  }
  if (site.op() == "Gelu") {
    LRPROOF_TRY(approximate, site.word("approximate", "none"));
    if (approximate != "none" && approximate != "tanh")
      return site.unsupported("with approximate " + shown(approximate));
    opaque.numbers["tanh"] = approximate == "tanh";
  }
  return finish_opaque(site, std::move(opaque), site.operand(0), site.operand(0).shape);
}

// Before opset 13 all axes from `axis` on are one.
Status lower_softmax(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  const auto rank = std::int64_t(site.operand(0).shape.size());
  const bool coerced = site.opset() < 13;
  LRPROOF_TRY(axis,
              site.axis("axis", coerced ? std::min<std::int64_t>(1, rank - 1) : -1, std::max<std::int64_t>(rank, 1)));
  net::Opaque opaque{site.op(), {{"axis", double(axis)}, {"coerced", double(coerced)}}, {}, true};
  return finish_opaque(site, std::move(opaque), site.operand(0), site.operand(0).shape);
}

Status lower_layer_norm(Site& site) {
  LRPROOF_CHECK(site.expects(2, 3));
  if (site.wanted(1) || site.wanted(2)) return site.unsupported("with its outputs Mean and InvStdDev");
  const Shape& in = site.operand(0).shape;
  LRPROOF_TRY(axis, site.axis("axis", -1, std::int64_t(in.size())));
  LRPROOF_TRY(epsilon, site.real("epsilon", 1e-5f));
  const Shape tail(in.begin() + axis, in.end());
  net::Opaque opaque{site.op(), {{"axis", double(axis)}, {"epsilon", epsilon.to_double()}}, {}, true};
  for (std::size_t k = 1; k < 3; ++k) {
    if (!site.has(k)) continue;
    LRPROOF_TRY(tensor, site.real_tensor(k, k == 1 ? "scale" : "bias"));
    LRPROOF_TRY(wide, spread(site, *tensor, tail));
    opaque.constants.push_back(std::move(wide));
  }
  return finish_opaque(site, std::move(opaque), site.operand(0), in);
}

// InstanceNormalization, GroupNormalization (scale per group before opset 21), LpNormalization.
Status lower_channel_norm(Site& site) {
  const bool plain = site.op() == "LpNormalization";
  LRPROOF_CHECK(site.expects(plain ? 1 : 3, plain ? 1 : 3));
  const Shape& in = site.operand(0).shape;
  if (plain) {
    LRPROOF_TRY(axis, site.axis("axis", -1, std::int64_t(in.size())));
    LRPROOF_TRY(p, site.integer("p", 2));
    if (p != 1 && p != 2) return site.unsupported("with p = " + std::to_string(p));
    net::Opaque norm{site.op(), {{"axis", double(axis)}, {"p", double(p)}}, {}, true};
    return finish_opaque(site, std::move(norm), site.operand(0), in);
  }
  LRPROOF_CHECK(single_sample(site, in));
  const auto channels = in[1];
  LRPROOF_TRY(epsilon, site.real("epsilon", 1e-5f));
  LRPROOF_TRY(groups, site.integer("num_groups", site.op() == "GroupNormalization" ? 0 : channels));
  if (groups < 1 || channels % groups != 0)
    return site.misshapen(std::to_string(groups) + " groups of " + std::to_string(channels) + " channels");
  net::Opaque opaque{site.op(), {{"groups", double(groups)}, {"epsilon", epsilon.to_double()}}, {}, true};
  for (std::size_t k = 1; k < 3; ++k) {
    LRPROOF_TRY(tensor, site.real_tensor(k, k == 1 ? "scale" : "bias"));
    const bool per_group = site.op() == "GroupNormalization" && site.opset() < 21 && tensor->size() == groups;
    if (tensor->size() != channels && !per_group)
      return site.misshapen("scale or bias " + net::to_string(tensor->shape) + " for " + std::to_string(channels) +
                            " channels");
    Index of_channel;
    LRPROOF_CHECK(site.spend(channels));
    for (std::int64_t c = 0; c < channels; ++c) of_channel.push_back(per_group ? c / (channels / groups) : c);
    opaque.constants.push_back(taken(tensor->reals, of_channel, 0));
  }
  return finish_opaque(site, std::move(opaque), site.operand(0), in);
}

Status lower_response_norm(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  const Shape& in = site.operand(0).shape;
  LRPROOF_CHECK(single_sample(site, in));
  LRPROOF_TRY(alpha, site.real("alpha", 0.0001f));
  LRPROOF_TRY(beta, site.real("beta", 0.75f));
  LRPROOF_TRY(bias, site.real("bias", 1.0f));
  LRPROOF_TRY(size, site.integer("size", 0));
  if (size < 1 || size > kLargestTensor) return site.error("onnx.attribute", "size " + std::to_string(size));
  net::Opaque opaque{
      site.op(),
      {{"alpha", alpha.to_double()}, {"beta", beta.to_double()}, {"bias", bias.to_double()}, {"size", double(size)}},
      {},
      true};
  return finish_opaque(site, std::move(opaque), site.operand(0), in);
}

}  // namespace lrproof::onnx
