#include "prove/guess_signs.hpp"

#include <algorithm>
#include <cmath>

#include "prove/float_lp.hpp"

namespace lrproof::prove {

namespace {

constexpr int kIterations = 20000;
constexpr std::size_t kNumbers = 4'000'000;  // of the program's matrix
constexpr double kAway = 1e-9, kPrice = 1e-12;

}  // namespace

root::SignGuess guess_signs(const std::vector<std::vector<double>>& rows) {
  if (rows.empty() || rows.size() * rows[0].size() > kNumbers) return {};
  const std::size_t units = rows[0].size();
  FloatProgram program;  // largest s with row . y - s >= 0, rows scaled to a largest entry of 1
  program.columns = units + 1;
  program.low.assign(units + 1, -1.0), program.high.assign(units + 1, 1.0);
  program.cost.assign(units + 1, 0.0);
  program.cost[units] = -1;
  for (const auto& row : rows) {
    double scale = 0;
    for (const double v : row) scale = std::max(scale, std::abs(v));
    if (scale == 0 || !std::isfinite(scale)) return {};
    for (const double v : row) program.rows.push_back(v / scale);
    program.rows.push_back(-1);
    program.row_low.push_back(0), program.row_high.push_back(HUGE_VAL);
  }
  const FloatOptimum optimum = minimise(program, kIterations);
  root::SignGuess guess;
  if (!optimum.found) return guess;
  if (optimum.x[units] > kAway) {
    guess.y.assign(optimum.x.begin(), optimum.x.begin() + std::ptrdiff_t(units));
    return guess;
  }
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (optimum.price[r] > kPrice) guess.against.push_back(r);
  return guess;
}

}  // namespace lrproof::prove
