#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "rule/ruleset_file.hpp"

using namespace lrproof;
using namespace lrproof::rule;

namespace {

std::string dialect_of(const std::string& name) {
  for (const std::string dialect : {"zennit", "captum", "innvestigate", "julia", "torchlrp", "lxt"})
    if (name.starts_with(dialect + "-")) return dialect;
  return "reference";
}

}  // namespace

TEST_CASE("every shipped rule set reads, has a source, and comes back from its print") {
  const auto names = shipped_rulesets();
  CHECK(names.size() >= 75);
  for (const auto& name : names) {
    CAPTURE(name);
    auto rules = load_ruleset(name);
    REQUIRE_MESSAGE(rules.ok(), (rules.ok() ? "" : rules.error().text()));
    CHECK(rules->name == name);
    CHECK(rules->source.size() > 20);
    CHECK(rules->canonize.empty());
    const std::string dialect = dialect_of(name);
    CHECK(rules->dialect == dialect);
    const bool from_one = dialect == "julia" || dialect == "torchlrp" || name == "guided-backprop" ||
                          name == "rectgrad" || name.starts_with("excitation-backprop");
    CHECK(rules->start == (from_one ? Start::one : Start::value));
    const bool falls_back = dialect == "zennit" || dialect == "torchlrp" || dialect == "lxt";
    CHECK(rules->unmatched == (falls_back ? Unmatched::gradient : Unmatched::error));
    const std::string printed = print_ruleset(*rules);
    auto again = parse_ruleset(printed, "printed.toml");
    REQUIRE_MESSAGE(again.ok(), (again.ok() ? "" : again.error().text()));
    CHECK(print_ruleset(*again) == printed);
    REQUIRE(again->assigns.size() == rules->assigns.size());
    for (std::size_t k = 0; k < rules->assigns.size(); ++k) CHECK(again->assigns[k].rule == rules->assigns[k].rule);
  }
}

TEST_CASE("every file of rules/ is shipped, and every shipped name stands in docs/rules.md") {
  const std::string root = LRPROOF_SOURCE_DIR;
  const auto names = shipped_rulesets();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/rules")) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    CHECK(std::count(names.begin(), names.end(), entry.path().stem().string()) == 1);
  }
  CHECK(files == names.size());
  auto page = base::read_file(root + "/docs/rules.md");
  REQUIRE(page.ok());
  for (const auto& name : names) {
    CAPTURE(name);
    CHECK(page->find("`" + name + "`") != std::string::npos);
  }
}

TEST_CASE("dtd rules say their root, box rules their bounds") {
  for (const auto& name : shipped_rulesets()) {
    CAPTURE(name);
    auto rules = load_ruleset(name);
    REQUIRE(rules.ok());
    const auto& first = rules->assigns.front().rule;
    if (name.starts_with("dtd-")) CHECK(std::get<AffineRule>(first.body).root.has_value());
    const bool box = name == "lrp-box" || name == "dtd-zb" || name.ends_with("-box") || name.ends_with("-bounded");
    CHECK(needs_bounds(*rules) == box);
  }
}

TEST_CASE("unknown rule sets") {
  auto wrong = load_ruleset("lrp-epsilom");
  REQUIRE_FALSE(wrong.ok());
  CHECK(wrong.error().code == "rules.unknown-ruleset");
  CHECK(wrong.error().hint.find("'lrp-epsilon'") != std::string::npos);
  CHECK_FALSE(load_ruleset("no/such/file.toml").ok());
  CHECK_FALSE(load_ruleset("/").ok());
  auto path = load_ruleset(std::string(LRPROOF_SOURCE_DIR) + "/rules/lrp-0.toml");
  REQUIRE(path.ok());
  CHECK(path->name == "lrp-0");
}
