// Constants to the nearest numbers a file can hold.
#include <algorithm>
#include <cmath>

#include "net/batch_norm.hpp"
#include "net/curve.hpp"
#include "onnx/emit.hpp"

namespace lrproof::onnx {

using base::Diagnostic;
using base::Result;
using base::Status;
using num::Constants;
using num::Rational;

namespace {

// The value lies near `near`, its nearest double; `exactly` tells it where that double is half way between two floats.
template <class Exactly>
double nearest_float(double near, const Exactly& exactly) {
  const auto rounded = float(near);
  if (double(rounded) == near || !std::isfinite(rounded)) return double(rounded);
  const float above = near > double(rounded) ? std::nextafter(rounded, HUGE_VALF) : rounded;
  const float below = std::nextafter(above, -HUGE_VALF);
  if (!std::isfinite(above) || !std::isfinite(below) || near - double(below) != double(above) - near)
    return double(rounded);
  const int side = Rational::compare(exactly(), Rational(near));
  return side == 0 ? double(rounded) : side > 0 ? double(above) : double(below);
}

}  // namespace

double nearest(const Constants& values, std::size_t k, bool doubles) {
  const double near = values.at<double>(k);
  if (doubles) return near;
  if (values.all_double()) return double(float(near));
  return nearest_float(near, [&] { return values.rational(k); });
}

double nearest(const Rational& value, bool doubles) {
  const double near = value.to_double();
  return doubles ? near : nearest_float(near, [&] { return value; });
}

bool all_exact(const Constants& values, bool doubles) {
  if (!values.all_double()) return false;
  if (doubles) return true;
  for (std::size_t k = 0; k < values.size(); ++k)
    if (double(float(values.at<double>(k))) != values.at<double>(k)) return false;
  return true;
}

Constants from_doubles(std::vector<double> values) { return {std::move(values), {}}; }

namespace {

// One network's constants; remembers what it had to round, and where it could not.
class Rounder {
 public:
  explicit Rounder(bool doubles) : doubles_(doubles) {}

  std::int64_t count = 0;
  std::vector<std::string> nodes;

  Status node(net::Node& node) {
    name_ = node.name;
    const auto before = count;
    LRPROOF_CHECK(std::visit([&](auto& op) { return round(op); }, node.op));
    if (count != before) nodes.push_back(node.name);
    return base::fine();
  }

 private:
  Diagnostic overflow(const std::string& tensor, const std::string& value) const {
    return {"onnx.overflow", "node " + name_,
            tensor + " is " + value + ", which no float" + (doubles_ ? "64" : "32") + " can hold",
            "the rewrite that made it must be left out"};
  }
  Result<Rational> number(const Rational& value, const std::string& tensor, bool doubles) {
    const double held = nearest(value, doubles);
    if (!std::isfinite(held)) return overflow(tensor, std::to_string(value.to_double()));
    const Rational exact(held);
    count += !(exact == value);
    return exact;
  }
  Result<Rational> number(const Rational& value, const std::string& tensor) { return number(value, tensor, doubles_); }
  Status constants(Constants& values, const std::string& tensor) {
    if (all_exact(values, doubles_)) return base::fine();
    std::vector<double> held(values.size());
    for (std::size_t k = 0; k < held.size(); ++k) {
      held[k] = nearest(values, k, doubles_);
      if (!std::isfinite(held[k]))
        return overflow("number " + std::to_string(k) + " of its " + tensor, std::to_string(values.at<double>(k)));
      count += held[k] != values.at<double>(k) || (!values.all_double() && !(Rational(held[k]) == values.rational(k)));
    }
    values = from_doubles(std::move(held));
    return base::fine();
  }

