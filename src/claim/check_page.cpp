#include "claim/check_page.hpp"

namespace lrproof::claim {
namespace {

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (c == '\n') c = ' ';
  return line;
}

void add_section(std::string& page, std::string_view title, std::string_view body) {
  page += "\n## ";
  page += title;
  page += "\n\n";
  page += body;
  page += '\n';
}

}  // namespace

namespace {

// What a lint rule answers: a level and what it rests on, instead of proofs and witnesses alone.
std::string lint_page(const Check& check) {
  const bool decided = check.level != Level::none;
  std::string page = "# " + std::string(check.id) + "\n\n" + std::string(check.question) + "\n\nLaw: [" +
                     std::string(check.law) + "](../laws.md)\n\n";
  page += decided ? "Level: " + to_string(check.level) + ". Evidence: " + std::string(check.evidence) + ".\n"
                  : "Not decidable from ONNX.\n";
  add_section(page, "What passes", check.theorem);
  add_section(page, "What fails", check.refuted);
  add_section(page, "When there is no answer", check.limits);
  add_section(page, "What to do", check.remedy);
  const bool is_case = check.example.find("=====") != std::string_view::npos;
  add_section(page, is_case ? "A case that fails, and its twin that does not" : "A command",
              "```\n" + std::string(check.example) + "```");
  add_section(page, "Source", check.source);
  return page;
}

}  // namespace

std::string check_page(const Check& check) {
  if (is_lint(check)) return lint_page(check);
  std::string page = "# " + std::string(check.id) + "\n\n" + std::string(check.question) + "\n\nLaw: [" +
                     std::string(check.law) + "](../laws.md)\n";
  add_section(page, "What proved means", check.theorem);
  add_section(page, "What a witness shows", check.refuted);
  add_section(page, "When there is no verdict", check.limits);
  add_section(page, "What to do", check.remedy);
  const bool has_twin = check.example.find("=====") != std::string_view::npos;
  add_section(page, has_twin ? "A case that holds, and its twin that fails" : "A case that holds",
              "```\n" + std::string(check.example) + "```");
  add_section(page, "Source", check.source);
  return page;
}

std::string check_index() {
  std::string page =
      "# Checks\n\nEvery check by its id. Each page says what proved means, what a witness shows and how to check it\n"
      "by hand; `lrproof checks show ID` prints the same text.\n\n| check | law | question |\n|---|---|---|\n";
  for (const Check& check : checks()) {
    if (is_lint(check)) continue;
    const std::string id(check.id);
    page += "| [" + id + "](" + id + ".md) | " + std::string(check.law) + " | " + one_line(check.question) + " |\n";
  }
  page +=
      "\n## Lint\n\n`lrproof lint` asks these of a model and its rule sets, without inputs. An error is a mistake, a "
      "warning probably one,\na note is worth knowing.\n\n| rule | level | law | question |\n|---|---|---|---|\n";
  for (const Check& check : checks()) {
    if (!is_lint(check)) continue;
    const std::string id(check.id);
    page += "| [" + id + "](" + id + ".md) | " +
            (check.level == Level::none ? "not decidable from ONNX" : to_string(check.level)) + " | " +
            std::string(check.law) + " | " + one_line(check.question) + " |\n";
  }
  return page;
}

}  // namespace lrproof::claim
