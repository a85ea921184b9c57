// Operators that keep every element: reshapes (same order) and transpositions, broadcasts and joins (net::Select).
#include <algorithm>
#include <numeric>

#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;

namespace {

Status finish_reshape(Site& site, Shape shape) {
  LRPROOF_TRY(value, site.reshaped(site.operand(0), std::move(shape), "", ""));
  return site.give(value);
}

Result<Value> transposed(Site& site, const Value& value, const Index& perm, const std::string& part) {
  LRPROOF_CHECK(site.spend(*checked_count(value.shape)));
  return site.moved(value, transpose_index(value.shape, perm), permuted(value.shape, perm), part, "Transpose");
}

/// Element types a Cast may name, by their number in the file.
enum class Target { floating, integer, boolean, unknown };
Target target_of(std::int64_t type) {
  if (type == 1 || type == 10 || type == 11 || type == 16) return Target::floating;
  if ((type >= 2 && type <= 7) || type == 12 || type == 13) return Target::integer;
  return type == 9 ? Target::boolean : Target::unknown;
}

Status cast_constant(Site& site, Target target) {
  Tensor tensor = *site.operand(0).constant;
  LRPROOF_CHECK(site.spend(tensor.size()));
  if (target == Target::floating && tensor.kind == Kind::integer) {
    std::vector<num::Rational> reals;
    for (const auto v : tensor.integers) reals.push_back(num::Rational(long(v)));
    tensor.reals = num::Constants::from_rationals(std::move(reals));
    tensor.integers.clear();
    tensor.kind = Kind::real;
  } else if (target != Target::floating && tensor.kind == Kind::real) {
    LRPROOF_CHECK(site.finite(tensor));
    for (const double v : tensor.reals.approx) {
      if (!(v > -9e18 && v < 9e18))
        return site.error("onnx.undefined", "casts " + std::to_string(v) + " to an integer");
      tensor.integers.push_back(target == Target::boolean ? v != 0 : std::int64_t(v));
    }
    tensor.reals = {};
    tensor.kind = Kind::integer;
  } else if (target == Target::boolean) {
    for (auto& v : tensor.integers) v = v != 0;
  }
  return site.give(std::move(tensor));
}

}  // namespace

Status finish_unchanged(Site& site) {
  return site.constant(0) ? site.give(site.operand(0)) : finish_reshape(site, site.operand(0).shape);
}

Status lower_identity(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  return finish_unchanged(site);
}

Status lower_dropout(Site& site) {
  LRPROOF_CHECK(site.expects(1, 3));
  if (site.has(2)) {
    LRPROOF_TRY(training, site.integer_list(2, "training_mode"));
    if (training.size() != 1 || training[0] != 0) LRPROOF_CHECK(site.in_training("training_mode is set"));
  }
  return finish_unchanged(site);
}

Status lower_cast(Site& site) {
  const bool like = site.op() == "CastLike";
  LRPROOF_CHECK(site.expects(like ? 2 : 1, like ? 2 : 1));
  Target target = Target::floating;
  if (!like) {
    LRPROOF_TRY(type, site.integer("to", 0));
    target = target_of(type);
    if (target == Target::unknown) return site.unsupported("to element type " + std::to_string(type));
  } else if (site.constant(1) && site.operand(1).constant->kind == Kind::integer) {
    target = Target::integer;
  }
  if (site.constant(0)) return cast_constant(site, target);
  if (target != Target::floating) return site.unsupported("of a value computed from the input to integers");
  return finish_reshape(site, site.operand(0).shape);
}

Status lower_reshape(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  LRPROOF_TRY(wanted, site.integer_list(1, "a shape"));
  LRPROOF_TRY(allowzero, site.integer("allowzero", 0));
  const Shape& in = site.operand(0).shape;
  const auto asked = net::to_string(wanted);
  std::int64_t open = -1;
  for (std::size_t a = 0; a < wanted.size(); ++a) {
    if (wanted[a] == 0 && allowzero == 0 && a < in.size()) wanted[a] = in[a];
    if (wanted[a] != -1) continue;
    if (open >= 0) return site.misshapen("its shape " + asked + " has two entries -1");
    open = std::int64_t(a);
  }
  if (open >= 0) {
    wanted[std::size_t(open)] = 1;
    const auto known = checked_count(wanted).value_or(0), all = *checked_count(in);
    if (known == 0 || all % known != 0) return site.misshapen("cannot reshape " + net::to_string(in) + " to " + asked);
    wanted[std::size_t(open)] = all / known;
  }
  return finish_reshape(site, wanted);
}