  template <class Op>
  Status round(Op&) {
    return base::fine();
  }
  Status round(net::Constant& op) { return constants(op.value, "value"); }
  Status round(net::Dense& op) {
    LRPROOF_CHECK(constants(op.weight, "weight"));
    return constants(op.bias, "bias");
  }
  Status round(net::Conv& op) {
    LRPROOF_CHECK(constants(op.weight, "weight"));
    return constants(op.bias, "bias");
  }
  Status round(net::BatchNorm& op) {
    for (auto* part : {&op.gamma, &op.beta, &op.mean, &op.variance}) LRPROOF_CHECK(constants(*part, "parameters"));
    LRPROOF_TRY(epsilon, number(op.epsilon, "its epsilon", false));
    LRPROOF_TRY(norm, net::make_batch_norm(op.gamma, op.beta, op.mean, op.variance, epsilon));
    op = std::move(norm);
    return base::fine();
  }
  Status round(net::Scale& op) {
    const auto plan = plan_of(op, doubles_);
    if (plan.form == ScaleForm::divide || plan.form == ScaleForm::mean) return base::fine();
    LRPROOF_CHECK(constants(op.mul, "factor"));
    return constants(op.add, "summand");
  }
  Status round(net::Select& op) {
    if (std::ranges::none_of(op.index, [](auto k) { return k < 0; })) return base::fine();
    LRPROOF_TRY(fill, number(op.fill, "its padding value"));
    op.fill = fill;
    return base::fine();
  }
  Status round(net::Opaque& op) {
    for (auto& part : op.constants) LRPROOF_CHECK(constants(part, "constant"));
    for (auto& [key, value] : op.numbers) {
      LRPROOF_TRY(held, number(Rational(value), "its " + key, false));
      value = held.to_double();
    }
    return base::fine();
  }

  Status round(net::Activation& op) {
    const auto form = form_of(op);
    for (auto& curve : op.curves) LRPROOF_CHECK(round(curve, form));
    return base::fine();
  }
  Status round(net::Curve& curve, CurveForm form) {
    switch (form) {
      case CurveForm::relu:
      case CurveForm::abs:
        return base::fine();
      case CurveForm::leaky:
      case CurveForm::prelu: {
        LRPROOF_TRY(slope, number(curve.slopes.front(), "its slope", form == CurveForm::prelu && doubles_));
        curve = net::leaky_curve(slope);
        return base::fine();
      }
      case CurveForm::clip:
        return round_clip(curve);
      case CurveForm::hard_sigmoid: {
        const bool flat = curve.slopes.size() == 1;
        LRPROOF_TRY(alpha, number(flat ? Rational(0) : curve.slopes[1], "its alpha", false));
        LRPROOF_TRY(beta, number(curve.intercepts[flat ? 0 : 1], "its beta", false));
        curve = net::hard_sigmoid_curve(alpha, beta);
        return base::fine();
      }
      case CurveForm::largest:
      case CurveForm::smallest:
      case CurveForm::hinge:
        return round_hinge(curve);
      case CurveForm::general:
        return round_bends(curve);
    }
    return base::fine();
  }
  Status round_clip(net::Curve& curve) {
    std::optional<Rational> low, high;
    if (curve.slopes.size() == 1) {
      LRPROOF_TRY(both, number(curve.intercepts[0], "its bound"));
      low = high = both;
    } else {
      if (curve.slopes.front().is_zero()) {
        LRPROOF_TRY(bound, number(curve.kinks.front(), "its lower bound"));
        low = bound;
      }
      if (curve.slopes.back().is_zero()) {
        LRPROOF_TRY(bound, number(curve.kinks.back(), "its upper bound"));
        high = bound;
      }
    }
    curve = net::clip_curve(low, high);
    return base::fine();
  }
  Status round_hinge(net::Curve& curve) {
    LRPROOF_TRY(kink, number(hinge_kink(curve), "its kink"));
    for (auto& k : curve.kinks) k = kink;
    for (std::size_t p = 0; p < curve.slopes.size(); ++p)
      if (curve.slopes[p].is_zero()) curve.intercepts[p] = kink;
    return base::fine();
  }
  Status round_bends(net::Curve& curve) {
    Bends bends = bends_of(curve);
    for (auto* value : {&bends.slope, &bends.offset}) {
      LRPROOF_TRY(held, number(*value, "its curve"));
      *value = held;
    }
    for (auto& [kink, bend] : bends.at) {
      LRPROOF_TRY(where, number(kink, "its kink"));
      LRPROOF_TRY(much, number(bend, "its bend"));
      kink = where, bend = much;
    }
    curve = curve_of(bends);
    return base::fine();
  }

  bool doubles_;
  std::string name_;
};

}  // namespace

Result<Rounded> rounded(const net::Network& network, bool doubles) {
  auto nodes = network.nodes();
  Rounder rounder(doubles);
  for (auto& node : nodes) LRPROOF_CHECK(rounder.node(node));
  LRPROOF_TRY(made, net::Network::create(std::move(nodes), network.outputs()));
  return Rounded{std::move(made), rounder.count, std::move(rounder.nodes)};
}

}  // namespace lrproof::onnx
