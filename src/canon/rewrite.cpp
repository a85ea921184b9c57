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

// The order is that of application. What is no operation goes first, so that no pattern stops at it; then sums and
// shared layers, which norms wait for. A norm goes into the affine node before it first: that costs no threshold and no
// bias map, and a ReLU behind it stays a ReLU. What cannot go back goes on. In a DenseNet the convolution in front of a
// layer's second norm is read by it alone; the first norm reads a concat and has a ReLU and a 1x1 convolution behind
// it, as have the transitions, and the last one a ReLU, the average and the classifier. Taken in this order all are
// folded, and none into padding. A split makes more norms of one, so it comes when nothing else is left for that norm.
// Then what changes the layers that rules see, and is not usual, and last the operations that only proofs want in
// another form. No row makes what an earlier one replaces, but for copies and sums that the earlier ones see in the
// next round.
constexpr Row kRewrites[] = {
    {"remove-identity",
     "a node of one operand that changes neither shape nor value: Identity, Dropout, Cast, a Reshape to the same "
     "shape, "
     "a scale by 1 plus 0, a selection of all elements in order, a sum, maximum or concatenation of one, a pool of one "
     "position, an activation of slope 1; no output of the network",
     "nothing: its readers read the operand", "1 a + 0 = a, element by element", true, remove_identity},
    {"fold-constant", "a node all of whose operands are stored tensors", "the stored tensor of its exact value",
     "the same operation on the same numbers", false, fold_constant},
    {"residual-sum", "a sum inside a sum that alone reads it", "one sum of all operands, signs multiplied",
     "s (p a + q b) + t c = (s p) a + (s q) b + t c", true, residual_sum},
    {"split-shared",
     "a dense or convolution node that a batch norm over its output channels and something else read, or that is also "
     "an output",
     "a copy of the node for the norm", "the same operation on the same operand has the same value", true,
     split_shared},
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
    {"merge-affine",
     "two affine layers, the first read by the second alone: dense and dense, scale and scale, a scale before or after "
     "a dense layer or a convolution, a convolution and one of kernel 1",
     "one layer of the second's name", "V (W a + b) + c = (V W) a + (V b + c)", false, merge_affine},
    {"average-pool-as-conv", "an average pool whose windows all divide by the same number n",
     "the convolution of each channel with weight 1/n", "(a1 + ... + an) / n = a1/n + ... + an/n", false,
     average_pool_as_conv},
    {"max-as-relu", "a max pool, or a maximum or minimum of several",
     "sums of its rivals and ReLUs of their differences", "max(a, b) = b + relu(a - b), min(a, b) = b - relu(b - a)",
     false, max_as_relu},
    {"pieces-as-relu", "a piecewise linear activation other than ReLU",
     "a sum of its first piece and one ReLU for each kink",
     "f(t) = s0 t + i0 + sum over kinks k of (slope after k - slope before k) relu(t - k)", false, pieces_as_relu},
    {"mark-gate",
     "a product of two variables, one of which is a sigmoid or hard sigmoid of a function of the global average of the "
     "other (squeeze-and-excitation)",
     "the same product, its gate named", "the same operation on the same operands has the same value", true, mark_gate},
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
std::optional<claim::Step> next_step(const std::vector<const Row*>& rows, const std::vector<Refused>& refused,
                                     net::Network& network) {
  const DataFlow flow(network);
  for (const Row* row : rows)
    for (NodeId id = 0; id < network.size(); ++id) {
      const auto attempt = row->look(flow, id);
      if (!attempt.edit) continue;
      claim::Step step;
      step.rewrite = row->name, step.statement = attempt.edit->statement;
      for (const auto matched : attempt.edit->matched) step.nodes.push_back(network.node(matched).name);
      if (std::ranges::find(refused, Refused{step.rewrite, step.nodes}) != refused.end()) continue;
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

base::Result<Rewritten> canonize(const net::Network& network, const std::vector<std::string>& passes,
                                 const std::vector<Refused>& refused) {
  LRPROOF_TRY(rows, rows_of(passes));
  Rewritten out{network, {}, {}, {}, {}};
  const auto most =
      1000 + 50 * std::size_t(network.size());  // each rewrite comes to an end; a pair that does not is ours
  while (auto step = next_step(rows, refused, out.network)) {
    out.steps.push_back(std::move(*step)), out.stages.push_back(out.network);
    LRPROOF_INVARIANT(out.steps.size() < most, "rewrites without end, at last " + out.steps.back().rewrite);
  }
  const DataFlow flow(out.network);
  for (const Row* row : rows)
    for (NodeId id = 0; id < out.network.size(); ++id) {
      const auto attempt = row->look(flow, id);
      const auto& name = out.network.node(id).name;
      if (!attempt.reason.empty()) out.near_misses.push_back({row->name, name, attempt.reason, attempt.help});
      if (!attempt.information.empty()) out.in_form.push_back({row->name, name, attempt.information, ""});
    }
  return out;
}

}  // namespace lrproof::canon
