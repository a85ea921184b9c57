// A small recursive-descent reader of rule formulas; products of sums are multiplied out.
#include <cctype>

#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

namespace {

struct Wrong {
  std::string why;
};

Psi times(Psi x, Psi y) {
  if (x == Psi::one) return y;
  if (y == Psi::one) return x;
  if (x == y && x == Psi::w) return Psi::square;
  if (x == y && x == Psi::pos) return Psi::pos_square;
  if (x == y && x == Psi::neg) return Psi::neg_square;
  if (x == y && (x == Psi::nonneg || x == Psi::negative)) return x;
  throw Wrong{"a product of two factors of w"};
}

Chi times(Chi x, Chi y) {
  if (x == Chi::one) return y;
  if (y == Chi::one) return x;
  if (x == y && x == Chi::b) return Chi::square;
  if (x == y && x == Chi::pos) return Chi::pos_square;
  if (x == y && x == Chi::neg) return Chi::neg_square;
  throw Wrong{"a product of two factors of b"};
}

Product times(const Product& x, const Product& y) {
  if (x.phi != Phi::one && y.phi != Phi::one) throw Wrong{"a product of two factors of a"};
  return {Exact(x.coefficient * y.coefficient), x.phi == Phi::one ? y.phi : x.phi, times(x.psi, y.psi),
          times(x.chi, y.chi)};
}

class Reader {
 public:
  explicit Reader(const std::string& text) : text_(text) {}

  Formula whole() {
    Formula result = sum();
    if (next() != '\0') throw Wrong{"something follows the formula"};
    return result;
  }

 private:
  char next() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool eat(const std::string& token) {
    next();
    if (text_.compare(at_, token.size(), token) != 0) return false;
    at_ += token.size();
    return true;
  }

  Formula sum() {
    if (++depth_ > 50) throw Wrong{"too deep"};
    Formula result;
    bool minus = eat("-");
    for (;;) {
      for (Product& product : term()) {
        if (minus) product.coefficient = -product.coefficient;
        result.push_back(product);
      }
      if (result.size() > 1000) throw Wrong{"too long"};
      if (eat("+"))
        minus = false;
      else if (eat("-"))
        minus = true;
      else
        break;
    }
    --depth_;
    return result;
  }

  Formula term() {
    Formula result = power();
    for (;;) {
      if (eat("*")) {
        Formula all;
        for (const Product& y : power())
          for (const Product& x : result) all.push_back(times(x, y));
        result = all;
      } else if (eat("/")) {
        const Formula by = power();
        if (by.size() != 1 || by[0].phi != Phi::one || by[0].psi != Psi::one || by[0].chi != Chi::one ||
            sgn(by[0].coefficient) == 0)
          throw Wrong{"a division by something that is no number"};
        for (Product& x : result) x.coefficient /= by[0].coefficient;
      } else {
        return result;
      }
    }
  }

  Formula power() {
    Formula base = atom();
    if (!eat("^")) return base;
    if (!eat("2") || base.size() != 1) throw Wrong{"a power that is no square"};
    return {times(base[0], base[0])};
  }

  Formula atom() {
    const char c = next();
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return {{number()}};
    if (eat("(w >= 0)")) return {{1, Phi::one, Psi::nonneg}};
    if (eat("(w < 0)")) return {{1, Phi::one, Psi::negative}};
    if (eat("(")) {
      Formula inner = sum();
      if (!eat(")")) throw Wrong{"a parenthesis is open"};
      return inner;
    }
    std::string word;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_]))) word += text_[at_++];
    if (eat("(")) {
      next();
      while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_]))) word += text_[at_++];
      if (!eat(")")) throw Wrong{"a parenthesis is open"};
    }
    return {named(word)};
  }

  Exact number() {
    std::size_t end = at_;
    const auto digit = [&](std::size_t k) {
      return k < text_.size() && std::isdigit(static_cast<unsigned char>(text_[k]));
    };
    while (digit(end) || (end < text_.size() && text_[end] == '.')) ++end;
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      ++end;
      if (end < text_.size() && (text_[end] == '-' || text_[end] == '+')) ++end;
      while (digit(end)) ++end;
    }
    const auto value = read_exact(text_.substr(at_, end - at_));
    if (!value) throw Wrong{"a number that is none"};
    at_ = end;
    return *value;
  }

  static Product named(const std::string& word) {
    static const std::map<std::string, Product> words = {
        {"a", {1, Phi::a}},
        {"posa", {1, Phi::pos}},
        {"nega", {1, Phi::neg}},
        {"low", {1, Phi::low}},
        {"high", {1, Phi::high}},
        {"w", {1, Phi::one, Psi::w}},
        {"posw", {1, Phi::one, Psi::pos}},
        {"negw", {1, Phi::one, Psi::neg}},
        {"absw", {1, Phi::one, Psi::abs}},
        {"b", {1, Phi::one, Psi::one, Chi::b}},
        {"posb", {1, Phi::one, Psi::one, Chi::pos}},
        {"negb", {1, Phi::one, Psi::one, Chi::neg}},
    };
    const auto found = words.find(word);
    if (found == words.end()) throw Wrong{"unknown word '" + word + "'"};
    return found->second;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Read<Formula> read_formula(const std::string& text) {
  try {
    Formula formula = Reader(text).whole();
    std::erase_if(formula, [](const Product& p) { return sgn(p.coefficient) == 0; });
    return {std::move(formula), ""};
  } catch (const Wrong& wrong) {
    return Read<Formula>::fail("formula '" + text + "': " + wrong.why);
  }
}

}  // namespace lrproof::oracle
