#include "report/escape.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace lrproof::report {
namespace {

constexpr std::string_view kReplacement = "\uFFFD";

/// Length of the well-formed UTF-8 sequence at the start of text, 0 if there is none; code is its code point.
std::size_t sequence_length(std::string_view text, std::uint32_t& code) {
  const auto byte = [&](std::size_t k) { return std::uint32_t(static_cast<unsigned char>(text[k])); };
  const std::uint32_t lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  code = length == 1 ? lead : lead & (0x7Fu >> length);
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(k) & 0x3F);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kLeast[length] || code > 0x10FFFF || is_surrogate ? 0 : length;
}

bool is_invisible(std::uint32_t code) {
  return (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF || (code >= 0xE0000 && code <= 0xE0FFF);
}

std::string cleaned(std::string_view text, bool keeps_lines) {
  std::string out;
  while (!text.empty()) {
    std::uint32_t code = 0;
    const std::size_t length = sequence_length(text, code);
    if (length == 0)
      out += kReplacement;
    else if (code == '\n' || code == '\t' || code == '\r')
      out += keeps_lines && code == '\n' ? '\n' : ' ';
    else if (code < 0x20 || (code >= 0x7F && code < 0xA0))
      out += fmt::format("\\x{:02x}", code);
    else if (is_invisible(code))
      out += fmt::format("\\u{:04x}", code);
    else
      out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace

std::string clean(std::string_view text) { return cleaned(text, false); }

std::string for_markdown(std::string_view text) {
  std::string out;
  for (const char c : cleaned(text, false)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '|')
      out += "&#124;";
    else if (std::string_view("\\`*_[]#~$").find(c) != std::string_view::npos)
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string for_html(std::string_view text) {
  std::string out;
  for (const char c : cleaned(text, true)) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return width;
}

std::string shortened(const std::string& text, std::size_t width) {
  if (width_of(text) <= width || width < 3) return text;
  std::size_t from_start = (width - 1) / 3, from_end = width - 1 - from_start;
  std::size_t head = 0, tail = text.size();
  const auto is_inner = [&](std::size_t k) {
    return k < text.size() && (static_cast<unsigned char>(text[k]) & 0xC0) == 0x80;
  };
  for (; from_start > 0; --from_start) do
      ++head;
    while (is_inner(head));
  for (; from_end > 0; --from_end) do
      --tail;
    while (is_inner(tail));
  return text.substr(0, head) + "\u2026" + text.substr(tail);
}

}  // namespace lrproof::report
