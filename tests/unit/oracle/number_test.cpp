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

TEST_CASE("numbers times factors are formed when asked, and told from what they are not") {
  std::mt19937_64 random(4);
  const auto draw = [&] {
    switch (random() % 6) {
      case 0:
        return 0.0;
      case 1:
        return std::ldexp(double(random() >> 12), -1074);
      case 2:
        return std::ldexp(1.5, int(random() % 1000) - 500);
      case 3:
        return -double(float(double(random() >> 40) / 7));
      default:
        return std::ldexp(double(random() >> 11), -60);
    }
  };
  int factored = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<double> stored;
    std::vector<Exact> by;
    const std::vector<int> of{0, 1, 1, 0, 2, 2};
    for (int k = 0; k < 6; ++k) stored.push_back(draw());
    for (int c = 0; c < 3; ++c) by.emplace_back(round % 5 ? Exact(draw()) : Exact(Exact(draw()) / 3));
    const Numbers product = Numbers(stored).times(by, of), twice = product.times(by, of);
    for (long k = 0; k < 6; ++k) {
      const Exact factor = by[std::size_t(of[std::size_t(k)])], right = Exact(stored[std::size_t(k)]) * factor;
      CHECK(product.exact(k) == right);
      CHECK(product.sign(k) == sgn(right));
      CHECK(twice.exact(k) == right * factor);
      const Enclosure around = product.at<Enclosure>(k);
      if (std::isfinite(around.lo)) CHECK(Exact(around.lo) <= right);
      if (std::isfinite(around.hi)) CHECK(right <= Exact(around.hi));
      // nearest + rest, and neighbours of both
      const double near = stored[std::size_t(k)] * factor.get_d();
      if (!std::isfinite(near)) continue;
      const double rest = Exact(right - Exact(near)).get_d();
      for (const double n : {near, std::nextafter(near, HUGE_VAL), -near})
        for (const double r : {rest, std::nextafter(rest, HUGE_VAL), -rest, 0.0}) {
          if (!std::isfinite(n)) continue;
          const bool same = Exact(n) + Exact(r) == right;
          CHECK(product.is(k, n, r) == same);
          factored += same && r != 0;
        }
    }
  }
  CHECK(factored > 1000);
  CHECK(Numbers(std::vector<double>{0.1}).is(0, 0.1, 0));
  CHECK_FALSE(Numbers(std::vector<double>{0.1}).is(0, 0.1, 0x1p-60));
  CHECK(Numbers(std::vector<Exact>{Exact(1, 3)}).exact(0) == Exact(1, 3));
  CHECK_FALSE(Numbers(std::vector<Exact>{Exact(1, 3)}).is(0, 1.0 / 3, 0));
}

TEST_CASE("floats are kept as floats and read as the numbers they are") {
  const Reals narrow(std::vector<float>{0.1F, -2.5F}), none;
  CHECK(narrow.size() == 2);
  CHECK(narrow[0] == double(0.1F));
  CHECK(Numbers(narrow).exact(0) == Exact(double(0.1F)));
  CHECK(narrow.doubles() == std::vector<double>{double(0.1F), -2.5});
  CHECK(none.size() == 0);
  CHECK_THROWS(narrow.at(2));
}
