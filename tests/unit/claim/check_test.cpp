#include "claim/check.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "base/file.hpp"
#include "claim/check_page.hpp"

using namespace lrproof;

namespace {

/// Compares a committed file with its text; LRPROOF_WRITE_PAGES=1 writes it instead.
void check_committed(const std::string& name, const std::string& text) {
  const std::string path = std::string(LRPROOF_SOURCE_DIR) + "/" + name;
  if (std::getenv("LRPROOF_WRITE_PAGES") != nullptr) {
    CHECK(base::write_file(path, text).ok());
    return;
  }
  const auto committed = base::read_file(path);
  CHECK_MESSAGE((committed && *committed == text), path, " differs: run claim_test with LRPROOF_WRITE_PAGES=1");
}

/// A check of model files, or of what no file holds, shows a command (tests/cli asks them); the others show a case.
bool is_command(const claim::Check& check) { return check.example.starts_with("lrproof "); }

}  // namespace

TEST_CASE("every check is complete and has its own id") {
  std::set<std::string_view> ids;
  for (const claim::Check& check : claim::checks()) {
    CAPTURE(check.id);
    CHECK(ids.insert(check.id).second);
    CHECK(claim::find_check(check.id) == &check);
    for (std::string_view text : {check.law, check.question, check.theorem, check.refuted, check.limits, check.remedy,
                                  check.example, check.source}) {
      CHECK_FALSE(text.empty());
      CHECK(text.find("  ") == (text == check.example ? text.find("  ") : std::string_view::npos));
    }
    CHECK(check.question.back() == '?');
    CHECK(is_command(check) ==
          std::set<std::string_view>{"net.equal", "canon.bound", "A002", "A003", "A008", "A009", "A027"}.contains(
              check.id));
    if (is_command(check)) continue;
    CHECK(check.example.substr(0, 7) == "#: case");
    CHECK(check.example.find(std::string(check.id)) != std::string_view::npos);
  }
  CHECK(ids.size() == 20 + 28);
  CHECK(claim::find_check("root.insight") == nullptr);
}

TEST_CASE("a lint rule has a level and evidence, or is not decidable from ONNX") {
  for (const claim::Check& check : claim::checks()) {
    CAPTURE(check.id);
    CHECK(claim::is_lint(check) == (check.id.find('.') == std::string_view::npos));
    const bool undecidable = check.theorem.starts_with("Not decidable from ONNX");
    CHECK((check.level != claim::Level::none) == (claim::is_lint(check) && !undecidable));
    CHECK(check.evidence.empty() == (check.level == claim::Level::none));
  }
}

TEST_CASE("the committed pages are the table's, and the case runner runs their examples") {
  for (const claim::Check& check : claim::checks()) {
    const std::string id(check.id);
    check_committed("docs/checks/" + id + ".md", claim::check_page(check));
    if (is_command(check)) continue;
    check_committed(
        "tests/cases/checks/" + id + ".case",
        "# The example of docs/checks/" + id + ".md, written by claim_test.\n" + std::string(check.example));
  }
  check_committed("docs/checks/README.md", claim::check_index());
}
