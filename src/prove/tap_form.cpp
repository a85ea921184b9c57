#include "prove/tap_form.hpp"

#include <algorithm>
#include <optional>

namespace lrproof::prove {

using num::Rational;
using rule::Phi;
using rule::Psi;

namespace {

std::optional<Factor> factor_of(Phi phi, int sign) {
  const auto input = sign == 0 ? std::nullopt : std::optional(Factor::a);
  switch (phi) {
    case Phi::one:
      return Factor::one;
    case Phi::a:
      return input;
    case Phi::pos:
      return sign > 0 ? input : std::nullopt;
    case Phi::neg:
      return sign < 0 ? input : std::nullopt;
    case Phi::low:
      return Factor::low;
    case Phi::high:
      return Factor::high;
  }
  return std::nullopt;
}

struct Power {
  int power = 0, sign = 1;
};

std::optional<Power> power_of(Psi psi, int sign) {
  const auto when = [&](bool holds, Power p) { return holds ? std::optional(p) : std::nullopt; };
  switch (psi) {
    case Psi::one:
      return Power{0, 1};
    case Psi::w:
      return when(sign != 0, {1, 1});
    case Psi::pos:
      return when(sign > 0, {1, 1});
    case Psi::neg:
      return when(sign < 0, {1, 1});
    case Psi::square:
      return when(sign != 0, {2, 1});
    case Psi::pos_square:
      return when(sign > 0, {2, 1});
    case Psi::neg_square:
      return when(sign < 0, {2, 1});
    case Psi::abs:
      return when(sign != 0, {1, sign});
  }
  return std::nullopt;
}

void add(TapForm& form, Factor factor, int power, const Rational& coefficient) {
  auto& sum = form[{factor, power}];
  sum += coefficient;
  if (sum.is_zero()) form.erase({factor, power});
}

// alpha a + beta low + gamma high + delta as u (a - low) + v (high - a) + rest a + delta with u, v >= 0.
bool linear_nonnegative(const std::map<Factor, Rational>& linear, int a, bool in_domain) {
  const auto of = [&](Factor f) {
    const auto found = linear.find(f);
    return found == linear.end() ? Rational() : found->second;
  };
  const Rational u = -of(Factor::low), v = of(Factor::high);
  if ((!u.is_zero() || !v.is_zero()) && !in_domain) return false;
  const Rational rest = of(Factor::a) - u + v;
  return u.sign() >= 0 && v.sign() >= 0 && of(Factor::one).sign() >= 0 && rest.sign() * a >= 0;
}

}  // namespace

std::vector<TapClass> tap_classes(const rule::AffineRule& rule) {
  const bool nonnegative =
      std::count(rule.premises.begin(), rule.premises.end(), rule::Premise::inputs_nonnegative) > 0;
  std::vector<TapClass> classes;
  for (const int a : {-1, 0, 1})
    for (const int w : {-1, 0, 1})
      if (!nonnegative || a >= 0) classes.push_back({a, w});
  return classes;
}

TapForm numerator_on(const rule::Term& term, TapClass c) {
  TapForm form;
  for (const auto& product : term.numerator) {
    const auto factor = factor_of(product.phi, c.a);
    const auto power = power_of(product.psi, c.w);
    if (factor && power) add(form, *factor, power->power, product.coefficient * Rational(power->sign));
  }
  return form;
}

TapForm drop_on(const rule::Direction& direction, TapClass c) {
  using Side = rule::Direction::Side;
  TapForm form;
  if (c.w == 0) return form;
  for (const auto& part : direction.parts) {
    const auto factor = factor_of(part.phi, c.a);
    const bool beside = (part.side == Side::w_nonneg && c.w < 0) || (part.side == Side::w_neg && c.w > 0);
    if (factor && !beside) add(form, *factor, part.side == Side::w ? 2 : 1, part.coefficient);
  }
  return form;
}

TapForm scaled(TapForm form, const Rational& factor) {
  if (factor.is_zero()) return {};
  for (auto& entry : form) entry.second = entry.second * factor;
  return form;
}

bool surely_nonnegative(const TapForm& form, TapClass c, bool in_domain) {
  std::map<int, std::map<Factor, Rational>> by_power;
  for (const auto& [key, coefficient] : form)
    by_power[key.second][key.first] = c.w < 0 && key.second % 2 ? -coefficient : coefficient;
  return std::all_of(by_power.begin(), by_power.end(),
                     [&](const auto& entry) { return linear_nonnegative(entry.second, c.a, in_domain); });
}

Rational value(const TapForm& form, const Rational& a, const Rational& w, const Rational& low, const Rational& high) {
  Rational sum;
  for (const auto& [key, coefficient] : form) {
    Rational product = coefficient;
    for (int k = 0; k < key.second; ++k) product = product * w;
    if (key.first == Factor::a) product = product * a;
    if (key.first == Factor::low) product = product * low;
    if (key.first == Factor::high) product = product * high;
    sum += product;
  }
  return sum;
}

}  // namespace lrproof::prove
