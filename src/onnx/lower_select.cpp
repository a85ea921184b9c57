// Operators that pick elements by constant positions: Slice, Split, Gather, Pad, Tile. One list of source coordinates
// per axis says it all.
#include <algorithm>
#include <numeric>

#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

using base::Result;
using base::Status;

namespace {

Index counted(std::int64_t extent) {
  Index all(std::size_t(std::max<std::int64_t>(extent, 0)));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<Index> everything(const Shape& shape) {
  std::vector<Index> picks;
  for (const auto extent : shape) picks.push_back(counted(extent));
  return picks;
}

Shape extents(const std::vector<Index>& picks) {
  Shape shape;
  for (const auto& pick : picks) shape.push_back(std::int64_t(pick.size()));
  return shape;
}

Result<Value> picked(Site& site, const std::vector<Index>& picks, Shape shape, const std::string& part,
                     const num::Rational& fill = 0) {
  const auto count = checked_count(shape);
  if (!count) return site.error("onnx.size", "its output " + net::to_string(shape) + " is too large");
  LRPROOF_CHECK(site.spend(2 * *count));
  const Value& from = site.operand(0);
  return site.moved(from, pick_index(from.shape, picks), std::move(shape), part, site.op(), fill);
}

/// What a Slice says, from attributes (opset < 10) or operands.
Result<Index> slice_part(Site& site, const std::string& key, std::size_t operand) {
  if (site.has_attribute(key) || !site.has(operand)) return site.integers(key);
  return site.integer_list(operand, key);
}

/// The coordinates start, start + step, ... before end, clamped as numpy does.
Index sliced(std::int64_t extent, std::int64_t start, std::int64_t end, std::int64_t step) {
  const auto placed = [&](std::int64_t v, std::int64_t low, std::int64_t high) {
    return std::clamp(v < 0 ? v + extent : v, low, high);
  };
  Index pick;
  if (step > 0) {
    const auto last = placed(end, 0, extent);
    for (auto i = placed(start, 0, extent); i<last; i = i> last - step ? last : i + step) pick.push_back(i);
    return pick;
  }
  const auto last = placed(end, -1, extent - 1);
  for (auto i = placed(start, -1, extent - 1); i > last; i = i < last - step ? last : i + step) pick.push_back(i);
  return pick;
}

}  // namespace

Status lower_slice(Site& site) {
  LRPROOF_CHECK(site.expects(1, 5));
  LRPROOF_TRY(starts, slice_part(site, "starts", 1));
  LRPROOF_TRY(ends, slice_part(site, "ends", 2));
  LRPROOF_TRY(steps, slice_part(site, "steps", 4));
  const auto rank = std::int64_t(site.operand(0).shape.size());
  LRPROOF_TRY(axes, site.axes("axes", 3, rank, counted(std::min<std::int64_t>(rank, std::int64_t(starts.size())))));
  if (steps.empty()) steps.assign(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    return site.misshapen("starts, ends, axes and steps differ in length");
  auto picks = everything(site.operand(0).shape);
  for (std::size_t k = 0; k < starts.size(); ++k) {
    if (steps[k] == 0) return site.misshapen("its step is 0");
    const auto extent = site.operand(0).shape[std::size_t(axes[k])];
    const auto bound = kLargestTensor;
    const auto step = std::clamp(steps[k], -bound, bound);
    const auto low = -2 * bound, high = 2 * bound;
    picks[std::size_t(axes[k])] =
        sliced(extent, std::clamp(starts[k], low, high), std::clamp(ends[k], low, high), step);
  }
  LRPROOF_TRY(value, picked(site, picks, extents(picks), ""));
  return site.give(value);
}

namespace {

/// Extents of the pieces of a Split: stated, or as equal as they can be.
Result<Index> piece_sizes(Site& site, std::int64_t extent) {
  if (site.has_attribute("split")) return site.integers("split");
  if (site.has(1)) return site.integer_list(1, "piece sizes");
  LRPROOF_TRY(count, site.integer("num_outputs", std::int64_t(site.outputs())));
  if (count < 1 || count != std::int64_t(site.outputs()))
    return site.misshapen("it is to make " + std::to_string(count) + " pieces");
  const auto size = (extent + count - 1) / count;
  Index sizes(std::size_t(count), size);
  sizes.back() = extent - size * (count - 1);
  return sizes;
}

}  // namespace

Status lower_split(Site& site) {
  LRPROOF_CHECK(site.expects(1, 2));
  const Shape& in = site.operand(0).shape;
  LRPROOF_TRY(axis, site.axis("axis", 0, std::int64_t(in.size())));
  const auto extent = in[std::size_t(axis)];
  LRPROOF_TRY(sizes, piece_sizes(site, extent));
  std::int64_t sum = 0;
  for (const auto size : sizes) sum = size < 0 || size > extent - sum ? extent + 1 : sum + size;
  if (sum != extent || sizes.size() != site.outputs())
    return site.misshapen("its pieces " + net::to_string(sizes) + " do not divide " + net::to_string(in));
  std::size_t final_piece = 0;
  for (std::size_t k = 0; k < sizes.size(); ++k)
    if (site.wanted(k)) final_piece = k;
  std::int64_t start = 0;
  for (std::size_t k = 0; k < sizes.size(); start += sizes[k++]) {
    if (!site.wanted(k)) continue;
    auto picks = everything(in);
    auto& along = picks[std::size_t(axis)];
    along.assign(std::size_t(sizes[k]), 0);
    std::iota(along.begin(), along.end(), start);
    LRPROOF_TRY(piece, picked(site, picks, extents(picks), k == final_piece ? "" : std::to_string(k)));
    LRPROOF_CHECK(site.give(k, piece));
  }
  return base::fine();
}

Status lower_gather(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  const Shape& in = site.operand(0).shape;
  LRPROOF_TRY(axis, site.axis("axis", 0, std::int64_t(in.size())));
  LRPROOF_TRY(indices, site.integer_list(1, "indices"));
  const auto extent = in[std::size_t(axis)];
  for (auto& i : indices) {
    if (i < -extent || i >= extent)
      return site.misshapen("index " + std::to_string(i) + " on an axis of extent " + std::to_string(extent));
    if (i < 0) i += extent;
  }
  auto picks = everything(in);
  picks[std::size_t(axis)] = indices;
  Shape shape(in.begin(), in.begin() + axis);
  const Shape& within = site.operand(1).shape;
  shape.insert(shape.end(), within.begin(), within.end());
  shape.insert(shape.end(), in.begin() + axis + 1, in.end());
  LRPROOF_TRY(value, picked(site, picks, shape, ""));
  return site.give(value);
}

namespace {

/// Source coordinates of one axis after padding; negative pads crop.
Result<Index> padded(Site& site, const std::string& mode, std::int64_t extent, std::int64_t before,
                     std::int64_t after) {
  const auto bound = kLargestTensor;
  if (before < -bound || before > bound || after < -bound || after > bound || extent + before + after > bound)
    return site.error("onnx.size", "its pads are too large");
  Index pick;
  LRPROOF_CHECK(site.spend(std::max<std::int64_t>(extent + before + after, 0)));
  for (auto i = -before; i < extent + after; ++i) {
    if ((i < 0 || i >= extent) && mode != "constant" && extent == 0)
      return site.misshapen("nothing to pad an empty axis with");
    pick.push_back(padded_source(mode, extent, i));
  }
  return pick;
}

Result<num::Rational> pad_value(Site& site) {
  if (site.has(2)) return site.real_number(2, "padding value");
  return site.real("value", 0);
}

}  // namespace

Status lower_pad(Site& site) {
  LRPROOF_CHECK(site.expects(1, 4));
  LRPROOF_TRY(mode, site.word("mode", "constant"));
  if (mode != "constant" && mode != "edge" && mode != "wrap" && mode != "reflect")
    return site.unsupported("with mode " + shown(mode));
  const Shape& in = site.operand(0).shape;
  if (site.constant(0) && site.operand(0).constant->kind != Kind::real) return site.unsupported("of integers");
  Index pads;
  if (site.has_attribute("pads")) {
    LRPROOF_TRY(stored, site.integers("pads"));
    pads = stored;
  } else {
    LRPROOF_TRY(stored, site.integer_list(1, "pads"));
    pads = stored;
  }
  LRPROOF_TRY(axes, site.axes("axes", 3, std::int64_t(in.size()), counted(std::int64_t(in.size()))));
  if (pads.size() != 2 * axes.size()) return site.misshapen("pads " + net::to_string(pads) + " do not fit the axes");
  LRPROOF_TRY(fill, pad_value(site));
  auto picks = everything(in);
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const auto axis = std::size_t(axes[k]);
    LRPROOF_TRY(pick, padded(site, mode, in[axis], pads[k], pads[k + axes.size()]));
    picks[axis] = std::move(pick);
  }
  LRPROOF_TRY(value, picked(site, picks, extents(picks), "", fill));
  return site.give(value);
}

Status lower_tile(Site& site) {
  LRPROOF_CHECK(site.expects(2, 2));
  LRPROOF_TRY(repeats, site.integer_list(1, "repeats"));
  const Shape& in = site.operand(0).shape;
  if (repeats.size() != in.size()) return site.misshapen("repeats " + net::to_string(repeats) + " do not fit the axes");
  std::vector<Index> picks;
  for (std::size_t a = 0; a < in.size(); ++a) {
    if (repeats[a] < 0 || (in[a] > 0 && repeats[a] > kLargestTensor / in[a]))
      return site.error("onnx.size", "repeats " + net::to_string(repeats) + " are negative or too large");
    LRPROOF_CHECK(site.spend(in[a] * repeats[a]));
    Index pick;
    for (std::int64_t k = 0; k < in[a] * repeats[a]; ++k) pick.push_back(k % in[a]);
    picks.push_back(std::move(pick));
  }
  LRPROOF_TRY(value, picked(site, picks, extents(picks), ""));
  return site.give(value);
}

}  // namespace lrproof::onnx
