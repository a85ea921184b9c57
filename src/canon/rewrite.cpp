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

constexpr Row kRewrites[] = {
    {"batchnorm-into-affine",
     "a batch norm whose only operand is a dense or convolution node (grouped and transposed ones too) that nothing "
     "else reads and that is no output of the network",
     "that affine node with weight s W and bias s b + (beta - s mu), per output channel",
     "s (W x + b - mu) + beta = (s W) x + (s b + beta - s mu) for all x, W, b, mu, beta and every sign of gamma", true,
     batchnorm_into_affine},
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
