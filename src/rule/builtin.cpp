// The table of built-in rules. An affine rule is a row of text, so `lrproof rules show` prints the very formula that is
// applied, and a user who wants a variant copies it. Sources of the formulas:
//   lrp-0, epsilon, alpha-beta   Bach et al. 2015, "On pixel-wise explanations for non-linear classifier decisions"
//   z-plus, w-square, box, dtd-* Montavon et al. 2017, "Explaining nonlinear classification decisions with deep Taylor
//                                decomposition"; the directions are those of its root points (ROO-1, ROO-4)
//   gamma                        Montavon et al. 2019, "Layer-wise relevance propagation: an overview"; the form for
//                                signed inputs is Andeol et al. 2021, "Learning domain invariant representations by
//                                joint Wasserstein distance minimization"
//   flat                         Lapuschkin et al. 2019, "Unmasking Clever Hans predictors"
#include "rule/builtin.hpp"

namespace lrproof::rule {

namespace {

constexpr Parameter kEpsilon[] = {{"epsilon", "1e-6"}};
constexpr Parameter kGamma[] = {{"gamma", "1/4"}};
constexpr Parameter kAlphaBeta[] = {{"alpha", "2"}, {"beta", "1"}};
constexpr Parameter kRootGamma[] = {{"gamma", "1"}};

constexpr AffineRow kAffineRows[] = {
    {"lrp-0", {}, R"toml(
[[term]]
numerator = "a*w"
bias = "b"
)toml"},
    {"epsilon", kEpsilon, R"toml(
[[term]]
numerator = "a*w"
bias = "b"
stabilizer = { kind = "signed", epsilon = "$epsilon", zero_sign = 1 }
)toml"},
    {"gamma", kGamma, R"toml(
[[term]]
gate = "z > 0"
numerator = "pos(a)*(w + $gamma*pos(w)) + neg(a)*(w + $gamma*neg(w))"
bias = "b + $gamma*pos(b)"
[[term]]
gate = "z < 0"
numerator = "pos(a)*(w + $gamma*neg(w)) + neg(a)*(w + $gamma*pos(w))"
bias = "b + $gamma*neg(b)"
)toml"},
    {"z-plus", {}, R"toml(
[[term]]
numerator = "pos(a)*pos(w) + neg(a)*neg(w)"
bias = "pos(b)"
)toml"},
    {"alpha-beta", kAlphaBeta, R"toml(
[[term]]
share = "$alpha"
numerator = "pos(a)*pos(w) + neg(a)*neg(w)"
bias = "pos(b)"
[[term]]
share = "-$beta"
numerator = "pos(a)*neg(w) + neg(a)*pos(w)"
bias = "neg(b)"
)toml"},
    {"w-square", {}, R"toml(
[[term]]
numerator = "w^2"
)toml"},
    {"flat", {}, R"toml(
[[term]]
numerator = "1"
)toml"},
    {"box", {}, R"toml(
premises = ["low <= a <= high"]
[[term]]
numerator = "a*w - low*pos(w) - high*neg(w)"
)toml"},
    {"dtd-x", {}, R"toml(
premises = ["f > 0"]
root = { direction = "a" }
[[term]]
numerator = "a*w"
)toml"},
    {"dtd-z-plus", {}, R"toml(
premises = ["a >= 0", "f > 0"]
root = { direction = "a*(w >= 0)" }
[[term]]
numerator = "a*pos(w)"
)toml"},
    {"dtd-w2", {}, R"toml(
premises = ["f > 0"]
root = { direction = "w" }
[[term]]
numerator = "w^2"
)toml"},
    {"dtd-gamma", kRootGamma, R"toml(
premises = ["a >= 0", "f > 0"]
root = { direction = "a*(1 + $gamma*(w >= 0))" }
[[term]]
numerator = "a*(w + $gamma*pos(w))"
)toml"},
    {"dtd-zb", {}, R"toml(
premises = ["low <= a <= high", "f > 0"]
root = { direction = "a - low*(w >= 0) - high*(w < 0)" }
[[term]]
numerator = "a*w - low*pos(w) - high*neg(w)"
)toml"},
    {"dtd-zero", {}, R"toml(
premises = ["f > 0"]
root = { direction = "0" }
[[term]]
numerator = "a*w"
bias = "b"
)toml"},
};

}  // namespace

std::span<const AffineRow> affine_rows() { return kAffineRows; }

std::span<const NamedRow> named_rows() {
  using Kind = NamedRule::Kind;
  static constexpr NamedRow rows[] = {
      {"gradient", Kind::gradient, nullptr, nullptr},
      {"pass", Kind::pass, nullptr, nullptr},
      {"ratio", Kind::ratio, "epsilon", "0"},
      {"winner", Kind::winner, nullptr, nullptr},
      {"proportional", Kind::proportional, nullptr, nullptr},
      {"guided-backprop", Kind::guided_backprop, nullptr, nullptr},
      {"deconvnet", Kind::deconvnet, nullptr, nullptr},
      {"rectgrad", Kind::rectgrad, "percentile", "98"},
      {"beta-smooth", Kind::beta_smooth, "beta", "10"},
      {"zero", Kind::zero, nullptr, nullptr},
  };
  return rows;
}

const AffineRow* find_affine_row(const std::string& name) {
  for (const auto& row : affine_rows())
    if (name == row.name) return &row;
  return nullptr;
}

const NamedRow* find_named_row(const std::string& name) {
  for (const auto& row : named_rows())
    if (name == row.name) return &row;
  return nullptr;
}

const NamedRow& row_of(NamedRule::Kind kind) {
  for (const auto& row : named_rows())
    if (row.kind == kind) return row;
  LRPROOF_INVARIANT(false, "a kind of named rule without a row");
  return named_rows().front();
}

std::span<const char* const> op_words() {
  static constexpr const char* words[] = {
      "linear", "affine", "dense", "conv", "batch-norm", "scale", "average-pool", "add", "activation", "max-pool",
      "max", "opaque", "relu", "leaky-relu", "prelu", "clip", "abs", "hard-tanh", "hard-sigmoid", "threshold-relu",
      // operators outside NET-4
      "sigmoid", "tanh", "softmax", "log-softmax", "softplus", "softsign", "elu", "selu", "celu", "gelu", "silu",
      "swish", "mish", "hard-swish", "thresholded-relu", "erf", "exp", "log", "sqrt", "reciprocal", "pow", "mul", "div",
      "mat-mul", "gemm", "einsum", "layer-normalization", "instance-normalization", "group-normalization",
      "lp-normalization", "lrn", "reduce-mean", "reduce-sum", "reduce-max", "reduce-l2", "resize", "upsample", "sin",
      "cos", "sign", "floor", "ceil", "round", "gather-nd", "where", "top-k", "arg-max", "arg-min", "attention", "lstm",
      "gru", "rnn"};
  return words;
}

}  // namespace lrproof::rule
