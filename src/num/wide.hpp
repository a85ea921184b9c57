#pragma once
// Enclosures of about 31 digits: a number of two doubles in the middle and a radius. Networks of many layers multiply
// the rounding errors of plain intervals by 10^20 and more; here what is multiplied is 10^-27. Radii bound every error
// of the arithmetic: with u = 2^-53, two_sum and two_product are exact (Dekker 1971), |lo| <= u |hi|, and what the
// operations below leave out is at most 4 u^2 (|a| + |b|) of a sum and 8 u^2 |a b| of a product.
#include <cmath>

#include "num/interval.hpp"

namespace lrproof::num {

struct Wide {
  double hi = 0, lo = 0, rad = 0;  ///< within rad of hi + lo; hi is the double nearest to the sum

  Wide() = default;
  Wide(double value) : hi(value) {}
  Wide(int value) : hi(value) {}
  Wide(double high, double low, double radius) : hi(high), lo(low), rad(radius) {}
  explicit Wide(const Interval& i) {
    if (i.lo == i.hi) {
      hi = i.lo;
      return;
    }
    hi = i.lo / 2 + i.hi / 2;
    rad = i.is_bounded() ? Interval::above(std::max(i.hi - hi, hi - i.lo)) : HUGE_VAL;
    if (!std::isfinite(hi)) hi = 0;
  }
  explicit Wide(const Rational& value) : hi(value.to_double()) {
    if (!std::isfinite(hi)) {
      hi = 0, rad = HUGE_VAL;
      return;
    }
    const Rational rest = value - Rational(hi);
    if (rest.is_zero()) return;
    lo = rest.to_double(), rad = std::abs(lo) * 0x1p-52 + 0x1p-1073;
  }

  bool is_zero() const { return hi == 0 && lo == 0 && rad == 0; }
  Interval bounds() const {
    if (!(std::isfinite(hi) && std::isfinite(lo) && std::isfinite(rad))) return Interval::everything();
    if (lo == 0 && rad == 0) return {hi};
    const double more = Interval::above(std::abs(lo) + rad);
    // lo moves the middle by less than one place of hi: it counts only where hi and it meet
    if (rad == 0) return lo > 0 ? Interval(hi, Interval::above(hi)) : Interval(Interval::below(hi), hi);
    return {Interval::below(hi - more), Interval::above(hi + more)};
  }

  friend Wide operator-(const Wide& a) { return {-a.hi, -a.lo, a.rad}; }
  friend Wide operator+(const Wide& a, const Wide& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const double s = a.hi + b.hi, z = s - a.hi;
    const double rest = ((a.hi - (s - z)) + (b.hi - z)) + (a.lo + b.lo);
    const double error = (std::abs(a.hi) + std::abs(b.hi)) * 0x1p-103;
    return normal(s, rest, up(up(a.rad + b.rad) + error));
  }
  friend Wide operator-(const Wide& a, const Wide& b) { return a + (-b); }
  friend Wide operator*(const Wide& a, const Wide& b) {
    if (a.is_zero() || b.is_zero()) return {};
    const double p = a.hi * b.hi;
    const double rest = std::fma(a.hi, b.hi, -p) + (a.hi * b.lo + a.lo * b.hi);
    const double size = std::abs(a.hi), other = std::abs(b.hi);
    const double spread = up(up(size * 1.0000001) * b.rad) + up(a.rad * up(other * 1.0000001 + b.rad));
    return normal(p, rest, up(up(spread) + std::abs(p) * 0x1p-101));
  }
  Wide& operator+=(const Wide& b) { return *this = *this + b; }
  Wide& operator-=(const Wide& b) { return *this = *this - b; }

  /// A bound of what a nonnegative sum or product lost by rounding, and of what underflowed.
  static double up(double v) { return v == 0 ? v : v * (1 + 0x1p-50) + 0x1p-1000; }
  static Wide normal(double s, double rest, double radius) {
    const double hi = s + rest, z = hi - s;
    const double lo = (s - (hi - z)) + (rest - z);
    if (!(std::isfinite(hi) && std::isfinite(lo) && std::isfinite(radius))) return {0, 0, HUGE_VAL};
    return {hi, lo, radius + 0x1p-1000};
  }
};

}  // namespace lrproof::num
