#pragma once
// Linear programs in doubles, solved by COIN-OR CLP: proposals only, every use of an answer is checked exactly.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lrproof::prove {

/// Minimise cost . x with row_low <= rows x <= row_high and low <= x <= high; infinities where there is no bound.
struct FloatProgram {
  std::size_t columns = 0;
  std::vector<double> rows;  ///< row-major
  std::vector<double> row_low, row_high, low, high, cost;
};

/// An optimum as the solver sees it: its basis tells which rows and columns are held at a bound.
struct FloatOptimum {
  bool found = false;
  std::vector<double> x, price;  ///< price: of each row's bound, >= 0 at a low one and <= 0 at a high one
  std::vector<bool> row_held, column_basic;
};

/// At most `iterations` pivots.
FloatOptimum minimise(const FloatProgram& program, int iterations);

/// A program that rows are added to: each solution starts from the last one's basis.
class GrowingProgram {
 public:
  /// Without rows.
  GrowingProgram(const std::vector<double>& low, const std::vector<double>& high, const std::vector<double>& cost);
  /// slope . x >= least
  void add(const std::vector<double>& slope, double least);
  FloatOptimum solve(int iterations);
  /// Multiply-adds, roughly: pivots times the size of the program at that time.
  std::int64_t steps() const { return steps_; }

 private:
  struct Clp;
  std::shared_ptr<Clp> clp_;
  std::size_t columns_;
  std::vector<double> waiting_, least_;  // rows that the solver does not have yet
  std::int64_t steps_ = 0;
  bool begun_ = false;
};

}  // namespace lrproof::prove
