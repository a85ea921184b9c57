#pragma once
// R / S(d) (RUL-2), and what happened to it.
#include <span>

#include "num/scalar.hpp"
#include "rule/rule.hpp"

namespace lrproof::attr {

/// A share's quotient. vanished: S(d) is 0 and the share is 0; unknown: it may be.
template <num::Scalar S>
struct Quotient {
  S value{}, divisor{};
  bool vanished = false, unknown = false;
};

/// r / S(d); sign is the sign of d, epsilon the stabiliser's constant (already scaled).
template <num::Scalar S>
Quotient<S> divide(const S& r, const S& d, num::Sign sign, const rule::Stabilizer& stabilizer, const S& epsilon);

/// The sign of d. A symbol is asked for its side only where the stabiliser reads it, else whether it is 0.
template <num::Scalar S>
num::Sign sign_for(const rule::Stabilizer& stabilizer, const S& d) {
  using Kind = rule::Stabilizer::Kind;
  const bool reads_side = stabilizer.kind == Kind::signed_ || stabilizer.kind == Kind::clip;
  if (!std::same_as<S, num::Symbol> || reads_side) return num::sign_of(d);
  return num::is_zero(d) ? num::Sign::zero : num::Sign::positive;
}

/// The stabiliser's constant for one sample: epsilon, or epsilon times the root mean square of the sample's d. Over the
/// rationals the root is the double nearest to it (NET-3).
template <num::Scalar S>
S epsilon_for(const rule::Stabilizer& stabilizer, std::span<const S> d);

}  // namespace lrproof::attr
