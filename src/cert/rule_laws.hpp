#pragma once
// Laws of rules, handed to the second opinion: what is refuted is evaluated again from the rule's text.
#include <string>

namespace lrproof::cert {

/// `json`: the form lrproof-rule-laws/1. The first refuted law that is not accepted, and why; empty: none. A rule that
/// the oracle does not cover is none.
std::string rejected_rule_law(const std::string& json);

}  // namespace lrproof::cert
