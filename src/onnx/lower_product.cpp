// MatMul and Gemm. A product with a constant is a Dense over the rows of the variable: on the right as it stands, on
// the left through A B = (B^T A^T)^T. Products of two variables are opaque (NET-5).
#include <algorithm>
#include <numeric>

#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;
using num::Constants;
using num::Rational;

namespace {

Shape without_ones_in_front(const Shape& shape, std::size_t keep) {
  Shape out = shape;
  while (out.size() > keep && out[0] == 1) out.erase(out.begin());
  return out;
}

/// Swaps the last two axes.
Result<Value> swapped(Site& site, const Value& value, const std::string& part) {
  Index perm(value.shape.size());
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  LRPROOF_CHECK(site.spend(*checked_count(value.shape)));
  return site.moved(value, transpose_index(value.shape, perm), permuted(value.shape, perm), part, "Transpose");
}

Result<Value> make(Site& site, const std::string& part, const std::string& type, net::Op op, net::NodeId input,
                   Shape shape) {
  return part.empty() ? site.last(std::move(op), {input}, std::move(shape))
                      : site.part(part, type, std::move(op), {input}, std::move(shape));
}

/// variable [..., K] times weight, given as [N, K], without bias: [..., N].
Result<Value> dense(Site& site, const Value& variable, Constants weight, std::int64_t out, const std::string& part) {
  Shape shape = variable.shape;
  const auto in = shape.back();
  if (*checked_count(variable.shape) == 0 || in == 0 || out == 0) return site.misshapen("an operand has no elements");
  shape.back() = out;
  const auto rows = *checked_count(variable.shape) / in;
  net::Dense op{std::move(weight), filled(std::size_t(out), 0), in, out, rows};
  return make(site, part, "MatMul", std::move(op), variable.node, std::move(shape));
}

Status mismatch(Site& site) {
  return site.misshapen("cannot multiply " + net::to_string(site.operand(0).shape) + " by " +
                        net::to_string(site.operand(1).shape));
}

/// Shape of the product of two tensors as numpy defines it; nullopt when they do not fit.
std::optional<Shape> product_shape(Shape a, Shape b) {
  if (a.empty() || b.empty()) return std::nullopt;
  const bool row = a.size() == 1, column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2]) return std::nullopt;
  auto shape = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!shape) return std::nullopt;
  if (!row) shape->push_back(a[a.size() - 2]);
  if (!column) shape->push_back(b.back());
  return shape;
}

Result<Value> opaque_product(Site& site, const Value& a, const Value& b, const std::string& part) {
  const auto shape = product_shape(a.shape, b.shape);
  if (!shape) return mismatch(site).error();
  LRPROOF_TRY(left, site.node_of(a));
  LRPROOF_TRY(right, site.node_of(b));
  net::Opaque op{"MatMul", {}, {}, true};
  return part.empty() ? site.last(op, {left, right}, *shape) : site.part(part, "MatMul", op, {left, right}, *shape);
}

/// variable times constant [K, N] or [K].
Status times_constant(Site& site, const Value& variable, const Tensor& constant, const Shape& shape) {
  const Shape core = without_ones_in_front(constant.shape, 2);
  const auto in = core[0], out = core.size() == 2 ? core[1] : 1;
  LRPROOF_CHECK(site.spend(constant.size()));
  Constants weight = taken(constant.reals, transpose_index({in, out}, {1, 0}), 0);
  Shape natural = variable.shape;
  natural.back() = out;
  const bool direct = natural == shape;
  LRPROOF_TRY(product, dense(site, variable, std::move(weight), out, direct ? "" : "product"));
  if (direct) {
    site.draft().open_bias.insert(product.node);
    return site.give(product);
  }
  LRPROOF_TRY(shaped, site.reshaped(product, shape, "", ""));
  return site.give(shaped);
}

