// Formulas are polynomials in a handful of factors. One reader serves the three kinds of formula: it multiplies out as
// it goes, so a value is always the normal form of RUL-1: sorted, one entry per pair of factors, no zero coefficient.
// What a formula may contain is a Language: the names of its factors and which products of them are factors again
// (w * w is w^2, pos(w) * neg(w) is 0, a * a is nothing a rule may hold).
#include "rule/expression.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

namespace lrproof::rule {
namespace {

using num::Rational;

constexpr int kNone = -1;  ///< no such factor
constexpr int kZero = -2;  ///< the product of the two factors is 0

/// Factors by number, 0 being "1"; a monomial is a coefficient and one factor of either side.
using Polynomial = std::map<std::pair<int, int>, Rational>;

struct Factor {
  const char* name;
  bool left;
  int index;
};

struct Language {
  std::vector<Factor> factors;
  int (*right_product)(int, int);
  bool compares = false;  ///< (w >= 0) and (w < 0)
  std::string hint;
};

int weight_product(int a, int b) {
  const Psi x = Psi(std::min(a, b)), y = Psi(std::max(a, b));
  if (x == Psi::one) return int(y);
  if (x == Psi::w && y == Psi::w) return int(Psi::square);
  if ((x == Psi::w && y == Psi::pos) || (x == Psi::pos && y == Psi::pos)) return int(Psi::pos_square);
  if ((x == Psi::w && y == Psi::neg) || (x == Psi::neg && y == Psi::neg)) return int(Psi::neg_square);
  if (x == Psi::pos && (y == Psi::neg || y == Psi::neg_square)) return kZero;
  if (x == Psi::neg && y == Psi::pos_square) return kZero;
  if (x == Psi::pos && y == Psi::abs) return int(Psi::pos_square);
  if (x == Psi::abs && y == Psi::abs) return int(Psi::square);
  return kNone;
}

int bias_product(int a, int b) {  // 0 is 1, then Chi + 1
  if (a == 0 || b == 0) return a + b;
  const Chi x = Chi(std::min(a, b) - 1), y = Chi(std::max(a, b) - 1);
  if (x == Chi::b && y == Chi::b) return int(Chi::square) + 1;
  if ((x == Chi::b || x == Chi::pos) && y == Chi::pos) return int(Chi::pos_square) + 1;
  if ((x == Chi::b || x == Chi::neg) && y == Chi::neg) return int(Chi::neg_square) + 1;
  if (x == Chi::pos && (y == Chi::neg || y == Chi::neg_square)) return kZero;
  return x == Chi::neg && y == Chi::pos_square ? kZero : kNone;
}

int side_product(int a, int b) {
  using Side = Direction::Side;
  if (a == 0 || b == 0) return a + b;
  if (a == b && a != int(Side::w)) return a;
  return a != int(Side::w) && b != int(Side::w) ? kZero : kNone;
}

const std::vector<Factor>& input_factors() {
  static const std::vector<Factor> factors{{"a", true, int(Phi::a)},
                                           {"pos(a)", true, int(Phi::pos)},
                                           {"neg(a)", true, int(Phi::neg)},
                                           {"low", true, int(Phi::low)},
                                           {"high", true, int(Phi::high)}};
  return factors;
}

Language numerator_language() {
  Language l{input_factors(), weight_product, false,
             "factors are a, pos(a), neg(a), low, high, w, pos(w), neg(w), abs(w), ^2 of a weight, and numbers"};
  l.factors.insert(l.factors.end(), {{"w", false, int(Psi::w)},
                                     {"pos(w)", false, int(Psi::pos)},
                                     {"neg(w)", false, int(Psi::neg)},
                                     {"w^2", false, int(Psi::square)},
                                     {"pos(w)^2", false, int(Psi::pos_square)},
                                     {"neg(w)^2", false, int(Psi::neg_square)},
                                     {"abs(w)", false, int(Psi::abs)}});
  return l;
}

Language bias_language() {
  return {{{"b", false, 1},
           {"pos(b)", false, 2},
           {"neg(b)", false, 3},
           {"b^2", false, 4},
           {"pos(b)^2", false, 5},
           {"neg(b)^2", false, 6}},
          bias_product,
          false,
          "factors are b, pos(b), neg(b), ^2 of one of them and numbers"};
}

Language direction_language() {
  using Side = Direction::Side;
  Language l{input_factors(), side_product, true,
             "factors are a, pos(a), neg(a), low, high, w, (w >= 0), (w < 0) and numbers"};
  l.factors.insert(
      l.factors.end(),
      {{"w", false, int(Side::w)}, {"(w >= 0)", false, int(Side::w_nonneg)}, {"(w < 0)", false, int(Side::w_neg)}});
  return l;
}

std::string quoted(std::string_view word) {
  std::string out = "'";
  out.append(word).append("'");
  return out;
}

/// Recursive descent over one formula. The first error is kept; after it every result is empty.
class Reader {
 public:
  Reader(std::string_view text, const Language& language) : text_(text), language_(language) {}

