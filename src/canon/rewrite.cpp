// CAN-1: a rewrite claims before = after for all inputs of the matched subgraph.
// Graphs are matched as data flow, not as code: the idea is that of Relay's and MLIR's pattern rewriters, the demand
// for a proof per application that of translation validation (Alive2).
#include "canon/rewrite.hpp"

#include <algorithm>

#include "base/words.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

struct Row {
  const char *name, *match, *replace, *claim;
  bool usual;
  Attempt (*look)(const DataFlow& flow, NodeId at);
};

// The order is that of application. A norm goes into the affine node before it first: that costs no threshold and no
// bias map, and a ReLU behind it stays a ReLU. What cannot go back goes on. In a DenseNet the convolution in front of a
// layer's second norm is read by it alone; the first norm reads a concat and has a ReLU and a 1x1 convolution behind
// it, as have the transitions, and the last one a ReLU, the average and the classifier. Taken in this order all are
// folded, and none into padding. A split makes more norms of one, so it comes when nothing else is left for that norm.
constexpr Row kRewrites[] = {
    {"batchnorm-into-affine",
     "a batch norm whose only operand is a dense or convolution node (grouped and transposed ones too) that nothing "
     "else reads and that is no output of the network",
     "that affine node with weight s W and bias s b + (beta - s mu), per output channel",
     "s (W x + b - mu) + beta = (s W) x + (s b + beta - s mu) for all x, W, b, mu, beta and every sign of gamma", true,
     batchnorm_into_affine},
    {"batchnorm-relu-threshold",
     "a batch norm that one ReLU alone reads, and behind it, through reshapes, a dense node or a convolution, each "
     "read "
     "by the next alone",
     "a threshold ReLU in place of the ReLU, max(x, t) per channel where gamma > 0, min(x, t) where gamma < 0, with t "
     "= "
     "mu - beta / s, the constant max(beta, 0) where gamma = 0; what is left of the norm goes on into the affine node",
     "max(s (x - mu) + beta, 0) = s max(x, t) + (beta - s mu) for s > 0, = s min(x, t) + (beta - s mu) for s < 0, = "
     "max(beta, 0) for s = 0, for all x, mu, beta",
     true, batchnorm_relu_threshold},
    {"batchnorm-relu-pool",
     "the same with averages over full windows between the ReLU and the affine node (the head of a DenseNet)",
     "a threshold ReLU in place of the ReLU; what is left of the norm goes on behind the averages",
     "as batchnorm-relu-threshold, and sum q (s a + h) = s (sum q a) + h for all shares q that add up to 1", true,
     batchnorm_relu_pool},
    {"batchnorm-into-next-affine",
     "a batch norm that one dense node or convolution alone reads, through reshapes and averages over full windows "
     "that "
     "nothing else reads, where all elements of an output channel have the same weights inside",
     "that affine node with weight W s per input channel and bias b + sum W (beta - s mu)",
     "sum w (s (x - mu) + beta) + b = sum (w s) x + (b + sum w (beta - s mu)) for all x, w, b, mu, beta and every sign "
     "of gamma",
     true, batchnorm_into_next_affine},
    {"batchnorm-into-padded-conv",
     "the same in front of a convolution whose windows reach into padding at some elements and not at others "
     "(transposed convolutions too)",
     "that convolution with weight W s and a bias for each output element: b + sum of W (beta - s mu) over the weights "
     "that multiply an input there",
     "for every set V of weights inside: sum over V of w (s (x - mu) + beta) + b = sum over V of (w s) x + (b + sum "
     "over "
     "V of w (beta - s mu))",
     true, batchnorm_into_padded_conv},
    {"concat-norm-split", "a batch norm behind a concat along the channels that has an affine node among its operands",
     "one norm per operand, each with its slice of the parameters, and a concat behind them",
     "a norm works channel by channel: the norm of a concat is the concat of the norms", true, concat_norm_split},
};

/// Rows asked for, in the table's order.
base::Result<std::vector<const Row*>> rows_of(const std::vector<std::string>& passes) {
  for (const auto& pass : passes)
    if (std::ranges::none_of(kRewrites, [&](const Row& row) { return pass == row.name; })) {
      std::vector<std::string> names;
      for (const auto& known : kRewrites) names.push_back(known.name);
      return base::Diagnostic{"canon.unknown-pass", "", "no canonization pass '" + pass + "'",
                              base::did_you_mean(pass, names)};
    }
  std::vector<const Row*> rows;
  for (const auto& row : kRewrites)
    if (std::ranges::find(passes, row.name) != passes.end()) rows.push_back(&row);
  return rows;
}

/// The first application there is, by rows and then by nodes.
std::optional<claim::Step> next_step(const std::vector<const Row*>& rows, net::Network& network) {
  const DataFlow flow(network);
  for (const Row* row : rows)
    for (NodeId id = 0; id < network.size(); ++id) {
      const auto attempt = row->look(flow, id);
      if (!attempt.edit) continue;
      claim::Step step;
      step.rewrite = row->name, step.statement = attempt.edit->statement;
      for (const auto matched : attempt.edit->matched) step.nodes.push_back(network.node(matched).name);
      auto after = apply(network, *attempt.edit);
      LRPROOF_INVARIANT(after.ok(), std::string(row->name) + " at " + step.nodes.front() +
                                        " made no network: " + (after.ok() ? "" : after.error().text()));
      network = std::move(*after);
      return step;
    }
  return std::nullopt;
}

}  // namespace

std::vector<RewriteInfo> rewrites() {
  std::vector<RewriteInfo> out;
  for (const auto& row : kRewrites) out.push_back({row.name, row.match, row.replace, row.claim, row.usual});
  return out;
}

base::Result<Rewritten> canonize(const net::Network& network, const std::vector<std::string>& passes) {
  LRPROOF_TRY(rows, rows_of(passes));
  Rewritten out{network, {}, {}, {}};
  const auto most =
      1000 + 50 * std::size_t(network.size());  // each rewrite comes to an end; a pair that does not is ours
  while (auto step = next_step(rows, out.network)) {
    out.steps.push_back(std::move(*step)), out.stages.push_back(out.network);
    LRPROOF_INVARIANT(out.steps.size() < most, "rewrites without end, at last " + out.steps.back().rewrite);
  }
  const DataFlow flow(out.network);
  for (const Row* row : rows)
    for (NodeId id = 0; id < out.network.size(); ++id)
      if (auto attempt = row->look(flow, id); !attempt.reason.empty())
        out.near_misses.push_back({row->name, out.network.node(id).name, attempt.reason, attempt.help});
  return out;
}

}  // namespace lrproof::canon
