// Theorem. With y_i = s_c(i) x_i + h_c(i), c(i) the channel of element i, and V the weights of output element j that
// multiply an input (padding is none):
//     sum_V w_k y_k + b = sum_V (w_k s_c(k)) x_k + (b + sum_V w_k h_c(k)).
// In a convolution V depends only on which kernel offsets lie inside, axis by axis. Positions with the same offsets
// inside are of one border class, so sums are made once for a class and an output channel.
#include "canon/onward.hpp"

#include <algorithm>
#include <cmath>

#include "net/linear.hpp"

namespace lrproof::canon {

namespace {

using net::Shape;
using num::Rational;

bool finite(const num::Constants& values) {
  for (std::size_t k = 0; k < values.size(); ++k)
    if (!std::isfinite(values.at<double>(k))) return false;
  return true;
}

/// Shares of each window add up to 1: no counted padding.
bool averages_inputs_only(const net::Network& network, NodeId pool) {
  const net::Linear linear(network, pool);
  const auto plane = linear.out_size() / network.node(pool).shape[1];
  for (std::int64_t p = 0; p < plane; ++p)
    if (Rational(long(linear.fan_in(p))) * linear.weights().rational(std::size_t(p)) != Rational(1)) return false;
  return true;
}

/// Is channel e / plane the tensor's own axis 1?
bool is_channel_axis(const Shape& shape, std::int64_t channels, std::int64_t plane) {
  return shape.size() >= 2 && shape[1] == channels && net::element_count(shape) == channels * plane;
}

std::string quote(const net::Node& node) { return "'" + node.name + "'"; }

// Fills reason; empty: the affine node at the end takes the map up.
std::string misfit(const net::Network& network, const net::Node& affine, std::int64_t channels, std::int64_t plane) {
  const Shape& operand = network.node(affine.inputs[0]).shape;
  if (const auto* dense = std::get_if<net::Dense>(&affine.op)) {
    if (dense->rows == 1) return "";
    return "the dense node " + quote(affine) + " reads rows of " + net::to_string(operand) +
           ": one of its weights multiplies several channels of the norm";
  }
  if (is_channel_axis(operand, channels, plane)) return "";
  return "the convolution " + quote(affine) + " reads " + net::to_string(operand) +
         ", whose axis 1 is not the channel axis of the norm";
}

/// Which kernel offsets lie inside at each coordinate of an axis, as classes.
struct AxisClasses {
  std::vector<std::size_t> of;            // by coordinate
  std::vector<std::vector<char>> inside;  // by class, by kernel offset
};

AxisClasses axis_classes(const net::Conv& conv, std::int64_t in, std::int64_t out, std::size_t axis) {
  const auto& w = conv.window;
  AxisClasses classes;
  std::map<std::vector<char>, std::size_t> known;
  for (std::int64_t at = 0; at < out; ++at) {
    std::vector<char> inside;
    for (std::int64_t k = 0; k < w.kernel[axis]; ++k) {
      if (!conv.transposed) {
        const auto p = at * w.strides[axis] - w.pads_begin[axis] + k * w.dilations[axis];
        inside.push_back(p >= 0 && p < in);
      } else {
        const auto p = at + w.pads_begin[axis] - k * w.dilations[axis];
        inside.push_back(p >= 0 && p % w.strides[axis] == 0 && p / w.strides[axis] < in);
      }
    }
    const auto [place, fresh] = known.try_emplace(inside, classes.inside.size());
    if (fresh) classes.inside.push_back(std::move(inside));
    classes.of.push_back(place->second);
  }
  return classes;
}

/// Border classes of a convolution's output positions.
struct Borders {
  std::vector<AxisClasses> axes;
  std::size_t count = 1;

