#include "onnx/window.hpp"

#include <algorithm>

namespace lrproof::onnx {

using base::Result;
using base::Status;

namespace {

constexpr std::int64_t kLargestStep = std::int64_t(1) << 24;

Result<Shape> per_axis(Site& site, const std::string& key, std::size_t count, std::int64_t fallback,
                       std::int64_t least) {
  LRPROOF_TRY(list, site.integers(key, Shape(count, fallback)));
  const bool fits = std::all_of(list.begin(), list.end(), [&](auto v) { return v >= least && v <= kLargestStep; });
  if (list.size() != count || !fits)
    return site.error("onnx.window",
                      key + " " + net::to_string(list) + " does not fit " + std::to_string(count) + " spatial axes",
                      "one number of at least " + std::to_string(least) + " per axis");
  return list;
}

/// The attributes shared by every window.
struct Stated {
  net::Window window;
  std::string auto_pad;
  bool ceil_mode = false;
  bool same() const { return auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER"; }
  std::int64_t reach(std::size_t a) const { return window.dilations[a] * (window.kernel[a] - 1) + 1; }
};

Result<Stated> stated_window(Site& site, const Shape& kernel) {
  const auto axes = kernel.size();
  if (axes < 1 || axes > 3)
    return site.unsupported("over " + std::to_string(axes) + " spatial axes", "1 to 3 are read");
  LRPROOF_TRY(strides, per_axis(site, "strides", axes, 1, 1));
  LRPROOF_TRY(dilations, per_axis(site, "dilations", axes, 1, 1));
  LRPROOF_TRY(pads, per_axis(site, "pads", 2 * axes, 0, 0));
  LRPROOF_TRY(auto_pad, site.word("auto_pad", "NOTSET"));
  LRPROOF_TRY(ceil_mode, site.integer("ceil_mode", 0));
  if (auto_pad != "NOTSET" && auto_pad != "VALID" && auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER")
    return site.error("onnx.attribute", "auto_pad " + shown(auto_pad) + " is unknown");
  for (const auto k : kernel)
    if (k < 1 || k > kLargestStep) return site.error("onnx.window", "kernel " + net::to_string(kernel));
  if (auto_pad != "NOTSET") pads.assign(2 * axes, 0);
  net::Window window{kernel, strides, dilations, Shape(pads.begin(), pads.begin() + std::int64_t(axes)),
                     Shape(pads.begin() + std::int64_t(axes), pads.end())};
  return Stated{std::move(window), auto_pad, ceil_mode != 0};
}

}  // namespace

Result<Placed> place_window(Site& site, const Shape& plane, const Shape& kernel) {
  LRPROOF_TRY(stated, stated_window(site, kernel));
  Placed placed{stated.window, {}, {}};
  auto& w = placed.window;
  for (std::size_t a = 0; a < plane.size(); ++a) {
    const auto reach = stated.reach(a);
    if (stated.same()) {
      const auto out = (plane[a] + w.strides[a] - 1) / w.strides[a];
      const auto total = std::max<std::int64_t>((out - 1) * w.strides[a] + reach - plane[a], 0);
      w.pads_begin[a] = stated.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.pads_end[a] = total - w.pads_begin[a];
    }
    const auto room = plane[a] + w.pads_begin[a] + w.pads_end[a] - reach;
    if (room < 0)
      return site.misshapen("its window reaches over " + std::to_string(reach) + " positions of an axis that has " +
                            std::to_string(room + reach) + " with padding");
    auto out = room / w.strides[a] + 1;
    if (stated.ceil_mode && room % w.strides[a] != 0 && out * w.strides[a] < plane[a] + w.pads_begin[a]) ++out;
    placed.pads_end.push_back(w.pads_end[a]);
    w.pads_end[a] = std::max(w.pads_end[a], (out - 1) * w.strides[a] + reach - plane[a] - w.pads_begin[a]);
    placed.out.push_back(out);
  }
  return placed;
}

Result<Placed> place_transposed(Site& site, const Shape& plane, const Shape& kernel) {
  LRPROOF_TRY(stated, stated_window(site, kernel));
  LRPROOF_TRY(extra, per_axis(site, "output_padding", plane.size(), 0, 0));
  Placed placed{stated.window, {}, {}};
  auto& w = placed.window;
  const bool sized = site.has_attribute("output_shape");
  LRPROOF_TRY(wanted, per_axis(site, "output_shape", plane.size(), 1, 1));
  for (std::size_t a = 0; a < plane.size(); ++a) {
    const auto full = w.strides[a] * (plane[a] - 1) + extra[a] + stated.reach(a);
    if (sized || stated.same()) {
      const auto total = std::max<std::int64_t>(full - (sized ? wanted[a] : plane[a] * w.strides[a]), 0);
      w.pads_begin[a] = stated.auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
      w.pads_end[a] = total - w.pads_begin[a];
    }
    const auto out = full - w.pads_begin[a] - w.pads_end[a];
    if (out < 1 || (sized && out != wanted[a])) return site.misshapen("its pads and output_shape do not fit");
    placed.out.push_back(out);
  }
  placed.pads_end = w.pads_end;
  return placed;
}

Status sees_inputs(Site& site, const Shape& plane, const Placed& placed) {
  const auto& w = placed.window;
  for (std::size_t a = 0; a < plane.size(); ++a)
    for (std::int64_t o = 0; o < placed.out[a]; ++o) {
      const auto start = o * w.strides[a] - w.pads_begin[a];
      const auto step = start < 0 ? (-start + w.dilations[a] - 1) / w.dilations[a] : 0;
      if (step < w.kernel[a] && start + step * w.dilations[a] < plane[a]) continue;
      return site.unsupported("with a window that sees padding only (output position " + std::to_string(o) +
                              " of spatial axis " + std::to_string(a) + ")");
    }
  return base::fine();
}

}  // namespace lrproof::onnx
