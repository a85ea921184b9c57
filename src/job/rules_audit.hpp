#pragma once
// `lrproof rules audit`: the laws of rules by themselves, for all weights, inputs and biases.
#include <string>
#include <vector>

#include "base/result.hpp"
#include "prove/rule_laws.hpp"

namespace lrproof::job {

struct AuditedRule {
  std::string name, from;  ///< as reports call it; the rule set or file it stands in, "" for a rule by name
  rule::AffineRule rule;
  std::vector<prove::LawAnswer> answers;         ///< by rule_laws()
  std::vector<prove::LawAnswer> on_convolution;  ///< likewise, at the convolution of prove::Shape
};

/// names: affine rules by name, shipped rule sets or rule files (each of their affine rules once); none: every affine
/// rule that has a name.
/// `smt`: Z3 is asked, too; dump_smt: and its questions go to that folder ("": nowhere).
base::Result<std::vector<AuditedRule>> audit_rules(const std::vector<std::string>& names, bool smt,
                                                   const std::string& dump_smt = "");

/// verbose: with the numbers of what is refuted at the convolution.
std::string rules_audit_text(const std::vector<AuditedRule>& rules, bool verbose);
/// The form lrproof-rule-laws/1 (docs/rule-laws.md).
std::string rules_audit_json(const std::vector<AuditedRule>& rules);
/// Which refuted law the second opinion does not accept, and why; empty: none. `json`: rules_audit_json.
std::string rules_audit_bug(const std::string& json);
/// Some law of some rule stayed open.
bool any_unknown(const std::vector<AuditedRule>& rules);

}  // namespace lrproof::job
