#include "num/simplex.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace lrproof::num;
using Answer = Feasibility::Answer;

namespace {

// Adds the multiplied bounds up: the variables must cancel and the constants contradict.
bool contradicts(const std::vector<std::vector<Rational>>& rows, const std::vector<Bound>& row_bounds,
                 const std::vector<Bound>& bounds, const std::vector<FarkasTerm>& terms) {
  std::vector<Rational> sum(bounds.size());
  Rational constant;  // sum . x >= constant
  for (const auto& t : terms) {
    if (t.multiplier.sign() <= 0) return false;
    const Bound& bound = t.is_row ? row_bounds[t.index] : bounds[t.index];
    const auto& limit = t.upper ? bound.high : bound.low;
    if (!limit) return false;
    const Rational m = t.upper ? -t.multiplier : t.multiplier;
    for (std::size_t v = 0; v < sum.size(); ++v)
      sum[v] += m * (t.is_row ? rows[t.index][v] : Rational(v == t.index ? 1 : 0));
    constant += m * *limit;
  }
  for (const auto& s : sum)
    if (!s.is_zero()) return false;
  return constant.sign() > 0;
}

}  // namespace

TEST_CASE("random systems: a point that satisfies all rows, or multipliers that contradict") {
  std::mt19937_64 random(17);
  int feasible = 0, infeasible = 0;
  for (int round = 0; round < 400; ++round) {
    const std::size_t n = 1 + random() % 4, m = 1 + random() % 9;
    auto draw = [&] { return Rational(long(random() % 13) - 6, long(random() % 3) + 1); };
    std::vector<Bound> bounds(n);
    for (auto& b : bounds) {
      if (random() % 2) b.low = Rational(-long(random() % 4));
      if (random() % 2) b.high = Rational(long(random() % 4));
    }
    Simplex simplex(bounds);
    std::vector<std::vector<Rational>> rows(m);
    std::vector<Bound> row_bounds(m);
    Feasibility answer;
    for (std::size_t r = 0; r < m; ++r) {
      for (std::size_t v = 0; v < n; ++v) rows[r].push_back(draw());
      if (random() % 4 == 0)
        row_bounds[r].low = row_bounds[r].high = draw();
      else
        (random() % 2 ? row_bounds[r].low : row_bounds[r].high) = draw();
      simplex.add_row(rows[r], row_bounds[r]);
      answer = simplex.solve(10000);  // incremental: after every row
      if (answer.answer == Answer::infeasible) break;
      REQUIRE(answer.answer == Answer::feasible);
      for (std::size_t q = 0; q <= r; ++q) {
        Rational value;
        for (std::size_t v = 0; v < n; ++v) value.add_product(rows[q][v], answer.point[v]);
        if (row_bounds[q].low) CHECK(value >= *row_bounds[q].low);
        if (row_bounds[q].high) CHECK(value <= *row_bounds[q].high);
      }
      for (std::size_t v = 0; v < n; ++v) {
        if (bounds[v].low) CHECK(answer.point[v] >= *bounds[v].low);
        if (bounds[v].high) CHECK(answer.point[v] <= *bounds[v].high);
      }
    }
    if (answer.answer == Answer::infeasible) {
      ++infeasible;
      CHECK(contradicts(rows, row_bounds, bounds, answer.contradiction));
    } else {
      ++feasible;
    }
  }
  CHECK(feasible > 50);
  CHECK(infeasible > 50);
}

TEST_CASE("the system a float check certifies infeasible is feasible") {
  // From a public discussion of float Farkas checks (discopt pull request 1258): P = 2^53, x = (1, 2, 2) is feasible.
  const Rational p = Rational::power_of_two(53);
  Simplex simplex(std::vector<Bound>(3, Bound{Rational(0), std::nullopt}));
  const std::vector<std::vector<Rational>> a{{p, 1, 0}, {1, 0, 0}, {-p, 0, 1}, {-1, 0, 0}};
  const std::vector<Rational> b{p + Rational(2), 1, -p + Rational(2), -1};
  for (std::size_t r = 0; r < 4; ++r) simplex.add_row(a[r], {b[r], b[r]});
  CHECK(simplex.solve(1000).answer == Answer::feasible);
}