  Polynomial read() {
    Polynomial value = sum();
    skip();
    if (!error_ && at_ < text_.size()) fail(at_, "unexpected " + quoted(text_.substr(at_, 1)), language_.hint);
    return value;
  }
  const std::optional<FormulaError>& error() const { return error_; }

 private:
  void fail(std::size_t at, std::string sentence, std::string hint = "") {
    if (!error_) error_ = FormulaError{at, std::move(sentence), std::move(hint)};
    at_ = text_.size();
  }
  void skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool accept(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool accept_word(std::string_view word) {
    skip();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  Polynomial checked(Polynomial p, std::size_t at) {
    for (auto it = p.begin(); it != p.end();) {
      if (it->second.bits() > kMaxNumberBits) fail(at, "the number is too large", "numbers have at most 4096 bits");
      it = it->second.is_zero() ? p.erase(it) : std::next(it);
    }
    return p;
  }

  Polynomial sum() {
    const std::size_t from = at_;
    Polynomial total;
    bool minus = accept('-');
    if (!minus) accept('+');
    do {
      for (const auto& [key, c] : product()) total[key] += minus ? -c : c;
      total = checked(std::move(total), from);
      minus = accept('-');
    } while (!error_ && (minus || accept('+')));
    return total;
  }

  Polynomial product() {
    Polynomial value = power();
    while (!error_) {
      const std::size_t from = at_;
      if (accept('*')) {
        value = multiply(value, power(), from);
      } else if (accept('/')) {
        value = divide(value, power(), from);
      } else {
        break;
      }
    }
    return value;
  }

  Polynomial power() {
    skip();
    const std::size_t from = at_;
    Polynomial value = atom();
    if (error_ || !accept('^')) return value;
    if (!accept('2')) fail(at_, "not supported: a power other than ^2", language_.hint);
    return multiply(value, value, from);
  }

  Polynomial atom() {
    skip();
    const std::size_t from = at_;
    if (at_ == text_.size()) return fail(at_, "the formula ends too early", language_.hint), Polynomial();
    const char c = text_[at_];
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number();
    if (std::isalpha(static_cast<unsigned char>(c))) return factor();
    if (c != '(') return fail(from, "unexpected " + quoted(text_.substr(at_, 1)), language_.hint), Polynomial();
    if (language_.compares) {
      if (auto compared = comparison()) return *compared;
      if (error_) return {};
    }
    if (++depth_ > 64) return fail(from, "parentheses are nested too deeply"), Polynomial();
    ++at_;
    Polynomial value = sum();
    if (!error_ && !accept(')')) {
      skip();
      fail(at_, "expected ')'", at_ < text_.size() && text_[at_] != '<' && text_[at_] != '>' ? "" : language_.hint);
    }
    --depth_;
    return value;
  }

  /// "(w >= 0)" or "(w < 0)"; nothing is read when it is neither.
  std::optional<Polynomial> comparison() {
    const std::size_t from = at_;
    accept('(');
    const bool weight = accept('w');
    const bool less = weight && accept('<');
    if (less || (weight && accept_word(">="))) {
      if (accept('0') && accept(')')) return named(less ? "(w < 0)" : "(w >= 0)");
      fail(from, "this comparison is not supported", "comparisons are (w >= 0) and (w < 0)");
      return std::nullopt;
    }
    at_ = from;
    return std::nullopt;
  }

  Polynomial number() {
    const std::size_t from = at_;
    const auto digits = [&] {
      while (at_ < text_.size() && (std::isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.')) ++at_;
    };
    digits();
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
      digits();
    }
    const auto value = Rational::parse(text_.substr(from, at_ - from));
    if (!value) return fail(from, quoted(text_.substr(from, at_ - from)) + " is no number"), Polynomial();
    return checked(Polynomial{{{0, 0}, *value}}, from);
  }

  /// A name, or pos, neg or abs of a name.
  Polynomial factor() {
    const std::size_t from = at_;
    std::string name = word();
    if ((name == "pos" || name == "neg" || name == "abs") && accept('(')) {
      skip();
      name.append("(").append(word()).append(")");
      if (!accept(')')) return fail(at_, "expected ')'", "pos, neg and abs take one name"), Polynomial();
    }
    if (auto value = named(name); !value.empty()) return value;
    return fail(from, quoted(name) + " is no factor here", language_.hint), Polynomial();
  }
  std::string word() {
    std::string name;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
      name += text_[at_++];
    return name;
  }
  Polynomial named(const std::string& name) const {
    for (const auto& f : language_.factors)
      if (name == f.name) return {{f.left ? std::pair(f.index, 0) : std::pair(0, f.index), Rational(1)}};
    return {};
  }

  Polynomial multiply(const Polynomial& x, const Polynomial& y, std::size_t at) {
    Polynomial out;
    for (const auto& [k, c] : x) {
      for (const auto& [l, d] : y) {
        const int left = k.first && l.first ? kNone : k.first + l.first;
        const int right = language_.right_product(k.second, l.second);
        if (right == kZero) continue;
        if (left == kNone || right == kNone) {
          fail(at, "not supported: a product of two factors of the same kind",
               "a product holds at most one factor of the input and one of the weight or bias");
          return {};
        }
        out[{left, right}].add_product(c, d);
      }
    }
    return checked(std::move(out), at);
  }
  Polynomial divide(Polynomial x, const Polynomial& y, std::size_t at) {
    if (error_) return {};
    if (y.size() != 1 || y.begin()->first != std::pair(0, 0)) {
      fail(at, y.empty() ? "division by 0" : "not supported: division by anything but a number");
      return {};
    }
    for (auto& [key, c] : x) c /= y.begin()->second;
    return checked(std::move(x), at);
  }

  std::string_view text_;
  const Language& language_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<FormulaError> error_;
};

/// Phi's own order starts with one: factor 0.
static_assert(int(Phi::one) == 0 && int(Psi::one) == 0 && int(Direction::Side::one) == 0);

Formula<Polynomial> read(std::string_view text, const Language& language) {
  if (text.size() > kMaxFormulaLength)
    return FormulaError{kMaxFormulaLength, "the formula is too long", "formulas have at most 10000 characters"};
  Reader reader(text, language);
  Polynomial value = reader.read();
  if (reader.error()) return *reader.error();
  return value;
}

std::string name_of(const Language& language, bool left, int index) {
  for (const auto& f : language.factors)
    if (f.left == left && f.index == index) return f.name;
  return "";
}

std::string print(const Polynomial& value, const Language& language) {
  std::string out;
  for (const auto& [key, c] : value) {
    std::string body;
    for (const auto& part : {key.first ? name_of(language, true, key.first) : std::string(),
                             key.second ? name_of(language, false, key.second) : std::string()})
      if (!part.empty()) body += (body.empty() ? "" : "*") + part;
    const Rational size = num::abs(c);
    if (body.empty() || !(size == Rational(1))) body = size.to_string() + (body.empty() ? "" : "*" + body);
    out += out.empty() ? (c.sign() < 0 ? "-" : "") : (c.sign() < 0 ? " - " : " + ");
    out += body;
  }
  return out.empty() ? "0" : out;
}

}  // namespace

Formula<std::vector<Product>> parse_numerator(std::string_view text) {
  auto value = read(text, numerator_language());
  if (auto* error = std::get_if<FormulaError>(&value)) return *error;
  std::vector<Product> out;
  for (auto& [key, c] : std::get<Polynomial>(value)) out.push_back({c, Phi(key.first), Psi(key.second)});
  return out;
}

Formula<std::vector<BiasPart>> parse_bias(std::string_view text) {
  auto value = read(text, bias_language());
  if (auto* error = std::get_if<FormulaError>(&value)) return *error;
  std::vector<BiasPart> out;
  for (auto& [key, c] : std::get<Polynomial>(value)) {
    if (key.second == 0)
      return FormulaError{0, "a bias part holds a number without b",
                          "write it as a factor of b, pos(b), neg(b) or their squares"};
    out.push_back({c, Chi(key.second - 1)});
  }
  return out;
}

Formula<Direction> parse_direction(std::string_view text) {
  auto value = read(text, direction_language());
  if (auto* error = std::get_if<FormulaError>(&value)) return *error;
  Direction out;
  for (auto& [key, c] : std::get<Polynomial>(value))
    out.parts.push_back({c, Phi(key.first), Direction::Side(key.second)});
  out.zero = out.parts.empty();
  return out;
}

std::string print_numerator(const std::vector<Product>& numerator) {
  Polynomial value;
  for (const auto& p : numerator) value[{int(p.phi), int(p.psi)}] += p.coefficient;
  return print(value, numerator_language());
}

std::string print_bias(const std::vector<BiasPart>& bias) {
  Polynomial value;
  for (const auto& p : bias) value[{0, int(p.chi) + 1}] += p.coefficient;
  return print(value, bias_language());
}

std::string print_direction(const Direction& direction) {
  Polynomial value;
  for (const auto& p : direction.parts) value[{int(p.phi), int(p.side)}] += p.coefficient;
  return print(value, direction_language());
}

}  // namespace lrproof::rule
