#include "prove/polynomial.hpp"

#include <algorithm>
#include <cctype>

#include "base/result.hpp"

namespace lrproof::prove {

using num::Rational;

namespace {

Formula combine(char kind, Formula a, Formula b) {
  Formula out;
  out.kind = kind;
  out.parts.push_back(std::move(a));
  out.parts.push_back(std::move(b));
  return out;
}

/// sum := product (('+' | '-') product)*; product := factor ('*' factor)*; factor := '-' factor | number | name | '('
/// sum ')' | 'pos' '(' sum ')'
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  std::optional<Formula> whole() {
    auto out = sum(0);
    skip();
    if (!out || at_ != text_.size()) return std::nullopt;
    return out;
  }

 private:
  void skip() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::optional<Formula> sum(int depth) {
    auto left = product(depth);
    while (left) {
      const char kind = take('+') ? '+' : take('-') ? '-' : ' ';
      if (kind == ' ') return left;
      auto right = product(depth);
      if (!right) return std::nullopt;
      left = combine(kind, std::move(*left), std::move(*right));
    }
    return left;
  }
  std::optional<Formula> product(int depth) {
    auto left = factor(depth);
    while (left && take('*')) {
      auto right = factor(depth);
      if (!right) return std::nullopt;
      left = combine('*', std::move(*left), std::move(*right));
    }
    return left;
  }
  std::optional<Formula> factor(int depth) {
    constexpr int kDeepest = 64;
    if (depth == kDeepest) return std::nullopt;
    if (take('-')) {
      auto of = factor(depth + 1);
      if (!of) return std::nullopt;
      return combine('-', Formula{}, std::move(*of));
    }
    if (take('(')) {
      auto inner = sum(depth + 1);
      if (!inner || !take(')')) return std::nullopt;
      return inner;
    }
    skip();
    const auto start = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' || text_[at_] == '.'))
      ++at_;
    const auto word = text_.substr(start, at_ - start);
    if (word.empty()) return std::nullopt;
    if (word == "pos" && take('(')) {
      auto inner = sum(depth + 1);
      if (!inner || !take(')')) return std::nullopt;
      return positive_part(std::move(*inner));
    }
    if (std::isalpha(static_cast<unsigned char>(word[0]))) return prove::name(std::string(word));
    auto number = Rational::parse(word);
    if (!number) return std::nullopt;
    Formula out;
    out.number = std::move(*number);
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Formula operator+(Formula a, Formula b) { return combine('+', std::move(a), std::move(b)); }
Formula operator-(Formula a, Formula b) { return combine('-', std::move(a), std::move(b)); }
Formula operator*(Formula a, Formula b) { return combine('*', std::move(a), std::move(b)); }

Formula positive_part(Formula a) {
  Formula out;
  out.kind = 'p';
  out.parts.push_back(std::move(a));
  return out;
}

Formula name(std::string word) {
  Formula out;
  out.kind = 'x';
  out.name = std::move(word);
  return out;
}

std::optional<Formula> Formula::parse(std::string_view text) { return Parser(text).whole(); }

Formula Formula::substitute(const std::map<std::string, Formula>& by) const {
  if (kind == 'x') {
    const auto it = by.find(name);
    return it == by.end() ? *this : it->second;
  }
  Formula out = *this;
  for (auto& part : out.parts) part = part.substitute(by);
  return out;
}

Rational Formula::value(const std::map<std::string, Rational>& at) const {
  if (kind == '0') return number;
  if (kind == 'x') {
    const auto it = at.find(name);
    LRPROOF_INVARIANT(it != at.end(), "a formula was evaluated without a value for " + name);
    return it->second;
  }
  const auto a = parts[0].value(at);
  if (kind == 'p') return a.sign() > 0 ? a : Rational(0);
  const auto b = parts[1].value(at);
  return kind == '+' ? a + b : kind == '-' ? a - b : a * b;
}

void Formula::names(std::set<std::string>& into) const {
  if (kind == 'x') into.insert(name);
  for (const auto& part : parts) part.names(into);
}

std::optional<Formula> Formula::without_positive_parts(const std::set<std::string>& positive) const {
  Formula out = *this;
  for (auto& part : out.parts) {
    auto plain = part.without_positive_parts(positive);
    if (!plain) return std::nullopt;
    part = std::move(*plain);
  }
  if (kind != 'p') return out;
  bool above = true, below = true;
  const Polynomial of(out.parts[0]);
  for (const auto& [monomial, coefficient] : of.terms()) {
    const bool plain = std::ranges::all_of(monomial, [&](const auto& word) { return positive.contains(word); });
    above = above && plain && coefficient.sign() > 0;
    below = below && plain && coefficient.sign() < 0;
  }
  if (above) return std::move(out.parts[0]);
  if (below) return Formula{};
  return std::nullopt;
}

Polynomial::Polynomial(const Formula& formula) {
  LRPROOF_INVARIANT(formula.kind != 'p', "a positive part is no polynomial");
  if (formula.kind == '0') {
    if (!formula.number.is_zero()) terms_[{}] = formula.number;
    return;
  }
  if (formula.kind == 'x') {
    terms_[{formula.name}] = Rational(1);
    return;
  }
  const Polynomial a(formula.parts[0]), b(formula.parts[1]);
  const auto add = [this](std::vector<std::string> monomial, const Rational& coefficient) {
    auto& slot = terms_[monomial];
    slot += coefficient;
    if (slot.is_zero()) terms_.erase(monomial);
  };
  if (formula.kind == '*') {
    for (const auto& [left, p] : a.terms_)
      for (const auto& [right, q] : b.terms_) {
        auto monomial = left;
        monomial.insert(monomial.end(), right.begin(), right.end());
        std::ranges::sort(monomial);
        add(std::move(monomial), p * q);
      }
    return;
  }
  terms_ = a.terms_;
  for (const auto& [monomial, q] : b.terms_) add(monomial, formula.kind == '+' ? q : -q);
}

}  // namespace lrproof::prove
