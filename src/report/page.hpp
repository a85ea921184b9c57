#pragma once
// Reports for people. One value, many coats: `compose` decides once what is said and in which order, as a Page of plain
// tables and sentences; text, Markdown and HTML only dress it. What a name contains is kept as it is here: every coat
// escapes for its own medium.
#include <cstdint>
#include <string>
#include <vector>

#include "claim/claim.hpp"

namespace lrproof::report {

enum class Tone { plain, good, bad, doubt, faint };

/// One cell; share in [0, 1] asks for a bar behind the number.
struct Cell {
  std::string text;
  Tone tone = Tone::plain;
  double share = -1;
};

/// title may hold line breaks, for narrow columns.
struct Column {
  std::string title;
  bool is_number = false;
};

/// Rows with equal text in the first column are one group: it is shown once.
struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::string footnote;
};

struct Fact {
  std::string label, text;
};

/// Something to read: a headline, and sentences under it.
struct Note {
  Tone tone = Tone::plain;
  std::string title;
  std::vector<std::string> lines;
};

struct Section {
  std::string title, lead;
  std::vector<Table> tables;
  std::vector<Note> notes;
};

struct Tile {
  std::string label;
  std::int64_t count = 0;
  Tone tone = Tone::plain;
};

/// A text to fold away: the rule set as it was read, the question a check asks.
struct Listing {
  std::string title, text;
  bool is_code = false;
};

struct Page {
  std::string title;
  std::vector<Fact> facts;
  std::vector<Tile> tiles;
  std::vector<Section> sections;
  std::vector<Listing> listings;
  std::string summary;
};

/// brief: long tables are summed up and one witness per check and rule set is shown. full: everything.
enum class Depth { brief, full };
Page compose(const claim::Report& report, Depth depth);

}  // namespace lrproof::report
