// Products and quotients of enclosures contain those of their points, with bounds that are 0 or infinite too.
#include <doctest/doctest.h>

#include <vector>

#include "num/interval.hpp"

using lrproof::num::Interval;

TEST_CASE("an operation on enclosures contains the operation on every pair of points") {
  const double far = std::numeric_limits<double>::infinity();
  const std::vector<double> ends{-far, -1e300, -2, -1, -1e-300, 0, 1e-300, 1, 2, 1e300, far};
  const std::vector<double> points{-1e308, -1e300, -2, -1.5, -1, -1e-300, 0, 1e-300, 1, 1.5, 2, 1e300, 1e308};
  std::vector<Interval> all;
  for (const double lo : ends)
    for (const double hi : ends)
      if (lo <= hi && lo < far && hi > -far) all.emplace_back(lo, hi);
  const auto holds = [](const Interval& c, double v) { return !std::isfinite(v) || c.contains(v); };
  long asked = 0;
  for (const Interval& a : all)
    for (const Interval& b : all)
      for (const double x : points)
        for (const double y : points) {
          if (!a.contains(x) || !b.contains(y)) continue;
          ++asked;
          const bool product = holds(a * b, x * y), sum = holds(a + b, x + y), difference = holds(a - b, x - y);
          const bool quotient = y == 0 || holds(a / b, x / y);
          if (product && sum && difference && quotient) continue;
          INFO("[" << a.lo << ", " << a.hi << "] and [" << b.lo << ", " << b.hi << "] at " << x << ", " << y);
          FAIL_CHECK("a result of points lies outside");
        }
  CHECK(asked > 50'000);
}
