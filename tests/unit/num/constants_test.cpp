#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>

#include "num/scalar.hpp"

namespace lrproof::num {

namespace {

/// Doubles of every kind: bit patterns, floats, denormals, the ends of the range, zero.
double draw(std::mt19937_64& random) {
  const auto sign = random() % 2 ? 1.0 : -1.0;
  switch (random() % 8) {
    case 0: {
      const double any = std::bit_cast<double>(random());
      return std::isfinite(any) ? any : 1;
    }
    case 1:
      return sign * std::ldexp(double(random() >> 12), -1074);  // denormal
    case 2:
      return sign * std::ldexp(1 + double(random() >> 12) * 0x1p-52, random() % 2 ? 1000 : -1000);
    case 3:
      return sign * 0.0;
    case 4:
      return sign * std::ldexp(1.0, int(random() % 2098) - 1074);
    case 5:
      return sign * std::ldexp(double(random() >> 11), int(random() % 60) - 510);  // products near 2^-960
    case 6:
      return double(float(std::ldexp(double(random() >> 40), -20)));
    default:
      return sign * std::ldexp(double(random() >> 11), int(random() % 40) - 60);
  }
}

}  // namespace

TEST_CASE("a product of two doubles is its pair exactly, or is no pair") {
  std::mt19937_64 random(1);
  int pairs = 0, held = 0;
  for (int round = 0; round < 200000; ++round) {
    const double a = draw(random), b = draw(random);
    const Rational right = Rational(a) * Rational(b);
    const auto other = as_pair(right);
    if (other) {
      ++held;
      CHECK(other->rational() == right);
      CHECK(other->nearest == right.to_double());
      const Interval tight(right), bounds = other->bounds();
      CHECK(bounds.lo == tight.lo);
      CHECK(bounds.hi == tight.hi);
    }
    const auto pair = exact_product(a, b);
    if (!pair) continue;
    ++pairs;
    REQUIRE(other);
    CHECK(*pair == *other);
  }
  CHECK(pairs > 80000);
  CHECK(held > pairs);
}

TEST_CASE("what a pair does not hold is said") {
  CHECK_FALSE(exact_product(0x1p1000, 0x1p1000));
  CHECK_FALSE(exact_product(0x1.8p-600, 0x1.8p-600));
  CHECK_FALSE(exact_product(0x1.0000000000001p-500, 0x1.0000000000001p-500));
  CHECK(exact_product(-0.0, 0x1p1000) == Pair{});
  CHECK_FALSE(std::signbit(exact_product(-0.0, 3)->nearest));
  CHECK_FALSE(as_pair(Rational(1, 9)));
  CHECK_FALSE(as_pair(Rational::power_of_two(1024)));
  CHECK_FALSE(as_pair(Rational::power_of_two(-1075)));
  CHECK_FALSE(as_pair(Rational(1) + Rational::power_of_two(-70) + Rational::power_of_two(-140)));
  CHECK(as_pair(Rational(1) + Rational::power_of_two(-500)) == Pair{1, 0x1p-500});
  // a tie goes to the even neighbour, so a number is one pair
  CHECK(as_pair(Rational(1) + Rational::power_of_two(-53)) == Pair{1, 0x1p-53});
  CHECK(as_pair(Rational(0x1.0000000000001p0) + Rational::power_of_two(-53)) == Pair{0x1.0000000000002p0, -0x1p-53});
}

TEST_CASE("constants take the first form that holds them, and equal values compare equal") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values, factors;
    for (int k = 0; k < 24; ++k) values.push_back(round % 3 ? draw(random) : double(float(draw(random) / 3)));
    for (auto& v : values) v = std::isfinite(v) ? v : 1;
    for (int k = 0; k < 4; ++k)
      factors.push_back(round % 3 == 2 ? draw(random) : std::ldexp(double(random() >> 11), -53));
    const auto of = [](std::size_t k) { return k / 6; };
    const auto product = Constants::from_products({values}, {factors}, of);
    std::vector<Rational> right;
    for (std::size_t k = 0; k < values.size(); ++k) right.push_back(Rational(values[k]) * Rational(factors[of(k)]));
    REQUIRE(product.size() == right.size());
    for (std::size_t k = 0; k < right.size(); ++k) {
      CHECK(product.rational(k) == right[k]);
      CHECK(product.at<double>(k) == right[k].to_double());
      CHECK(product.at<Interval>(k).lo == right[k].lower());
      CHECK(product.at<Interval>(k).hi == right[k].upper());
    }
    CHECK(product == Constants::from_rationals(right));
    CHECK((product.rest.empty() || product.exact.empty()));
    const auto twice = Constants::from_products(product, {factors}, of);  // pairs times doubles
    for (std::size_t k = 0; k < right.size(); ++k) CHECK(twice.rational(k) == right[k] * Rational(factors[of(k)]));
  }
  CHECK(Constants::from_rationals({Rational(1), Rational(2)}).all_double());
  const auto pairs = Constants::from_rationals({Rational(1), Rational(1) + Rational::power_of_two(-60)});
  CHECK_FALSE(pairs.all_double());
  CHECK(pairs.exact.empty());
  CHECK(Constants::from_rationals({Rational(1), Rational(1, 3)}).rest.empty());
  CHECK(Constants::from_rationals({Rational(1), Rational(1, 3)}).exact.size() == 2);
}

TEST_CASE("copies share their storage until one is written") {
  Constants a{std::vector<double>(1000, 2.0)};
  Constants b = a;
  CHECK(b.approx.shares(a.approx));
  CHECK(b.approx.data() == a.approx.data());
  CHECK(a == b);
  b.approx.edit()[3] = 5;
  CHECK_FALSE(b.approx.shares(a.approx));
  CHECK(a.approx[3] == 2);
  CHECK(b.approx[3] == 5);
  CHECK_FALSE(a == b);
  const double* alone = b.approx.data();
  b.approx.edit()[4] = 6;  // nobody else reads it: in place
  CHECK(b.approx.data() == alone);
  a = {};
  CHECK(a.empty());
  CHECK(a.approx.edit().empty());
}

}  // namespace lrproof::num
