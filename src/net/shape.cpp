// Window formulas are those of the ONNX operators: floor, explicit pads, positions outside the padded tensor refused.
// Sizes are bounded so that no product overflows: a tensor of more than 2^31 elements is none we could evaluate.
#include "net/shape.hpp"

#include <algorithm>

namespace lrproof::net {

namespace {

constexpr std::int64_t kMostElements = std::int64_t(1) << 31;
constexpr std::int64_t kLongestWindow = std::int64_t(1) << 31;

base::Diagnostic wrong(std::string sentence, std::string hint = "") {
  return {"net.shape", "", std::move(sentence), std::move(hint)};
}

base::Status check_sizes(const Shape& shape) {
  std::int64_t count = 1;
  for (const auto d : shape) {
    if (d < 1) return wrong("a shape " + to_string(shape) + " has an axis without elements");
    if (d > kMostElements / count) return wrong("a shape " + to_string(shape) + " has too many elements");
    count *= d;
  }
  return base::fine();
}

base::Status check_window(const Window& window, std::size_t axes) {
  for (const Shape* v : {&window.kernel, &window.strides, &window.dilations, &window.pads_begin, &window.pads_end})
    if (v->size() != axes)
      return wrong("a window over " + std::to_string(axes) + " spatial axes has a setting with " +
                       std::to_string(v->size()) + " entries",
                   "kernel, strides, dilations and pads have one entry per spatial axis");
  const auto positive = [](std::int64_t v) { return v >= 1 && v < kLongestWindow; };
  for (const Shape* v : {&window.kernel, &window.strides, &window.dilations})
    if (!std::ranges::all_of(*v, positive)) return wrong("kernel, strides and dilations of a window start at 1");
  for (const Shape* v : {&window.pads_begin, &window.pads_end})
    if (!std::ranges::all_of(*v, [](std::int64_t p) { return p > -kLongestWindow && p < kLongestWindow; }))
      return wrong("a window's pads are out of range");
  return base::fine();
}

base::Status check_spatial(const Shape& operand) {
  if (operand.size() < 3 || operand.size() > 5)
    return wrong("a window needs an operand [1, channels, 1 to 3 spatial axes], not " + to_string(operand));
  return base::fine();
}

base::Result<Shape> windowed(const Window& window, const Shape& operand, std::int64_t channels) {
  LRPROOF_CHECK(check_spatial(operand));
  LRPROOF_CHECK(check_window(window, operand.size() - 2));
  Shape out{operand[0], channels};
  for (std::size_t k = 0; k + 2 < operand.size(); ++k) {
    const auto size = window_output(operand[k + 2], window, k);
    if (size < 1)
      return wrong("a window of " + to_string(window.kernel) + " does not fit into " + to_string(operand),
                   "a larger operand, more padding or a smaller kernel");
    out.push_back(size);
  }
  return out;
}

base::Result<Shape> transposed(const Conv& op, const Shape& operand, std::int64_t channels, const Shape& declared) {
  Shape out{operand[0], channels};
  for (std::size_t k = 0; k + 2 < operand.size(); ++k) out.push_back(transposed_output(operand[k + 2], op.window, k));
  if (declared.empty()) return out;
  bool fits = declared.size() == out.size() && declared[0] == out[0] && declared[1] == out[1];
  for (std::size_t k = 2; fits && k < out.size(); ++k)
    fits = declared[k] >= out[k] && window_output(declared[k], op.window, k - 2) == operand[k];
  if (!fits)
    return wrong("a transposed convolution of " + to_string(operand) + " cannot give " + to_string(declared),
                 "at least " + to_string(out));
  return declared;
}

/// Shape of one kind of operation, operands already counted.
struct Inference {
  const std::vector<Shape>& operands;
  const Shape& declared;
  const Shape& first() const { return operands.front(); }

