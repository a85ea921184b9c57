#pragma once
// TOML as a value tree that remembers where everything stands (toml++ behind the door of toml.cpp).
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace lrproof::text {

/// Where something stands in a text: line and column (in characters), both from 1.
struct Mark {
  int line = 0, column = 0;
};

struct TomlEntry;

/// One TOML value. Numbers are not converted: `text` is the number exactly as the file spells it ("1e-6").
struct Toml {
  enum class Kind { text, integer, real, boolean, date, array, table };
  Kind kind = Kind::table;
  Mark mark;
  std::string text;         ///< text: the characters; integer, real, date: the source as written
  bool boolean = false;     ///< boolean
  bool plain = false;       ///< text written on one line without escapes: its k-th character stands at mark + 1 + k
  std::vector<Toml> items;  ///< array
  std::vector<TomlEntry> entries;  ///< table, in the order of the file

  bool is_number() const { return kind == Kind::integer || kind == Kind::real; }
  /// The entry with this key, or nullptr.
  const TomlEntry* find(std::string_view key) const;
};

/// A key and its value; mark is where the key stands.
struct TomlEntry {
  std::string key;
  Mark mark;
  Toml value;
};

/// What a parser is willing to read; beyond it there is one Diagnostic.
struct TomlLimits {
  std::size_t bytes = std::size_t(16) << 20;
  int depth = 32;  ///< brackets in brackets, and dots in one key
};

/// Reads a whole TOML text. file is used in diagnostics only ("file:line:column").
base::Result<Toml> parse_toml(std::string_view text, const std::string& file, const TomlLimits& limits = {});

/// "file:line:column"
std::string place(const std::string& file, Mark mark);
/// "a string", "a table": how a diagnostic names what it found.
std::string kind_word(Toml::Kind kind);

/// A TOML basic string with its quotes; any bytes that are UTF-8 come back unchanged.
std::string toml_quote(std::string_view text);
/// A key: bare where TOML allows it, else quoted.
std::string toml_key(std::string_view key);

}  // namespace lrproof::text
