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

std::string check_page(const Check& check) {
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
    const std::string id(check.id);
    page += "| [" + id + "](" + id + ".md) | " + std::string(check.law) + " | " + one_line(check.question) + " |\n";
  }
  return page;
}

}  // namespace lrproof::claim
