#pragma once
// Polynomials with rational coefficients in named variables, in normal form: equal as functions over the reals if and
// only if equal as values. Formulas are written as text ("s*b + beta - s*mu") and expanded.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::prove {

/// A formula as a tree: number, name, or an operation (+ - *) on two formulas.
struct Formula {
  char kind = '0';  ///< '0' number, 'x' name, '+', '-', '*'
  num::Rational number;
  std::string name;
  std::vector<Formula> parts;

  /// Reads + - * ( ), names and decimal numbers; nullopt when the text is no formula.
  static std::optional<Formula> parse(std::string_view text);
  /// The formula with names replaced where the map has them.
  Formula substitute(const std::map<std::string, Formula>& by) const;
  num::Rational value(const std::map<std::string, num::Rational>& at) const;
};
Formula operator+(Formula a, Formula b);
Formula operator-(Formula a, Formula b);
Formula operator*(Formula a, Formula b);
Formula name(std::string word);

/// Monomial (sorted names, repeated by power) -> coefficient, none of them 0.
class Polynomial {
 public:
  explicit Polynomial(const Formula& formula);
  bool is_zero() const { return terms_.empty(); }
  const std::map<std::vector<std::string>, num::Rational>& terms() const { return terms_; }

 private:
  Polynomial() = default;
  std::map<std::vector<std::string>, num::Rational> terms_;
};

}  // namespace lrproof::prove
