#include "oracle/number.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace lrproof::oracle;

TEST_CASE("exact numbers are read as they are written") {
  CHECK(*read_exact("1e-6") == Exact(1, 1000000));
  CHECK(*read_exact("-0.25") == Exact(-1, 4));
  CHECK(*read_exact("1.5/4") == Exact(3, 8));
  CHECK(!read_exact("1/0"));
  CHECK(!read_exact("one"));
  CHECK(!read_exact(""));
}

TEST_CASE("enclosures hold what rationals say") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform(-3, 3);
  for (int round = 0; round < 2000; ++round) {
    const double a = uniform(random), b = uniform(random), c = uniform(random);
    const Enclosure near = (Enclosure{a, a} * Enclosure{b, b} + Enclosure{c, c}) / Enclosure{a, a};
    const Exact truth = (Exact(a) * Exact(b) + Exact(c)) / Exact(a);
    CHECK(Exact(near.lo) <= truth);
    CHECK(truth <= Exact(near.hi));
  }
}

TEST_CASE("a sum of products is exact, dyadic or not") {
  Sum<Exact> sum;
  Exact plain;
  for (int k = 1; k < 40; ++k) {
    const Exact a(k, 3), b(5, 1u << (k % 20));
    sum.add_product(a, b);
    sum.add_product(Exact(k), b);
    plain += Exact(k, 3) * Exact(5, 1u << (k % 20)) + k * Exact(5, 1u << (k % 20));
  }
  plain.canonicalize();
  Exact value = sum.value();
  value.canonicalize();
  CHECK(value == plain);
}

TEST_CASE("the scale of a norm is the nearest double") {
  CHECK(nearest_scale(1, 4) == 0.5);
  CHECK(nearest_scale(-3, 9) == -1);
  CHECK(nearest_scale(0, 9) == 0);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(0.001, 30);
  for (int round = 0; round < 500; ++round) {
    const double g = uniform(random), v = uniform(random), s = nearest_scale(Exact(g), Exact(v));
    const Exact square = Exact(g) * Exact(g) / Exact(v);
    const Exact low = (Exact(s) + Exact(std::nextafter(s, 0.0))) / 2,
                high = (Exact(s) + Exact(std::nextafter(s, 1e9))) / 2;
    CHECK(Exact(low * low) <= square);
    CHECK(square <= Exact(high * high));
  }
}
