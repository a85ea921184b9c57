// Products of enclosures hold every product of numbers inside them, in few rows and in many, whatever the sizes.
#include "net/product.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "net/wide_product.hpp"

using namespace lrproof;
using num::Interval;
using num::Rational;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Zeros, thin and wide ones, numbers near both ends of the doubles, and now and then no bound at all.
Interval any(std::mt19937& random, bool tame) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  const auto kind = random() % (tame ? 6 : 10);
  const double v = uniform(random), w = uniform(random);
  if (kind < 2) return {};
  if (kind < 4) return {v};
  if (kind < 6) return {std::min(v, w), std::max(v, w)};
  if (kind == 6) return {v * 5e-324 * 8};
  if (kind == 7) return {v * 1e-200};
  if (kind == 8) return {v * 1e150};
  return {v, random() % 4 ? std::max(v, 0.5) : kInfinity};
}

std::vector<Interval> some(std::mt19937& random, std::int64_t count, bool tame) {
  std::vector<Interval> out;
  for (std::int64_t k = 0; k < count; ++k) {
    Interval v = any(random, tame);
    if (v.lo > v.hi) std::swap(v.lo, v.hi);
    out.push_back(v);
  }
  return out;
}

double inside(std::mt19937& random, const Interval& v) {
  if (v.hi == kInfinity) return random() % 2 ? v.lo : 1e200;
  return random() % 2 ? v.lo : v.hi;
}

}  // namespace

TEST_CASE("a product of enclosures holds the products of what they hold") {
  std::mt19937 random(7);
  for (int round = 0; round < 600; ++round) {
    const bool tame = round % 2, at = random() % 2, bt = random() % 2;
    const std::int64_t m = 1 + random() % 12, k = 1 + random() % (round % 50 ? 9 : 700), n = 1 + random() % 9;
    const auto a = some(random, m * k, tame), b = some(random, k * n, tame);
    std::vector<Interval> c(std::size_t(m * n));
    net::product<Interval>(a.data(), at, b.data(), bt, c.data(), m, k, n);
    std::vector<Rational> p, q;
    for (const auto& v : a) p.emplace_back(inside(random, v));
    for (const auto& v : b) q.emplace_back(inside(random, v));
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        Rational sum;
        bool zero = true;
        for (std::int64_t l = 0; l < k; ++l) {
          const auto left = std::size_t(at ? l * m + i : i * k + l), right = std::size_t(bt ? j * k + l : l * n + j);
          sum.add_product(p[left], q[right]);
          zero = zero && (a[left].is_zero() || b[right].is_zero());
        }
        const Interval& found = c[std::size_t(i * n + j)];
        REQUIRE(sum.upper() >= found.lo);
        REQUIRE(sum.lower() <= found.hi);
        if (found.lo != -kInfinity) REQUIRE(sum >= Rational(found.lo));
        if (found.hi != kInfinity) REQUIRE(sum <= Rational(found.hi));
        if (zero && tame) REQUIRE(found.is_zero());  // dead units are told by it
      }
  }
}

TEST_CASE("factors so small that every product underflows do not make an exact zero") {
  // 600 products of a little less than half the smallest double: each rounds to 0, together they are 290 of it.
  for (const std::int64_t m : {1, 12}) {
    const std::vector<Interval> a(std::size_t(m * 600), Interval(1e-162)), b(600, Interval(-2.4e-162));
    std::vector<Interval> c(std::size_t(m), Interval(1));
    net::product<Interval>(a.data(), false, b.data(), true, c.data(), m, 600, 1);
    const Rational sum = Rational(-600) * Rational(1e-162) * Rational(2.4e-162);
    for (const auto& v : c) {
      CHECK(Rational(v.lo) <= sum);
      CHECK(Rational(v.hi) >= sum);
    }
  }
}

TEST_CASE("a product of thin enclosures is narrow") {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<Interval> a, b;
  for (int k = 0; k < 784; ++k) a.emplace_back(uniform(random));
  for (int k = 0; k < 784 * 3; ++k) b.emplace_back(uniform(random));
  std::vector<Interval> c(3);
  net::product<Interval>(a.data(), false, b.data(), true, c.data(), 1, 784, 3);
  for (const auto& v : c) CHECK(v.hi - v.lo < 1e-9);
}

TEST_CASE("products of twice the digits hold the exact sums, with radii near the last of them") {
  std::mt19937 random(12);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (const std::int64_t k : {1, 7, 64, 300}) {
    const std::int64_t m = 3, n = 11;
    std::vector<double> hi, lo;
    for (std::int64_t i = 0; i < m * k; ++i) {
      hi.push_back(random() % 5 ? uniform(random) * std::ldexp(1, int(random() % 40) - 20) : 0);
      lo.push_back(hi.back() * uniform(random) * 0x1p-54);
    }
    const bool pairs = k != 64;
    net::WideColumns columns(k);
    std::vector<num::Wide> x;
    std::vector<Rational> at;  // somewhere within the radius
    for (std::int64_t l = 0; l < k * n; ++l) {
      const double v = uniform(random) * (random() % 4 ? 1 : 1e6), rad = random() % 3 ? 0 : std::abs(v) * 0x1p-90;
      x.emplace_back(v, v * uniform(random) * 0x1p-54, rad);
      at.push_back(Rational(x.back().hi) + Rational(x.back().lo) + Rational(rad * (random() % 2 ? 1 : -1)));
      columns.set(l / n, l % n, x.back());
    }
    std::vector<num::Wide> out(std::size_t(m * n));
    net::wide_product({hi, pairs ? std::span<const double>(lo) : std::span<const double>()}, m, k, columns, n,
                      out.data(), n);
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        Rational exact, size;
        for (std::int64_t l = 0; l < k; ++l) {
          const auto w = std::size_t(i * k + l), c = std::size_t(l * n + j);
          const Rational weight = pairs ? Rational(hi[w]) + Rational(lo[w]) : Rational(hi[w]);
          exact += weight * at[c], size += num::abs(weight * at[c]);
        }
        const auto& found = out[std::size_t(i * n + j)];
        const Rational error = num::abs(Rational(found.hi) + Rational(found.lo) - exact);
        CHECK(!(Rational(found.rad) < error));
        CHECK(found.rad <= 1e-26 * size.to_double() + 1e-250);
      }
  }
}
