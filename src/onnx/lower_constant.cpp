// Operators whose value does not depend on the input: stored constants, shapes, ranges, comparisons of constants.
#include <cmath>

#include "onnx/fold.hpp"
#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;
using num::Rational;

namespace {

Tensor integer_tensor(Shape shape, Index values) {
  return {Kind::integer, std::move(shape), {}, std::move(values), ""};
}

}  // namespace

Status lower_constant(Site& site) {
  if (site.has_attribute("value")) {
    LRPROOF_TRY(tensor, site.tensor("value"));
    return site.give(std::move(tensor));
  }
  if (site.has_attribute("value_float")) {
    LRPROOF_TRY(value, site.real("value_float", 0));
    return site.give(Tensor{Kind::real, {}, num::Constants::from_rationals({value}), {}, ""});
  }
  if (site.has_attribute("value_floats")) {
    LRPROOF_TRY(values, site.reals("value_floats"));
    const auto count = std::int64_t(values.size());
    return site.give(Tensor{Kind::real, {count}, num::Constants::from_rationals(values), {}, ""});
  }
  if (site.has_attribute("value_int")) {
    LRPROOF_TRY(value, site.integer("value_int", 0));
    return site.give(integer_tensor({}, {value}));
  }
  if (site.has_attribute("value_ints")) {
    LRPROOF_TRY(values, site.integers("value_ints"));
    const auto count = std::int64_t(values.size());
    return site.give(integer_tensor({count}, values));
  }
  return site.unsupported("without value, value_float, value_floats, value_int or value_ints");
}

Status lower_constant_of_shape(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_TRY(shape, site.integer_list(0, "a shape"));
  const auto count = checked_count(shape);
  if (!count) return site.error("onnx.size", "its output " + net::to_string(shape) + " is too large");
  LRPROOF_CHECK(site.spend(*count));
  Tensor one{Kind::real, {1}, filled(1, 0), {}, ""};
  if (site.has_attribute("value")) {
    LRPROOF_TRY(given, site.tensor("value"));
    one = std::move(given);
  }
  if (one.size() != 1) return site.misshapen("its value is not one number");
  if (one.kind == Kind::integer) return site.give(integer_tensor(shape, Index(std::size_t(*count), one.integers[0])));
  LRPROOF_CHECK(site.finite(one));
  return site.give(Tensor{Kind::real, shape, filled(std::size_t(*count), one.reals.approx[0]), {}, ""});
}

Status lower_shape_of(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  const Shape& shape = site.operand(0).shape;
  if (site.op() == "Size") return site.give(integer_tensor({}, {checked_count(shape).value_or(0)}));
  const auto rank = std::int64_t(shape.size());
  LRPROOF_TRY(start, site.integer("start", 0));
  LRPROOF_TRY(end, site.integer("end", rank));
  const auto placed = [&](std::int64_t a) { return std::clamp<std::int64_t>(a < 0 ? a + rank : a, 0, rank); };
  const auto from = placed(start), to = std::max(from, placed(end));
  return site.give(integer_tensor({to - from}, Index(shape.begin() + from, shape.begin() + to)));
}

Status lower_range(Site& site) {
  LRPROOF_CHECK(site.expects(3, 3));
  if (!site.all_constant()) return site.unsupported("computed from the input");
  const bool integers = site.operand(0).constant->kind == Kind::integer;
  std::vector<Rational> ends;
  for (std::size_t k = 0; k < 3; ++k) {
    const Tensor& tensor = *site.operand(k).constant;
    if (tensor.size() != 1 || (tensor.kind == Kind::integer) != integers)
      return site.misshapen("start, limit and delta must be three numbers of one type");
    LRPROOF_CHECK(site.finite(tensor));
    ends.push_back(integers ? Rational(long(tensor.integers[0])) : tensor.reals.rational(0));
  }
  if (ends[2].is_zero()) return site.error("onnx.undefined", "its delta is 0");
  const double count = std::max(0.0, std::ceil(((ends[1] - ends[0]) / ends[2]).to_double()));
  if (count > double(kLargestTensor)) return site.error("onnx.size", "its output is too large");
  LRPROOF_CHECK(site.spend(std::int64_t(count)));
  std::vector<Rational> values;
  for (std::int64_t k = 0; k < std::int64_t(count); ++k) values.push_back(ends[0] + ends[2] * Rational(long(k)));
  if (!integers)
    return site.give(Tensor{Kind::real, {std::int64_t(count)}, num::Constants::from_rationals(values), {}, ""});
  Index whole;
  for (std::int64_t k = 0; k < std::int64_t(count); ++k)
    whole.push_back(std::int64_t(std::uint64_t(site.operand(0).constant->integers[0]) +
                                 std::uint64_t(k) * std::uint64_t(site.operand(2).constant->integers[0])));
  return site.give(integer_tensor({std::int64_t(count)}, std::move(whole)));
}

