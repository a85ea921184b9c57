#pragma once
// A rule set (RUL-5): an immutable value, cheap to copy.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lrproof/outcome.hpp"

namespace lrproof {

class RuleSet {
 public:
  /// Implementation; defined inside the library.
  struct Body;

  explicit RuleSet(std::shared_ptr<const Body> body) : body_(std::move(body)) {}
  std::string name() const;
  std::string dialect() const;
  std::string text() const;  ///< normalised TOML; parsing it gives the same rule set
  const Body& body() const { return *body_; }

 private:
  std::shared_ptr<const Body> body_;
};

/// A shipped rule set by name ("lrp-0"), or the rule file at that path.
Expected<RuleSet> load_rule_set(const std::string& name_or_path);
/// A rule set from TOML text; `name` stands in for the path in errors.
Expected<RuleSet> parse_rule_set(std::string_view toml, const std::string& name);
/// Names of the shipped rule sets, sorted.
std::vector<std::string> shipped_rule_sets();

}  // namespace lrproof
