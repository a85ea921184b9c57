// The door to toml++. The library reads numbers into doubles; a claim about 1e-6 is a claim about the rational
// 1/1000000, so every number is taken again from the source text, at the span the library reports (RUL-2, contract of
// rule files). Depth is measured by a scan of our own before the library sees the text, because a tree as deep as the
// text is long cannot even be destroyed safely.
#include "text/toml.hpp"

#include <toml++/toml.h>

#include <algorithm>

namespace lrproof::text {
namespace {

base::Diagnostic complain(const std::string& file, Mark mark, std::string code, std::string sentence,
                          std::string hint = "") {
  return {std::move(code), place(file, mark), std::move(sentence), std::move(hint)};
}

/// Walks over the text outside strings and comments and measures nesting: open brackets, and dots in one key.
class DepthScan {
 public:
  DepthScan(std::string_view text, int limit) : text_(text), limit_(limit) {}

  /// Byte offset of the place where the limit is passed, or npos.
  std::size_t first_too_deep() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        skip_to_line_end();
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else if (c == '.') {
        ++dots_;
      } else if (c == '[' || c == '{') {
        ++open_, dots_ = 0;
      } else if (c == ']' || c == '}') {
        --open_, dots_ = 0;
      } else if (c == ',' || c == '=' || c == '\n') {
        dots_ = 0;
      }
      if (dots_ > limit_ || open_ > limit_) return at_;
    }
    return std::string_view::npos;
  }

 private:
  void skip_to_line_end() {
    while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
  }
  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool multi = text_.substr(at_, 3) == three;
    at_ += multi ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\\' && quote == '"') {
        ++at_;
      } else if (!multi && (c == quote || c == '\n')) {
        return;
      } else if (multi && text_.substr(at_, 3) == three) {
        at_ += 2;
        while (at_ + 1 < text_.size() && text_[at_ + 1] == quote) ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  int limit_;
  std::size_t at_ = 0;
  int open_ = 0, dots_ = 0;
};

/// Byte offsets of lines, to find the source of a value from its line and column.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }
  std::size_t offset(Mark mark) const {
    if (mark.line < 1 || std::size_t(mark.line) > starts_.size()) return text_.size();
    std::size_t at = starts_[std::size_t(mark.line - 1)];
    if (mark.line == 1 && text_.starts_with("\xef\xbb\xbf")) at = 3;
    for (int column = 1; column < mark.column && at < text_.size(); ++column) {
      ++at;
      while (at < text_.size() && (text_[at] & '\xc0') == '\x80') ++at;
    }
    return at;
  }
  Mark mark(std::size_t offset) const {
    const auto line = std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin();
    Mark mark{int(line), 1};
    for (std::size_t i = starts_[std::size_t(line - 1)]; i < offset && i < text_.size(); ++i)
      mark.column += (text_[i] & '\xc0') != '\x80';
    return mark;
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_{0};
};

Mark mark_of(const toml::source_position& position) { return {int(position.line), int(position.column)}; }

Toml::Kind kind_of(const toml::node& node) {
  if (node.is_table()) return Toml::Kind::table;
  if (node.is_array()) return Toml::Kind::array;
  if (node.is_string()) return Toml::Kind::text;
  if (node.is_integer()) return Toml::Kind::integer;
  if (node.is_floating_point()) return Toml::Kind::real;
  if (node.is_boolean()) return Toml::Kind::boolean;
  return Toml::Kind::date;
}

std::string_view source_of(const toml::node& node, const Lines& lines) {
  const auto from = lines.offset(mark_of(node.source().begin)), to = lines.offset(mark_of(node.source().end));
  return from < to ? lines.text().substr(from, to - from) : std::string_view();
}

std::string trimmed(std::string_view source) {
  const auto last = source.find_last_not_of(" \t\r\n");
  return std::string(source.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

Toml convert(const toml::node& node, const Lines& lines) {
  Toml out;
  out.kind = kind_of(node);
  out.mark = mark_of(node.source().begin);
  const std::string_view source = source_of(node, lines);
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table)
      out.entries.push_back({std::string(key.str()), mark_of(key.source().begin), convert(value, lines)});
    std::stable_sort(out.entries.begin(), out.entries.end(), [](const TomlEntry& a, const TomlEntry& b) {
      return std::pair(a.mark.line, a.mark.column) < std::pair(b.mark.line, b.mark.column);
    });
  } else if (const auto* array = node.as_array()) {
    for (const auto& item : *array) out.items.push_back(convert(item, lines));
  } else if (const auto* text = node.as_string()) {
    out.text = text->get();
    out.plain = source.size() == out.text.size() + 2 && source.substr(1, out.text.size()) == out.text;
  } else if (const auto* boolean = node.as_boolean()) {
    out.boolean = boolean->get();
  } else if (const auto* integer = node.as_integer(); integer && source.find_first_of("xob") != source.npos) {
    out.text = std::to_string(integer->get());
  } else {
    out.text = trimmed(source);
  }
  return out;
}

}  // namespace

const TomlEntry* Toml::find(std::string_view key) const {
  for (const auto& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

base::Result<Toml> parse_toml(std::string_view text, const std::string& file, const TomlLimits& limits) {
  if (text.size() > limits.bytes)
    return complain(file, {1, 1}, "toml.too-large", "the text has " + std::to_string(text.size()) + " bytes",
                    "at most " + std::to_string(limits.bytes) + " are read");
  const Lines lines(text);
  if (const auto at = DepthScan(text, limits.depth).first_too_deep(); at != std::string_view::npos)
    return complain(file, lines.mark(at), "toml.too-deep", "tables or arrays are nested too deeply",
                    "at most " + std::to_string(limits.depth) + " levels are read");
  try {
    return convert(toml::parse(text), lines);
  } catch (const toml::parse_error& error) {
    return complain(file, mark_of(error.source().begin), "toml.syntax", std::string(error.description()));
  } catch (const std::exception& error) {
    return complain(file, {1, 1}, "toml.syntax", error.what());
  }
}

std::string place(const std::string& file, Mark mark) {
  return file + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column);
}

std::string kind_word(Toml::Kind kind) {
  switch (kind) {
    case Toml::Kind::text:
      return "a string";
    case Toml::Kind::integer:
      return "an integer";
    case Toml::Kind::real:
      return "a number";
    case Toml::Kind::boolean:
      return "true or false";
    case Toml::Kind::date:
      return "a date";
    case Toml::Kind::array:
      return "an array";
    case Toml::Kind::table:
      return "a table";
  }
  return "";
}

std::string toml_quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\', out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00", out += kHex[byte >> 4], out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  return bare ? std::string(key) : toml_quote(key);
}

}  // namespace lrproof::text
