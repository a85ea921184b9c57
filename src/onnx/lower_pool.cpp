// Max pooling and average pooling, local and global.
#include <algorithm>

#include "onnx/lowerings.hpp"
#include "onnx/window.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;

namespace {

Shape plane_of(const Shape& shape) { return Shape(shape.begin() + 2, shape.end()); }

Shape with_plane(const Shape& shape, const Shape& plane) {
  Shape out{shape[0], shape[1]};
  out.insert(out.end(), plane.begin(), plane.end());
  return out;
}

Status poolable(Site& site) {
  const Shape& in = site.operand(0).shape;
  LRPROOF_CHECK(single_sample(site, in));
  if (in.size() < 3) return site.misshapen("its operand " + net::to_string(in) + " has no spatial axis");
  return base::fine();
}

Result<Placed> stated_pool(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_CHECK(poolable(site));
  const Shape plane = plane_of(site.operand(0).shape);
  LRPROOF_TRY(kernel, site.integers("kernel_shape"));
  if (kernel.size() != plane.size())
    return site.misshapen("kernel_shape " + net::to_string(kernel) + " does not fit operand " +
                          net::to_string(site.operand(0).shape));
  LRPROOF_TRY(placed, place_window(site, plane, kernel));
  LRPROOF_CHECK(sees_inputs(site, plane, placed));
  return placed;
}

/// Zeros put around the plane as real inputs: for count_include_pad beside a last window that reaches further.
Result<Value> with_zeros(Site& site, const Value& value, const Shape& before, const Shape& after) {
  std::vector<Index> picks{Index{0}, Index(std::size_t(value.shape[1]))};
  for (std::size_t c = 0; c < picks[1].size(); ++c) picks[1][c] = std::int64_t(c);
  Shape plane;
  for (std::size_t a = 0; a < before.size(); ++a) {
    const auto extent = value.shape[a + 2];
    plane.push_back(extent + before[a] + after[a]);
    picks.emplace_back();
    LRPROOF_CHECK(site.spend(plane[a]));
    for (auto i = -before[a]; i < extent + after[a]; ++i) picks.back().push_back(i >= 0 && i < extent ? i : -1);
  }
  const Shape shape = with_plane(value.shape, plane);
  const auto count = checked_count(shape);
  if (!count) return site.error("onnx.size", "its padded operand " + net::to_string(shape) + " is too large");
  LRPROOF_CHECK(site.spend(2 * *count));
  return site.moved(value, pick_index(value.shape, picks), shape, "pad", "Pad");
}

}  // namespace

Status lower_max_pool(Site& site) {
  if (site.wanted(1)) return site.unsupported("with its output Indices");
  LRPROOF_TRY(placed, stated_pool(site));
  LRPROOF_TRY(input, site.node_of(site.operand(0)));
  return site.finish(net::MaxPool{placed.window}, {input}, with_plane(site.operand(0).shape, placed.out));
}

Status lower_average_pool(Site& site) {
  LRPROOF_TRY(placed, stated_pool(site));
  LRPROOF_TRY(include, site.integer("count_include_pad", 0));
  LRPROOF_TRY(input, site.node_of(site.operand(0)));
  Value value{nullptr, input, site.operand(0).shape};
  const bool further = placed.pads_end != placed.window.pads_end;
  auto& w = placed.window;
  if (include != 0 && further) {
    LRPROOF_TRY(padded, with_zeros(site, value, w.pads_begin, placed.pads_end));
    value = padded;
    for (std::size_t a = 0; a < w.kernel.size(); ++a) w.pads_end[a] -= placed.pads_end[a], w.pads_begin[a] = 0;
    include = 0;
  }
  return site.finish(net::AveragePool{w, include != 0}, {value.node}, with_plane(site.operand(0).shape, placed.out));
}

Status lower_global_pool(Site& site) {
  LRPROOF_CHECK(site.expects(1, 1));
  LRPROOF_CHECK(poolable(site));
  const Shape plane = plane_of(site.operand(0).shape);
  const Shape ones(plane.size(), 1), zeros(plane.size(), 0);
  if (plane.size() > 3) return site.unsupported("over " + std::to_string(plane.size()) + " spatial axes");
  LRPROOF_TRY(input, site.node_of(site.operand(0)));
  const net::Window window{plane, ones, ones, zeros, zeros};
  const Shape shape = with_plane(site.operand(0).shape, ones);
  if (site.op() == "GlobalMaxPool") return site.finish(net::MaxPool{window}, {input}, shape);
  return site.finish(net::AveragePool{window, false}, {input}, shape);
}

}  // namespace lrproof::onnx
