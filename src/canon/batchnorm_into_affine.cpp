// batchnorm-into-affine. Theorem: with s = gamma / sqrt(var + epsilon) per output channel,
//     s (W x + b - mu) + beta = (s W) x + (s b + beta - s mu)
// as polynomials, whatever the sign of gamma (gamma = 0 gives a constant channel on both sides). Over a stored network
// s is the s^ of NET-3 and the products are exact rationals. The pattern is one edge affine -> norm with nothing else
// on either end: the affine node has the norm as its only reader and is not shown, the norm has one operand.
#include <algorithm>
#include <cmath>

#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

using num::Rational;

/// Either the affine node to fold into, or why not.
struct Match {
  NodeId affine = -1;
  std::string reason, help;
};

std::string behind(const net::Node& norm, const net::Node& operand) {
  return "the norm '" + norm.name + "' reads '" + operand.name + "', a " + net::op_word(operand.op);
}

Match match(const DataFlow& flow, NodeId norm) {
  const auto& node = flow.node(norm);
  const auto operand = node.inputs[0];
  const auto& before = flow.node(operand);
  const auto* dense = std::get_if<net::Dense>(&before.op);
  if (!dense && !std::holds_alternative<net::Conv>(before.op)) {
    if (std::holds_alternative<net::Input>(before.op))
      return {-1, behind(node, before) + " of the network: no affine layer stands before it", ""};
    return {-1, behind(node, before) + ": only dense and convolution nodes absorb a norm", ""};
  }
  if (const auto reads = flow.reads(operand); reads != 1)
    return {-1, "'" + before.name + "' is read " + std::to_string(reads) + " times, not by the norm alone",
            "give the norm an affine node of its own"};
  if (flow.is_output(operand)) return {-1, "'" + before.name + "' is also an output of the network", ""};
  if (dense && (before.shape.size() != 2 || before.shape[1] != dense->out))
    return {-1,
            "the channel axis of the norm (axis 1 of " + net::to_string(before.shape) +
                ") is not the output axis of the dense node '" + before.name + "'",
            ""};
  return {operand, "", ""};
}

/// Output channel of each weight entry.
struct Channels {
  std::int64_t slice = 1, groups = 1, per_group = 1, in_per_group = 1;
  bool transposed = false;

  explicit Channels(const net::Node& affine) {
    if (const auto* dense = std::get_if<net::Dense>(&affine.op)) {
      slice = dense->in;
      return;
    }
    const auto& conv = std::get<net::Conv>(affine.op);
    const auto taps = net::element_count(conv.window.kernel), out = affine.shape[1];
    const auto count = std::int64_t(conv.weight.size());
    transposed = conv.transposed;
    if (transposed) {
      groups = conv.groups, per_group = out / groups, slice = taps;
      in_per_group = count / (per_group * taps) / groups;
    } else {
      slice = count / out;
    }
  }
  std::int64_t operator()(std::int64_t weight) const {
    if (!transposed) return weight / slice;
    const auto row = weight / (slice * per_group), column = weight / slice % per_group;
    return row / in_per_group * per_group + column;
  }
};

bool representable(const num::Constants& values) {
  for (const auto v : values.approx)
    if (!std::isfinite(v)) return false;
  return true;
}

struct Folded {
  num::Constants weight, bias;
};

Folded fold(const net::Node& affine, const net::BatchNorm& norm) {
  const auto& [w, b] = std::visit(
      [](const auto& op) -> std::pair<const num::Constants*, const num::Constants*> {
        if constexpr (requires {
                        op.weight;
                        op.bias;
                      })
          return {&op.weight, &op.bias};
        else
          return {nullptr, nullptr};
      },
      affine.op);
  LRPROOF_INVARIANT(w && b, "a node without weights was matched as affine");
  const Channels channel_of(affine);
  std::vector<Rational> bias;
  const auto channels = norm.scale.size(), per_channel = std::max<std::size_t>(1, b->size() / channels);  // 1, or a map
  for (std::size_t k = 0; k < channels * per_channel; ++k)
    bias.push_back(norm.shift.rational(k / per_channel) +
                   norm.scale.rational(k / per_channel) * (b->empty() ? Rational(0) : b->rational(k)));
  auto weight = num::Constants::from_products(*w, norm.scale,
                                              [&](std::size_t k) { return std::size_t(channel_of(std::int64_t(k))); });
  return {std::move(weight), num::Constants::from_rationals(std::move(bias))};
}

Edit edit_of(const DataFlow& flow, NodeId affine, NodeId norm, Folded folded) {
  Draft draft{flow.node(affine), {flow.operand(affine).name}};
  std::visit(
      [&](auto& op) {
        if constexpr (requires {
                        op.weight;
                        op.bias;
                      })
          op.weight = std::move(folded.weight), op.bias = std::move(folded.bias);
      },
      draft.node.op);
  const auto &into = flow.node(affine).name, &gone = flow.node(norm).name;
  return {{affine, norm},
          {std::move(draft)},
          {{gone, into}},
          "the batch norm '" + gone + "', folded into '" + into + "' before it, changes its value for no input"};
}

}  // namespace

Attempt batchnorm_into_affine(const DataFlow& flow, NodeId at) {
  const auto* norm = std::get_if<net::BatchNorm>(&flow.node(at).op);
  if (!norm) return {};
  auto found = match(flow, at);
  if (found.affine < 0) return {std::nullopt, std::move(found.reason), std::move(found.help)};
  auto folded = fold(flow.node(found.affine), *norm);
  if (!representable(folded.weight) || !representable(folded.bias))
    return {std::nullopt,
            "a product of '" + flow.node(found.affine).name + "' and '" + flow.node(at).name +
                "' is beyond the range of a double",
            ""};
  return {edit_of(flow, found.affine, at, std::move(folded)), "", ""};
}

}  // namespace lrproof::canon
