#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/escape.hpp"
#include "report/page.hpp"
#include "report/style.hpp"
#include "report/words.hpp"

namespace lrproof::report {
namespace {

constexpr std::size_t kOpenNotes = 6, kOpenLines = 6;

std::string word_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "plain";
    case Tone::good:
      return "good";
    case Tone::bad:
      return "bad";
    case Tone::doubt:
      return "doubt";
    case Tone::faint:
      return "faint";
  }
  return "plain";
}

std::string flat(std::string title) {
  std::replace(title.begin(), title.end(), '\n', ' ');
  return title;
}

std::string on_lines(const std::string& title) {
  std::string out;
  for (const char c : for_html(title)) out += c == '\n' ? std::string("<br>") : std::string(1, c);
  return out;
}

std::string cell(const Cell& cell, bool is_number) {
  std::string classes = word_of(cell.tone);
  if (is_number) classes += " number";
  std::string style;
  if (cell.share >= 0) {
    classes += " bar";
    style = fmt::format(" style=\"--share:{:.2f}%\"", 100 * std::min(cell.share, 1.0));
  }
  return fmt::format("<td class=\"{}\"{}>{}</td>", classes, style, for_html(cell.text));
}

/// Rows of one group share one first cell.
std::size_t group_size(const Table& table, std::size_t first) {
  std::size_t last = first;
  while (last < table.rows.size() && table.rows[last].front().text == table.rows[first].front().text) ++last;
  return last - first;
}

std::string table_html(const Table& table) {
  std::string out = "<div class=\"scroll\"><table>\n<thead><tr>";
  for (const Column& column : table.columns)
    out += fmt::format("<th{}>{}</th>", column.is_number ? " class=\"number\"" : "", on_lines(column.title));
  out += "</tr></thead>\n";
  for (std::size_t first = 0; first < table.rows.size();) {
    const std::size_t size = group_size(table, first);
    out += "<tbody>\n";
    for (std::size_t r = first; r < first + size; ++r) {
      out += "<tr>";
      if (r == first)
        out += fmt::format("<th scope=\"rowgroup\" rowspan=\"{}\">{}</th>", size, for_html(table.rows[r][0].text));
      for (std::size_t c = 1; c < table.rows[r].size(); ++c) out += cell(table.rows[r][c], table.columns[c].is_number);
      out += "</tr>\n";
    }
    out += "</tbody>\n";
    first += size;
  }
  out += "</table></div>\n";
  return table.footnote.empty() ? out : out + "<p class=\"lead\">" + for_html(table.footnote) + "</p>\n";
}

std::string note_html(const Note& note, bool is_open) {
  std::string out = fmt::format("<details class=\"note {}\"{}><summary>{}</summary>\n", word_of(note.tone),
                                is_open ? " open" : "", for_html(note.title));
  if (!note.lines.empty()) {
    out += "<ul>\n";
    for (const std::string& line : note.lines) out += "<li>" + for_html(line) + "</li>\n";
    out += "</ul>\n";
  }
  return out + "</details>\n";
}

std::string section_html(const Section& section) {
  std::string out = fmt::format("<section>\n<h2>{}</h2>\n<p class=\"lead\">{}</p>\n", for_html(section.title),
                                for_html(section.lead));
  for (const Table& table : section.tables) out += table_html(table);
  for (std::size_t k = 0; k < section.notes.size(); ++k)
    out += note_html(section.notes[k], k < kOpenNotes && section.notes[k].lines.size() <= kOpenLines);
  return out + "</section>\n";
}

std::string paragraphs(const std::string& text) {
  std::string out = "<p>";
  const std::string escaped = for_html(text);
  for (std::size_t k = 0; k < escaped.size(); ++k) {
    const bool is_break = escaped[k] == '\n' && k + 1 < escaped.size() && escaped[k + 1] == '\n';
    out += is_break ? "</p>\n<p>" : std::string(1, escaped[k]);
    k += is_break;
  }
  return out + "</p>\n";
}

std::string listings_html(const std::vector<Listing>& listings) {
  if (listings.empty()) return "";
  std::string out = "<section>\n<h2>What was asked, and of which rules</h2>\n";
  for (const Listing& listing : listings)
    out += fmt::format("<details class=\"note plain\"><summary>{}</summary>\n{}</details>\n", for_html(listing.title),
                       listing.is_code ? "<pre>" + for_html(listing.text) + "</pre>\n" : paragraphs(listing.text));
  return out + "</section>\n";
}

std::string header_html(const Page& page) {
  std::string out = "<header>\n<h1>" + for_html(page.title) + "</h1>\n<p class=\"summary\">" + for_html(page.summary) +
                    "</p>\n<div class=\"tiles\">\n";
  for (const Tile& tile : page.tiles)
    out += fmt::format("<div class=\"tile {}\"><b>{}</b>{}</div>\n", word_of(tile.count == 0 ? Tone::faint : tile.tone),
                       count_text(tile.count), for_html(tile.label));
  out += "</div>\n<dl>\n";
  for (const Fact& fact : page.facts)
    out += "<dt>" + for_html(fact.label) + "</dt><dd>" + for_html(fact.text) + "</dd>\n";
  return out + "</dl>\n</header>\n";
}

}  // namespace

std::string to_html(const claim::Report& report) {
  const Page page = compose(report, Depth::full);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      for_html(flat(page.title)) + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n<main>\n" +
      header_html(page);
  for (const Section& section : page.sections) out += section_html(section);
  out += listings_html(page.listings);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace lrproof::report
