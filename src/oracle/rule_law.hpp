#pragma once
// The second opinion on laws of rules: what is refuted is evaluated again, from the rule's text and the witness's
// numbers, with formulas of the oracle's own (docs/rule-laws.md). A law that is proved shows nothing to replay.
#include <string>
#include <vector>

#include "oracle/replay.hpp"

namespace lrproof::oracle {

struct LawLine {
  std::string rule, law, id, shape, verdict;
  bool claimed = false;  ///< it is refuted
  Answer answer;         ///< of what is claimed
};

/// `json`: a file of schema lrproof-rule-laws/1. Fails where it is none, or a rule's text is not the one it names.
Read<std::vector<LawLine>> replay_rule_laws(const std::string& json);

}  // namespace lrproof::oracle
