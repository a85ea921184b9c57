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

/// A check of two model files shows its command (tests/cli asks them); the others show a case.
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
    CHECK(is_command(check) == (check.id == "net.equal" || check.id == "canon.bound"));
    if (is_command(check)) continue;
    CHECK(check.example.substr(0, 7) == "#: case");
    CHECK(check.example.find(std::string(check.id)) != std::string_view::npos);
  }
  CHECK(ids.size() == 20);
  CHECK(claim::find_check("root.insight") == nullptr);
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
