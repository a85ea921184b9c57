#include "prove/canonization.hpp"

#include <map>

#include "net/linear.hpp"
#include "prove/instance.hpp"
#include "prove/rewrites/element_forms.hpp"
#include "prove/rewrites/norm_identities.hpp"
#include "prove/rewrites/shape_identities.hpp"
#include "prove/smt/identity.hpp"

namespace lrproof::prove {

namespace {

/// How a rewrite is proved. shape: what the symbolic identity depends on, in a word; identity: proves it for that word.
struct Row {
  const char* rewrite;
  std::string (*shape)(const net::Network& before, const std::vector<std::string>& nodes);
  IdentityProof (*identity)(const std::string& shape);
  InstanceCheck (*instance)(const net::Network& before, const net::Network& after,
                            const std::vector<std::string>& nodes);
};

// The identity speaks of one tap or of several: taps are alike.
std::string fan_in_of_first(const net::Network& before, const std::vector<std::string>& nodes) {
  const auto id = nodes.empty() ? -1 : before.find(nodes.front());
  return id >= 0 && net::is_affine(before.node(id).op) && net::Linear(before, id).fan_in(0) < 2 ? "1" : "3";
}

/// Its identity does not depend on the shape.
std::string any_shape(const net::Network&, const std::vector<std::string>&) { return ""; }

IdentityProof fold_identity(const std::string& shape) {
  FoldShape fold;
  fold.fan_in = shape == "1" ? 1 : 3;
  return prove_fold_identity(fold);
}

// One identity for all: what they differ in is symbolic.
std::string inside(const net::Network&, const std::vector<std::string>&) { return "inside"; }
std::string borders(const net::Network&, const std::vector<std::string>&) { return "borders"; }
std::string average(const net::Network&, const std::vector<std::string>&) { return "average"; }

constexpr Row kRows[] = {
    {"batchnorm-into-affine", fan_in_of_first, fold_identity, check_fold},
    {"batchnorm-into-next-affine", inside, prove_onward_identity, check_norm_onward},
    {"batchnorm-into-padded-conv", borders, prove_onward_identity, check_norm_onward},
    {"batchnorm-relu-threshold", borders, prove_threshold_identity, check_norm_relu_onward},
    {"batchnorm-relu-pool", average, prove_threshold_identity, check_norm_relu_onward},
    {"concat-norm-split", inside, prove_split_identity, check_norm_split},
    {"remove-identity", any_shape, neutral_identity, check_window},
    {"fold-constant", any_shape, same_operation_identity, check_window},
    {"residual-sum", any_shape, sum_identity, check_window},
    {"split-shared", any_shape, same_operation_identity, check_window},
    {"merge-affine", any_shape, composed_identity, check_window},
    {"average-pool-as-conv", any_shape, average_identity, check_window},
    {"max-as-relu", any_shape, larger_identity, check_window},
    {"pieces-as-relu", any_shape, pieces_identity, check_window},
    {"mark-gate", any_shape, same_operation_identity, check_window},
};

/// Identities already decided: one per rewrite and shape, not per node.
using Decided = std::map<std::string, IdentityProof>;

std::string fault_of(const InstanceCheck& instance, const net::Network& before, const net::Network& after) {
  if (!instance.fault.empty()) return instance.fault;
  const auto change = check_surroundings(before, after, instance.footprint);
  return change.empty() ? "" : "outside the matched nodes: " + change;
}

claim::Step prove_one(const net::Network& before, const net::Network& after, claim::Step step, Decided& decided) {
  const Row* row = nullptr;
  for (const Row& known : kRows)
    if (step.rewrite == known.rewrite) row = &known;
  if (!row) {
    step.verdict = claim::Verdict::unknown;
    step.note = "not supported: no proof is known for the rewrite '" + step.rewrite + "'";
    return step;
  }
  const auto shape = row->shape(before, step.nodes);
  const auto [place, fresh] = decided.try_emplace(step.rewrite + " " + shape);
  if (fresh) place->second = row->identity(shape);
  const auto& identity = place->second;
  LRPROOF_INVARIANT(identity.verdict == claim::Verdict::proved,
                    "the symbolic identity of " + step.rewrite + " failed: " + identity.counterexample);
  step.symbolic = identity.how;
  const auto instance = row->instance(before, after, step.nodes);
  const auto fault = fault_of(instance, before, after);
  step.note = fault;
  if (!fault.empty()) return step.verdict = claim::Verdict::refuted, step.trust = claim::Trust::evaluated, step;
  step.note = instance.undecided;
  if (!instance.undecided.empty()) return step.verdict = claim::Verdict::unknown, step;
  step.verdict = claim::Verdict::proved, step.trust = claim::Trust::evaluated;
  step.note = !instance.note.empty() ? instance.note
                                     : std::to_string(instance.numbers) + " numbers recomputed exactly, " +
                                           std::to_string(instance.points) + " output values compared";
  return step;
}

}  // namespace

claim::Step prove_step(const net::Network& before, const net::Network& after, claim::Step step) {
  Decided decided;
  return prove_one(before, after, std::move(step), decided);
}

std::vector<claim::Step> prove_steps(const net::Network& before, const std::vector<net::Network>& stages,
                                     std::vector<claim::Step> steps) {
  LRPROOF_INVARIANT(stages.size() == steps.size(), "a step without the network it makes");
  Decided decided;
  for (std::size_t k = 0; k < steps.size(); ++k)
    steps[k] = prove_one(k == 0 ? before : stages[k - 1], stages[k], std::move(steps[k]), decided);
  return steps;
}

}  // namespace lrproof::prove
