// Comments that allow findings of the linter. The TOML reader drops comments, so they are found here, string by string.
#include "rule/allowance.hpp"

#include <cctype>

namespace lrproof::rule {
namespace {

constexpr std::string_view kMark = "lrproof:", kVerb = "allow";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  std::size_t end = 0;
  while (end < text.size() && !std::isspace(static_cast<unsigned char>(text[end]))) ++end;
  const auto word = text.substr(0, end);
  text = trimmed(text.substr(end));
  return word;
}

/// Walks a TOML text that the reader has accepted: strings of all four kinds, comments, heads of tables.
class Comments {
 public:
  Comments(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  base::Result<std::vector<Allowance>> read() {
    bool line_begins = true;
    for (at_ = 0; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (line_begins && c == '[') head();
      if (c == '#') LRPROOF_CHECK(comment());
      if (c == '"' || c == '\'') skip_string(c);
      if (at_ < text_.size() && text_[at_] == '\n') ++line_;
      line_begins = at_ < text_.size() && (text_[at_] == '\n' || (line_begins && (c == ' ' || c == '\t')));
    }
    return std::move(found_);
  }

 private:
  std::string_view line_from(std::size_t at) const { return text_.substr(at, text_.find('\n', at) - at); }

  void head() {
    std::string name;
    for (const char c : line_from(at_))
      if (c != ' ' && c != '\t') name += c;
    const auto is = [&](const char* prefix) { return name.starts_with(prefix); };
    if (is("[[assign]]")) assign_ = line_;
    if (is("[ruleset]") || is("[rule.") || is("[[rule.") || is("[rule]")) assign_ = 0;
  }

  base::Status comment() {
    std::string_view rest = line_from(at_);
    const int column = int(at_ - (at_ == 0 ? 0 : text_.rfind('\n', at_) + 1)) + 1;
    at_ += rest.size();
    rest = trimmed(rest.substr(1));
    if (!rest.starts_with(kMark)) return base::fine();
    rest.remove_prefix(kMark.size());
    const auto verb = take_word(rest), check = take_word(rest);
    if (verb != kVerb || check.empty() || rest.empty())
      return base::Diagnostic{"rules.allow", file_ + ":" + std::to_string(line_) + ":" + std::to_string(column),
                              verb != kVerb ? "'" + std::string(verb) + "' is no word of a comment to lrproof"
                                            : "a finding is allowed by its id and with a reason",
                              "# lrproof: allow A010 REASON"};
    found_.push_back({std::string(check), std::string(rest), line_, assign_});
    return base::fine();
  }

  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool many = text_.substr(at_, 3) == three;
    for (at_ += many ? 3 : 1; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (quote == '"' && text_[at_] == '\\') {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') ++line_;
      } else if (many ? text_.substr(at_, 3) == three : text_[at_] == quote) {
        at_ += many ? 2 : 0;
        return;
      }
    }
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  int line_ = 1, assign_ = 0;
  std::vector<Allowance> found_;
};

}  // namespace

base::Result<std::vector<Allowance>> read_allowances(std::string_view text, const std::string& file) {
  return Comments(text, file).read();
}

}  // namespace lrproof::rule
