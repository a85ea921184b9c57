#pragma once
// Numbers that know where they come from. A Symbol is a rational function of variables x_0, x_1, .. together with its
// exact value at one point. Run through a template it takes every decision as the point does and the trail keeps what
// was decided; the result is the formula that holds wherever those conditions hold, the point among them.
//
// Idea. Expressions are immutable, made once (equal ones are one), numbered as they are made: a part has a smaller
// number than what it is part of. A constant is no expression and belongs to nobody.
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "num/scalar.hpp"

namespace lrproof::num {

class Expressions;
struct Expression;

class Symbol {
 public:
  Symbol() = default;
  Symbol(int value) : constant_(value) {}
  Symbol(Rational value) : constant_(std::move(value)) {}
  explicit Symbol(double value) : constant_(value) {}
  explicit Symbol(const Expression* expression) : expression_(expression) {}

  bool is_constant() const { return expression_ == nullptr; }
  const Expression* expression() const { return expression_; }  ///< null: a constant
  const Rational& value() const;                                ///< at the point

  Symbol operator-() const;
  Symbol& operator+=(const Symbol& o) { return *this = *this + o; }
  Symbol& operator-=(const Symbol& o) { return *this = *this - o; }
  Symbol& operator*=(const Symbol& o) { return *this = *this * o; }
  Symbol& operator/=(const Symbol& o) { return *this = *this / o; }
  friend Symbol operator+(const Symbol& a, const Symbol& b);
  friend Symbol operator-(const Symbol& a, const Symbol& b);
  friend Symbol operator*(const Symbol& a, const Symbol& b);
  /// b is not 0 at the point; that it is not 0 becomes a condition.
  friend Symbol operator/(const Symbol& a, const Symbol& b);
  // Comparisons are decisions.
  friend bool operator<(const Symbol& a, const Symbol& b);
  friend bool operator>(const Symbol& a, const Symbol& b) { return b < a; }
  friend bool operator==(const Symbol& a, const Symbol& b);

 private:
  const Expression* expression_ = nullptr;
  Rational constant_;
};

struct Expression {
  enum class Kind { variable, add, subtract, multiply, divide };
  Kind kind;
  std::int64_t number;    ///< of the expression; parts have smaller ones
  std::int64_t variable;  ///< k of x_k
  Symbol left, right;
  Rational value;
  Expressions* owner;
};

/// What was decided about one expression: the signs it may have.
struct Condition {
  const Expression* expression;
  bool negative, zero, positive;
  bool allows(const Rational& value) const { return value.sign() < 0 ? negative : value.sign() > 0 ? positive : zero; }
  bool is_edge() const { return zero && !negative && !positive; }  ///< holds on no open set around the point
  const char* relation() const;                                    ///< "<", "<=", "=", ">=", ">" or "!="
};

/// The expressions of one point and what was decided about them. Outlives its symbols; used by one thread.
class Expressions {
 public:
  explicit Expressions(std::vector<Rational> point);
  Expressions(const Expressions&) = delete;
  Expressions& operator=(const Expressions&) = delete;

  const std::vector<Rational>& point() const { return point_; }
  Symbol variable(std::int64_t k) const { return Symbol(variables_[std::size_t(k)]); }
  const std::vector<Condition>& conditions() const { return conditions_; }  ///< one per expression, as first met
  std::int64_t size() const { return std::int64_t(all_.size()); }
  const Expression& at(std::int64_t number) const { return all_[std::size_t(number)]; }

  /// All expressions at another point, by number. Conditions that fail there make no claim about what depends on
  /// them; nullopt where a denominator is 0.
  std::optional<std::vector<Rational>> evaluate(const std::vector<Rational>& at) const;
  /// Of a symbol, from evaluate()'s values.
  static const Rational& value_of(const Symbol& s, const std::vector<Rational>& values);

  /// Only the symbols' arithmetic calls these.
  Symbol make(Expression::Kind kind, const Symbol& left, const Symbol& right, Rational value);
  void decide(const Expression* e, bool negative, bool zero, bool positive);

 private:
  struct Key {
    Expression::Kind kind;
    const void* left;
    const void* right;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const {
      const auto h = std::hash<const void*>();
      return (h(k.left) * 31 + h(k.right)) * 31 + std::size_t(k.kind);
    }
  };
  const void* identity(const Symbol& s);

  std::vector<Rational> point_;
  std::deque<Expression> all_;
  std::vector<const Expression*> variables_;
  std::unordered_map<Key, const Expression*, Hash> known_;
  std::map<Rational, char> constants_;
  std::vector<Condition> conditions_;
  std::unordered_map<const Expression*, std::size_t> condition_of_;
};

/// Both parts are decided by the one question whether v > 0: an input that is 0 then belongs to the side v <= 0, and
/// pos(v) and neg(v) together ask nothing that holds at 0 alone.
template <>
Symbol negative_part<Symbol>(const Symbol& v);
/// The largest; that it is no smaller than each other one becomes a condition.
Symbol largest(std::span<const Symbol> candidates);
/// Indices of the largest (minimum: smallest), compared with every other candidate and nothing else.
void winners(std::span<const Symbol> candidates, bool minimum, std::vector<int>& out);

}  // namespace lrproof::num
