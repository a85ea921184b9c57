#include "report/text.hpp"

#include <algorithm>
#include <sstream>

#include "report/escape.hpp"
#include "report/page.hpp"
#include "report/words.hpp"

namespace lrproof::report {
namespace {

constexpr std::size_t kNarrowest = 12;

class Printer {
 public:
  explicit Printer(const TextOptions& options) : options_(options), width_(std::size_t(std::max(options.width, 60))) {}

  std::string print(const Page& page) {
    out_ = bold(clean(page.title)) + "\n\n";
    std::size_t label_width = 0;
    for (const Fact& fact : page.facts) label_width = std::max(label_width, fact.label.size());
    for (const Fact& fact : page.facts)
      wrapped(fact.text, "  " + padded(fact.label, label_width, false) + "  ", label_width + 4);
    for (const Section& section : page.sections) print(section);
    out_ += '\n' + bold(clean(page.summary)) + '\n';
    return std::move(out_);
  }

 private:
  std::string painted(const std::string& text, const char* code) const {
    return options_.color && !text.empty() ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
  }
  std::string bold(const std::string& text) const { return painted(text, "1"); }
  std::string toned(const std::string& text, Tone tone) const {
    switch (tone) {
      case Tone::plain:
        return text;
      case Tone::good:
        return painted(text, "32");
      case Tone::bad:
        return painted(text, "31");
      case Tone::doubt:
        return painted(text, "33");
      case Tone::faint:
        return painted(text, "2");
    }
    return text;
  }
  static std::string padded(const std::string& text, std::size_t width, bool to_right) {
    const std::string space(width - std::min(width, width_of(text)), ' ');
    return to_right ? space + text : text + space;
  }

  /// Words of text from column `indent` on; head stands before the first line.
  void wrapped(const std::string& text, const std::string& head, std::size_t indent, Tone tone = Tone::plain) {
    std::istringstream words(clean(text));
    std::string line, word;
    bool is_first = true;
    const auto flush = [&] {
      out_ += (is_first ? head : std::string(indent, ' ')) + toned(line, tone) + '\n';
      is_first = false;
      line.clear();
    };
    while (words >> word) {
      if (!line.empty() && indent + width_of(line) + 1 + width_of(word) > width_) flush();
      line += (line.empty() ? "" : " ") + word;
    }
    flush();
  }

  void print(const Section& section) {
    out_ += '\n' + bold(clean(section.title)) + '\n';
    wrapped(section.lead, "  ", 2, Tone::faint);
    for (const Table& table : section.tables) print(table);
    for (const Note& note : section.notes) {
      wrapped(note.title, "  ", 4, note.tone);
      for (const std::string& line : note.lines) wrapped(line, "      ", 6);
    }
  }

  static std::vector<std::string> lines_of(const std::string& title) {
    std::vector<std::string> lines(1);
    for (const char c : title) c == '\n' ? lines.emplace_back() : lines.back() += c;
    return lines;
  }

  /// Natural widths; while the table is too wide, its widest column of words gives way.
  std::vector<std::size_t> widths_of(const Table& table) const {
    std::vector<std::size_t> widths;
    std::size_t total = 2;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      std::size_t width = 0;
      for (const std::string& line : lines_of(table.columns[c].title)) width = std::max(width, width_of(line));
      for (const auto& row : table.rows) width = std::max(width, width_of(clean(row[c].text)));
      widths.push_back(width);
      total += width + 2;
    }
    while (total > width_ + 2) {
      std::size_t widest = table.columns.size();
      for (std::size_t c = 0; c < widths.size(); ++c)
        if (!table.columns[c].is_number && widths[c] > kNarrowest &&
            (widest == widths.size() || widths[c] > widths[widest]))
          widest = c;
      if (widest == table.columns.size()) break;
      --widths[widest], --total;
    }
    return widths;
  }

  void print_head(const Table& table, const std::vector<std::size_t>& widths) {
    std::size_t height = 1;
    for (const Column& column : table.columns) height = std::max(height, lines_of(column.title).size());
    for (std::size_t h = 0; h < height; ++h) {
      std::string line;
      for (std::size_t c = 0; c < widths.size(); ++c) {
        const auto lines = lines_of(table.columns[c].title);
        const std::size_t above = height - lines.size();
        line += "  " + padded(h < above ? "" : lines[h - above], widths[c], table.columns[c].is_number);
      }
      out_ += painted(trimmed(line), "2") + '\n';
    }
  }

  static std::string trimmed(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  }

  void print(const Table& table) {
    const std::vector<std::size_t> widths = widths_of(table);
    print_head(table, widths);
    std::string group;
    for (const auto& row : table.rows) {
      std::string line;
      std::size_t spaces = 0;
      for (std::size_t c = 0; c < widths.size(); ++c) {
        const bool is_repeated = c == 0 && &row != &table.rows.front() && row[c].text == group;
        const std::string text = is_repeated ? "" : shortened(clean(row[c].text), widths[c]);
        const std::size_t space = widths[c] - std::min(widths[c], width_of(text));
        const bool to_right = table.columns[c].is_number;
        line += std::string(spaces + 2 + (to_right ? space : 0), ' ') + toned(text, row[c].tone);
        spaces = to_right ? 0 : space;
      }
      group = row.front().text;
      out_ += line + '\n';
    }
    if (!table.footnote.empty()) wrapped(table.footnote, "  ", 2, Tone::faint);
  }

  TextOptions options_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string to_text(const claim::Report& report, const TextOptions& options) {
  std::string text = Printer(options).print(compose(report, options.verbose ? Depth::full : Depth::brief));
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out += line.erase(line.find_last_not_of(' ') + 1) + '\n';
  return out;
}

}  // namespace lrproof::report