Status lower_flatten(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  const Shape& in = site.operand(0).shape;
  const auto rank = std::int64_t(in.size());
  LRPROOF_TRY(axis, site.integer("axis", 1));
  if (axis < -rank || axis > rank) return site.misshapen("axis " + std::to_string(axis) + " is out of range");
  const auto at = in.begin() + (axis < 0 ? axis + rank : axis);
  const auto product = [](auto from, auto to) {
    return std::accumulate(from, to, std::int64_t(1), std::multiplies<>());
  };
  return finish_reshape(site, {product(in.begin(), at), product(at, in.end())});
}

Status lower_squeeze(Site& site) {
  LRPROOF_CHECK(site.expects(1, 2));
  const Shape& in = site.operand(0).shape;
  Index fallback;
  for (std::size_t a = 0; a < in.size(); ++a)
    if (in[a] == 1) fallback.push_back(std::int64_t(a));
  LRPROOF_TRY(axes, site.axes("axes", 1, std::int64_t(in.size()), fallback));
  Shape out;
  for (std::size_t a = 0; a < in.size(); ++a)
    if (std::find(axes.begin(), axes.end(), std::int64_t(a)) == axes.end()) out.push_back(in[a]);
  return finish_reshape(site, out);
}

Status lower_unsqueeze(Site& site) {
  LRPROOF_CHECK(site.expects(1, 2));
  const Shape& in = site.operand(0).shape;
  Index given;
  if (site.has_attribute("axes")) {
    LRPROOF_TRY(stored, site.integers("axes"));
    given = stored;
  } else {
    LRPROOF_TRY(stored, site.integer_list(1, "axes"));
    given = stored;
  }
  if (given.size() > 64) return site.misshapen("it adds more than 64 axes");
  LRPROOF_TRY(axes, site.axes("axes", 1, std::int64_t(in.size() + given.size()), given));
  Shape out(in.size() + axes.size(), -1);
  for (const auto a : axes) out[std::size_t(a)] = 1;
  auto next = in.begin();
  for (auto& extent : out)
    if (extent < 0) extent = *next++;
  return finish_reshape(site, out);
}

Status lower_transpose(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  const auto rank = site.operand(0).shape.size();
  Index reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  LRPROOF_TRY(perm, site.axes("perm", 1, std::int64_t(rank), reversed));
  if (perm.size() != rank) return site.misshapen("perm " + net::to_string(perm) + " does not name every axis");
  LRPROOF_TRY(value, transposed(site, site.operand(0), perm, ""));
  return site.give(value);
}

Status lower_expand(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  LRPROOF_TRY(wanted, site.integer_list(1, "a shape"));
  const Value& in = site.operand(0);
  const auto shape = broadcast(in.shape, wanted);
  if (!shape) return site.misshapen("cannot expand " + net::to_string(in.shape) + " to " + net::to_string(wanted));
  if (!checked_count(*shape)) return site.error("onnx.size", "its output " + net::to_string(*shape) + " is too large");
  LRPROOF_CHECK(site.spend(*checked_count(*shape)));
  LRPROOF_TRY(value, site.moved(in, broadcast_index(in.shape, *shape), *shape, "", ""));
  return site.give(value);
}

namespace {

/// Constants one after the other along an axis.
Status join_constants(Site& site, const Shape& shape, std::int64_t outer) {
  Tensor out{site.operand(0).constant->kind, shape, {}, {}, ""};
  bool exact = false;
  for (std::size_t k = 0; k < site.operands(); ++k) {
    if (site.operand(k).constant->kind != out.kind) return site.error("onnx.type", "joins integers and real numbers");
    exact = exact || !site.operand(k).constant->reals.all_double();
  }
  for (std::size_t k = 0; exact && k < site.operands(); ++k) LRPROOF_CHECK(site.finite(*site.operand(k).constant));
  LRPROOF_CHECK(site.spend(*checked_count(shape)));
  std::vector<num::Rational> rationals;
  std::vector<double> doubles;
  for (std::int64_t o = 0; o < outer; ++o)
    for (std::size_t k = 0; k < site.operands(); ++k) {
      const Tensor& tensor = *site.operand(k).constant;
      const auto run = tensor.size() / outer;
      for (auto i = o * run; i < (o + 1) * run; ++i) {
        const auto at = std::size_t(i);
        if (out.kind == Kind::integer) out.integers.push_back(tensor.integers[at]);
        if (out.kind == Kind::real && !exact) doubles.push_back(tensor.reals.approx[at]);
        if (exact) rationals.push_back(tensor.reals.rational(at));
      }
    }
  out.reals = exact ? num::Constants::from_rationals(std::move(rationals)) : num::Constants{std::move(doubles)};
  return site.give(std::move(out));
}

}  // namespace

