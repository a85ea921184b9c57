#pragma once
// Exact linear feasibility: is there x with  low_i <= row_i . x <= high_i  for all rows, and bounds on each x? The
// general simplex of B. Dutertre and L. de Moura (CAV 2006), over Rational, Bland's rule: it always ends. A feasible
// system gives its point; an infeasible one gives Farkas multipliers that anyone can add up.
#include <optional>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::num {

struct Bound {
  std::optional<Rational> low, high;
};

/// One bound that takes part in a contradiction: multiplier > 0 times (row . x >= low) or (row . x <= high).
struct FarkasTerm {
  bool is_row = true;  ///< a row, or a variable's own bound
  std::size_t index = 0;
  bool upper = false;
  Rational multiplier;
};

struct Feasibility {
  enum class Answer { feasible, infeasible, budget };
  Answer answer = Answer::budget;
  std::vector<Rational> point;
  std::vector<FarkasTerm> contradiction;
};

/// Rows may be added between calls: solving starts from the last basis.
class Simplex {
 public:
  explicit Simplex(std::vector<Bound> variables);
  /// coefficients has one entry per variable.
  void add_row(const std::vector<Rational>& coefficients, const Bound& bound);
  /// At most `pivots` pivots.
  Feasibility solve(std::int64_t pivots);
  /// Pivots done so far.
  std::int64_t pivots() const { return pivots_; }
  /// Mean size in bits of the variables' values: what a pivot costs grows with it.
  std::size_t bits() const;

 private:
  bool below(std::size_t v) const;
  bool above(std::size_t v) const;
  void pivot(std::size_t row, std::size_t column);
  std::optional<std::size_t> entering(std::size_t row, bool increase) const;
  Feasibility conflict(std::size_t row, bool increase) const;

  std::int64_t pivots_ = 0;
  std::size_t n_;                               // structural variables; variable n_ + r is row r
  std::vector<Bound> bound_;                    // of all variables
  std::vector<Rational> value_;                 // of all variables
  std::vector<std::size_t> basic_, nonbasic_;   // variable of each tableau row and column
  std::vector<std::vector<Rational>> tableau_;  // basic_[r] = sum_c tableau_[r][c] nonbasic_[c]
};

}  // namespace lrproof::num
