#pragma once
// An exact number as the double nearest to it and the double that is left: the product of two doubles, hence of a
// stored weight and a scale, has 106 bits at most and is such a pair. Where it is none (beyond the range of doubles,
// or with bits below it, or a quotient) it is left to Rational.
#include <cmath>
#include <optional>

#include "num/interval.hpp"
#include "num/rational.hpp"

namespace lrproof::num {

/// nearest + rest exactly; nearest is the double nearest to the sum, ties to even: a number is one pair at most.
struct Pair {
  double nearest = 0, rest = 0;

  Rational rational() const {
    Rational value(nearest);
    if (rest != 0) value += Rational(rest);
    return value;
  }
  /// The tightest enclosure by doubles.
  Interval bounds() const {
    if (rest == 0) return {nearest};
    return rest > 0 ? Interval(nearest, std::nextafter(nearest, HUGE_VAL))
                    : Interval(std::nextafter(nearest, -HUGE_VAL), nearest);
  }
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// a b. Theorem (Dekker): p = fl(a b) and a b - p is a double unless bits of it fall below 2^-1074; those of a b lie
/// within 106 places of its first, so |p| >= 2^-960 excludes that, and fma gives it without rounding.
inline std::optional<Pair> exact_product(double a, double b) {
  if (a == 0 || b == 0) return Pair{};
  const double p = a * b;
  if (!(std::abs(p) >= 0x1p-960 && std::isfinite(p))) return std::nullopt;
  return Pair{p, std::fma(a, b, -p)};
}

std::optional<Pair> as_pair(const Rational& value);

}  // namespace lrproof::num
