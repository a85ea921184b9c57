#pragma once
// What can be said of a model and its rule sets before any input is seen: A001 to A028 (claim/check.hpp has their
// texts). A finding is refuted where something is wrong, with a witness where it took inputs to see it; proved where
// bounds over the domain show that it is not; unknown where neither. What needs no proof and is as it should be says
// nothing.
#include <string>
#include <string_view>
#include <vector>

#include "claim/claim.hpp"
#include "root/roots.hpp"
#include "rule/rule.hpp"

namespace lrproof::lint {

/// What the model file says beyond the function it holds.
struct FileFacts {
  struct SharedWeight {
    std::string tensor;
    std::vector<std::string> nodes;
  };
  struct InTraining {
    std::string node, how;
  };
  std::vector<SharedWeight> shared;
  std::vector<InTraining> training;
};

struct RuleCase {
  rule::RuleSet rules;
  rule::Survey survey;
};

/// network must outlive the subject.
struct Subject {
  const net::Network* network = nullptr;
  std::vector<RuleCase> cases;
  root::Domain domain;  ///< of the input, both ends or none: all real inputs
  FileFacts file;
  std::vector<std::string> only;         ///< ids; empty: all
  std::int64_t budget = 20'000'000'000;  ///< multiply-adds that bounds and inputs to try may cost
};

/// In the order of the check table, then of the rule sets and nodes.
std::vector<claim::Finding> lint(const Subject& subject);

/// Is there an answer to this row of the check table? The rest is not decidable from ONNX.
bool can_answer(std::string_view id);

}  // namespace lrproof::lint
