#include "prove/rule_law_proofs.hpp"

#include <algorithm>
#include <functional>

#include "prove/tap_form.hpp"

namespace lrproof::prove {

using num::Rational;
using rule::AffineRule;
using rule::Term;

bool has_premise(const AffineRule& rule, rule::Premise premise) {
  return std::count(rule.premises.begin(), rule.premises.end(), premise) > 0;
}

namespace {

// ---- what the terms are like

bool plain(const Term& term) {  // S(d) = d
  using Kind = rule::Stabilizer::Kind;
  const Kind kind = term.stabilizer.kind;
  return kind == Kind::none || (term.stabilizer.epsilon.is_zero() && kind != Kind::zero_only);
}
bool zero_only(const Term& term) {  // S(d) = d off zero, epsilon at zero
  return term.stabilizer.kind == rule::Stabilizer::Kind::zero_only && !term.stabilizer.rms;
}
bool never_zero(const Term& term) {
  using Kind = rule::Stabilizer::Kind;
  const Kind kind = term.stabilizer.kind;
  const bool away = kind == Kind::signed_ || kind == Kind::clip || kind == Kind::zero_only;
  return away && term.stabilizer.epsilon.sign() > 0 && !term.stabilizer.rms;
}
bool all_terms(const AffineRule& rule, const std::function<bool(const Term&)>& holds) {
  return std::all_of(rule.terms.begin(), rule.terms.end(), holds);
}
bool all_products(const AffineRule& rule, const std::function<bool(const rule::Product&)>& holds) {
  return all_terms(rule, [&](const Term& t) { return std::all_of(t.numerator.begin(), t.numerator.end(), holds); });
}
// Whatever sign z != 0 has, the shares k_T of the open terms sum to 1.
bool shares_sum_to_one(const AffineRule& rule) {
  for (const auto z : {num::Sign::negative, num::Sign::positive}) {
    Rational sum;
    for (const auto& term : rule.terms)
      if (rule::opens(term.gate, z)) sum += term.share;
    if (sum != Rational(1)) return false;
  }
  return true;
}

int degree(rule::Phi phi) { return phi == rule::Phi::a || phi == rule::Phi::pos || phi == rule::Phi::neg; }
int degree(rule::Psi psi) {
  using rule::Psi;
  if (psi == Psi::one) return 0;
  return psi == Psi::square || psi == Psi::pos_square || psi == Psi::neg_square ? 2 : 1;
}
int degree(rule::Chi chi) {
  using rule::Chi;
  return chi == Chi::b || chi == Chi::pos || chi == Chi::neg ? 1 : 2;
}

// n and chi have the sign `side` or are 0; then d = 0 only if every numerator is 0.
bool one_sided(const AffineRule& rule, const Term& term, int side) {
  const bool in_domain = has_premise(rule, rule::Premise::inputs_in_domain);
  for (const auto& part : term.bias) {
    const int sign = int(part.coefficient.sign()) * side;
    using rule::Chi;
    if (part.chi == Chi::b || (part.chi == Chi::neg ? sign > 0 : sign < 0)) return false;
  }
  const auto classes = tap_classes(rule);
  return std::all_of(classes.begin(), classes.end(), [&](TapClass c) {
    return surely_nonnegative(scaled(numerator_on(term, c), Rational(side)), c, in_domain);
  });
}

// Is d != 0 at every unit without a bias where z != 0? Then some tap has a != 0 and w != 0, and chi(0) = 0.
bool off_zero_without_bias(const Term& term) {
  if (term.numerator.size() != 1) return false;
  const auto& [c, phi, psi] = term.numerator[0];
  using rule::Psi;
  if (phi == rule::Phi::a) return psi == Psi::w;  // d = c z
  return phi == rule::Phi::one && (psi == Psi::one || psi == Psi::square || psi == Psi::abs);
}
bool counts_taps(const Term& term) {  // d = c times the fan-in, which is at least 1
  return term.bias.empty() && term.numerator.size() == 1 && term.numerator[0].phi == rule::Phi::one &&
         term.numerator[0].psi == rule::Psi::one;
}

// n_T = c form on every class and chi_T = c b (or 0) with one c != 0, S_T(d) = d, shares summing to 1: the share is
// form_i / (sum form + b).
bool is_share_of(const AffineRule& rule, const std::function<TapForm(TapClass)>& form, bool with_bias) {
  if (!shares_sum_to_one(rule)) return false;
  const auto classes = tap_classes(rule);
  return all_terms(rule, [&](const Term& term) {
    // With the bias, d = c z is not 0 where z is not.
    if (!plain(term) && !(with_bias && zero_only(term))) return false;
    std::optional<Rational> c;
    for (const TapClass at : classes) {
      const TapForm want = form(at), have = numerator_on(term, at);
      if (want.empty() != have.empty()) return false;
      if (want.empty()) continue;
      if (!c) c = have.begin()->second / want.begin()->second;
      if (have != scaled(want, *c)) return false;
    }
    if (!c) return false;
    if (!with_bias) return term.bias.empty();
    return term.bias.size() == 1 && term.bias[0].chi == rule::Chi::b && term.bias[0].coefficient == *c;
  });
}
TapForm product_form(TapClass c) { return c.a == 0 || c.w == 0 ? TapForm{} : TapForm{{{Factor::a, 1}, Rational(1)}}; }
// Behind the gate z > 0 (z < 0), n >= a w and chi >= b (<=) give d >= z > 0 (d <= z < 0).
bool gate_keeps_off_zero(const AffineRule& rule, const Term& term) {
  const int side = term.gate == rule::Gate::positive ? 1 : term.gate == rule::Gate::negative ? -1 : 0;
  if (side == 0 || (side < 0 && term.stabilizer.kind == rule::Stabilizer::Kind::unsigned_)) return false;
  Term beyond = term;
  beyond.numerator.push_back({Rational(-1), rule::Phi::a, rule::Psi::w});
  const auto b = std::find_if(beyond.bias.begin(), beyond.bias.end(),
                              [](const rule::BiasPart& part) { return part.chi == rule::Chi::b; });
  if (b == beyond.bias.end() || b->coefficient != Rational(1)) return false;
  beyond.bias.erase(b);
  return one_sided(rule, beyond, side);
}
// 1 / fan-in of 1 is 1 / fan-in.
bool gives_equal_parts(const AffineRule& rule) {
  Rational sum;
  for (const auto& term : rule.terms) sum += term.share;
  return sum == Rational(1) && all_terms(rule, [](const Term& t) {
           return (plain(t) || zero_only(t)) && t.gate == rule::Gate::always && counts_taps(t);
         });
}
// Every product of a term, and its bias, takes the same power of lambda. Power 0 leaves d and so S(d) as it is; an
// epsilon that counts at d = 0 only does nothing where every numerator is 0 there.
bool scales(
    const AffineRule& rule, const std::function<int(const rule::Product&)>& of,
    const std::function<int(const rule::BiasPart&)>& of_bias = [](const auto& p) { return degree(p.chi); }) {
  return all_terms(rule, [&](const Term& t) {
    if (t.numerator.empty()) return false;
    const int power = of(t.numerator[0]);
    const bool idle = zero_only(t) && (one_sided(rule, t, 1) || one_sided(rule, t, -1));
    if (!plain(t) && !idle && (power != 0 || t.stabilizer.rms)) return false;
    return std::all_of(t.numerator.begin(), t.numerator.end(), [&](const auto& p) { return of(p) == power; }) &&
           std::all_of(t.bias.begin(), t.bias.end(), [&](const auto& p) { return of_bias(p) == power; });
  });
}
// ---- continuity (RUL-7)

// As functions of the inputs, n is continuous and chi constant. The shares of an open term are continuous
// - where n reads no input: they are constant;
// - where n and chi have one sign and |S| >= epsilon > 0 for every d of that sign: S jumps at d = 0 at most, and there
//   |n_i| <= |d| tends to 0, which is the share at d = 0.
bool has_continuous_quotient(const AffineRule& rule, const Term& term) {
  using Kind = rule::Stabilizer::Kind;
  if (term.stabilizer.rms) return false;
  const bool fixed = std::all_of(term.numerator.begin(), term.numerator.end(), [](const auto& p) {
    return p.phi == rule::Phi::one || p.phi == rule::Phi::low || p.phi == rule::Phi::high;
  });
  if (fixed) return true;
  const Kind kind = term.stabilizer.kind;
  const bool sided = kind == Kind::signed_ || kind == Kind::clip;
  if (term.stabilizer.epsilon.sign() <= 0) return false;
  return ((sided || kind == Kind::unsigned_) && one_sided(rule, term, 1)) || (sided && one_sided(rule, term, -1));
}

// chi(b) >= c b for every b.
bool bias_at_least(const Term& term, const Rational& c) {
  using rule::Chi;
  Rational above, below, square_above, square_below;
  for (const auto& [k, chi] : term.bias) {
    if (chi == Chi::b || chi == Chi::pos) above += k;
    if (chi == Chi::b || chi == Chi::neg) below += k;
    if (chi == Chi::square || chi == Chi::pos_square) square_above += k;
    if (chi == Chi::square || chi == Chi::neg_square) square_below += k;
  }
  return above >= c && below <= c && square_above.sign() >= 0 && square_below.sign() >= 0;
}

TapForm plus(TapForm x, const TapForm& y) {
  for (const auto& [key, coefficient] : y) {
    auto& sum = x[key];
    sum += coefficient;
    if (sum.is_zero()) x.erase(key);
  }
  return x;
}

// n - c a w >= delta |n| on every class, and chi >= c b. Then d >= c z + delta sum |n|.
bool outgrows(const AffineRule& rule, const Term& term, const Rational& c, const Rational& delta) {
  const bool in_domain = has_premise(rule, rule::Premise::inputs_in_domain);
  const auto classes = tap_classes(rule);
  return c.sign() > 0 && bias_at_least(term, c) && std::all_of(classes.begin(), classes.end(), [&](TapClass at) {
           const TapForm n = numerator_on(term, at), rest = plus(n, scaled(product_form(at), -c));
           return surely_nonnegative(plus(rest, scaled(n, delta)), at, in_domain) &&
                  surely_nonnegative(plus(rest, scaled(n, -delta)), at, in_domain);
         });
}

// With c > 0 and d >= c z + delta sum |n|: where z > 0, d and so S(d) >= d are positive and continuous. As z falls to
// 0, share times z does: |n_i / S| <= 1 / delta, or, for delta = 0, <= |n_i| / epsilon.
bool stays_bounded_above_zero(const AffineRule& rule, const Term& term) {
  using Kind = rule::Stabilizer::Kind;
  if (term.stabilizer.rms) return false;
  std::optional<Rational> up, down;  // n = up a w at least where a w > 0, down a w at most where a w < 0
  Rational size(1);
  for (const TapClass at : tap_classes(rule)) {
    if (at.a * at.w == 0) continue;
    const TapForm form = numerator_on(term, at);
    const auto found = form.find({Factor::a, 1});
    const Rational k = found == form.end() ? Rational() : found->second;
    if (at.a * at.w > 0) up = up ? std::min(*up, k) : k;
    if (at.a * at.w < 0) down = down ? std::max(*down, k) : k;
    size = std::max(size, k.sign() < 0 ? -k : k);
  }
  if (!up || !down) return false;
  const Rational gap = *up - *down;
  if (gap.sign() > 0 && outgrows(rule, term, (*up + *down) / Rational(2), gap / (size * Rational(4)))) return true;
  const Kind kind = term.stabilizer.kind;
  const bool away = kind == Kind::signed_ || kind == Kind::unsigned_ || kind == Kind::clip;
  return away && term.stabilizer.epsilon.sign() > 0 && outgrows(rule, term, *up, Rational());
}

}  // namespace

bool is_gradient_x_input(const AffineRule& rule) { return is_share_of(rule, product_form, true); }
bool is_its_root(const AffineRule& rule) {
  if (rule.root->zero) return is_gradient_x_input(rule);
  return is_share_of(
      rule, [&](TapClass c) { return drop_on(*rule.root, c); }, false);
}
bool conserves_without_bias(const AffineRule& rule) {
  return shares_sum_to_one(rule) &&
         all_terms(rule, [](const Term& t) { return plain(t) || (zero_only(t) && off_zero_without_bias(t)); });
}
bool conserves(const AffineRule& rule) {
  return shares_sum_to_one(rule) && all_terms(rule, [](const Term& t) {
           return (plain(t) && t.bias.empty()) || (zero_only(t) && counts_taps(t));
         });
}
bool positive(const AffineRule& rule) {
  return all_terms(rule, [&](const Term& t) {
    const bool mirrored = one_sided(rule, t, -1) && t.stabilizer.kind != rule::Stabilizer::Kind::unsigned_;
    return t.share.sign() >= 0 && (one_sided(rule, t, 1) || mirrored);
  });
}
bool denominators_used_only_off_zero(const AffineRule& rule) {
  return all_terms(rule, [&](const Term& t) {
    const bool below = one_sided(rule, t, -1) && plain(t);
    return never_zero(t) || one_sided(rule, t, 1) || below || gate_keeps_off_zero(rule, t);
  });
}
// Both sides are the formal gradient times the input. A tap that the convolution lacks is one of weight 0 in the
// product: there it gets nothing. Equal parts count taps, and a convolution has fewer than the product.
bool merges_after_convolution(const AffineRule& rule) { return all_terms(rule, plain) && is_gradient_x_input(rule); }
bool merges(const AffineRule& rule) { return merges_after_convolution(rule) || gives_equal_parts(rule); }
bool homogeneous(const AffineRule& rule) {
  return scales(rule, [](const rule::Product& p) { return degree(p.phi); });
}
bool scales_with_its_unit(const AffineRule& rule) {
  return scales(rule, [](const rule::Product& p) { return degree(p.psi); });
}
bool scales_with_its_inputs(const AffineRule& rule) {
  return all_products(rule, [](const rule::Product& p) { return degree(p.phi) == degree(p.psi); });
}
// One channel goes up and all its weights down: every tap of a term takes the same power, and a bias takes none.
bool scales_with_its_channel(const AffineRule& rule) {
  return scales_with_its_inputs(rule) || scales(
                                             rule, [](const rule::Product& p) { return degree(p.phi) - degree(p.psi); },
                                             [](const rule::BiasPart&) { return 0; });
}
bool ignores_dead_inputs(const AffineRule& rule) {
  return all_products(rule, [](const rule::Product& p) { return degree(p.phi) > 0; });
}
bool ignores_zero_weights(const AffineRule& rule) {
  return all_products(rule, [](const rule::Product& p) { return degree(p.psi) > 0; });
}
bool has_continuous_shares(const AffineRule& rule) {
  return all_terms(rule, [&](const Term& t) {
    return t.share.is_zero() || (t.gate == rule::Gate::always && has_continuous_quotient(rule, t));
  });
}
// R_i = share * relu(z) is 0 where z <= 0, whatever a gate lets through there.
bool is_continuous_behind_relu(const AffineRule& rule) {
  return all_terms(rule, [&](const Term& t) {
    return t.share.is_zero() || !rule::opens(t.gate, num::Sign::positive) || has_continuous_quotient(rule, t) ||
           stays_bounded_above_zero(rule, t);
  });
}

}  // namespace lrproof::prove
