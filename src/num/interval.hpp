#pragma once
// Closed intervals of doubles, rounded outward: what they say about a sign is a proof. Rounding outward is done by
// widening each result of round-to-nearest arithmetic by a relative 2^-51 and one denormal: the error of one
// operation is at most half an ulp, so the bound holds under any compiler contraction. Results that are exactly zero
// because a factor is the interval [0,0] stay [0,0]: dead units are recognised by it. A bound that is exactly 0 stays
// 0, so that sums and products of what is not negative are not negative: a sum of doubles is 0 only exactly, a product
// or quotient is 0 exactly unless it underflows.
#include <algorithm>
#include <cmath>
#include <limits>

#include "num/rational.hpp"

namespace lrproof::num {

struct Interval {
  double lo = 0, hi = 0;

  Interval() = default;
  Interval(double value) : lo(value), hi(value) {}
  Interval(int value) : lo(value), hi(value) {}
  Interval(double low, double high) : lo(low), hi(high) {}
  explicit Interval(const Rational& r) : lo(r.lower()), hi(r.upper()) {}
  static Interval everything() {
    return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  }

  bool is_zero() const { return lo == 0 && hi == 0; }
  bool contains(double v) const { return lo <= v && v <= hi; }
  bool is_bounded() const { return std::isfinite(lo) && std::isfinite(hi); }
  double magnitude() const { return std::max(std::abs(lo), std::abs(hi)); }  ///< max |t|
  double mignitude() const { return lo > 0 ? lo : hi < 0 ? -hi : 0.0; }      ///< min |t|
  /// Sure sign; zero only for [0,0].
  Sign sign() const {
    if (lo > 0) return Sign::positive;
    if (hi < 0) return Sign::negative;
    return is_zero() ? Sign::zero : Sign::unknown;
  }

  static double below(double v) { return v - (std::abs(v) * 0x1p-51 + 0x1p-1073); }
  static double above(double v) { return v + (std::abs(v) * 0x1p-51 + 0x1p-1073); }

  friend Interval operator-(const Interval& a) { return {-a.hi, -a.lo}; }
  friend Interval operator+(const Interval& a, const Interval& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    const double low = a.lo + b.lo, high = a.hi + b.hi;
    return sane(low == 0 ? 0 : below(low), high == 0 ? 0 : above(high));
  }
  friend Interval operator-(const Interval& a, const Interval& b) { return a + (-b); }
  friend Interval operator*(const Interval& a, const Interval& b) {
    if (a.is_zero() || b.is_zero()) return {};
    const double p = a.lo * b.lo, q = a.lo * b.hi, r = a.hi * b.lo, s = a.hi * b.hi;
    if (std::isnan(p + q + r + s)) return everything();  // 0 * inf: min and max would drop it without a word
    const double low = std::min(std::min(p, q), std::min(r, s)), high = std::max(std::max(p, q), std::max(r, s));
    if (low != 0 && high != 0) return sane(below(low), above(high));
    const bool exact = !lost(p, a.lo, b.lo) && !lost(q, a.lo, b.hi) && !lost(r, a.hi, b.lo) && !lost(s, a.hi, b.hi);
    return sane(low == 0 && exact ? 0 : below(low), high == 0 && exact ? 0 : above(high));
  }
  /// Everything when b contains zero.
  friend Interval operator/(const Interval& a, const Interval& b) {
    if (b.lo <= 0 && b.hi >= 0) return everything();
    if (a.is_zero()) return {};
    const double p = a.lo / b.lo, q = a.lo / b.hi, r = a.hi / b.lo, s = a.hi / b.hi;
    if (std::isnan(p + q + r + s)) return everything();
    const double low = std::min(std::min(p, q), std::min(r, s)), high = std::max(std::max(p, q), std::max(r, s));
    if (low != 0 && high != 0) return sane(below(low), above(high));
    const bool exact = !lost(p, a.lo, 1) && !lost(q, a.lo, 1) && !lost(r, a.hi, 1) && !lost(s, a.hi, 1);
    return sane(low == 0 && exact ? 0 : below(low), high == 0 && exact ? 0 : above(high));
  }
  Interval& operator+=(const Interval& o) { return *this = *this + o; }
  Interval& operator-=(const Interval& o) { return *this = *this - o; }
  Interval& operator*=(const Interval& o) { return *this = *this * o; }
  Interval& operator/=(const Interval& o) { return *this = *this / o; }
  void add_product(const Interval& a, const Interval& b) { *this += a * b; }

  /// Every point of a lies strictly below every point of b.
  friend bool surely_less(const Interval& a, const Interval& b) { return a.hi < b.lo; }
  friend bool disjoint(const Interval& a, const Interval& b) { return a.hi < b.lo || b.hi < a.lo; }
  friend Interval hull(const Interval& a, const Interval& b) { return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)}; }

 private:
  // A product that underflowed.
  static bool lost(double product, double a, double b) { return product == 0 && a != 0 && b != 0; }
  // inf - inf and 0 * inf give NaN: such a bound says nothing.
  static Interval sane(double low, double high) { return low <= high ? Interval(low, high) : everything(); }
};

inline Interval positive_part(const Interval& a) { return {std::max(a.lo, 0.0), std::max(a.hi, 0.0)}; }
inline Interval negative_part(const Interval& a) { return {std::min(a.lo, 0.0), std::min(a.hi, 0.0)}; }

}  // namespace lrproof::num
