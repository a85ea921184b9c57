#pragma once
// The functions that write one node each: what they write, the importer reads as that node.
#include <optional>

#include "onnx/writer.hpp"

namespace lrproof::onnx {

// Numbers of a file.
/// The nearest float32 (float64) to constant k, as a double; infinite beyond the type's range.
double nearest(const num::Constants& values, std::size_t k, bool doubles);
double nearest(const num::Rational& value, bool doubles);
/// Is every value a number of the file's type?
bool all_exact(const num::Constants& values, bool doubles);
num::Constants from_doubles(std::vector<double> values);

/// A tensor of `shape` with extent 1 on every axis along which the values do not change.
struct Compressed {
  Shape shape;
  num::Constants values;
};
Compressed compressed(const Shape& shape, const num::Constants& values);
/// Shape of a tensor with one value per entry of `of`, broadcast to `shape` so that element k has value of[k]; nullopt:
/// there is none.
std::optional<Shape> broadcast_from(const std::vector<std::int32_t>& of, std::int64_t values, const Shape& shape);

// How constants per element are written.
enum class ScaleForm { add, multiply, divide, subtract_from, mean, both };
struct ScalePlan {
  ScaleForm form = ScaleForm::both;
  std::int64_t operands = 0;  ///< mean: 1 / operands is the factor
};
ScalePlan plan_of(const net::Scale& scale, bool doubles);

/// How an activation is written. hinge: y = s max(s t, s kink), s = 1 or -1, or the constant `kink` where s = 0.
/// general: y = slope t + offset + sum_k bend_k relu(t - kink_k).
enum class CurveForm { relu, leaky, prelu, abs, clip, hard_sigmoid, largest, smallest, hinge, general };
CurveForm form_of(const net::Activation& activation);
int hinge_side(const net::Curve& curve);  ///< 1, -1, 0; 2: no hinge
const num::Rational& hinge_kink(const net::Curve& curve);
struct Bends {
  num::Rational slope, offset;
  std::vector<std::pair<num::Rational, num::Rational>> at;  ///< kink, bend
};
Bends bends_of(const net::Curve& curve);
net::Curve curve_of(const Bends& bends);

void emit(Writer& writer, const net::Dense& op);
void emit(Writer& writer, const net::Conv& op);
void emit(Writer& writer, const net::BatchNorm& op);
void emit(Writer& writer, const net::Scale& op, bool doubles);
void emit(Writer& writer, const net::AveragePool& op);
void emit(Writer& writer, const net::MaxPool& op);
void emit(Writer& writer, const net::Add& op);
void emit(Writer& writer, const net::Activation& op);
void emit(Writer& writer, const net::Select& op);
void emit_reshape(Writer& writer);
base::Status emit(Writer& writer, const net::Opaque& op);
/// The oldest opset that has what the operation is written as.
std::int64_t opset_of(const net::Op& op);

}  // namespace lrproof::onnx
