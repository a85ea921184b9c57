#include "net/opaque.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace lrproof::net {

namespace {

using Doubles = std::vector<double>;
using Span = std::span<const double>;

/// What an opaque node is evaluated from.
struct Call {
  const Opaque& opaque;
  std::vector<Span> operands;
  const std::vector<Shape>& shapes;
  const Shape& out_shape;
  double number(const char* key) const {
    const auto at = opaque.numbers.find(key);
    LRPROOF_INVARIANT(at != opaque.numbers.end(), "opaque " + opaque.type + " holds its number " + key);
    return at->second;
  }
};

double sigmoid(double t) { return t >= 0 ? 1 / (1 + std::exp(-t)) : std::exp(t) / (1 + std::exp(t)); }
double softplus(double t) { return std::max(t, 0.0) + std::log1p(std::exp(-std::abs(t))); }

double elu(double t, const Call& c) { return t < 0 ? c.number("alpha") * std::expm1(t) : t; }
double celu(double t, const Call& c) {
  const double alpha = c.number("alpha");
  return std::max(t, 0.0) + std::min(0.0, alpha * std::expm1(t / alpha));
}
double selu(double t, const Call& c) { return c.number("gamma") * (t > 0 ? t : c.number("alpha") * std::expm1(t)); }
double gelu(double t, const Call& c) {
  constexpr double kRootHalf = 0.70710678118654752440, kRootTwoOverPi = 0.79788456080286535588;
  if (c.number("tanh") != 0) return 0.5 * t * (1 + std::tanh(kRootTwoOverPi * (t + 0.044715 * t * t * t)));
  return 0.5 * t * (1 + std::erf(kRootHalf * t));
}
double shrink(double t, const Call& c) {
  const double edge = c.number("lambd"), bias = c.number("bias");
  return t < -edge ? t + bias : t > edge ? t - bias : 0.0;
}
double hard_swish(double t) { return t * std::clamp(t / 6 + 0.5, 0.0, 1.0); }

/// One elementwise function by its operator's name.
struct Elementwise {
  const char* type;
  double (*value)(double, const Call&);
};

constexpr Elementwise kElementwise[] = {
    {"Ceil", [](double t, const Call&) { return std::ceil(t); }},
    {"Celu", celu},
    {"Cos", [](double t, const Call&) { return std::cos(t); }},
    {"Elu", elu},
    {"Erf", [](double t, const Call&) { return std::erf(t); }},
    {"Exp", [](double t, const Call&) { return std::exp(t); }},
    {"Floor", [](double t, const Call&) { return std::floor(t); }},
    {"Gelu", gelu},
    {"HardSwish", [](double t, const Call&) { return hard_swish(t); }},
    {"Log", [](double t, const Call&) { return std::log(t); }},
    {"Mish", [](double t, const Call&) { return t * std::tanh(softplus(t)); }},
    {"Reciprocal", [](double t, const Call&) { return 1 / t; }},
    {"Round", [](double t, const Call&) { return std::nearbyint(t); }},
    {"Selu", selu},
    {"Shrink", shrink},
    {"Sigmoid", [](double t, const Call&) { return sigmoid(t); }},
    {"Sign", [](double t, const Call&) { return double((t > 0) - (t < 0)); }},
    {"Sin", [](double t, const Call&) { return std::sin(t); }},
    {"Softplus", [](double t, const Call&) { return softplus(t); }},
    {"Softsign", [](double t, const Call&) { return t / (1 + std::abs(t)); }},
    {"Sqrt", [](double t, const Call&) { return std::sqrt(t); }},
    {"Tanh", [](double t, const Call&) { return std::tanh(t); }},
    {"ThresholdedRelu", [](double t, const Call& c) { return t > c.number("alpha") ? t : 0.0; }},
};

Doubles pairwise(const Call& c) {
  const auto& type = c.opaque.type;
  auto sides = c.operands;
  if (!c.opaque.constants.empty())
    sides.insert(sides.begin() + std::ptrdiff_t(c.number("constant_at")), Span(c.opaque.constants[0].approx));
  LRPROOF_INVARIANT(sides.size() == 2 && sides[0].size() == sides[1].size(), type + " has two operands of one shape");
  Doubles out(sides[0].begin(), sides[0].end());
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = type == "Mul"   ? out[k] * sides[1][k]
             : type == "Div" ? out[k] / sides[1][k]
                             : std::pow(out[k], sides[1][k]);
  return out;
}

/// A tensor seen as outer x length x inner: the lines along an axis.
struct Lines {
  std::int64_t outer = 1, length = 1, inner = 1;
  std::int64_t at(std::int64_t o, std::int64_t k, std::int64_t i) const { return (o * length + k) * inner + i; }
};

Lines lines_along(const Shape& shape, std::size_t axis, bool to_the_end) {
  Lines lines;
  for (std::size_t a = 0; a < shape.size(); ++a)
    (a < axis ? lines.outer : a == axis || to_the_end ? lines.length : lines.inner) *= shape[a];
  return lines;
}

/// Applies a function to every line, in place.
Doubles line_by_line(Span values, const Lines& lines, const std::function<void(Doubles&)>& change) {
  Doubles out(values.begin(), values.end()), line(std::size_t(lines.length));
  for (std::int64_t o = 0; o < lines.outer; ++o)
    for (std::int64_t i = 0; i < lines.inner; ++i) {
      for (std::int64_t k = 0; k < lines.length; ++k) line[std::size_t(k)] = values[std::size_t(lines.at(o, k, i))];
      change(line);
      for (std::int64_t k = 0; k < lines.length; ++k) out[std::size_t(lines.at(o, k, i))] = line[std::size_t(k)];
    }
  return out;
}

double log_sum_exp(const Doubles& line) {
  const double top = *std::max_element(line.begin(), line.end());
  double sum = 0;
  for (const double v : line) sum += std::exp(v - top);
  return top + std::log(sum);
}

Doubles softmax(const Call& c) {
  const auto lines = lines_along(c.out_shape, std::size_t(c.number("axis")), c.number("coerced") != 0);
  const bool logarithm = c.opaque.type == "LogSoftmax";
  return line_by_line(c.operands[0], lines, [&](Doubles& line) {
    const double log_sum = log_sum_exp(line);
    for (double& v : line) v = logarithm ? v - log_sum : std::exp(v - log_sum);
  });
}

void standardise(Doubles& line, double epsilon) {
  const double mean = std::accumulate(line.begin(), line.end(), 0.0) / double(line.size());
  double variance = 0;
  for (const double v : line) variance += (v - mean) * (v - mean);
  const double scale = 1 / std::sqrt(variance / double(line.size()) + epsilon);
  for (double& v : line) v = (v - mean) * scale;
}

Doubles layer_norm(const Call& c) {
  const auto lines = lines_along(c.out_shape, std::size_t(c.number("axis")), true);
  return line_by_line(c.operands[0], lines, [&](Doubles& line) {
    standardise(line, c.number("epsilon"));
    for (std::size_t k = 0; k < line.size(); ++k) {
      line[k] *= c.opaque.constants[0].approx[k];
      if (c.opaque.constants.size() > 1) line[k] += c.opaque.constants[1].approx[k];
    }
  });
}

Doubles channel_norm(const Call& c) {
  const auto groups = std::int64_t(c.number("groups"));
  const auto size = std::int64_t(c.operands[0].size());
  auto out = line_by_line(c.operands[0], Lines{groups, size / groups, 1},
                          [&](Doubles& line) { standardise(line, c.number("epsilon")); });
  const auto plane = out.size() / std::size_t(c.out_shape[1]);
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = out[k] * c.opaque.constants[0].approx[k / plane] + c.opaque.constants[1].approx[k / plane];
  return out;
}

Doubles lp_norm(const Call& c) {
  const bool one = c.number("p") == 1;
  return line_by_line(c.operands[0], lines_along(c.out_shape, std::size_t(c.number("axis")), false),
                      [&](Doubles& line) {
                        double sum = 0;
                        for (const double v : line) sum += one ? std::abs(v) : v * v;
                        const double norm = one ? sum : std::sqrt(sum);
                        for (double& v : line) v = norm == 0 ? 0.0 : v / norm;
                      });
}

Doubles response_norm(const Call& c) {
  const auto lines = lines_along(c.out_shape, 1, false);
  const auto size = std::int64_t(c.number("size"));
  return line_by_line(c.operands[0], lines, [&](Doubles& line) {
    const Doubles in = line;
    const auto channels = std::int64_t(in.size());
    for (std::int64_t k = 0; k < channels; ++k) {
      double squares = 0;
      const auto last = std::min(channels - 1, k + size / 2);
      for (auto j = std::max<std::int64_t>(0, k - (size - 1) / 2); j <= last; ++j)
        squares += in[std::size_t(j)] * in[std::size_t(j)];
      line[std::size_t(k)] /= std::pow(c.number("bias") + c.number("alpha") / double(size) * squares, c.number("beta"));
    }
  });
}

double reduced(const std::string& type, const Doubles& row) {
  if (type == "ReduceLogSumExp") return log_sum_exp(row);
  double sum = 0, product = 1, absolute = 0, squares = 0;
  for (const double v : row) sum += v, product *= v, absolute += std::abs(v), squares += v * v;
  if (type == "ReduceProd") return product;
  if (type == "ReduceL1") return absolute;
  if (type == "ReduceL2") return std::sqrt(squares);
  return type == "ReduceLogSum" ? std::log(sum) : squares;
}

Doubles reduce_rows(const Call& c) {
  const auto length = std::size_t(c.number("length"));
  Doubles out;
  for (std::size_t at = 0; at + length <= c.operands[0].size(); at += length)
    out.push_back(reduced(c.opaque.type, Doubles(c.operands[0].begin() + std::ptrdiff_t(at),
                                                 c.operands[0].begin() + std::ptrdiff_t(at + length))));
  return out;
}

/// Matrix number `which` of the product's batch, within an operand whose own batch broadcasts.
std::int64_t matrix_of(std::int64_t which, const Shape& batch, const Shape& own) {
  std::int64_t at = 0, stride = 1;
  for (std::size_t a = batch.size(); a-- > 0;) {
    const auto coordinate = which % batch[a];
    which /= batch[a];
    const auto lead = batch.size() - own.size();
    if (a < lead) continue;
    if (own[a - lead] != 1) at += coordinate * stride;
    stride *= own[a - lead];
  }
  return at;
}

Doubles matmul(const Call& c) {
  Shape a = c.shapes[0], b = c.shapes[1], batch = c.out_shape;
  if (a.size() == 1)
    a.insert(a.begin(), 1);
  else
    batch.pop_back();
  if (c.shapes[1].size() == 1)
    b.push_back(1);
  else
    batch.pop_back();
  const auto m = a[a.size() - 2], n = a.back(), p = b.back();
  const Shape batch_a(a.begin(), a.end() - 2), batch_b(b.begin(), b.end() - 2);
  const auto count = element_count(batch);
  Doubles out;
  out.reserve(std::size_t(count * m * p));
  for (std::int64_t w = 0; w < count; ++w) {
    const auto left = matrix_of(w, batch, batch_a) * m * n, right = matrix_of(w, batch, batch_b) * n * p;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < p; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < n; ++k)
          sum += c.operands[0][std::size_t(left + i * n + k)] * c.operands[1][std::size_t(right + k * p + j)];
        out.push_back(sum);
      }
  }
  return out;
}