  Borders(const net::Conv& conv, const Shape& in, const Shape& out) {
    for (std::size_t axis = 0; axis < conv.window.kernel.size(); ++axis) {
      axes.push_back(axis_classes(conv, in[axis + 2], out[axis + 2], axis));
      count *= axes.back().inside.size();
    }
  }
  std::size_t of(std::int64_t position) const {
    std::size_t cls = 0, factor = 1;
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      const auto extent = std::int64_t(axes[axis].of.size());
      cls += factor * axes[axis].of[std::size_t(position % extent)];
      factor *= axes[axis].inside.size(), position /= extent;
    }
    return cls;
  }
  /// Is flat kernel offset `tap` inside at the positions of the class?
  bool inside(std::size_t cls, const Shape& kernel, std::int64_t tap) const {
    for (std::size_t axis = axes.size(); axis-- > 0;) {
      const auto& rows = axes[axis].inside;
      if (!rows[cls % rows.size()][std::size_t(tap % kernel[axis])]) return false;
      cls /= rows.size(), tap /= kernel[axis];
    }
    return true;
  }
};

/// Sums of w h over the input channels of a group, by output channel and kernel offset; scales the weights on the way.
std::vector<Rational> scaled_sums(const net::Conv& conv, std::int64_t in, std::int64_t out, const ChannelMap& map,
                                  std::vector<Rational>& weight) {
  const auto taps = net::element_count(conv.window.kernel);
  const auto in_group = in / conv.groups, out_group = out / conv.groups;
  std::vector<Rational> sums(std::size_t(out * taps));
  for (std::int64_t k = 0; k < std::int64_t(conv.weight.size()); ++k) {
    const auto row = k / taps, tap = k % taps;
    const auto ci = conv.transposed ? row / out_group : row / in_group / out_group * in_group + row % in_group;
    const auto co = conv.transposed ? ci / in_group * out_group + row % out_group : row / in_group;
    const auto w = conv.weight.rational(std::size_t(k));
    weight.push_back(w * map.scale[std::size_t(ci)]);
    sums[std::size_t(co * taps + tap)].add_product(w, map.shift[std::size_t(ci)]);
  }
  return sums;
}

void into_conv(net::Conv& conv, const Shape& in, const Shape& out, const ChannelMap& map) {
  const auto taps = net::element_count(conv.window.kernel), positions = net::element_count(out) / out[1];
  std::vector<Rational> weight, bias;
  const auto sums = scaled_sums(conv, in[1], out[1], map, weight);
  const Borders borders(conv, in, out);
  const bool was_map = std::int64_t(conv.bias.size()) == net::element_count(out), is_map = was_map || borders.count > 1;
  std::vector<std::size_t> class_of;
  for (std::int64_t p = 0; p < positions; ++p) class_of.push_back(borders.of(p));
  for (std::int64_t co = 0; co < out[1]; ++co) {
    std::vector<Rational> added(borders.count);
    for (std::size_t cls = 0; cls < borders.count; ++cls)
      for (std::int64_t tap = 0; tap < taps; ++tap)
        if (borders.inside(cls, conv.window.kernel, tap)) added[cls] += sums[std::size_t(co * taps + tap)];
    for (std::int64_t p = 0; p < (is_map ? positions : 1); ++p)
      bias.push_back(conv.bias.rational(std::size_t(was_map ? co * positions + p : co)) +
                     added[class_of[std::size_t(p)]]);
  }
  conv.weight = num::Constants::from_rationals(std::move(weight));
  conv.bias = num::Constants::from_rationals(std::move(bias));
}

void into_dense(net::Dense& dense, std::int64_t plane, const ChannelMap& map) {
  std::vector<Rational> weight, bias;
  for (std::int64_t j = 0; j < dense.out; ++j) {
    Rational sum = dense.bias.rational(std::size_t(j));
    for (std::int64_t i = 0; i < dense.in; ++i) {
      const auto w = dense.weight.rational(std::size_t(j * dense.in + i));
      weight.push_back(w * map.scale[std::size_t(i / plane)]);
      sum.add_product(w, map.shift[std::size_t(i / plane)]);
    }
    bias.push_back(std::move(sum));
  }
  dense.weight = num::Constants::from_rationals(std::move(weight));
  dense.bias = num::Constants::from_rationals(std::move(bias));
}

}  // namespace

ChannelMap map_of(const net::BatchNorm& norm) {
  ChannelMap map;
  for (std::size_t c = 0; c < norm.scale.size(); ++c) {
    map.scale.push_back(norm.scale.rational(c));
    map.shift.push_back(norm.shift.rational(c));
  }
  return map;
}