  base::Result<Shape> given(const char* what) const {
    if (declared.empty()) return wrong(std::string(what) + " needs its shape");
    return declared;
  }
  base::Result<Shape> operator()(const Input&) const { return given("an input"); }
  base::Result<Shape> operator()(const Opaque&) const { return given("an opaque operation"); }
  base::Result<Shape> operator()(const Constant& op) const {
    LRPROOF_TRY(shape, given("a constant"));
    LRPROOF_CHECK(check_sizes(shape));
    if (element_count(shape) != std::int64_t(op.value.size()))
      return wrong("a constant of shape " + to_string(shape) + " has " + std::to_string(op.value.size()) + " values");
    return shape;
  }
  base::Result<Shape> operator()(const Dense& op) const {
    if (first().empty() || first().back() != op.in)
      return wrong("a dense layer with " + std::to_string(op.in) + " inputs reads " + to_string(first()),
                   "the last axis of the operand is the layer's input");
    if (op.in < 1 || op.out < 1 || op.weight.size() != std::size_t(op.in) * std::size_t(op.out))
      return wrong("a dense layer's weight is no [" + std::to_string(op.out) + ", " + std::to_string(op.in) + "]");
    if (!op.bias.empty() && op.bias.size() != std::size_t(op.out))
      return wrong("a dense layer with " + std::to_string(op.out) + " outputs has " + std::to_string(op.bias.size()) +
                   " biases");
    if (op.rows != element_count(first()) / op.in) return wrong("a dense layer counts its rows wrongly");
    Shape out = first();
    out.back() = op.out;
    return out;
  }
  base::Result<Shape> operator()(const Conv& op) const {
    LRPROOF_CHECK(check_spatial(first()));
    LRPROOF_CHECK(check_window(op.window, first().size() - 2));
    const std::int64_t channels = first()[1], taps = element_count(op.window.kernel);
    if (op.groups < 1 || channels % op.groups)
      return wrong(std::to_string(channels) + " channels do not divide into " + std::to_string(op.groups) + " groups");
    const std::int64_t slice = (op.transposed ? channels : channels / op.groups) * taps;
    const auto count = std::int64_t(op.weight.size());
    if (count == 0 || count % slice)
      return wrong("a convolution's weight has " + std::to_string(count) + " values, no multiple of " +
                       std::to_string(slice) + " for the operand " + to_string(first()),
                   "weight is [out, in / groups, kernel...], transposed [in, out / groups, kernel...]");
    const std::int64_t out_channels = op.transposed ? count / slice * op.groups : count / slice;
    if (out_channels % op.groups)
      return wrong(std::to_string(out_channels) + " output channels do not divide into " + std::to_string(op.groups) +
                   " groups");
    LRPROOF_TRY(out, op.transposed ? transposed(op, first(), out_channels, declared)
                                   : windowed(op.window, first(), out_channels));
    const auto biases = std::int64_t(op.bias.size());
    if (biases != 0 && biases != out_channels && biases != element_count(out))
      return wrong("a convolution with " + std::to_string(out_channels) + " output channels has " +
                       std::to_string(biases) + " biases",
                   "one per channel, or one per element of " + to_string(out));
    return std::move(out);
  }
  base::Result<Shape> operator()(const BatchNorm& op) const {
    if (first().size() < 2)
      return wrong("a batch norm needs a channel axis (axis 1), its operand is " + to_string(first()));
    for (const auto* part : {&op.gamma, &op.beta, &op.mean, &op.variance})
      if (std::int64_t(part->size()) != first()[1])
        return wrong("a batch norm over " + std::to_string(first()[1]) + " channels has a parameter with " +
                     std::to_string(part->size()) + " values");
    return first();
  }
  base::Result<Shape> operator()(const Scale& op) const {
    const auto count = std::size_t(element_count(first()));
    if (op.mul.size() != count || op.add.size() != count)
      return wrong("a scale of " + std::to_string(count) + " elements has " + std::to_string(op.mul.size()) +
                   " factors and " + std::to_string(op.add.size()) + " summands");
    return first();
  }
  base::Result<Shape> operator()(const AveragePool& op) const { return pooled(op.window); }
  base::Result<Shape> operator()(const MaxPool& op) const {
    LRPROOF_TRY(out, pooled(op.window));
    for (std::size_t k = 0; k < op.window.kernel.size(); ++k) {
      const auto reach = op.window.dilations[k] * (op.window.kernel[k] - 1) + 1;
      const auto last = (out[k + 2] - 1) * op.window.strides[k] - op.window.pads_begin[k];
      if (op.window.pads_begin[k] >= reach || last >= first()[k + 2])
        return wrong("a max pool has a window that lies wholly in the padding", "pads smaller than the kernel");
    }
    return out;
  }
  base::Result<Shape> pooled(const Window& window) const {
    LRPROOF_CHECK(check_spatial(first()));
    return windowed(window, first(), first()[1]);
  }
  base::Result<Shape> operator()(const Activation& op) const {
    if (op.curves.empty()) return wrong("an activation has no curve");
    if (!op.curve_of.empty() && std::int64_t(op.curve_of.size()) != element_count(first()))
      return wrong("an activation of " + to_string(first()) + " picks curves for " +
                   std::to_string(op.curve_of.size()) + " elements");
    for (const auto k : op.curve_of)
      if (k < 0 || std::size_t(k) >= op.curves.size())
        return wrong("an activation picks a curve that it does not have");
    for (const auto& curve : op.curves)
      if (curve.slopes.size() != curve.kinks.size() + 1 || curve.intercepts.size() != curve.slopes.size())
        return wrong("a curve has one slope and one intercept more than kinks");
    return first();
  }
  base::Result<Shape> alike(const char* what) const {
    for (const auto& other : operands)
      if (other != first())
        return wrong(std::string(what) + " of " + to_string(first()) + " and " + to_string(other),
                     "operands of one shape; repeat elements with select to broadcast");
    return first();
  }
  base::Result<Shape> operator()(const Max& op) const { return alike(op.minimum ? "min" : "max"); }
  base::Result<Shape> operator()(const Add& op) const {
    if (op.signs.size() != operands.size()) return wrong("a sum has one sign per operand");
    for (const int sign : op.signs)
      if (sign != 1 && sign != -1) return wrong("a sum's signs are 1 or -1");
    return alike("a sum");
  }
  base::Result<Shape> operator()(const Concat& op) const {
    Shape out = first();
    if (op.axis < 0 || std::size_t(op.axis) >= out.size())
      return wrong("concat along axis " + std::to_string(op.axis) + " of " + to_string(out));
    const auto axis = std::size_t(op.axis);
    for (std::size_t k = 1; k < operands.size(); ++k) {
      Shape other = operands[k];
      if (other.size() == out.size()) other[axis] = out[axis];
      if (other != out) return wrong("concat of " + to_string(first()) + " and " + to_string(operands[k]));
      out[axis] += operands[k][axis];
    }
    return out;
  }
  base::Result<Shape> operator()(const Select& op) const {
    LRPROOF_TRY(shape, given("a select"));
    LRPROOF_CHECK(check_sizes(shape));
    if (element_count(shape) != std::int64_t(op.index.size()))
      return wrong("a select of shape " + to_string(shape) + " has " + std::to_string(op.index.size()) + " indices");
    const auto count = element_count(first());
    for (const auto k : op.index)
      if (k >= count) return wrong("a select reads element " + std::to_string(k) + " of " + to_string(first()));
    return shape;
  }
  base::Result<Shape> operator()(const Reshape&) const {
    LRPROOF_TRY(shape, given("a reshape"));
    LRPROOF_CHECK(check_sizes(shape));
    if (element_count(shape) != element_count(first()))
      return wrong("a reshape of " + to_string(first()) + " to " + to_string(shape) +
                   " changes the number of elements");
    return shape;
  }
};

/// Least and most operands; -1: no limit.
std::pair<int, int> arity(const Op& op) {
  if (std::holds_alternative<Input>(op) || std::holds_alternative<Constant>(op)) return {0, 0};
  if (std::holds_alternative<Add>(op) || std::holds_alternative<Max>(op) || std::holds_alternative<Concat>(op) ||
      std::holds_alternative<Opaque>(op))
    return {1, -1};
  return {1, 1};
}

}  // namespace

std::int64_t window_output(std::int64_t size, const Window& window, std::size_t axis) {
  const auto room =
      size + window.pads_begin[axis] + window.pads_end[axis] - window.dilations[axis] * (window.kernel[axis] - 1) - 1;
  return room < 0 ? 0 : room / window.strides[axis] + 1;
}

std::int64_t transposed_output(std::int64_t size, const Window& window, std::size_t axis) {
  return window.strides[axis] * (size - 1) + window.dilations[axis] * (window.kernel[axis] - 1) + 1 -
         window.pads_begin[axis] - window.pads_end[axis];
}

base::Result<Shape> infer_shape(const Op& op, const std::vector<Shape>& operands, const Shape& declared) {
  const auto [least, most] = arity(op);
  const int count = int(operands.size());
  if (count < least || (most >= 0 && count > most))
    return wrong(op_word(op) + " reads " + std::to_string(count) + " operands",
                 most < 0 ? "at least " + std::to_string(least) : "exactly " + std::to_string(least));
  for (const auto& operand : operands) LRPROOF_CHECK(check_sizes(operand));
  LRPROOF_TRY(shape, std::visit(Inference{operands, declared}, op));
  LRPROOF_CHECK(check_sizes(shape));
  if (!declared.empty() && declared != shape)
    return wrong(op_word(op) + " gives " + to_string(shape) + ", not the declared " + to_string(declared));
  return std::move(shape);
}

}  // namespace lrproof::net