/// One structured operation by its operator's name.
struct Structured {
  const char* type;
  Doubles (*value)(const Call&);
};

constexpr Structured kStructured[] = {
    {"Mul", pairwise},
    {"Div", pairwise},
    {"Pow", pairwise},
    {"Softmax", softmax},
    {"LogSoftmax", softmax},
    {"MatMul", matmul},
    {"LayerNormalization", layer_norm},
    {"InstanceNormalization", channel_norm},
    {"GroupNormalization", channel_norm},
    {"LpNormalization", lp_norm},
    {"LRN", response_norm},
    {"ReduceProd", reduce_rows},
    {"ReduceL1", reduce_rows},
    {"ReduceL2", reduce_rows},
    {"ReduceLogSum", reduce_rows},
    {"ReduceLogSumExp", reduce_rows},
    {"ReduceSumSquare", reduce_rows},
};

}  // namespace

bool can_evaluate(const std::string& type) {
  const auto named = [&](const auto& row) { return type == row.type; };
  return std::any_of(std::begin(kElementwise), std::end(kElementwise), named) ||
         std::any_of(std::begin(kStructured), std::end(kStructured), named);
}

std::vector<double> evaluate_opaque(const Opaque& opaque, const std::vector<std::span<const double>>& operands,
                                    const std::vector<Shape>& operand_shapes, const Shape& out_shape) {
  const Call call{opaque, operands, operand_shapes, out_shape};
  for (const auto& row : kElementwise) {
    if (opaque.type != row.type) continue;
    Doubles out;
    for (const double t : operands[0]) out.push_back(row.value(t, call));
    return out;
  }
  for (const auto& row : kStructured)
    if (opaque.type == row.type) return row.value(call);
  LRPROOF_INVARIANT(false, "opaque " + opaque.type + " is evaluable");
  return {};
}

}  // namespace lrproof::net
