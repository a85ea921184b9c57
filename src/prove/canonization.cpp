#include "prove/canonization.hpp"

#include <map>

#include "net/linear.hpp"
#include "prove/instance.hpp"
#include "prove/smt/identity.hpp"

namespace lrproof::prove {

namespace {

/// Identities already decided: one per shape, not per node.
using Decided = std::map<FoldShape, IdentityProof>;

FoldShape shape_of(const net::Network& before, const claim::Step& step) {
  FoldShape shape;
  const auto id = step.nodes.empty() ? -1 : before.find(step.nodes.front());
  if (id >= 0 && net::is_affine(before.node(id).op)) shape.fan_in = int(net::Linear(before, id).fan_in(0) < 2 ? 1 : 3);
  return shape;
}

claim::Step prove_one(const net::Network& before, const net::Network& after, claim::Step step, Decided& decided) {
  if (step.rewrite != "batchnorm-into-affine") {
    step.verdict = claim::Verdict::unknown;
    step.note = "not supported: no proof is known for the rewrite '" + step.rewrite + "'";
    return step;
  }
  const auto shape = shape_of(before, step);
  if (!decided.contains(shape)) decided[shape] = prove_fold_identity(shape);
  const auto& identity = decided[shape];
  LRPROOF_INVARIANT(identity.verdict == claim::Verdict::proved,
                    "the symbolic identity of " + step.rewrite + " failed: " + identity.counterexample);
  step.symbolic = identity.how;
  const auto instance = check_fold(before, after, step.nodes);
  step.verdict = instance.fault.empty() ? claim::Verdict::proved : claim::Verdict::refuted;
  step.trust = claim::Trust::evaluated;
  step.note = instance.fault.empty() ? std::to_string(instance.numbers) + " weights and biases recomputed exactly, " +
                                           std::to_string(instance.points) + " output values compared"
                                     : instance.fault;
  return step;
}

}  // namespace

claim::Step prove_step(const net::Network& before, const net::Network& after, claim::Step step) {
  Decided decided;
  return prove_one(before, after, std::move(step), decided);
}

std::vector<claim::Step> prove_steps(const net::Network& before, const net::Network& after,
                                     std::vector<claim::Step> steps) {
  Decided decided;
  std::vector<std::vector<std::string>> folds;
  for (auto& step : steps) {
    folds.push_back(step.nodes);
    step = prove_one(before, after, std::move(step), decided);
  }
  const auto change = check_surroundings(before, after, folds);
  if (!change.empty())
    for (auto& step : steps) {
      step.verdict = claim::Verdict::refuted;
      step.note = "outside the matched nodes: " + change;
    }
  return steps;
}

}  // namespace lrproof::prove
