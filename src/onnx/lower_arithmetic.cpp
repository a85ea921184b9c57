// Add, Sub, Sum, Mean, Mul, Div, Neg, Max, Min, Pow. With constants: Scale, or the bias of the product they are added
// to. Without: Add and Max nodes; products and quotients of variables are opaque (NET-5).
#include <algorithm>

#include "onnx/fold.hpp"
#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;
using num::Constants;
using num::Rational;

Constants filled(std::size_t count, double value) { return {std::vector<double>(count, value), {}}; }

Constants scaled(const Constants& constants, const Rational& factor) {
  if (factor == Rational(1)) return constants;
  std::vector<Rational> out;
  out.reserve(constants.size());
  for (std::size_t k = 0; k < constants.size(); ++k) out.push_back(constants.rational(k) * factor);
  return Constants::from_rationals(std::move(out));
}

Result<Constants> spread(Site& site, const Tensor& tensor, const Shape& to) {
  LRPROOF_CHECK(site.finite(tensor));
  if (tensor.shape == to) return tensor.reals;
  const auto fits = broadcast(tensor.shape, to);
  if (!fits || *fits != to || !checked_count(to))
    return site.misshapen("a constant " + net::to_string(tensor.shape) + " does not broadcast to " +
                          net::to_string(to));
  LRPROOF_CHECK(site.spend(2 * *checked_count(to)));
  return taken(tensor.reals, broadcast_index(tensor.shape, to), 0);
}

namespace {

Result<Shape> common_shape(Site& site) {
  Shape shape;
  for (std::size_t k = 0; k < site.operands(); ++k) {
    if (!site.has(k)) return site.error("onnx.operands", "an operand is left out");
    const auto next = broadcast(shape, site.operand(k).shape);
    if (!next)
      return site.misshapen(net::to_string(shape) + " and " + net::to_string(site.operand(k).shape) +
                            " do not broadcast");
    shape = *next;
  }
  if (!checked_count(shape)) return site.error("onnx.size", "its output " + net::to_string(shape) + " is too large");
  return shape;
}

/// Does `from`, broadcast to `to`, vary along `axis` only?
bool varies_along(const Shape& from, const Shape& to, std::size_t axis) {
  if (from.size() > to.size()) return false;
  const auto lead = to.size() - from.size();
  for (std::size_t a = 0; a < from.size(); ++a)
    if (from[a] != 1 && lead + a != axis) return false;
  return true;
}

/// bias += sign * constant
void add_to_bias(Constants& bias, const Constants& constant, int sign) {
  std::vector<Rational> sums;
  for (std::size_t k = 0; k < bias.size(); ++k) {
    const Rational c = constant.rational(constant.size() == 1 ? 0 : k);
    sums.push_back(sign < 0 ? bias.rational(k) - c : bias.rational(k) + c);
  }
  bias = Constants::from_rationals(std::move(sums));
}

/// A product whose only reader adds a constant per output channel takes it as its bias.
bool absorb(Site& site, std::size_t variable, const Tensor& constant, int sign, const Shape& shape) {
  const Value& product = site.operand(variable);
  if (!site.sole_reader(variable) || product.shape != shape || !site.draft().open_bias.count(product.node))
    return false;
  auto& node = site.draft().nodes[std::size_t(product.node)];
  auto* dense = std::get_if<net::Dense>(&node.op);
  auto* conv = std::get_if<net::Conv>(&node.op);
  if (!varies_along(constant.shape, shape, dense ? shape.size() - 1 : 1)) return false;
  add_to_bias(dense ? dense->bias : conv->bias, constant.reals, sign);
  site.draft().open_bias.erase(product.node);
  return true;
}

/// sum of signs[k] * operand k, times factor.
struct SignedSum {
  Site& site;
  std::vector<int> signs;
  Rational factor = 1;

  Status lower() {
    LRPROOF_TRY(shape, common_shape(site));
    if (site.all_constant()) return fold();
    std::vector<std::size_t> variables, constants;
    for (std::size_t k = 0; k < signs.size(); ++k) (site.constant(k) ? constants : variables).push_back(k);
    for (const auto k : constants) LRPROOF_CHECK(floating(*site.operand(k).constant));
    if (variables.size() == 1 && constants.size() == 1 && signs[variables[0]] > 0 && factor == Rational(1) &&
        absorb(site, variables[0], *site.operand(constants[0]).constant, signs[constants[0]], shape))
      return site.give(site.operand(variables[0]));
    const bool plain = constants.empty() && factor == Rational(1);
    if (variables.size() > 1) {
      LRPROOF_TRY(added, add(variables, shape, plain));
      return plain ? site.give(added) : scale(added, 1, constants, shape);
    }
    LRPROOF_TRY(alone, site.broadcasted(site.operand(variables[0]), shape));
    if (plain && signs[variables[0]] > 0) return site.finish(net::Reshape{}, {alone.node}, shape);
    return scale(alone, signs[variables[0]], constants, shape);
  }

  Status floating(const Tensor& tensor) const {
    if (tensor.kind != Kind::real) return site.error("onnx.type", "integers meet floating point numbers");
    return site.finite(tensor);
  }

