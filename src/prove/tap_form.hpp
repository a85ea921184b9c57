#pragma once
// One tap of a rule with the signs of its input and weight fixed: pos, neg and abs are gone, and what is left of a
// numerator (RUL-1) or a root direction (ROO-1) is a sum of coefficient * {1, a, low, high} * w^power. Laws that hold
// for every fan-in are read off these forms, tap by tap.
#include <map>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::prove {

/// Signs of a and w: -1, 0 or 1.
struct TapClass {
  int a = 0, w = 0;
};

enum class Factor { one, a, low, high };
/// (factor, power of w) -> coefficient, none of them 0. Equal forms are equal functions on the class.
using TapForm = std::map<std::pair<Factor, int>, num::Rational>;

/// The classes that the rule's premises allow.
std::vector<TapClass> tap_classes(const rule::AffineRule& rule);

TapForm numerator_on(const rule::Term& term, TapClass c);
/// w v of the direction v.
TapForm drop_on(const rule::Direction& direction, TapClass c);
TapForm scaled(TapForm form, const num::Rational& factor);

/// Sufficient: at least 0 on the whole class; `in_domain`: low <= a <= high may be used.
bool surely_nonnegative(const TapForm& form, TapClass c, bool in_domain);

num::Rational value(const TapForm& form, const num::Rational& a, const num::Rational& w, const num::Rational& low,
                    const num::Rational& high);

}  // namespace lrproof::prove