Status lower_comparison(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  if (!site.all_constant()) return site.unsupported("of values computed from the input");
  const auto pair = site.op() == "Equal"            ? Pair::equal
                    : site.op() == "Less"           ? Pair::less
                    : site.op() == "LessOrEqual"    ? Pair::less_equal
                    : site.op() == "Greater"        ? Pair::greater
                    : site.op() == "GreaterOrEqual" ? Pair::greater_equal
                    : site.op() == "And"            ? Pair::both
                                                    : Pair::either;
  return give_folded(site, pair);
}

Status lower_not(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_TRY(values, site.integer_list(0, "truth values"));
  for (auto& v : values) v = v == 0;
  return site.give(integer_tensor(site.operand(0).shape, values));
}

Status lower_mod(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  if (!site.all_constant()) return site.unsupported("of values computed from the input");
  LRPROOF_TRY(fmod, site.integer("fmod", 0));
  if (fmod != 0) return site.unsupported("with fmod");
  return give_folded(site, Pair::mod);
}

// A constant condition chooses elements: a Select from both operands, one after the other.
Status lower_where(Site& site) {
  LRPROOF_CHECK(site.expects(3, 3));
  LRPROOF_TRY(condition, site.integer_list(0, "a condition"));
  const auto pair = broadcast(site.operand(1).shape, site.operand(2).shape);
  const auto shape = pair ? broadcast(*pair, site.operand(0).shape) : std::nullopt;
  const auto count = shape ? checked_count(*shape) : std::nullopt;
  if (!count) return site.misshapen("its operands do not broadcast");
  LRPROOF_CHECK(site.spend(6 * *count));
  const auto chosen = broadcast_index(site.operand(0).shape, *shape);
  LRPROOF_TRY(yes, site.broadcasted(site.operand(1), *shape));
  LRPROOF_TRY(no, site.broadcasted(site.operand(2), *shape));
  Index index(std::size_t(*count), 0);
  for (std::size_t k = 0; k < index.size(); ++k)
    index[k] = std::int64_t(k) + (condition[std::size_t(chosen[k])] ? 0 : *count);
  if (yes.constant && no.constant) {
    Tensor both = *yes.constant;
    if (both.kind != no.constant->kind) return site.error("onnx.type", "integers meet floating point numbers");
    both.integers.insert(both.integers.end(), no.constant->integers.begin(), no.constant->integers.end());
    if (both.kind == Kind::real) {
      std::vector<Rational> all;
      LRPROOF_CHECK(site.finite(both));
      LRPROOF_CHECK(site.finite(*no.constant));
      for (const auto* side : {yes.constant.get(), no.constant.get()})
        for (std::size_t k = 0; k < side->reals.size(); ++k) all.push_back(side->reals.rational(k));
      both.reals = num::Constants::from_rationals(std::move(all));
    }
    return site.give(taken(both, index, *shape, 0));
  }
  LRPROOF_TRY(first, site.node_of(yes));
  LRPROOF_TRY(second, site.node_of(no));
  LRPROOF_TRY(flat_first, site.reshaped(Value{nullptr, first, *shape}, {*count}, "yes", "Reshape"));
  LRPROOF_TRY(flat_second, site.reshaped(Value{nullptr, second, *shape}, {*count}, "no", "Reshape"));
  LRPROOF_TRY(joined, site.part("both", "Concat", net::Concat{0}, {flat_first.node, flat_second.node}, {2 * *count}));
  LRPROOF_TRY(picked, site.moved(joined, index, *shape, "", ""));
  return site.give(picked);
}

}  // namespace lrproof::onnx
