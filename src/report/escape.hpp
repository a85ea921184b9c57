#pragma once
// Names come from model files and may hold anything; nothing of them may act on a terminal, a page or a table.
#include <cstddef>
#include <string>
#include <string_view>

namespace lrproof::report {

/// Valid UTF-8 with control characters and text-direction marks spelt out as \x1b or \u202e; for terminals. Line breaks
/// become spaces.
std::string clean(std::string_view text);
std::string for_markdown(std::string_view text);  ///< one line, safe inside a table cell
std::string for_html(std::string_view text);      ///< safe in text and in quoted attributes; keeps line breaks

/// Columns a cleaned text takes on a terminal, one per code point.
std::size_t width_of(std::string_view text);
/// At most `width` columns, the middle replaced by an ellipsis.
std::string shortened(const std::string& text, std::size_t width);

}  // namespace lrproof::report
