// average-pool-as-conv. Theorem: r (a1 + ... + an) = r a1 + ... + r an. An average pool all of whose windows divide by
// the same number n is the convolution of each channel with the weight 1/n at every position; padded positions are no
// inputs of either.
#include "canon/drafts.hpp"
#include "canon/patterns.hpp"
#include "net/linear.hpp"
#include "net/shape.hpp"

namespace lrproof::canon {

using num::Rational;

Attempt average_pool_as_conv(const DataFlow& flow, NodeId at) {
  const auto& node = flow.node(at);
  const auto* pool = std::get_if<net::AveragePool>(&node.op);
  if (!pool) return {};
  const net::Linear linear(flow.network(), at);
  const auto share = linear.weights().rational(0);
  if (share.is_zero()) return {std::nullopt, "a window of '" + node.name + "' reads padding only"};
  for (std::size_t k = 1; k < linear.weights().size(); ++k)
    if (linear.weights().rational(k) != share)
      return {std::nullopt,
              "the windows of '" + node.name +
                  "' do not all divide by the same number: " + (Rational(1) / share).to_string() + " and " +
                  (linear.weights().rational(k).is_zero() ? std::string("an empty one")
                                                          : (Rational(1) / linear.weights().rational(k)).to_string()),
              "an average that counts the padding has one count"};
  const auto channels = std::size_t(node.shape[1]);
  const auto taps = std::size_t(net::element_count(pool->window.kernel));
  net::Conv conv;
  conv.weight = num::Constants::from_rationals(std::vector<Rational>(channels * taps, share));
  conv.bias = num::Constants::from_rationals(std::vector<Rational>(channels));
  conv.window = pool->window, conv.groups = node.shape[1];
  const auto shape = net::infer_shape(conv, {flow.operand(at).shape});
  if (!shape || *shape != node.shape)
    return {std::nullopt, "the windows of '" + node.name + "' reach beyond its padding (ceil_mode)"};
  Edit edit;
  edit.matched = {at};
  edit.drafts.push_back(draft_of(node.name, "Conv", std::move(conv), node.shape, {flow.operand(at).name}));
  edit.statement =
      "the average pool '" + node.name + "' is a convolution of each channel with weight " + share.to_string();
  return {std::move(edit)};
}

}  // namespace lrproof::canon
