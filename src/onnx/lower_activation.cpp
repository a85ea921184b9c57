// Elementwise piecewise linear operations, as exact curves: an attribute is the float32 number it denotes (NET-2).
#include <cfloat>
#include <cmath>

#include "net/curve.hpp"
#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;
using net::Curve;
using num::Rational;

namespace {

Status finish_activation(Site& site, const std::string& kind, std::vector<Curve> curves,
                         std::vector<std::int32_t> curve_of = {}) {
  LRPROOF_TRY(input, site.node_of(site.operand(0)));
  return site.finish(net::Activation{kind, std::move(curves), std::move(curve_of)}, {input}, site.operand(0).shape);
}

/// A bound of Clip as a double; infinite where it bounds nothing: left out, infinite, or exactly the largest float or
/// double, which is how exporters write "none".
Result<double> bound(Site& site, const char* key, std::size_t operand, double none) {
  double value = none;
  if (site.has(operand)) {
    if (!site.constant(operand)) return site.unsupported("with a bound that is computed from the input");
    const Tensor& tensor = *site.operand(operand).constant;
    if (tensor.size() != 1 || tensor.kind != Kind::real) return site.misshapen(std::string(key) + " is not one number");
    if (std::isnan(tensor.reals.approx[0])) return site.error("onnx.nan", std::string(key) + " is NaN");
    if (!tensor.reals.all_double()) return site.unsupported("with a bound that is no double");
    value = tensor.reals.approx[0];
  } else {
    LRPROOF_TRY(stored, site.number(key, float(none)));
    value = stored;
  }
  // The largest number of the model's type says "none"; that of floats is a bound among doubles.
  const double largest = site.draft().doubles ? DBL_MAX : 0x1.fffffep127;
  return std::abs(value) == largest ? std::copysign(HUGE_VAL, value) : value;
}

/// min and max, in this order, of integers: Clip of a constant shape.
Status clip_integers(Site& site) {
  Tensor tensor = *site.operand(0).constant;
  for (const std::size_t k : {1, 2}) {
    if (!site.has(k)) continue;
    LRPROOF_TRY(limit, site.integer_list(k, "a bound"));
    if (limit.size() != 1) return site.misshapen("a bound is not one number");
    for (auto& v : tensor.integers) v = k == 1 ? std::max(v, limit[0]) : std::min(v, limit[0]);
  }
  return site.give(std::move(tensor));
}

}  // namespace

Status lower_relu(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  return finish_activation(site, "relu", {net::relu_curve()});
}

Status lower_leaky_relu(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_TRY(alpha, site.real("alpha", 0.01f));
  return finish_activation(site, "leaky-relu", {net::leaky_curve(alpha)});
}

Status lower_prelu(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  LRPROOF_TRY(slope, site.real_tensor(1, "slope"));
  const Shape& in = site.operand(0).shape;
  if (broadcast(slope->shape, in) != in)
    return site.misshapen("slope " + net::to_string(slope->shape) + " does not broadcast to " + net::to_string(in));
  std::vector<Curve> curves;
  for (std::size_t k = 0; k < slope->reals.size(); ++k) curves.push_back(net::leaky_curve(slope->reals.rational(k)));
  if (curves.size() == 1) return finish_activation(site, "prelu", std::move(curves));
  LRPROOF_CHECK(site.spend(*checked_count(in)));
  const auto index = broadcast_index(slope->shape, in);
  return finish_activation(site, "prelu", std::move(curves), {index.begin(), index.end()});
}

Status lower_clip(Site& site) {
  LRPROOF_CHECK(site.expects(1, 3));
  if (site.constant(0) && site.operand(0).constant->kind == Kind::integer) return clip_integers(site);
  LRPROOF_TRY(low, bound(site, "min", 1, -HUGE_VAL));
  LRPROOF_TRY(high, bound(site, "max", 2, HUGE_VAL));
  if (low == HUGE_VAL || high == -HUGE_VAL) return site.error("onnx.undefined", "its bounds leave nothing");
  const auto stated = [](double v) { return std::isfinite(v) ? std::optional(Rational(v)) : std::nullopt; };
  if (!stated(low) && !stated(high)) return finish_unchanged(site);
  if (low == 0 && !stated(high)) return finish_activation(site, "relu", {net::relu_curve()});
  return finish_activation(site, "clip", {net::clip_curve(stated(low), stated(high))});
}

Status lower_abs(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  if (!site.constant(0) || site.operand(0).constant->kind == Kind::real)
    return finish_activation(site, "abs", {net::abs_curve()});
  Tensor tensor = *site.operand(0).constant;
  for (auto& v : tensor.integers) v = v < 0 ? std::int64_t(0 - std::uint64_t(v)) : v;
  return site.give(std::move(tensor));
}

// max(0, min(1, alpha t + beta))
Status lower_hard_sigmoid(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_TRY(alpha, site.real("alpha", 0.2f));
  LRPROOF_TRY(beta, site.real("beta", 0.5f));
  return finish_activation(site, "hard-sigmoid", {net::hard_sigmoid_curve(alpha, beta)});
}

}  // namespace lrproof::onnx
