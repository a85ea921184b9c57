#include "num/rational.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "num/interval.hpp"

using lrproof::num::Interval;
using lrproof::num::Rational;

TEST_CASE("decimals are read exactly, never through a double") {
  CHECK(Rational::parse("0.1")->to_string() == "1/10");
  CHECK(Rational::parse("1e-6")->to_string() == "1/1000000");
  CHECK(Rational::parse("-2.50")->to_string() == "-5/2");
  CHECK(Rational::parse("2/6")->to_string() == "1/3");
  CHECK(Rational::parse("1_000")->to_string() == "1000");
  for (const char* bad : {"", "-", ".", "1/0", "1//2", "1e", "nan", "inf", "0x10", "1 2", "1e999999"})
    CHECK_FALSE(Rational::parse(bad).has_value());
}

TEST_CASE("a double is the dyadic number it denotes") {
  std::mt19937_64 random(7);
  for (int k = 0; k < 2000; ++k) {
    const double value = std::ldexp(double(std::int64_t(random())), int(random() % 2000) - 1000);
    if (!std::isfinite(value)) continue;
    CHECK(Rational(value).to_double() == value);
    CHECK(Rational(value).is_double());
  }
  CHECK(Rational(5e-324).to_double() == 5e-324);
}

TEST_CASE("rounding is to nearest, below and above") {
  const Rational third(1, 3);
  CHECK(third.to_double() == 1.0 / 3.0);
  CHECK(third.lower() < third.upper());
  CHECK(Rational(third.lower()) < third);
  CHECK(Rational(third.upper()) > third);
  CHECK(std::nextafter(third.lower(), 1.0) == third.upper());
  const Rational tiny = Rational::power_of_two(-1100);
  CHECK(tiny.lower() == 0.0);
  CHECK(tiny.upper() == 5e-324);
  const Rational huge = Rational::power_of_two(2000);
  CHECK(huge.lower() == std::numeric_limits<double>::max());
  CHECK(std::isinf(huge.upper()));
  CHECK((Rational(1L) + Rational::power_of_two(-53)).to_double() == 1.0);  // tie to even
  CHECK((Rational(1L) + Rational::power_of_two(-53) + Rational::power_of_two(-90)).to_double() > 1.0);
}

TEST_CASE("field laws on random rationals, and intervals enclose the truth") {
  std::mt19937_64 random(11);
  auto draw = [&] {
    Rational r(long(random() % 2001) - 1000, long(random() % 50) + 1);
    return random() % 3 ? r : r * Rational::power_of_two(long(random() % 40) - 20);
  };
  for (int k = 0; k < 3000; ++k) {
    const Rational a = draw(), b = draw(), c = draw();
    CHECK((a + b) + c == a + (b + c));
    CHECK(a * (b + c) == a * b + a * c);
    CHECK(a - a == Rational(0));
    if (!b.is_zero()) CHECK((a / b) * b == a);
    Rational sum = c;
    sum.add_product(a, b);
    CHECK(sum == c + a * b);
    const Interval x(a), y(b);
    auto holds = [](const Interval& i, const Rational& r) { return i.lo <= r.lower() && r.upper() <= i.hi; };
    CHECK(holds(x + y, a + b));
    CHECK(holds(x * y, a * b));
    if (!b.is_zero()) CHECK(holds(x / y, a / b));
  }
}