/// constant [M, K] or [K] times variable.
Status constant_times(Site& site, const Tensor& constant, const Value& variable, const Shape& shape) {
  const Shape core = without_ones_in_front(constant.shape, 2);
  const auto out = core.size() == 2 ? core[0] : 1;
  if (variable.shape.size() == 1) {
    const bool direct = shape == Shape{out};
    LRPROOF_TRY(product, dense(site, variable, constant.reals, out, direct ? "" : "product"));
    if (direct) {
      site.draft().open_bias.insert(product.node);
      return site.give(product);
    }
    LRPROOF_TRY(shaped, site.reshaped(product, shape, "", ""));
    return site.give(shaped);
  }
  LRPROOF_TRY(turned, swapped(site, variable, "transpose"));
  LRPROOF_TRY(product, dense(site, turned, constant.reals, out, "product"));
  Shape natural = turned.shape;
  natural.back() = out;
  std::swap(natural[natural.size() - 1], natural[natural.size() - 2]);
  const bool direct = natural == shape;
  LRPROOF_TRY(back, swapped(site, product, direct ? "" : "back"));
  if (direct) return site.give(back);
  LRPROOF_TRY(shaped, site.reshaped(back, shape, "", ""));
  return site.give(shaped);
}

}  // namespace

Status lower_matmul(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  Value a = site.operand(0);
  const Value& b = site.operand(1);
  const auto shape = product_shape(a.shape, b.shape);
  if (!shape) return mismatch(site);
  if (!checked_count(*shape)) return site.error("onnx.size", "its output " + net::to_string(*shape) + " is too large");
  if (a.constant && b.constant) {
    LRPROOF_TRY(node, site.node_of(a));
    a = Value{nullptr, node, a.shape};
  }
  const std::size_t c = b.constant ? 1 : 0;
  if ((c == 1 || a.constant) && without_ones_in_front(site.operand(c).shape, 2).size() <= 2) {
    LRPROOF_TRY(constant, site.real_tensor(c, "factor"));
    return c == 1 ? times_constant(site, a, *constant, *shape) : constant_times(site, *constant, b, *shape);
  }
  LRPROOF_TRY(product, opaque_product(site, a, b, ""));
  return site.give(product);
}

namespace {

/// alpha op(A) op(B) + beta C, with what is known of it.
struct Gemm {
  Site& site;
  bool turn_a = false, turn_b = false;
  Rational alpha, beta;
  Shape shape;
  bool bias_only = true;  ///< C is absent, or constant along the rows: it fits a bias

  Status lower() {
    const Shape &a = site.operand(0).shape, &b = site.operand(1).shape;
    if (a.size() != 2 || b.size() != 2 || a[turn_a ? 0 : 1] != b[turn_b ? 1 : 0]) return mismatch(site);
    shape = {a[turn_a ? 1 : 0], b[turn_b ? 0 : 1]};
    if (!checked_count(shape) || *checked_count(shape) == 0)
      return site.error("onnx.size", "its output " + net::to_string(shape) + " is empty or too large");
    if (site.has(2) && broadcast(site.operand(2).shape, shape) != shape)
      return site.misshapen("C " + net::to_string(site.operand(2).shape) + " does not broadcast to " +
                            net::to_string(shape));
    const bool along_rows = !site.has(2) || site.operand(2).shape.size() < 2 || site.operand(2).shape[0] == 1;
    bias_only = along_rows && (!site.has(2) || site.constant(2));
    if (site.constant(1)) return by_constant();
    LRPROOF_TRY(product, other_product());
    return bias_only && !site.has(2) ? base::Status(site.give(product)) : add_c(product);
  }

