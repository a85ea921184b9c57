// batchnorm-relu-threshold. Theorem: with s = gamma / sqrt(var + epsilon), h = beta - s mu and t = -h / s,
//     max(s x + h, 0) = s max(x, t) + h  for s > 0,
//     max(s x + h, 0) = s min(x, t) + h  for s < 0,
// and for s = 0 the channel is the constant max(h, 0), whose affine part is the identity and not the norm. So a norm
// and the ReLU that alone reads it are one activation, a curve per channel, and a channel-wise affine map that goes on
// into the affine node behind it, as in batchnorm-into-next-affine and batchnorm-into-padded-conv.
#include <cmath>
#include <limits>

#include "canon/onward.hpp"
#include "canon/patterns.hpp"
#include "net/curve.hpp"

namespace lrproof::canon {

namespace {

using num::Rational;

bool is_relu(const net::Node& node) {
  const auto* activation = std::get_if<net::Activation>(&node.op);
  if (!activation || activation->kind != "relu") return false;
  for (const auto& curve : activation->curves)
    if (curve != net::relu_curve()) return false;
  return true;
}

/// The curve of a channel, and the map that goes on in place of the norm's.
net::Curve curve_of(Rational& scale, Rational& shift) {
  if (scale.is_zero()) {
    const Rational level = num::max(shift, Rational(0));
    scale = Rational(1), shift = Rational(0);
    return {{}, {Rational(0)}, {level}};
  }
  const Rational t = -shift / scale;
  if (scale.sign() > 0) return {{t}, {Rational(0), Rational(1)}, {t, Rational(0)}};
  return {{t}, {Rational(1), Rational(0)}, {Rational(0), t}};
}

/// The activation; an empty one where a threshold is beyond the range of a float, in which pictures are computed.
net::Activation threshold_relu(ChannelMap& map, std::int64_t plane) {
  net::Activation out{"threshold-relu", {}, {}};
  for (std::size_t c = 0; c < map.scale.size(); ++c) {
    out.curves.push_back(curve_of(map.scale[c], map.shift[c]));
    for (const auto& t : out.curves.back().kinks)
      if (std::abs(t.to_double()) > std::numeric_limits<float>::max()) return {};
    out.curve_of.insert(out.curve_of.end(), std::size_t(plane), std::int32_t(c));
  }
  return out;
}

Attempt near_miss(std::string reason, std::string help = "") {
  return {std::nullopt, std::move(reason), std::move(help)};
}

}  // namespace

Attempt norm_relu_onward(const DataFlow& flow, NodeId at, bool pools) {
  const auto* norm = std::get_if<net::BatchNorm>(&flow.node(at).op);
  if (!norm) return {};
  NodeId relu = -1;
  for (const auto reader : flow.network().readers(at))
    if (is_relu(flow.node(reader))) relu = reader;
  if (relu < 0) return {};
  const auto way = way_on(flow, relu);
  if (way.pools != pools) return {};
  const auto &gone = flow.node(at).name, &word = flow.node(relu).name;
  if (flow.only_reader(at) != relu)
    return near_miss("'" + gone + "' is also read by others than the ReLU '" + word + "', or an output",
                     "give the ReLU a norm of its own");
  if (way.affine < 0) return near_miss(way.reason, way.help);
  auto map = map_of(*norm);
  auto activation = threshold_relu(map, flow.node(at).size() / flow.node(at).shape[1]);
  if (activation.curves.empty()) return near_miss("a threshold of '" + gone + "' is beyond the range of a float");
  auto taken = take_up(flow, way, map);
  if (!taken.overflow.empty()) return near_miss(taken.overflow);
  Draft draft{flow.node(relu), {}};
  draft.node.op = std::move(activation), draft.node.type = "ThresholdRelu";
  auto edit = go_on(flow, at, std::move(draft), way, std::move(taken));
  edit.statement = "the batch norm '" + gone + "' and the ReLU '" + word + "', as a threshold ReLU and a map that '" +
                   flow.node(way.affine).name + "' takes up, change its value for no input";
  return {std::move(edit), "", ""};
}

Attempt batchnorm_relu_threshold(const DataFlow& flow, NodeId at) { return norm_relu_onward(flow, at, false); }

}  // namespace lrproof::canon
