// Affine nodes and pools as operators.
#include <algorithm>

#include "onnx/emit.hpp"

namespace lrproof::onnx {

using num::Constants;
using num::Rational;

namespace {

bool every(const Constants& values, double is) {
  for (std::size_t k = 0; k < values.size(); ++k)
    if (values.at<double>(k) != is) return false;
  return values.all_double();
}

bool constant_along(const Shape& shape, const Constants& values, std::size_t axis) {
  const auto step = strides_of(shape)[axis], extent = shape[axis];
  for (std::int64_t k = 0; k < std::int64_t(values.size()); ++k) {
    if (k / step % extent == 0) continue;
    const auto before = std::size_t(k - step), at = std::size_t(k);
    if (values.at<double>(at) != values.at<double>(before)) return false;
    if (!values.all_double() && !(values.rational(at) == values.rational(before))) return false;
  }
  return true;
}

Settings window_settings(const net::Window& window) {
  Index pads = window.pads_begin;
  pads.insert(pads.end(), window.pads_end.begin(), window.pads_end.end());
  Settings settings{{"kernel_shape", window.kernel}, {"strides", window.strides}, {"pads", pads}};
  if (std::ranges::any_of(window.dilations, [](auto d) { return d != 1; }))
    settings.push_back({"dilations", window.dilations});
  return settings;
}

/// Would the importer take a constant added to the current node's operand as that operand's bias?
bool taken_as_bias(const Writer& writer, const Shape& constant) {
  const auto& network = writer.network();
  const auto id = writer.node().inputs[0];
  const auto& product = network.node(id);
  const bool dense = std::holds_alternative<net::Dense>(product.op);
  if (!dense && !std::holds_alternative<net::Conv>(product.op)) return false;
  const auto axis = dense ? constant.size() - 1 : 1;
  for (std::size_t a = 0; a < constant.size(); ++a)
    if (constant[a] != 1 && a != axis) return false;
  return true;
}

std::string stored(Writer& writer, const std::string& word, const Shape& shape, const Constants& values) {
  const auto small = compressed(shape, values);
  return writer.reals(word, small.shape, small.values);
}

Constants product(const Constants& values, const Rational& factor) {
  std::vector<Rational> out;
  for (std::size_t k = 0; k < values.size(); ++k) out.push_back(values.rational(k) * factor);
  return Constants::from_rationals(std::move(out));
}

Constants reciprocals(const Constants& values) {
  std::vector<Rational> out;
  for (std::size_t k = 0; k < values.size(); ++k) out.push_back(Rational(1) / values.rational(k));
  return Constants::from_rationals(std::move(out));
}

/// n where every factor is 1 / n and n times every summand is a number of the file.
std::int64_t mean_operands(const net::Scale& scale, bool doubles) {
  const Rational factor = scale.mul.rational(0);
  if (factor.sign() <= 0 || factor == Rational(1)) return 0;
  const Rational n = Rational(1) / factor;
  const double count = n.to_double();
  if (!(count >= 2 && count <= 64) || !(Rational(long(count)) == n)) return 0;
  for (std::size_t k = 1; k < scale.mul.size(); ++k)
    if (!(scale.mul.rational(k) == factor)) return 0;
  return all_exact(product(scale.add, n), doubles) ? std::int64_t(count) : 0;
}

}  // namespace

Compressed compressed(const Shape& shape, const Constants& values) {
  Compressed out{shape, values};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (out.shape[axis] == 1 || !constant_along(out.shape, out.values, axis)) continue;
    const auto step = strides_of(out.shape)[axis], extent = out.shape[axis];
    Index kept;
    for (std::int64_t k = 0; k < std::int64_t(out.values.size()); ++k)
      if (k / step % extent == 0) kept.push_back(k);
    out.values = taken(out.values, kept, 0);
    out.shape[axis] = 1;
  }
  return out;
}

ScalePlan plan_of(const net::Scale& scale, bool doubles) {
  if (every(scale.mul, 1) && !every(scale.add, 0)) return {ScaleForm::add};
  if (every(scale.mul, -1) && !every(scale.add, 0)) return {ScaleForm::subtract_from};
  if (every(scale.add, 0)) {
    if (all_exact(scale.mul, doubles)) return {ScaleForm::multiply};
    for (std::size_t k = 0; k < scale.mul.size(); ++k)
      if (scale.mul.rational(k).is_zero()) return {ScaleForm::multiply};
    return {all_exact(reciprocals(scale.mul), doubles) ? ScaleForm::divide : ScaleForm::multiply};
  }
  if (const auto n = mean_operands(scale, doubles)) return {ScaleForm::mean, n};
  return {ScaleForm::both};
}

void emit(Writer& writer, const net::Dense& op) {
  const auto& from = writer.network().node(writer.node().inputs[0]);
  const auto x = writer.operand(0);
  const bool biased = !every(op.bias, 0);
  if (from.shape.size() == 2) {
    std::vector<std::string> inputs{x, writer.reals("weight", {op.out, op.in}, op.weight)};
    if (biased) inputs.push_back(writer.reals("bias", {op.out}, op.bias));
    return writer.last("Gemm", inputs, {{"transB", std::int64_t(1)}});
  }
  const Constants turned = taken(op.weight, transpose_index({op.out, op.in}, {1, 0}), 0);
  const auto weight = writer.reals("weight", {op.in, op.out}, turned);
  if (!biased) return writer.last("MatMul", {x, weight});
  // The importer gives the sum to the product before it, under the product's name.
  writer.last_with_sum("MatMul", {x, weight}, writer.reals("bias", {op.out}, op.bias));
}

