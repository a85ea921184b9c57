#pragma once
// Polynomials with rational coefficients in named variables, in normal form: equal as functions over the reals if and
// only if equal as values. Formulas are written as text ("s*b + beta - s*mu") and expanded. pos(t) = max(t, 0).
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::prove {

/// A formula as a tree: number, name, an operation (+ - *) on two formulas, or the positive part of one.
struct Formula {
  char kind = '0';  ///< '0' number, 'x' name, '+', '-', '*', 'p' positive part
  num::Rational number;
  std::string name;
  std::vector<Formula> parts;

  /// Reads + - * ( ), pos( ), names and decimal numbers; nullopt when the text is no formula.
  static std::optional<Formula> parse(std::string_view text);
  /// The formula with names replaced where the map has them.
  Formula substitute(const std::map<std::string, Formula>& by) const;
  num::Rational value(const std::map<std::string, num::Rational>& at) const;
  /// Adds the names that stand in it.
  void names(std::set<std::string>& into) const;
  /// Without positive parts, where the sign under each is plain: all terms have one sign, the variables in them being
  /// positive. nullopt where it is not.
  std::optional<Formula> without_positive_parts(const std::set<std::string>& positive) const;
};
Formula operator+(Formula a, Formula b);
Formula operator-(Formula a, Formula b);
Formula operator*(Formula a, Formula b);
Formula positive_part(Formula a);
Formula name(std::string word);

/// Monomial (sorted names, repeated by power) -> coefficient, none of them 0.
class Polynomial {
 public:
  /// A formula without positive parts.
  explicit Polynomial(const Formula& formula);
  bool is_zero() const { return terms_.empty(); }
  const std::map<std::vector<std::string>, num::Rational>& terms() const { return terms_; }

 private:
  Polynomial() = default;
  std::map<std::vector<std::string>, num::Rational> terms_;
};

}  // namespace lrproof::prove