Status lower_concat(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1 << 20));
  const auto rank = site.operand(0).shape.size();
  LRPROOF_TRY(axis, site.axis("axis", 1, std::int64_t(rank)));
  Shape shape = site.operand(0).shape;
  shape[std::size_t(axis)] = 0;
  for (std::size_t k = 0; k < site.operands(); ++k) {
    if (!site.has(k)) return site.error("onnx.operands", "an operand is left out");
    Shape next = site.operand(k).shape;
    const bool same_rank = next.size() == rank;
    const auto along = same_rank ? next[std::size_t(axis)] : 0;
    if (same_rank) next[std::size_t(axis)] = shape[std::size_t(axis)];
    if (!same_rank || next != shape || along > kLargestTensor - shape[std::size_t(axis)])
      return site.misshapen("operand " + std::to_string(k + 1) + " " + net::to_string(site.operand(k).shape) +
                            " does not fit the others along axis " + std::to_string(axis));
    shape[std::size_t(axis)] += along;
  }
  if (!checked_count(shape)) return site.error("onnx.size", "its output " + net::to_string(shape) + " is too large");
  if (site.all_constant())
    return join_constants(site, shape,
                          std::accumulate(shape.begin(), shape.begin() + axis, std::int64_t(1), std::multiplies<>()));
  std::vector<net::NodeId> inputs;
  for (std::size_t k = 0; k < site.operands(); ++k) {
    if (*checked_count(site.operand(k).shape) == 0) continue;
    LRPROOF_TRY(node, site.node_of(site.operand(k)));
    inputs.push_back(node);
  }
  return site.finish(net::Concat{axis}, inputs, shape);
}

namespace {

/// reshape, transpose, reshape: one Select.
Status rearrange(Site& site, const Shape& split, const Index& perm, const Shape& joined) {
  LRPROOF_CHECK(site.spend(*checked_count(site.operand(0).shape)));
  LRPROOF_TRY(value, site.moved(site.operand(0), transpose_index(split, perm), joined, "", ""));
  return site.give(value);
}

}  // namespace

Status lower_depth_to_space(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_TRY(block, site.integer("blocksize", 0));
  LRPROOF_TRY(mode, site.word("mode", "DCR"));
  const Shape& in = site.operand(0).shape;
  if (in.size() != 4 || block < 1 || block > 1 << 14 || in[1] % (block * block) != 0)
    return site.misshapen("blocksize " + std::to_string(block) + " does not fit " + net::to_string(in));
  const auto depth = in[1] / (block * block);
  const Shape joined{in[0], depth, in[2] * block, in[3] * block};
  if (mode == "DCR") return rearrange(site, {in[0], block, block, depth, in[2], in[3]}, {0, 3, 4, 1, 5, 2}, joined);
  if (mode == "CRD") return rearrange(site, {in[0], depth, block, block, in[2], in[3]}, {0, 1, 4, 2, 5, 3}, joined);
  return site.unsupported("with mode " + shown(mode));
}

Status lower_space_to_depth(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_TRY(block, site.integer("blocksize", 0));
  const Shape& in = site.operand(0).shape;
  if (in.size() != 4 || block < 1 || block > 1 << 14 || in[2] % block != 0 || in[3] % block != 0)
    return site.misshapen("blocksize " + std::to_string(block) + " does not fit " + net::to_string(in));
  const auto high = in[2] / block, wide = in[3] / block;
  return rearrange(site, {in[0], in[1], high, block, wide, block}, {0, 3, 5, 1, 2, 4},
                   {in[0], in[1] * block * block, high, wide});
}

}  // namespace lrproof::onnx