  /// The common form: the second factor is stored.
  Status by_constant() {
    LRPROOF_TRY(b, site.real_tensor(1, "second factor"));
    Value a = site.operand(0);
    if (a.constant) {
      LRPROOF_TRY(node, site.node_of(a));
      a = Value{nullptr, node, a.shape};
    }
    if (turn_a) {
      LRPROOF_TRY(turned, swapped(site, a, "transpose"));
      a = turned;
    }
    LRPROOF_CHECK(site.spend(b->size()));
    Constants weight = turn_b ? b->reals : taken(b->reals, transpose_index(b->shape, {1, 0}), 0);
    net::Dense op{scaled(weight, alpha), filled(std::size_t(shape[1]), 0), a.shape[1], shape[1], shape[0]};
    if (bias_only && site.has(2)) {
      LRPROOF_TRY(c, site.real_tensor(2, "bias"));
      LRPROOF_TRY(bias, spread(site, *c, {1, shape[1]}));
      op.bias = scaled(bias, beta);
    }
    LRPROOF_TRY(product, make(site, bias_only ? "" : "product", "Gemm", std::move(op), a.node, shape));
    if (!bias_only) return add_c(product);
    site.draft().open_bias.insert(product.node);
    return site.give(product);
  }

  /// The second factor is computed: the first may be stored.
  Result<Value> other_product() {
    const bool more = site.has(2) || !(alpha == Rational(1));
    const Value& b = site.operand(1);
    if (site.constant(0)) {
      LRPROOF_TRY(a, site.real_tensor(0, "first factor"));
      LRPROOF_CHECK(site.spend(a->size()));
      Constants weight = turn_a ? taken(a->reals, transpose_index(a->shape, {1, 0}), 0) : a->reals;
      Value turned = b;
      if (!turn_b) {
        LRPROOF_TRY(made, swapped(site, b, "transpose"));
        turned = made;
      }
      LRPROOF_TRY(product, dense(site, turned, scaled(weight, alpha), shape[0], "product"));
      return swapped(site, product, site.has(2) ? "back" : "");
    }
    Value left = site.operand(0), right = b;
    if (turn_a) {
      LRPROOF_TRY(made, swapped(site, left, "left"));
      left = made;
    }
    if (turn_b) {
      LRPROOF_TRY(made, swapped(site, right, "right"));
      right = made;
    }
    LRPROOF_TRY(product, opaque_product(site, left, right, more ? "product" : ""));
    if (alpha == Rational(1)) return product;
    return scaled_value(product, alpha, site.has(2) ? "scale" : "");
  }

  Result<Value> scaled_value(const Value& value, const Rational& factor, const std::string& part) {
    const auto count = std::size_t(*checked_count(value.shape));
    LRPROOF_CHECK(site.spend(std::int64_t(2 * count)));
    net::Scale op{scaled(filled(count, 1), factor), filled(count, 0)};
    return make(site, part, "Mul", std::move(op), value.node, value.shape);
  }

  /// product + beta C
  Status add_c(const Value& product) {
    if (site.constant(2)) {
      LRPROOF_TRY(c, site.real_tensor(2, "summand"));
      LRPROOF_TRY(wide, spread(site, *c, shape));
      net::Scale op{filled(wide.size(), 1), scaled(wide, beta)};
      return site.finish(std::move(op), {product.node}, shape);
    }
    LRPROOF_TRY(wide, site.broadcasted(site.operand(2), shape));
    Value summand = wide;
    if (!(beta == Rational(1))) {
      LRPROOF_TRY(made, scaled_value(wide, beta, "summand"));
      summand = made;
    }
    return site.finish(net::Add{{1, 1}}, {product.node, summand.node}, shape);
  }
};

}  // namespace

Status lower_gemm(Site& site) {
  LRPROOF_CHECK(site.expects(2, 3));
  LRPROOF_TRY(alpha, site.real("alpha", 1));
  LRPROOF_TRY(beta, site.real("beta", 1));
  LRPROOF_TRY(turn_a, site.integer("transA", 0));
  LRPROOF_TRY(turn_b, site.integer("transB", 0));
  return Gemm{site, turn_a != 0, turn_b != 0, alpha, beta, {}}.lower();
}

}  // namespace lrproof::onnx
