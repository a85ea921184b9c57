// concat-norm-split. Theorem: a batch norm works channel by channel, so behind a concat along the channels it is the
// concat of one norm per operand, each with its operand's slice of the parameters. The new concat keeps the norm's
// name; other readers of the old one keep that. It helps where an operand has an affine node that could take its part.
#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

num::Constants slice(const num::Constants& values, std::size_t from, std::size_t count) {
  std::vector<num::Rational> part;
  for (std::size_t k = from; k < from + count; ++k) part.push_back(values.rational(k));
  return num::Constants::from_rationals(std::move(part));
}

net::BatchNorm slice(const net::BatchNorm& norm, std::size_t from, std::size_t count) {
  const auto part = [&](const num::Constants& values) { return slice(values, from, count); };
  return {part(norm.gamma), part(norm.beta),  part(norm.mean), part(norm.variance),
          norm.epsilon,     part(norm.scale), part(norm.shift)};
}

/// Could a norm on this operand, or on a part of it, fold into the affine node before it?
bool folds(const DataFlow& flow, NodeId operand) {
  const auto& node = flow.node(operand);
  if (const auto* concat = std::get_if<net::Concat>(&node.op); concat && concat->axis == 1) {
    for (const auto part : node.inputs)
      if (folds(flow, part)) return true;
    return false;
  }
  return std::holds_alternative<net::Dense>(node.op) || std::holds_alternative<net::Conv>(node.op);
}

}  // namespace

Attempt concat_norm_split(const DataFlow& flow, NodeId at) {
  const auto& node = flow.node(at);
  const auto* norm = std::get_if<net::BatchNorm>(&node.op);
  if (!norm) return {};
  const NodeId from = node.inputs[0];
  const auto& before = flow.node(from);
  const auto* concat = std::get_if<net::Concat>(&before.op);
  if (!concat) return {};
  if (concat->axis != 1)
    return {std::nullopt,
            "'" + before.name + "' joins along axis " + std::to_string(concat->axis) + ", not along the channels", ""};
  if (!folds(flow, from))
    return {std::nullopt, "no operand of '" + before.name + "' is a dense or convolution node that could take its part",
            ""};
  Edit edit;
  edit.matched = {at, from};
  Draft whole{{node.name, before.type, *concat, {}, node.shape}, {}};
  std::size_t channel = 0;
  for (std::size_t k = 0; k < before.inputs.size(); ++k) {
    const auto& operand = flow.operand(from, k);
    const auto count = std::size_t(operand.shape[1]);
    const auto name = fresh_name(flow.network(), node.name + ".part" + std::to_string(k + 1));
    edit.drafts.push_back({{name, node.type, slice(*norm, channel, count), {}, operand.shape}, {operand.name}});
    whole.reads.push_back(name);
    channel += count;
  }
  edit.drafts.push_back(std::move(whole));
  edit.statement = "the batch norm '" + node.name + "' behind the concat '" + before.name +
                   "', as one norm per operand in front of a concat, changes its value for no input";
  return {std::move(edit), "", ""};
}

}  // namespace lrproof::canon
