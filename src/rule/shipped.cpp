#include "rule/shipped.hpp"

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "base/words.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::rule {

std::vector<std::string> shipped_rulesets() {
  std::vector<std::string> names;
  for (const auto& file : shipped_files()) names.emplace_back(file.name);
  std::sort(names.begin(), names.end());
  return names;
}

base::Result<RuleSet> load_ruleset(const std::string& name_or_path) {
  for (const auto& file : shipped_files())
    if (name_or_path == file.name) return parse_ruleset(file.text, "rules/" + name_or_path + ".toml");
  std::error_code ignored;
  const bool is_path = name_or_path.ends_with(".toml") || name_or_path.find('/') != std::string::npos ||
                       std::filesystem::exists(name_or_path, ignored);
  if (!is_path)
    return base::Diagnostic{"rules.unknown-ruleset", name_or_path, "no shipped rule set has this name",
                            base::did_you_mean(name_or_path, shipped_rulesets()) + " or give the path of a .toml file"};
  LRPROOF_TRY(text, base::read_file(name_or_path, std::uint64_t(1) << 20));
  return parse_ruleset(text, name_or_path);
}

}  // namespace lrproof::rule
