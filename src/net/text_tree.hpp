#pragma once
// The text form's tokens: words, quoted words and bracketed lists with their places. No meaning yet.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace lrproof::net {

/// A word, a quoted word, a punctuation mark, the end of a line or of the text.
struct TextToken {
  enum class Kind { word, quoted, mark, line_end, end } kind = Kind::end;
  std::string text;
  int line = 1, column = 1;
  bool is(std::string_view mark) const { return kind == Kind::mark && text == mark; }
  bool is_name() const { return kind == Kind::word || kind == Kind::quoted; }
};

/// A word or a list of literals.
struct TextLiteral {
  TextToken token;  ///< of a list: its opening bracket
  bool is_list = false;
  std::vector<TextLiteral> items;
};

/// Hands out tokens one after the other, with one token of look-ahead.
class TextTokens {
 public:
  TextTokens(std::string_view text, std::string file);
  const TextToken& peek() const { return next_; }
  base::Result<TextToken> take();
  /// A word or a bracketed list, line ends inside brackets ignored.
  base::Result<TextLiteral> take_literal(int depth = 0);
  base::Status expect(std::string_view mark, const std::string& where);
  base::Diagnostic error(const TextToken& at, std::string sentence, std::string hint = "") const;
  base::Status skip_line_ends();

 private:
  base::Result<TextToken> scan();
  base::Result<TextToken> scan_quoted(TextToken token);
  std::string_view text_;
  std::string file_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
  TextToken next_;
  bool failed_ = false;
  base::Diagnostic failure_;
};

/// Can the name stand without quotes?
bool is_plain_name(std::string_view name);
std::string quoted(std::string_view text);

}  // namespace lrproof::net