void emit(Writer& writer, const net::Conv& op) {
  const auto& from = writer.network().node(writer.node().inputs[0]);
  const auto& to = writer.node();
  const auto channels = to.shape[1];
  Shape weight{op.transposed ? from.shape[1] : channels, (op.transposed ? channels : from.shape[1]) / op.groups};
  weight.insert(weight.end(), op.window.kernel.begin(), op.window.kernel.end());
  Settings settings = window_settings(op.window);
  if (op.groups != 1) settings.push_back({"group", op.groups});
  if (op.transposed) {
    Index extra;
    for (std::size_t a = 0; a < op.window.kernel.size(); ++a) {
      const auto& w = op.window;
      const auto full = w.strides[a] * (from.shape[a + 2] - 1) + w.dilations[a] * (w.kernel[a] - 1) + 1;
      extra.push_back(to.shape[a + 2] + w.pads_begin[a] + w.pads_end[a] - full);
    }
    if (std::ranges::any_of(extra, [](auto e) { return e != 0; })) settings.push_back({"output_padding", extra});
  }
  std::vector<std::string> inputs{writer.operand(0), writer.reals("weight", weight, op.weight)};
  const std::string type = op.transposed ? "ConvTranspose" : "Conv";
  if (op.bias.empty() || std::int64_t(op.bias.size()) == channels) {
    if (!every(op.bias, 0)) inputs.push_back(writer.reals("bias", {channels}, op.bias));
    return writer.last(type, inputs, settings);
  }
  // A bias per output element.
  const auto product = writer.part("product", type, inputs, settings);
  writer.last("Add", {product, writer.reals("bias", to.shape, op.bias)});
}

void emit(Writer& writer, const net::BatchNorm& op) {
  const auto channels = writer.node().shape[1];
  writer.last(
      "BatchNormalization",
      {writer.operand(0), writer.reals("scale", {channels}, op.gamma), writer.reals("bias", {channels}, op.beta),
       writer.reals("mean", {channels}, op.mean), writer.reals("variance", {channels}, op.variance)},
      {{"epsilon", float(op.epsilon.to_double())}});
}

void emit(Writer& writer, const net::Scale& op, bool doubles) {
  const Shape& shape = writer.node().shape;
  const auto x = writer.operand(0);
  const auto plan = plan_of(op, doubles);
  const auto zero = [&] { return writer.reals("zero", {}, from_doubles({0})); };
  switch (plan.form) {
    case ScaleForm::add: {
      const auto small = compressed(shape, op.add);
      const auto c = writer.reals("summand", small.shape, small.values);
      if (taken_as_bias(writer, small.shape)) return writer.last("Sum", {x, c, zero()});
      return writer.last("Add", {x, c});
    }
    case ScaleForm::subtract_from:
      return writer.last("Sub", {stored(writer, "minuend", shape, op.add), x});
    case ScaleForm::multiply:
      return writer.last("Mul", {x, stored(writer, "factor", shape, op.mul)});
    case ScaleForm::divide:
      return writer.last("Div", {x, stored(writer, "divisor", shape, reciprocals(op.mul))});
    case ScaleForm::mean: {
      std::vector<std::string> inputs{x, stored(writer, "summand", shape, product(op.add, long(plan.operands)))};
      if (plan.operands > 2) inputs.resize(std::size_t(plan.operands), zero());
      return writer.last("Mean", inputs);
    }
    case ScaleForm::both: {
      const auto scaled = writer.part("product", "Mul", {x, stored(writer, "factor", shape, op.mul)});
      return writer.last("Add", {scaled, stored(writer, "summand", shape, op.add)});
    }
  }
}

void emit(Writer& writer, const net::AveragePool& op) {
  Settings settings = window_settings(op.window);
  if (op.count_include_pad) settings.push_back({"count_include_pad", std::int64_t(1)});
  writer.last("AveragePool", {writer.operand(0)}, settings);
}

void emit(Writer& writer, const net::MaxPool& op) {
  writer.last("MaxPool", {writer.operand(0)}, window_settings(op.window));
}

void emit(Writer& writer, const net::Add& op) {
  std::vector<std::string> inputs;
  for (std::size_t k = 0; k < op.signs.size(); ++k) inputs.push_back(writer.operand(k));
  if (op.signs == std::vector<int>{1, 1}) return writer.last("Add", inputs);
  if (op.signs == std::vector<int>{1, -1}) return writer.last("Sub", inputs);
  for (std::size_t k = 0; k < op.signs.size(); ++k)
    if (op.signs[k] < 0) inputs[k] = writer.part("minus", "Neg", {inputs[k]});
  writer.last("Sum", inputs);
}

}  // namespace lrproof::onnx
