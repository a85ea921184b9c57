// batchnorm-into-affine. Theorem: with s = gamma / sqrt(var + epsilon) per output channel,
//     s (W x + b - mu) + beta = (s W) x + (s b + beta - s mu)
// as polynomials, whatever the sign of gamma (gamma = 0 gives a constant channel on both sides). Over a stored network
// s is the s^ of NET-3 and the products are exact rationals. The pattern is one edge affine -> norm with nothing else
// on either end: the affine node has the norm as its only reader and is not shown, the norm has one operand.
#include <boost/graph/adjacency_list.hpp>
#include <cmath>
#include <map>
#include <optional>

#include "canon/workbench.hpp"

namespace lrproof::canon {

namespace {

using net::NodeId;
using num::Rational;
using Flow = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

constexpr const char* kName = "batchnorm-into-affine";

Flow data_flow(const std::vector<net::Node>& nodes) {
  Flow flow(nodes.size());
  for (std::size_t reader = 0; reader < nodes.size(); ++reader)
    for (const auto operand : nodes[reader].inputs) add_edge(std::size_t(operand), reader, flow);
  return flow;
}

/// Either the affine node to fold into, or why not.
struct Match {
  NodeId affine = -1;
  std::string reason, help;
};

std::string behind(const net::Node& norm, const net::Node& operand) {
  return "the norm '" + norm.name + "' reads '" + operand.name + "', a " + net::op_word(operand.op);
}

Match match(const Workbench& bench, const Flow& flow, NodeId norm) {
  const auto& node = bench.nodes[std::size_t(norm)];
  const auto operand = NodeId(source(*in_edges(std::size_t(norm), flow).first, flow));
  const auto& before = bench.nodes[std::size_t(operand)];
  const auto* dense = std::get_if<net::Dense>(&before.op);
  if (!dense && !std::holds_alternative<net::Conv>(before.op)) {
    if (std::holds_alternative<net::Input>(before.op))
      return {-1, behind(node, before) + " of the network: no affine layer stands before it", ""};
    return {-1, behind(node, before) + ": only dense and convolution nodes absorb a norm", ""};
  }
  if (const auto readers = out_degree(std::size_t(operand), flow); readers != 1)
    return {-1, "'" + before.name + "' is read " + std::to_string(readers) + " times, not by the norm alone",
            "give the norm an affine node of its own"};
  if (bench.is_output(operand)) return {-1, "'" + before.name + "' is also an output of the network", ""};
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
  for (std::size_t c = 0; c < norm.scale.size(); ++c)
    bias.push_back(norm.shift.rational(c) + norm.scale.rational(c) * (b->empty() ? Rational(0) : b->rational(c)));
  auto weight = num::Constants::from_products(*w, norm.scale,
                                              [&](std::size_t k) { return std::size_t(channel_of(std::int64_t(k))); });
  return {std::move(weight), num::Constants::from_rationals(std::move(bias))};
}

void replace(Workbench& bench, NodeId affine, NodeId norm, Folded folded) {
  std::visit(
      [&](auto& op) {
        if constexpr (requires {
                        op.weight;
                        op.bias;
                      })
          op.weight = std::move(folded.weight), op.bias = std::move(folded.bias);
      },
      bench.nodes[std::size_t(affine)].op);
  bench.bypass(norm, affine);
}

void record(std::vector<claim::Step>& steps, const std::string& affine, const std::string& norm) {
  for (auto& step : steps)
    if (step.rewrite == kName && step.nodes.front() == affine) {
      step.nodes.push_back(norm);
      return;
    }
  claim::Step step;
  step.rewrite = kName;
  step.nodes = {affine, norm};
  step.statement = "the batch norms read from '" + affine + "' on, folded into it, change its value for no input";
  steps.push_back(std::move(step));
}

}  // namespace

void fold_batch_norms(Workbench& bench, std::vector<claim::Step>& steps, std::vector<NearMiss>& near_misses) {
  std::map<std::string, std::string> overflowing;  // norm -> reason: folding it was tried and given up
  for (bool changed = true; changed;) {
    changed = false;
    const auto flow = data_flow(bench.nodes);
    for (NodeId id = 0; id < NodeId(bench.nodes.size()) && !changed; ++id) {
      const auto* norm = std::get_if<net::BatchNorm>(&bench.nodes[std::size_t(id)].op);
      if (!norm || overflowing.contains(bench.nodes[std::size_t(id)].name)) continue;
      const auto found = match(bench, flow, id);
      if (found.affine < 0) continue;
      const auto& affine = bench.nodes[std::size_t(found.affine)];
      const auto name = bench.nodes[std::size_t(id)].name;
      auto folded = fold(affine, *norm);
      if (!representable(folded.weight) || !representable(folded.bias)) {
        overflowing[name] = "a product of '" + affine.name + "' and '" + name + "' is beyond the range of a double";
        continue;
      }
      record(steps, affine.name, name);
      replace(bench, found.affine, id, std::move(folded));
      changed = true;
    }
  }
  const auto flow = data_flow(bench.nodes);
  for (NodeId id = 0; id < NodeId(bench.nodes.size()); ++id) {
    const auto& node = bench.nodes[std::size_t(id)];
    if (!std::holds_alternative<net::BatchNorm>(node.op)) continue;
    const auto given_up = overflowing.find(node.name);
    auto found = match(bench, flow, id);
    if (given_up != overflowing.end()) found.reason = given_up->second;
    near_misses.push_back({kName, node.name, found.reason, found.help});
  }
}

}  // namespace lrproof::canon
