#pragma once
// Rule files: TOML in, the RuleSet value out, and back.
#include <string>
#include <string_view>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::rule {

/// Reads a rule file. Numbers are taken from the source text exactly. Diagnostics carry file:line:column. Under
/// unmatched = error a file that says nothing of activations in general gets a last assign: activations pass.
base::Result<RuleSet> parse_ruleset(std::string_view text, const std::string& file);
/// Normalised TOML: parse_ruleset of it gives the same value; equal values print equally.
std::string print_ruleset(const RuleSet& rules);

/// A shipped rule set by name, or the rule file at that path. Unknown names: "did you mean".
base::Result<RuleSet> load_ruleset(const std::string& name_or_path);
/// Names of the shipped rule sets, sorted.
std::vector<std::string> shipped_rulesets();

}  // namespace lrproof::rule
