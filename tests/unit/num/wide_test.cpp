// Enclosures of twice the digits hold the exact result of every operation, and few others.
#include "num/wide.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace lrproof::num;

namespace {

Rational radius(const Wide& v) { return Rational(v.rad); }
Rational middle(const Wide& v) { return Rational(v.hi) + Rational(v.lo); }
bool holds(const Wide& v, const Rational& exact) {
  return !std::isfinite(v.rad) || !(radius(v) < abs(middle(v) - exact));
}

double any(std::mt19937_64& random) {
  const int exponent = int(random() % 61) - 30;
  return std::ldexp(double(std::int64_t(random() % 2001) - 1000), random() % 8 ? exponent : exponent * 16);
}

}  // namespace

TEST_CASE("chains of operations hold the exact value, and its bounds do") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 3000; ++round) {
    double first = any(random);
    Wide v(first);
    Rational exact(first);
    for (int step = 0; step < 8; ++step) {
      const double with = any(random);
      const Rational third(long(random() % 9) - 4, 3);
      switch (random() % 5) {
        case 0:
          v += Wide(with), exact += Rational(with);
          break;
        case 1:
          v -= Wide(with), exact -= Rational(with);
          break;
        case 2:
          v = v * Wide(with), exact *= Rational(with);
          break;
        case 3:
          v = v * Wide(third), exact *= third;
          break;
        default:
          v = Wide(third) - v, exact = third - exact;
      }
    }
    REQUIRE(holds(v, exact));
    const Interval bounds = v.bounds();
    if (bounds.is_bounded()) {
      CHECK(!(exact < Rational(bounds.lo)));
      CHECK(!(Rational(bounds.hi) < exact));
    }
    if (!exact.is_zero() && std::abs(v.hi) > 1e-100) CHECK(v.rad < 1e-20 * (std::abs(v.hi) + 1e9));
  }
}

TEST_CASE("ends of the range: infinite, never wrong") {
  const Wide big(1e300), small(1e-300);
  CHECK_FALSE((big * big).bounds().is_bounded());
  CHECK(holds(small * small, Rational(1e-300) * Rational(1e-300)));
  CHECK(Wide(Interval::everything()).bounds().lo < -1e308);
  CHECK((Wide(5.0) - Wide(5.0)).bounds().contains(0));
  CHECK((Wide(Interval(1, 3)) * Wide(Interval(-1, 1))).bounds().contains(-3));
  CHECK(Wide(Interval(0.1, 0.1)).rad == 0);
  CHECK(Wide().is_zero());
}