Way way_on(const DataFlow& flow, NodeId from) {
  const auto& network = flow.network();
  const auto channels = network.node(from).shape[1];
  Way way;
  way.plane = network.node(from).size() / channels;
  for (NodeId at = from;;) {
    const auto& node = network.node(at);
    for (const auto reader : network.readers(at)) {
      const auto& op = network.node(reader).op;
      if (std::holds_alternative<net::Dense>(op) || std::holds_alternative<net::Conv>(op))
        (has_borders(flow, reader) ? way.border_reads : way.plain_reads) = true;
    }
    if (flow.is_output(at)) return way.reason = quote(node) + " is also an output of the network", way;
    if (flow.reads(at) != 1)
      return way.reason =
                 quote(node) + " is read " + std::to_string(flow.reads(at)) + " times, not by one affine node alone",
             way.help = "give each reader a norm of its own", way;
    const NodeId reader = flow.only_reader(at);
    const auto& next = network.node(reader);
    if (std::holds_alternative<net::Dense>(next.op) || std::holds_alternative<net::Conv>(next.op)) {
      way.reason = misfit(network, next, channels, way.plane);
      if (way.reason.empty()) way.affine = reader;
      return way;
    }
    if (std::holds_alternative<net::AveragePool>(next.op)) {
      way.pools = true;
      if (!is_channel_axis(node.shape, channels, way.plane))
        return way.reason = quote(next) + " averages another axis than those behind the norm's channels", way;
      if (!averages_inputs_only(network, reader))
        return way.reason = "the average " + quote(next) + " counts padding, so that it does not commute with a shift",
               way;
      way.plane = next.size() / channels;
    } else if (!std::holds_alternative<net::Reshape>(next.op)) {
      return way.reason = quote(node) + " is read by " + quote(next) + ", a " + net::op_word(next.op), way;
    }
    way.between.push_back(reader), at = reader;
  }
}

TakenUp take_up(const DataFlow& flow, const Way& way, const ChannelMap& map) {
  TakenUp out{flow.node(way.affine), ""};
  const auto fits = [](const auto& op) { return finite(op.weight) && finite(op.bias); };
  bool ok = false;
  if (auto* dense = std::get_if<net::Dense>(&out.node.op)) {
    into_dense(*dense, way.plane, map);
    ok = fits(*dense);
  } else {
    auto& conv = std::get<net::Conv>(out.node.op);
    into_conv(conv, flow.operand(way.affine).shape, out.node.shape, map);
    ok = fits(conv);
  }
  if (!ok) out.overflow = "a number of " + quote(out.node) + " would be beyond the range of a double";
  return out;
}

bool has_borders(const DataFlow& flow, NodeId affine) {
  const auto* conv = std::get_if<net::Conv>(&flow.node(affine).op);
  return conv && Borders(*conv, flow.operand(affine).shape, flow.node(affine).shape).count > 1;
}

Edit go_on(const DataFlow& flow, NodeId norm, std::optional<Draft> first, const Way& way, TakenUp taken) {
  Edit edit;
  edit.matched = {way.affine, norm};
  std::string below = flow.operand(norm).name;
  if (first) {
    edit.matched.push_back(flow.network().find(first->node.name));
    first->reads = {below};
    below = first->node.name;
    edit.drafts.push_back(std::move(*first));
  }
  for (const auto id : way.between) {
    edit.matched.push_back(id);
    edit.drafts.push_back({flow.node(id), {below}});
    below = flow.node(id).name;
  }
  edit.drafts.push_back({std::move(taken.node), {below}});
  return edit;
}

Attempt norm_onward(const DataFlow& flow, NodeId at, bool borders) {
  const auto* norm = std::get_if<net::BatchNorm>(&flow.node(at).op);
  if (!norm) return {};
  const auto way = way_on(flow, at);
  if (way.affine < 0) {
    if (borders ? way.border_reads : way.plain_reads) return {std::nullopt, way.reason, way.help};
    return {};
  }
  if (has_borders(flow, way.affine) != borders) return {};
  auto taken = take_up(flow, way, map_of(*norm));
  if (!taken.overflow.empty()) return {std::nullopt, taken.overflow, ""};
  const auto &gone = flow.node(at).name, &into = flow.node(way.affine).name;
  auto edit = go_on(flow, at, std::nullopt, way, std::move(taken));
  edit.statement = "the batch norm '" + gone + "', taken up by '" + into + "' behind it" +
                   (borders ? " with a bias of its own for each output element" : "") +
                   ", changes its value for no input";
  return {std::move(edit), "", ""};
}

}  // namespace lrproof::canon
