#include "net/text_tree.hpp"

#include <algorithm>
#include <cctype>

namespace lrproof::net {

namespace {

constexpr int kDeepest = 8;
constexpr std::string_view kMarks = "[](),=";

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || c == '/' || c == '+';
}

}  // namespace

bool is_plain_name(std::string_view name) {
  if (name.empty() || !(std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '_')) return false;
  return std::ranges::all_of(name, is_word_char);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + '"';
}

TextTokens::TextTokens(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {
  auto first = scan();
  if (first)
    next_ = *first;
  else
    failed_ = true, failure_ = first.error();
}

base::Diagnostic TextTokens::error(const TextToken& at, std::string sentence, std::string hint) const {
  return {"net.text", file_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column), std::move(sentence),
          std::move(hint)};
}

base::Result<TextToken> TextTokens::take() {
  if (failed_) return failure_;
  TextToken token = std::move(next_);
  auto following = scan();
  if (following)
    next_ = std::move(*following);
  else
    failed_ = true, failure_ = following.error(), next_ = TextToken{};
  return token;
}

base::Result<TextToken> TextTokens::scan_quoted(TextToken token) {
  token.kind = TextToken::Kind::quoted;
  for (++at_, ++column_; at_ < text_.size() && text_[at_] != '\n'; ++at_, ++column_) {
    if (text_[at_] == '"') {
      ++at_, ++column_;
      return token;
    }
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
      ++at_, ++column_;
      token.text += text_[at_] == 'n' ? '\n' : text_[at_];
    } else {
      token.text += text_[at_];
    }
  }
  return error(token, "a quoted word does not end on its line", "close it with \"");
}

base::Result<TextToken> TextTokens::scan() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '#')
      while (at_ < text_.size() && text_[at_] != '\n') ++at_, ++column_;
    else if (c == ' ' || c == '\t' || c == '\r')
      ++at_, ++column_;
    else
      break;
  }
  TextToken token{TextToken::Kind::end, "", line_, column_};
  if (at_ == text_.size()) return token;
  const char c = text_[at_];
  if (c == '\n') {
    token.kind = TextToken::Kind::line_end;
    ++at_, ++line_, column_ = 1;
    return token;
  }
  if (c == '"') return scan_quoted(token);
  if (kMarks.find(c) != std::string_view::npos) {
    token.kind = TextToken::Kind::mark;
    token.text = c;
    ++at_, ++column_;
    return token;
  }
  if (!is_word_char(c)) return error(token, std::string("unexpected character '") + c + "'");
  token.kind = TextToken::Kind::word;
  while (at_ < text_.size() && is_word_char(text_[at_])) token.text += text_[at_++], ++column_;
  return token;
}

base::Status TextTokens::skip_line_ends() {
  while (!failed_ && next_.kind == TextToken::Kind::line_end) LRPROOF_CHECK(take());
  if (failed_) return failure_;
  return base::fine();
}

base::Status TextTokens::expect(std::string_view mark, const std::string& where) {
  if (failed_) return failure_;
  if (!next_.is(mark)) return error(next_, "expected '" + std::string(mark) + "' " + where);
  LRPROOF_CHECK(take());
  return base::fine();
}

base::Result<TextLiteral> TextTokens::take_literal(int depth) {
  TextLiteral literal;
  LRPROOF_TRY(token, take());
  literal.token = token;
  if (token.is_name()) return literal;
  if (!token.is("[")) return error(token, "expected a number, a word or a list", "lists are written [1, 2]");
  if (depth == kDeepest) return error(token, "lists are nested deeper than " + std::to_string(kDeepest));
  literal.is_list = true;
  LRPROOF_CHECK(skip_line_ends());
  while (!next_.is("]")) {
    LRPROOF_TRY(item, take_literal(depth + 1));
    literal.items.push_back(std::move(item));
    LRPROOF_CHECK(skip_line_ends());
    if (next_.is("]")) break;
    LRPROOF_CHECK(expect(",", "or ']' in a list"));
    LRPROOF_CHECK(skip_line_ends());
  }
  LRPROOF_CHECK(expect("]", "at the end of a list"));
  return literal;
}

}  // namespace lrproof::net
