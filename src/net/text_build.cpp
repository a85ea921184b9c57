// The operations of the text form, one builder each: settings and operands' shapes in, an operation out.
#include <optional>

#include "net/batch_norm.hpp"
#include "net/curve.hpp"
#include "net/text_settings.hpp"

namespace lrproof::net {

namespace {

Result<Window> read_window(Settings& s, std::size_t axes, const Shape* kernel_of_weight, const Shape* whole) {
  Window window{Shape(axes, 1), Shape(axes, 1), Shape(axes, 1), Shape(axes, 0), Shape(axes, 0)};
  const auto list = [&](const std::string& key, std::size_t entries, Shape fallback) -> Result<Shape> {
    const auto* literal = s.find(key);
    if (!literal) return fallback;
    LRPROOF_TRY(values, s.integers(*literal));
    if (values.size() != entries)
      return s.error(literal->token, "'" + key + "' has " + std::to_string(values.size()) + " entries, expected " +
                                         std::to_string(entries));
    return values;
  };
  if (kernel_of_weight) {
    window.kernel = *kernel_of_weight;
  } else if (whole) {
    window.kernel = *whole;
    return window;
  } else {
    LRPROOF_CHECK(s.need("kernel"));
    LRPROOF_TRY(kernel, list("kernel", axes, {}));
    window.kernel = kernel;
  }
  LRPROOF_TRY(strides, list("strides", axes, window.strides));
  LRPROOF_TRY(dilations, list("dilations", axes, window.dilations));
  LRPROOF_TRY(pads, list("pads", 2 * axes, Shape(2 * axes, 0)));
  window.strides = strides, window.dilations = dilations;
  window.pads_begin.assign(pads.begin(), pads.begin() + long(axes));
  window.pads_end.assign(pads.begin() + long(axes), pads.end());
  return window;
}

Result<std::size_t> spatial_axes(const Settings& s, const Operands& operands) {
  if (operands.size() != 1 || operands[0].size() < 3 || operands[0].size() > 5)
    return s.error(s.op(), s.op().text + " reads one operand [1, channels, 1 to 3 spatial axes]");
  return operands[0].size() - 2;
}

Result<Built> build_dense(Settings& s, const Operands& operands) {
  Dense op;
  LRPROOF_TRY(literal, s.need("weight"));
  Shape shape;
  LRPROOF_TRY(weight, s.constants(*literal, &shape));
  if (shape.size() != 2 || shape[1] == 0)
    return s.error(literal->token, "a dense weight is a list of rows", "[[1, 2], [3, 4]]: one row per output");
  LRPROOF_TRY(bias, s.constants_or_zeros("bias", shape[0]));
  op.weight = std::move(weight), op.bias = std::move(bias), op.out = shape[0], op.in = shape[1];
  if (!operands.empty() && !operands[0].empty()) op.rows = element_count(operands[0]) / operands[0].back();
  return Built{std::move(op), {}, "Gemm"};
}

Result<Built> build_conv(Settings& s, const Operands& operands) {
  LRPROOF_TRY(axes, spatial_axes(s, operands));
  Conv op;
  op.transposed = s.op().text == "conv-transpose";
  LRPROOF_TRY(literal, s.need("weight"));
  Shape shape;
  LRPROOF_TRY(weight, s.constants(*literal, &shape));
  if (shape.size() != axes + 2)
    return s.error(literal->token, "the weight has " + std::to_string(shape.size()) + " nested axes, expected " +
                                       std::to_string(axes + 2));
  const Shape kernel(shape.begin() + 2, shape.end());
  LRPROOF_TRY(window, read_window(s, axes, &kernel, nullptr));
  LRPROOF_TRY(groups, s.integer_or("groups", 1));
  const auto channels = operands[0][1];
  if (groups < 1 || groups > channels || (op.transposed ? shape[0] != channels : shape[1] * groups != channels))
    return s.error(literal->token, "the weight " + to_string(shape) + " in " + std::to_string(groups) +
                                       " groups does not fit an operand with " + std::to_string(channels) +
                                       " channels");
  LRPROOF_TRY(bias, s.constants_or_zeros("bias", op.transposed ? shape[1] * groups : shape[0]));
  op.weight = std::move(weight), op.bias = std::move(bias), op.window = window, op.groups = groups;
  Built built{std::move(op), {}, s.op().text == "conv" ? "Conv" : "ConvTranspose"};
  if (s.op().text != "conv") {
    if (const auto* declared = s.find("shape")) {
      LRPROOF_TRY(out, s.integers(*declared));
      built.declared = out;
    }
  }
  return built;
}

Result<Built> build_batch_norm(Settings& s, const Operands&) {
  LRPROOF_TRY(gamma_text, s.need("gamma"));
  LRPROOF_TRY(beta_text, s.need("beta"));
  LRPROOF_TRY(mean_text, s.need("mean"));
  LRPROOF_TRY(variance_text, s.need("variance"));
  LRPROOF_TRY(gamma, s.constants(*gamma_text));
  LRPROOF_TRY(beta, s.constants(*beta_text));
  LRPROOF_TRY(mean, s.constants(*mean_text));
  LRPROOF_TRY(variance, s.constants(*variance_text));
  LRPROOF_TRY(epsilon, s.rational_or("epsilon", Rational(0)));
  if (gamma.size() != beta.size() || gamma.size() != mean.size() || gamma.size() != variance.size())
    return s.error(s.op(), "gamma, beta, mean and variance have one entry per channel each");
  auto op = make_batch_norm(std::move(gamma), std::move(beta), std::move(mean), std::move(variance), epsilon);
  if (!op) return s.error(s.op(), op.error().sentence, op.error().hint);
  return Built{std::move(*op), {}, "BatchNormalization"};
}

Result<Built> build_scale(Settings& s, const Operands& operands) {
  const auto count = operands.empty() ? 0 : std::size_t(element_count(operands[0]));
  const auto side = [&](const std::string& key, int fallback) -> Result<num::Constants> {
    const auto* literal = s.find(key);
    if (!literal) return num::Constants::from_rationals(std::vector<Rational>(count, Rational(fallback)));
    if (literal->is_list) return s.constants(*literal);
    LRPROOF_TRY(value, s.rational(*literal));
    return num::Constants::from_rationals(std::vector<Rational>(count, value));
  };
  LRPROOF_TRY(mul, side("mul", 1));
  LRPROOF_TRY(add, side("add", 0));
  return Built{Scale{std::move(mul), std::move(add)}, {}, "Mul"};
}

Result<Built> build_pool(Settings& s, const Operands& operands) {
  LRPROOF_TRY(axes, spatial_axes(s, operands));
  const bool global = s.op().text == "global-average-pool";
  const Shape plane(operands[0].begin() + 2, operands[0].end());
  LRPROOF_TRY(window, read_window(s, axes, nullptr, global ? &plane : nullptr));
  if (s.op().text == "max-pool") return Built{MaxPool{window}, {}, "MaxPool"};
  if (global) return Built{AveragePool{window, false}, {}, "GlobalAveragePool"};
  LRPROOF_TRY(include, s.integer_or("count-include-pad", 0));
  return Built{AveragePool{window, include != 0}, {}, "AveragePool"};
}

Activation one_curve(std::string kind, Curve curve) { return {std::move(kind), {std::move(curve)}, {}}; }

Result<Built> build_clip(Settings& s, const Operands&) {
  const bool tanh = s.op().text == "hard-tanh";
  std::optional<Rational> low, high;
  if (tanh) low = Rational(-1), high = Rational(1);
  for (auto [key, bound] : {std::pair{"min", &low}, std::pair{"max", &high}}) {
    if (const auto* literal = s.find(key)) {
      LRPROOF_TRY(value, s.rational(*literal));
      *bound = value;
    }
  }
  if (low && high && *high < *low) return s.error(s.op(), "min is above max");
  return Built{one_curve(s.op().text, clip_curve(low, high)), {}, tanh ? "HardTanh" : "Clip"};
}

Result<Built> build_simple_activation(Settings& s, const Operands&) {
  const auto& kind = s.op().text;
  if (kind == "relu") return Built{one_curve(kind, relu_curve()), {}, "Relu"};
  if (kind == "abs") return Built{one_curve(kind, abs_curve()), {}, "Abs"};
  if (kind == "leaky-relu") {
    LRPROOF_TRY(alpha, s.rational_or("alpha", Rational(1, 100)));
    return Built{one_curve(kind, leaky_curve(alpha)), {}, "LeakyRelu"};
  }
  LRPROOF_TRY(alpha, s.rational_or("alpha", Rational(1, 5)));
  LRPROOF_TRY(beta, s.rational_or("beta", Rational(1, 2)));
  return Built{one_curve(kind, hard_sigmoid_curve(alpha, beta)), {}, "HardSigmoid"};
}

Result<Built> build_prelu(Settings& s, const Operands& operands) {
  LRPROOF_TRY(literal, s.need("slope"));
  Activation op{"prelu", {}, {}};
  if (!literal->is_list) {
    LRPROOF_TRY(slope, s.rational(*literal));
    op.curves.push_back(leaky_curve(slope));
    return Built{std::move(op), {}, "PRelu"};
  }
  LRPROOF_TRY(slopes, s.rationals(*literal));
  for (const auto& slope : slopes) op.curves.push_back(leaky_curve(slope));
  const auto count = operands.empty() ? 0 : element_count(operands[0]);
  const auto channels = operands.empty() || operands[0].size() < 2 ? count : operands[0][1];
  const auto given = std::int64_t(slopes.size());
  if (given != count && given != channels)
    return s.error(literal->token, "prelu has " + std::to_string(given) + " slopes for " + std::to_string(channels) +
                                       " channels and " + std::to_string(count) + " elements");
  for (std::int64_t k = 0; k < count; ++k) op.curve_of.push_back(std::int32_t(k / (count / given)));
  return Built{std::move(op), {}, "PRelu"};
}

/// The general form: activation(a) kind prelu curves [[[kinks], [slopes], [intercepts]], ...] curve-of [...]
Result<Built> build_activation(Settings& s, const Operands&) {
  LRPROOF_TRY(kind, s.need("kind"));
  LRPROOF_TRY(curves, s.need("curves"));
  if (kind->is_list) return s.error(kind->token, "a kind is one word");
  Activation op{kind->token.text, {}, {}};
  for (const auto& item : curves->items) {
    if (item.items.size() != 3) return s.error(item.token, "a curve is [[kinks], [slopes], [intercepts]]");
    LRPROOF_TRY(kinks, s.rationals(item.items[0]));
    LRPROOF_TRY(slopes, s.rationals(item.items[1]));
    LRPROOF_TRY(intercepts, s.rationals(item.items[2]));
    if (slopes.size() != kinks.size() + 1 || intercepts.size() != slopes.size())
      return s.error(item.token, "a curve has one slope and one intercept more than kinks");
    for (std::size_t k = 0; k < kinks.size(); ++k) {
      const bool ascends = k == 0 || kinks[k - 1] < kinks[k];
      const auto jump = (slopes[k + 1] - slopes[k]) * kinks[k] + intercepts[k + 1] - intercepts[k];
      if (!ascends || !jump.is_zero() || slopes[k] == slopes[k + 1])
        return s.error(item.token, "kinks ascend, a curve is continuous and bends at each of its kinks");
    }
    op.curves.push_back({std::move(kinks), std::move(slopes), std::move(intercepts)});
  }
  if (const auto* literal = s.find("curve-of")) {
    LRPROOF_TRY(picks, s.integers(*literal));
    for (const auto k : picks) op.curve_of.push_back(k < 0 || k > (1 << 30) ? -1 : std::int32_t(k));
  }
  return Built{std::move(op), {}, "Activation"};
}

Result<Built> build_sum(Settings& s, const Operands& operands) {
  Add op{std::vector<int>(operands.size(), 1)};
  const bool sub = s.op().text == "sub";
  if (sub && operands.size() != 2) return s.error(s.op(), "sub reads two operands");
  if (sub) op.signs[1] = -1;
  if (const auto* literal = sub ? nullptr : s.find("signs")) {
    LRPROOF_TRY(signs, s.integers(*literal));
    op.signs.clear();
    for (const auto sign : signs) op.signs.push_back(sign == 1 ? 1 : sign == -1 ? -1 : 0);
  }
  return Built{std::move(op), {}, sub ? "Sub" : "Add"};
}

Result<Built> build_max(Settings& s, const Operands&) {
  const bool minimum = s.op().text == "min";
  return Built{Max{minimum}, {}, minimum ? "Min" : "Max"};
}

Result<Built> build_concat(Settings& s, const Operands& operands) {
  LRPROOF_TRY(axis, s.integer_or("axis", operands.empty() ? 0 : std::int64_t(operands[0].size()) - 1));
  return Built{Concat{axis}, {}, "Concat"};
}

Result<Shape> needed_shape(Settings& s) {
  LRPROOF_TRY(literal, s.need("shape"));
  LRPROOF_TRY(shape, s.integers(*literal));
  if (shape.empty()) return s.error(literal->token, "a shape has at least one axis");
  return shape;
}

Result<Built> build_select(Settings& s, const Operands&) {
  LRPROOF_TRY(shape, needed_shape(s));
  LRPROOF_TRY(literal, s.need("index"));
  LRPROOF_TRY(index, s.integers(*literal));
  LRPROOF_TRY(fill, s.rational_or("fill", Rational(0)));
  return Built{Select{index, fill}, shape, "Gather"};
}

Result<Built> build_reshape(Settings& s, const Operands&) {
  LRPROOF_TRY(shape, needed_shape(s));
  return Built{Reshape{}, shape, "Reshape"};
}

Result<Built> build_constant(Settings& s, const Operands&) {
  LRPROOF_TRY(shape, needed_shape(s));
  LRPROOF_TRY(literal, s.need("value"));
  LRPROOF_TRY(value, s.constants(*literal));
  return Built{Constant{std::move(value)}, shape, "Constant"};
}

/// opaque(a) op Softmax shape [1, 2] numbers [[axis, 1]] constants [[..], ..] evaluable 1
Result<Built> build_opaque(Settings& s, const Operands&) {
  LRPROOF_TRY(shape, needed_shape(s));
  LRPROOF_TRY(op_literal, s.need("op"));
  if (op_literal->is_list) return s.error(op_literal->token, "an operator is one word");
  Opaque op;
  op.type = op_literal->token.text;
  if (const auto* literal = s.find("numbers"))
    for (const auto& item : literal->items) {
      if (item.items.size() != 2 || item.items[0].is_list) return s.error(item.token, "expected [word, number]");
      LRPROOF_TRY(value, s.rational(item.items[1]));
      op.numbers[item.items[0].token.text] = value.to_double();
    }
  if (const auto* literal = s.find("constants"))
    for (const auto& item : literal->items) {
      LRPROOF_TRY(values, s.constants(item));
      op.constants.push_back(std::move(values));
    }
  LRPROOF_TRY(evaluable, s.integer_or("evaluable", 0));
  op.evaluable = evaluable != 0;
  return Built{op, shape, op.type};
}

struct Row {
  const char* word;
  Builder build;
};
constexpr Row kOperations[] = {
    {"dense", build_dense},
    {"affine", build_dense},
    {"conv", build_conv},
    {"conv-transpose", build_conv},
    {"batch-norm", build_batch_norm},
    {"scale", build_scale},
    {"max-pool", build_pool},
    {"average-pool", build_pool},
    {"global-average-pool", build_pool},
    {"relu", build_simple_activation},
    {"leaky-relu", build_simple_activation},
    {"abs", build_simple_activation},
    {"hard-sigmoid", build_simple_activation},
    {"prelu", build_prelu},
    {"clip", build_clip},
    {"hard-tanh", build_clip},
    {"activation", build_activation},
    {"add", build_sum},
    {"sub", build_sum},
    {"max", build_max},
    {"min", build_max},
    {"concat", build_concat},
    {"select", build_select},
    {"reshape", build_reshape},
    {"constant", build_constant},
    {"opaque", build_opaque},
};

}  // namespace

Builder find_builder(const std::string& word, std::vector<std::string>& known) {
  Builder found = nullptr;
  for (const auto& row : kOperations) {
    known.push_back(row.word);
    if (word == row.word) found = row.build;
  }
  return found;
}

}  // namespace lrproof::net
