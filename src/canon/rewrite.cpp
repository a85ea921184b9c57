// CAN-1: a rewrite claims before = after for all inputs of the matched subgraph.
// Graphs are matched as data flow, not as code: the idea is that of Relay's and MLIR's pattern rewriters, the demand
// for a proof per application that of translation validation (Alive2).
#include "canon/rewrite.hpp"

#include <algorithm>

#include "base/words.hpp"
#include "canon/workbench.hpp"

namespace lrproof::canon {

namespace {

struct Row {
  const char *name, *match, *replace, *claim;
  void (*apply)(Workbench&, std::vector<claim::Step>&, std::vector<NearMiss>&);
};

constexpr Row kRewrites[] = {
    {"batchnorm-into-affine",
     "a batch norm whose only operand is a dense or convolution node (grouped and transposed ones too) that nothing "
     "else reads and that is no output of the network",
     "that affine node with weight s W and bias s b + (beta - s mu), per output channel",
     "s (W x + b - mu) + beta = (s W) x + (s b + beta - s mu) for all x, W, b, mu, beta and every sign of gamma",
     fold_batch_norms},
};

}  // namespace

bool Workbench::is_output(net::NodeId id) const { return std::ranges::find(outputs, id) != outputs.end(); }

void Workbench::bypass(net::NodeId id, net::NodeId instead) {
  nodes.erase(nodes.begin() + id);
  const auto renamed = [&](net::NodeId k) { return k == id ? instead : k > id ? k - 1 : k; };
  for (auto& node : nodes)
    for (auto& input : node.inputs) input = renamed(input);
  for (auto& output : outputs) output = renamed(output);
}

std::vector<RewriteInfo> rewrites() {
  std::vector<RewriteInfo> out;
  for (const auto& row : kRewrites) out.push_back({row.name, row.match, row.replace, row.claim});
  return out;
}

base::Result<Rewritten> canonize(const net::Network& network, const std::vector<std::string>& passes) {
  Workbench bench{network.nodes(), network.outputs()};
  std::vector<claim::Step> steps;
  std::vector<NearMiss> near_misses;
  for (const auto& pass : passes) {
    const auto row = std::ranges::find_if(kRewrites, [&](const Row& r) { return pass == r.name; });
    if (row == std::end(kRewrites)) {
      std::vector<std::string> names;
      for (const auto& known : kRewrites) names.push_back(known.name);
      return base::Diagnostic{"canon.unknown-pass", "", "no canonization pass '" + pass + "'",
                              base::did_you_mean(pass, names)};
    }
    row->apply(bench, steps, near_misses);
  }
  LRPROOF_TRY(rewritten, net::Network::create(std::move(bench.nodes), std::move(bench.outputs)));
  return Rewritten{std::move(rewritten), std::move(steps), std::move(near_misses)};
}

}  // namespace lrproof::canon
