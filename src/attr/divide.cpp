#include "attr/divide.hpp"

#include <cmath>

#include "net/batch_norm.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {
namespace {

using num::Interval;
using num::Rational;
using num::Sign;
using Kind = rule::Stabilizer::Kind;

template <class S>
S magnitude_at_least(const S& d, bool negative, const S& floor) {
  const S size = negative ? -d : d;
  if constexpr (std::same_as<S, Interval>)
    return {std::max(size.lo, floor.lo), std::max(size.hi, floor.hi)};
  else
    return size < floor ? floor : size;
}

// S(d) for a d of known sign.
template <class S>
S stabilized(const S& d, Sign sign, const rule::Stabilizer& how, const S& epsilon) {
  const bool negative = sign == Sign::negative || (sign == Sign::zero && how.zero_sign < 0);
  switch (how.kind) {
    case Kind::none:
      return d;
    case Kind::signed_:
      return negative ? d - epsilon : d + epsilon;
    case Kind::unsigned_:
      return d + epsilon;
    case Kind::clip: {
      const S size = magnitude_at_least(d, negative, epsilon);
      return negative ? -size : size;
    }
    case Kind::zero_only:
      return sign == Sign::zero ? epsilon : d;
  }
  return d;
}

template <class S>
Quotient<S> divide_known(const S& r, const S& d, Sign sign, const rule::Stabilizer& how, const S& epsilon) {
  Quotient<S> out;
  out.divisor = stabilized(sign == Sign::zero ? S(0) : d, sign, how, epsilon);
  if (num::is_zero(out.divisor)) return out.vanished = true, out;
  if constexpr (std::same_as<S, Interval>) out.unknown = out.divisor.contains(0);
  if (num::is_nothing(r)) return out;
  out.value = r / out.divisor;
  // A floating quotient beyond the range: its divisor is 0 for the purposes of that arithmetic.
  if constexpr (num::kFloating<S>)
    if (!std::isfinite(out.value)) out.value = 0, out.vanished = true;
  return out;
}

// The sign of d is open. Where S keeps a distance of epsilon from 0 on both sides, 1/S is bounded.
Quotient<Interval> divide_open(const Interval& r, const Interval& d, const rule::Stabilizer& how,
                               const Interval& epsilon) {
  const bool keeps_away = (how.kind == Kind::signed_ || how.kind == Kind::clip) && epsilon.lo > 0;
  if (!keeps_away) {
    Quotient<Interval> out;
    out.divisor = how.kind == Kind::unsigned_ ? d + epsilon : d;
    if (how.kind == Kind::zero_only || how.kind == Kind::signed_ || how.kind == Kind::clip)
      out.divisor = hull(hull(d - epsilon, d + epsilon), epsilon);
    out.unknown = out.divisor.contains(0);
    if (!r.is_zero()) out.value = r / out.divisor;
    return out;
  }
  const bool can_be_negative = d.lo < 0 || how.zero_sign < 0;
  const bool can_be_positive = d.hi > 0 || how.zero_sign > 0;
  const Quotient<Interval> below = divide_known(r, negative_part(d), Sign::negative, how, epsilon);
  const Quotient<Interval> above = divide_known(r, positive_part(d), Sign::positive, how, epsilon);
  if (!can_be_negative) return above;
  if (!can_be_positive) return below;
  return {hull(below.value, above.value), hull(below.divisor, above.divisor), false, false};
}

}  // namespace

template <num::Scalar S>
Quotient<S> divide(const S& r, const S& d, Sign sign, const rule::Stabilizer& stabilizer, const S& epsilon) {
  if constexpr (std::same_as<S, Interval>)
    if (sign == Sign::unknown) return divide_open(r, d, stabilizer, epsilon);
  return divide_known(r, d, sign, stabilizer, epsilon);
}

template <num::Scalar S>
S epsilon_for(const rule::Stabilizer& stabilizer, std::span<const S> d) {
  const S epsilon = num::from_rational<S>(stabilizer.epsilon);
  if (!stabilizer.rms || d.empty()) return epsilon;
  if constexpr (std::same_as<S, num::Symbol>) {
    LRPROOF_INVARIANT(false, "a root mean square is no rational function; supported() refuses it");
    return epsilon;
  } else if constexpr (num::kFloating<S>) {
    double sum = 0;
    for (const S& v : d) sum += double(v) * double(v);
    return S(double(epsilon) * std::sqrt(sum / double(d.size())));
  } else {
    S sum(0);
    for (const S& v : d) num::add_product(sum, v, v);
    const S mean = sum / S(Rational(long(d.size())));
    if constexpr (std::same_as<S, Interval>) {
      const double low = std::sqrt(std::max(mean.lo, 0.0)), high = std::sqrt(std::max(mean.hi, 0.0));
      return epsilon * Interval(std::max(Interval::below(low), 0.0), Interval::above(high));
    } else {
      return mean.is_zero() ? mean : epsilon * Rational(net::nearest_scale(mean, mean));
    }
  }
}

#define LRPROOF_INSTANTIATE(S)                                                              \
  template Quotient<S> divide(const S&, const S&, Sign, const rule::Stabilizer&, const S&); \
  template S epsilon_for(const rule::Stabilizer&, std::span<const S>)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(Interval);
LRPROOF_INSTANTIATE(Rational);
LRPROOF_INSTANTIATE(num::Symbol);

}  // namespace lrproof::attr
