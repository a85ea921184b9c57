// Reductions over constant axes. The reduced axes are moved to the end, giving m rows of n numbers; a mean is then an
// average pool, a sum a Dense of ones, a maximum a max pool over each row. A mean or maximum over spatial axes of a
// plane is pooled where it stands.
#include <algorithm>
#include <numeric>

#include "onnx/fold.hpp"
#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;

namespace {

struct Reduction {
  Site& site;
  Shape in, kept, kept_ones, out;
  Index perm;
  std::int64_t rows = 1, length = 1;

  void plan(const Index& axes, bool keepdims) {
    in = site.operand(0).shape;
    Index reduced;
    for (std::size_t a = 0; a < in.size(); ++a) {
      const bool gone = std::find(axes.begin(), axes.end(), std::int64_t(a)) != axes.end();
      if (gone) reduced.push_back(std::int64_t(a));
      if (!gone) perm.push_back(std::int64_t(a)), kept.push_back(in[a]);
      kept_ones.push_back(gone ? 1 : in[a]);
      (gone ? length : rows) *= in[a];
    }
    perm.insert(perm.end(), reduced.begin(), reduced.end());
    out = keepdims ? kept_ones : kept;
  }

  Status fold() {
    const auto& op = site.op();
    const Pair pair = op == "ReduceMax"    ? Pair::max
                      : op == "ReduceMin"  ? Pair::min
                      : op == "ReduceProd" ? Pair::mul
                                           : Pair::add;
    const bool mean = op == "ReduceMean";
    const Tensor& from = *site.operand(0).constant;
    const bool plain = op == "ReduceSum" || op == "ReduceMax" || op == "ReduceMin" || op == "ReduceProd";
    if (!plain && !(mean && from.kind == Kind::real)) return site.unsupported("of a constant");
    if (length < 1 || length > 1 << 20)
      return site.unsupported("of a constant over " + std::to_string(length) + " numbers");
    LRPROOF_CHECK(site.spend(from.size()));
    const auto order = transpose_index(in, perm);
    Tensor sum;
    for (std::int64_t k = 0; k < length; ++k) {
      Index column;
      for (std::int64_t r = 0; r < rows; ++r) column.push_back(order[std::size_t(r * length + k)]);
      Tensor next = taken(from, column, {rows}, 0);
      if (k == 0)
        sum = std::move(next);
      else {
        LRPROOF_TRY(combined, fold_pair(site, pair, sum, next));
        sum = std::move(combined);
      }
    }
    if (mean) LRPROOF_CHECK(site.finite(sum));
    if (mean) sum.reals = scaled(sum.reals, num::Rational(1, long(length)));
    sum.shape = out;
    return site.give(std::move(sum));
  }

  bool pools_in_place(const Index& axes) const {
    const bool pool = site.op() == "ReduceMean" || site.op() == "ReduceMax";
    return pool && in.size() >= 3 && in.size() <= 5 && in[0] == 1 &&
           std::all_of(axes.begin(), axes.end(), [](auto a) { return a >= 2; });
  }

  net::Op pool(const Shape& kernel) const {
    const Shape ones(kernel.size(), 1), zeros(kernel.size(), 0);
    const net::Window window{kernel, ones, ones, zeros, zeros};
    if (site.op() == "ReduceMean") return net::AveragePool{window, false};
    return net::MaxPool{window};
  }

  Status pool_in_place() {
    Shape kernel;
    for (std::size_t a = 2; a < in.size(); ++a) kernel.push_back(kept_ones[a] == in[a] ? 1 : in[a]);
    const auto input = site.operand(0).node;
    if (out == kept_ones) return site.finish(pool(kernel), {input}, out);
    LRPROOF_TRY(pooled, site.part("pool", site.op(), pool(kernel), {input}, kept_ones));
    return site.finish(net::Reshape{}, {pooled.node}, out);
  }

  Result<Value> negated(const Value& value, const std::string& word) {
    const auto count = std::size_t(*checked_count(value.shape));
    LRPROOF_CHECK(site.spend(std::int64_t(2 * count)));
    return site.part(word, "Neg", net::Scale{filled(count, -1), filled(count, 0)}, {value.node}, value.shape);
  }

  Result<Value> reduce_rows(const Value& lines) {
    const Shape column{1, rows, 1};
    const auto& op = site.op();
    if (op == "ReduceMean" || op == "ReduceMax") return site.part("pool", op, pool({length}), {lines.node}, column);
    if (op == "ReduceSum") {
      LRPROOF_CHECK(site.spend(length));
      net::Dense sum{filled(std::size_t(length), 1), filled(1, 0), length, 1, rows};
      return site.part("sum", op, std::move(sum), {lines.node}, column);
    }
    if (op == "ReduceMin") {
      LRPROOF_TRY(minus, negated(lines, "negative"));
      LRPROOF_TRY(pooled, site.part("pool", "ReduceMax", pool({length}), {minus.node}, column));
      return negated(pooled, "positive");
    }
    return site.part("rows-reduced", op, smooth(), {lines.node}, column);
  }

  net::Op smooth() const { return net::Opaque{site.op(), {{"length", double(length)}}, {}, true}; }

  /// Already m rows of n numbers, reduced by what stays an opaque node.
  bool stands_in_rows() const {
    const auto& op = site.op();
    const bool linear = op == "ReduceMean" || op == "ReduceMax" || op == "ReduceMin" || op == "ReduceSum";
    return !linear && in == Shape{1, rows, length} && out == Shape{1, rows, 1};
  }

  Status by_rows() {
    LRPROOF_CHECK(site.spend(rows * length));
    if (stands_in_rows()) return site.finish(smooth(), {site.operand(0).node}, out);
    LRPROOF_TRY(lines, site.moved(site.operand(0), transpose_index(in, perm), {1, rows, length}, "rows", "Transpose"));
    LRPROOF_TRY(reduced, reduce_rows(lines));
    return site.finish(net::Reshape{}, {reduced.node}, out);
  }
};

}  // namespace

Status lower_reduce(Site& site) {
  LRPROOF_CHECK(site.expects(1, 2));
  const auto rank = std::int64_t(site.operand(0).shape.size());
  LRPROOF_TRY(keepdims, site.integer("keepdims", 1));
  LRPROOF_TRY(noop, site.integer("noop_with_empty_axes", 0));
  LRPROOF_TRY(axes, site.axes("axes", 1, rank, {}));
  if (axes.empty() && noop != 0) return lower_identity(site);
  if (axes.empty())
    for (std::int64_t a = 0; a < rank; ++a) axes.push_back(a);
  Reduction reduction{site, {}, {}, {}, {}, {}};
  reduction.plan(axes, keepdims != 0);
  if (site.constant(0)) return reduction.fold();
  return reduction.pools_in_place(axes) ? reduction.pool_in_place() : reduction.by_rows();
}

}  // namespace lrproof::onnx