  Status fold() {
    Tensor sum = *site.operand(0).constant;
    for (std::size_t k = 1; k < signs.size(); ++k) {
      LRPROOF_TRY(next, fold_pair(site, signs[k] < 0 ? Pair::sub : Pair::add, sum, *site.operand(k).constant));
      sum = std::move(next);
    }
    if (!(factor == Rational(1))) sum.reals = scaled(sum.reals, factor);
    return site.give(std::move(sum));
  }

  Result<Value> add(const std::vector<std::size_t>& variables, const Shape& shape, bool last) {
    net::Add op;
    std::vector<net::NodeId> inputs;
    for (const auto k : variables) {
      LRPROOF_TRY(wide, site.broadcasted(site.operand(k), shape));
      inputs.push_back(wide.node);
      op.signs.push_back(signs[k]);
    }
    return last ? site.last(op, inputs, shape) : site.part("sum", "Add", op, inputs, shape);
  }

  Status scale(const Value& value, int sign, const std::vector<std::size_t>& constants, const Shape& shape) {
    const auto count = std::size_t(*checked_count(shape));
    LRPROOF_CHECK(site.spend(std::int64_t(2 * count)));
    Constants added = filled(count, 0);
    for (const auto k : constants) {
      LRPROOF_TRY(wide, spread(site, *site.operand(k).constant, shape));
      add_to_bias(added, wide, signs[k]);
    }
    const Rational mul = Rational(sign) * factor;
    net::Scale op{scaled(filled(count, 1), mul), scaled(added, factor)};
    return site.finish(std::move(op), {value.node}, shape);
  }
};

Status scale_by(Site& site, const Value& variable, Constants mul, const Shape& shape) {
  LRPROOF_TRY(wide, site.broadcasted(variable, shape));
  Constants zeros = filled(mul.size(), 0);
  return site.finish(net::Scale{std::move(mul), std::move(zeros)}, {wide.node}, shape);
}

Result<Constants> reciprocals(Site& site, const Tensor& tensor) {
  std::vector<Rational> out;
  for (std::size_t k = 0; k < tensor.reals.size(); ++k) {
    const Rational c = tensor.reals.rational(k);
    if (c.is_zero())
      return site.error("onnx.undefined",
                        "divides by tensor " + shown(tensor.name) + ", which is 0 at index " + std::to_string(k));
    out.push_back(Rational(1) / c);
  }
  return Constants::from_rationals(std::move(out));
}

}  // namespace

Status lower_add(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  return SignedSum{site, {1, 1}}.lower();
}

Status lower_sub(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  return SignedSum{site, {1, -1}}.lower();
}

Status lower_sum(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1 << 20));
  return SignedSum{site, std::vector<int>(site.operands(), 1)}.lower();
}

Status lower_mean(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1 << 20));
  return SignedSum{site, std::vector<int>(site.operands(), 1), Rational(1, long(site.operands()))}.lower();
}

Status lower_neg(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  if (!site.constant(0)) return SignedSum{site, {-1}}.lower();
  Tensor zero{site.operand(0).constant->kind, {}, filled(1, 0), {0}, site.name()};
  LRPROOF_TRY(folded, fold_pair(site, Pair::sub, zero, *site.operand(0).constant));
  return site.give(std::move(folded));
}

Status lower_mul(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  if (site.all_constant()) return give_folded(site, Pair::mul);
  LRPROOF_TRY(shape, common_shape(site));
  if (!site.constant(0) && !site.constant(1)) return opaque_pair(site);
  const std::size_t c = site.constant(0) ? 0 : 1;
  LRPROOF_TRY(factor, site.real_tensor(c, "factor"));
  LRPROOF_TRY(mul, spread(site, *factor, shape));
  return scale_by(site, site.operand(1 - c), std::move(mul), shape);
}

Status lower_div(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  if (site.all_constant()) return give_folded(site, Pair::div);
  LRPROOF_TRY(shape, common_shape(site));
  if (!site.constant(1)) return opaque_pair(site);
  LRPROOF_TRY(divisor, site.real_tensor(1, "divisor"));
  LRPROOF_TRY(inverse, reciprocals(site, *divisor));
  Tensor inverted{Kind::real, divisor->shape, std::move(inverse), {}, divisor->name};
  LRPROOF_TRY(mul, spread(site, inverted, shape));
  return scale_by(site, site.operand(0), std::move(mul), shape);
}

Status lower_pow(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  return site.all_constant() ? give_folded(site, Pair::pow) : opaque_pair(site);
}

Status lower_extremum(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1 << 20));
  const bool minimum = site.op() == "Min";
  LRPROOF_TRY(shape, common_shape(site));
  if (site.all_constant()) {
    Tensor best = *site.operand(0).constant;
    for (std::size_t k = 1; k < site.operands(); ++k) {
      LRPROOF_TRY(next, fold_pair(site, minimum ? Pair::min : Pair::max, best, *site.operand(k).constant));
      best = std::move(next);
    }
    return site.give(std::move(best));
  }
  std::vector<net::NodeId> inputs;
  for (std::size_t k = 0; k < site.operands(); ++k) {
    LRPROOF_TRY(wide, site.broadcasted(site.operand(k), shape));
    LRPROOF_TRY(node, site.node_of(wide));
    inputs.push_back(node);
  }
  if (inputs.size() == 1) return site.finish(net::Reshape{}, inputs, shape);
  return site.finish(net::Max{minimum}, inputs, shape);
}

}  // namespace lrproof::onnx
