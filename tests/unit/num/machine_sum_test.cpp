#include "num/machine_sum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

namespace lrproof::num {

namespace {

// The sums by Rational, term by term.
Rational sum_of(const std::vector<double>& weights, const std::vector<Rational>& g) {
  Rational sum;
  for (std::size_t k = 0; k < g.size(); ++k) sum += Rational(weights[k]) * g[k];
  return sum;
}

std::optional<Rational> in_words(const std::vector<double>& weights, const std::vector<Rational>& g) {
  Constants constants;
  constants.approx = weights;
  const auto levels = integers_of(constants);
  if (levels.empty()) return std::nullopt;
  std::vector<const Rational*> pointers;
  for (const auto& v : g) pointers.push_back(&v);
  Rational sum;
  for (const auto& level : levels) {
    auto sums = MachineSums::make(level, pointers, g.size(), 2);
    if (!sums) return std::nullopt;
    for (std::size_t k = 0; k < g.size(); ++k) sums->add(1, level.of[k], k);
    CHECK(sums->value(0).is_zero());
    sum += sums->value(1);
  }
  return sum;
}

}  // namespace

TEST_CASE("sums in machine words are the sums") {
  std::mt19937_64 random(3);
  int done = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::size_t size = 1 + random() % 40;
    const int spread = int(random() % 120), wide = int(random() % 6);
    std::vector<double> weights;
    std::vector<Rational> g;
    for (std::size_t k = 0; k < size; ++k) {
      const double w = double(float(std::int64_t(random() % (1 << 24)) - (1 << 23)));
      weights.push_back(std::ldexp(w, -int(random() % std::uint64_t(spread + 1))));
      Rational v(long(random()), 1L);
      for (int more = 0; more < wide; ++more) v = v * Rational(long(random() >> 3)) + Rational(long(random()));
      g.push_back(random() % 7 == 0 ? Rational() : v * Rational::power_of_two(-long(random() % 40)));
    }
    const auto sum = in_words(weights, g);
    done += sum.has_value();
    if (sum) CHECK(*sum == sum_of(weights, g));
  }
  CHECK(done > 1500);
}

TEST_CASE("extremes: the largest integers cancel and add up; what does not fit says so") {
  const double most = std::ldexp(double((1 << 24) - 1), 38), least = 1;
  const Rational big = Rational::power_of_two(61) - Rational(1);
  const std::vector<Rational> same(300, big), turned(300, -big);
  CHECK(*in_words(std::vector<double>(300, most), same) == sum_of(std::vector<double>(300, most), same));
  CHECK(*in_words(std::vector<double>(300, -most), turned) == sum_of(std::vector<double>(300, -most), turned));
  CHECK(*in_words({most, least, -most}, {big, Rational(1), big}) == Rational(1));
  CHECK(*in_words({0.0, 0.0}, {big, big}) == Rational());
  CHECK_FALSE(in_words({1.0, 0x1p-600}, {big, big}));
  CHECK_FALSE(in_words({1.0}, {Rational(1, 3)}));
  CHECK_FALSE(in_words({1.0, 1.0}, {Rational(1), Rational::power_of_two(-2000)}));
}

}  // namespace lrproof::num
