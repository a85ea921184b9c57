// Curves as operators. Those the format has a word for are written with it; any other one as a sum of ramps, exactly:
// a continuous piecewise linear function is  slope t + offset + sum_k bend_k max(0, t - kink_k).
#include <algorithm>

#include "net/curve.hpp"
#include "onnx/emit.hpp"

namespace lrproof::onnx {

using net::Activation;
using net::Curve;
using num::Constants;
using num::Rational;

namespace {

bool is_leaky(const Curve& curve) { return curve == net::leaky_curve(curve.slopes.front()); }

bool is_clip(const Curve& curve) {
  if (curve.slopes.size() == 1) return curve.slopes[0].is_zero();
  const bool low = curve.slopes.front().is_zero(), high = curve.slopes.back().is_zero();
  if (!low && !high) return false;
  return curve == net::clip_curve(low ? std::optional(curve.kinks.front()) : std::nullopt,
                                  high ? std::optional(curve.kinks.back()) : std::nullopt);
}

bool is_hard_sigmoid(const Curve& curve) {
  if (curve.slopes.size() == 1) return curve == net::hard_sigmoid_curve(Rational(0), curve.intercepts[0]);
  return curve.slopes.size() == 3 && !curve.slopes[1].is_zero() &&
         curve == net::hard_sigmoid_curve(curve.slopes[1], curve.intercepts[1]);
}

template <class Is>
bool all(const Activation& activation, Is is) {
  return std::ranges::all_of(activation.curves, is);
}

}  // namespace

int hinge_side(const Curve& curve) {
  const Rational zero(0), one(1);
  if (curve.slopes.size() == 1) return curve.slopes[0].is_zero() ? 0 : 2;
  if (curve.slopes.size() != 2) return 2;
  const int side = curve.slopes[0] == zero && curve.slopes[1] == one   ? 1
                   : curve.slopes[0] == one && curve.slopes[1] == zero ? -1
                                                                       : 2;
  if (side == 2) return 2;
  const auto &flat = curve.intercepts[side > 0 ? 0 : 1], &steep = curve.intercepts[side > 0 ? 1 : 0];
  return flat == curve.kinks[0] && steep.is_zero() ? side : 2;
}

const Rational& hinge_kink(const Curve& curve) { return curve.kinks.empty() ? curve.intercepts[0] : curve.kinks[0]; }

Bends bends_of(const Curve& curve) {
  Bends bends{curve.slopes[0], curve.intercepts[0], {}};
  for (std::size_t k = 0; k < curve.kinks.size(); ++k)
    bends.at.emplace_back(curve.kinks[k], curve.slopes[k + 1] - curve.slopes[k]);
  return bends;
}

Curve curve_of(const Bends& bends) {
  Curve curve{{}, {bends.slope}, {bends.offset}};
  auto at = bends.at;
  std::ranges::stable_sort(at, [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [kink, bend] : at) {
    if (bend.is_zero()) continue;
    const Rational slope = curve.slopes.back() + bend, intercept = curve.intercepts.back() - bend * kink;
    if (!curve.kinks.empty() && curve.kinks.back() == kink) {
      curve.slopes.back() = slope, curve.intercepts.back() = intercept;
      continue;
    }
    curve.kinks.push_back(kink), curve.slopes.push_back(slope), curve.intercepts.push_back(intercept);
  }
  for (std::size_t k = curve.kinks.size(); k-- > 0;)
    if (curve.slopes[k] == curve.slopes[k + 1]) {
      curve.kinks.erase(curve.kinks.begin() + long(k));
      curve.slopes.erase(curve.slopes.begin() + long(k) + 1);
      curve.intercepts.erase(curve.intercepts.begin() + long(k) + 1);
    }
  return curve;
}

// The kind decides between words that say the same: LeakyRelu with slope 0 is no Relu.
CurveForm form_of(const Activation& a) {
  const bool one = a.curves.size() == 1 && a.curve_of.empty();
  const Curve& first = a.curves[0];
  if (a.kind == "prelu" && all(a, is_leaky)) return CurveForm::prelu;
  if (one && a.kind == "leaky-relu" && is_leaky(first)) return CurveForm::leaky;
  if (one && a.kind == "hard-sigmoid" && is_hard_sigmoid(first)) return CurveForm::hard_sigmoid;
  if (one && a.kind == "clip" && is_clip(first)) return CurveForm::clip;
  if (one && first == net::relu_curve()) return CurveForm::relu;
  if (one && first == net::abs_curve()) return CurveForm::abs;
  if (one && is_clip(first)) return CurveForm::clip;
  if (all(a, is_leaky)) return CurveForm::prelu;
  if (all(a, [](const Curve& c) { return hinge_side(c) == 1; })) return CurveForm::largest;
  if (all(a, [](const Curve& c) { return hinge_side(c) == -1; })) return CurveForm::smallest;
  if (all(a, [](const Curve& c) { return hinge_side(c) != 2; })) return CurveForm::hinge;
  return CurveForm::general;
}

std::optional<Shape> broadcast_from(const std::vector<std::int32_t>& of, std::int64_t values, const Shape& shape) {
  if (shape.size() > 8) return std::nullopt;
  for (unsigned kept = 0; kept < 1U << shape.size(); ++kept) {
    Shape small = shape;
    for (std::size_t a = 0; a < shape.size(); ++a)
      if (!(kept >> a & 1U)) small[a] = 1;
    if (net::element_count(small) != values) continue;
    if (std::ranges::equal(broadcast_index(small, shape), of)) return small;
  }
  return std::nullopt;
}

namespace {

/// A number of every element's curve as a stored tensor.
template <class Number>
std::string per_element(Writer& writer, const std::string& word, const Activation& a, Number number) {
  std::vector<Rational> of_curve;
  for (const auto& curve : a.curves) of_curve.push_back(number(curve));
  const Shape& shape = writer.node().shape;
  const auto values = Constants::from_rationals(of_curve);
  if (a.curves.size() == 1 && a.curve_of.empty()) return writer.reals(word, Shape(shape.size(), 1), values);
  const Index index(a.curve_of.begin(), a.curve_of.end());
  const auto small = compressed(shape, taken(values, index, 0));
  return writer.reals(word, small.shape, small.values);
}

void emit_prelu(Writer& writer, const Activation& a) {
  const auto slope = [](const Curve& curve) { return curve.slopes.front(); };
  const Shape& shape = writer.node().shape;
  const auto small =
      a.curve_of.empty() ? std::optional(Shape{1}) : broadcast_from(a.curve_of, std::int64_t(a.curves.size()), shape);
  if (!small) return writer.last("PRelu", {writer.operand(0), per_element(writer, "slope", a, slope)});
  std::vector<Rational> slopes;
  for (const auto& curve : a.curves) slopes.push_back(slope(curve));
  writer.last("PRelu", {writer.operand(0), writer.reals("slope", *small, Constants::from_rationals(slopes))});
}

void emit_clip(Writer& writer, const Curve& curve) {
  std::vector<std::string> inputs{writer.operand(0), "", ""};
  const auto stored = [&](const std::string& word, const Rational& bound) {
    return writer.reals(word, {}, Constants::from_rationals({bound}));
  };
  const bool flat = curve.slopes.size() == 1;
  if (curve.slopes.front().is_zero()) inputs[1] = stored("min", flat ? curve.intercepts[0] : curve.kinks.front());
  if (curve.slopes.back().is_zero()) inputs[2] = stored("max", flat ? curve.intercepts[0] : curve.kinks.back());
  if (inputs[2].empty()) inputs.pop_back();
  writer.last("Clip", inputs);
}

// s max(s t, s kink): relu(s t - s kink), turned back and moved.
void emit_hinge(Writer& writer, const Activation& a) {
  const auto side = per_element(writer, "side", a, [](const Curve& c) { return Rational(hinge_side(c)); });
  const auto low =
      per_element(writer, "low", a, [](const Curve& c) { return -hinge_kink(c) * Rational(hinge_side(c)); });
  const auto kink = per_element(writer, "kink", a, [](const Curve& c) { return hinge_kink(c); });
  const auto turned = writer.part("side", "Mul", {writer.operand(0), side});
  const auto moved = writer.part("low", "Add", {turned, low});
  const auto ramp = writer.part("ramp", "Relu", {moved});
  const auto back = writer.part("back", "Mul", {ramp, side});
  writer.last("Add", {back, kink});
}

void emit_bends(Writer& writer, const Activation& a) {
  const auto x = writer.operand(0);
  std::size_t most = 0;
  for (const auto& curve : a.curves) most = std::max(most, curve.kinks.size());
  auto sum =
      writer.part("slope", "Mul", {x, per_element(writer, "slope", a, [](const Curve& c) { return c.slopes[0]; })});
  for (std::size_t k = 0; k < most; ++k) {
    const auto number = [&](bool kink) {
      return [k, kink](const Curve& c) {
        const auto bends = bends_of(c);
        if (k >= bends.at.size()) return Rational(0);
        return kink ? -bends.at[k].first : bends.at[k].second;
      };
    };
    const auto tag = std::to_string(k);
    const auto moved = writer.part("from" + tag, "Add", {x, per_element(writer, "kink" + tag, a, number(true))});
    const auto ramp = writer.part("ramp" + tag, "Relu", {moved});
    const auto bent = writer.part("bend" + tag, "Mul", {ramp, per_element(writer, "bend" + tag, a, number(false))});
    sum = writer.part("sum" + tag, "Add", {sum, bent});
  }
  writer.last("Add", {sum, per_element(writer, "offset", a, [](const Curve& c) { return c.intercepts[0]; })});
}

}  // namespace

void emit(Writer& writer, const Activation& a) {
  const Curve& first = a.curves[0];
  const auto kink = [](const Curve& c) { return hinge_kink(c); };
  switch (form_of(a)) {
    case CurveForm::relu:
      return writer.last("Relu", {writer.operand(0)});
    case CurveForm::abs:
      return writer.last("Abs", {writer.operand(0)});
    case CurveForm::leaky:
      return writer.last("LeakyRelu", {writer.operand(0)}, {{"alpha", float(first.slopes.front().to_double())}});
    case CurveForm::prelu:
      return emit_prelu(writer, a);
    case CurveForm::clip:
      return emit_clip(writer, first);
    case CurveForm::hard_sigmoid: {
      const bool flat = first.slopes.size() == 1;
      return writer.last("HardSigmoid", {writer.operand(0)},
                         {{"alpha", flat ? 0.0F : float(first.slopes[1].to_double())},
                          {"beta", float(first.intercepts[flat ? 0 : 1].to_double())}});
    }
    case CurveForm::largest:
      return writer.last("Max", {writer.operand(0), per_element(writer, "low", a, kink)});
    case CurveForm::smallest:
      return writer.last("Min", {writer.operand(0), per_element(writer, "high", a, kink)});
    case CurveForm::hinge:
      return emit_hinge(writer, a);
    case CurveForm::general:
      return emit_bends(writer, a);
  }
}

}  // namespace lrproof::onnx
