#include "report/markdown.hpp"

#include "report/escape.hpp"
#include "report/page.hpp"

namespace lrproof::report {
namespace {

void add(std::string& out, const Table& table) {
  std::string rule = "|";
  out += '|';
  for (const Column& column : table.columns) {
    out += ' ' + for_markdown(column.title) + " |";
    rule += column.is_number ? "---:|" : "---|";
  }
  out += '\n' + rule + '\n';
  for (const auto& row : table.rows) {
    out += '|';
    for (const Cell& cell : row) out += ' ' + for_markdown(cell.text) + " |";
    out += '\n';
  }
  if (!table.footnote.empty()) out += '\n' + for_markdown(table.footnote) + '\n';
  out += '\n';
}

void add(std::string& out, const Section& section) {
  out += "## " + for_markdown(section.title) + "\n\n" + for_markdown(section.lead) + "\n\n";
  for (const Table& table : section.tables) add(out, table);
  for (const Note& note : section.notes) {
    out += "- **" + for_markdown(note.title) + "**\n";
    for (const std::string& line : note.lines) out += "  - " + for_markdown(line) + '\n';
  }
  if (!section.notes.empty()) out += '\n';
}

}  // namespace

std::string to_markdown(const claim::Report& report) {
  const Page page = compose(report, Depth::full);
  std::string out =
      "# " + for_markdown(page.title) + "\n\n**" + for_markdown(page.summary) + "**\n\n| | |\n|---|---|\n";
  for (const Fact& fact : page.facts) out += "| " + for_markdown(fact.label) + " | " + for_markdown(fact.text) + " |\n";
  out += '\n';
  for (const Section& section : page.sections) add(out, section);
  while (out.size() > 1 && out[out.size() - 2] == '\n') out.pop_back();
  return out;
}

}  // namespace lrproof::report
