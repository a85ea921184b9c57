#include "prove/rule_laws.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "prove/smt/rule_law.hpp"
#include "prove/tap_form.hpp"
#include "prove/unit_share.hpp"

// The share of input i is s_i = sum_T k_T g_T(z) n_T(a_i, w_i) / S_T(d_T), d_T = sum_i n_T(a_i, w_i) + chi_T(b). What
// proves a law speaks of one tap at a time, n_T on its sign classes, and of chi_T, S_T and k_T: so it holds for every
// fan-in, and for a convolution's receptive field as for a dense unit's. What refutes it is a unit of fan-in 1 to 3 (or
// two layers 2-2-1) from a fixed search, small numbers first.
namespace lrproof::prove {

using claim::Verdict;
using num::Rational;
using rule::AffineRule;
using rule::Term;

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
bool has_premise(const AffineRule& rule, rule::Premise premise) {
  return std::count(rule.premises.begin(), rule.premises.end(), premise) > 0;
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
bool is_gradient_x_input(const AffineRule& rule) { return is_share_of(rule, product_form, true); }
bool is_its_root(const AffineRule& rule) {
  if (rule.root->zero) return is_gradient_x_input(rule);
  return is_share_of(
      rule, [&](TapClass c) { return drop_on(*rule.root, c); }, false);
}

// ---- proofs

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
bool denominators_used_only_off_zero(const AffineRule& rule) {
  return all_terms(rule, [&](const Term& t) {
    const bool below = one_sided(rule, t, -1) && plain(t);
    return never_zero(t) || one_sided(rule, t, 1) || below || gate_keeps_off_zero(rule, t);
  });
}
// LRP-0: both sides are the formal gradient times the input. Equal parts: 1 / fan-in of 1 is 1 / fan-in.
bool gives_equal_parts(const AffineRule& rule) {
  Rational sum;
  for (const auto& term : rule.terms) sum += term.share;
  return sum == Rational(1) && all_terms(rule, [](const Term& t) {
           return (plain(t) || zero_only(t)) && t.gate == rule::Gate::always && counts_taps(t);
         });
}
bool merges(const AffineRule& rule) {
  return (all_terms(rule, plain) && is_gradient_x_input(rule)) || gives_equal_parts(rule);
}
// Every product of a term, and its bias, takes the same power of lambda. Power 0 leaves d and so S(d) as it is; an
// epsilon that counts at d = 0 only does nothing where every numerator is 0 there.
bool scales(const AffineRule& rule, const std::function<int(const rule::Product&)>& of) {
  return all_terms(rule, [&](const Term& t) {
    if (t.numerator.empty()) return false;
    const int power = of(t.numerator[0]);
    const bool idle = zero_only(t) && (one_sided(rule, t, 1) || one_sided(rule, t, -1));
    if (!plain(t) && !idle && (power != 0 || t.stabilizer.rms)) return false;
    return std::all_of(t.numerator.begin(), t.numerator.end(), [&](const auto& p) { return of(p) == power; }) &&
           std::all_of(t.bias.begin(), t.bias.end(), [&](const auto& p) { return degree(p.chi) == power; });
  });
}
bool homogeneous(const AffineRule& rule) {
  return scales(rule, [](const rule::Product& p) { return degree(p.phi); });
}
bool scales_with_its_unit(const AffineRule& rule) {
  return scales(rule, [](const rule::Product& p) { return degree(p.psi); });
}
bool scales_with_its_inputs(const AffineRule& rule) {
  return all_products(rule, [](const rule::Product& p) { return degree(p.phi) == degree(p.psi); });
}
bool ignores_dead_inputs(const AffineRule& rule) {
  return all_products(rule, [](const rule::Product& p) { return degree(p.phi) > 0; });
}
bool ignores_zero_weights(const AffineRule& rule) {
  return all_products(rule, [](const rule::Product& p) { return degree(p.psi) > 0; });
}

// ---- refutations: what is wrong at a unit, or nothing

using Flaw = std::optional<std::string>;

std::string shares_text(const Shares& shares) { return "shares " + list_text(shares.of); }
Rational sum_of(const std::vector<Rational>& values) {
  Rational sum;
  for (const auto& v : values) sum += v;
  return sum;
}

Flaw leaks(const AffineRule&, const Unit& unit, const Shares& shares) {
  if (unit.z().is_zero() || shares.vanishes || sum_of(shares.of) == Rational(1)) return {};
  return shares_text(shares) + " sum to " + sum_of(shares.of).to_string();
}
Flaw leaks_without_bias(const AffineRule& rule, const Unit& unit, const Shares& shares) {
  return unit.b.is_zero() ? leaks(rule, unit, shares) : Flaw{};
}
Flaw is_negative(const AffineRule&, const Unit&, const Shares& shares) {
  for (const auto& s : shares.of)
    if (s.sign() < 0) return shares_text(shares);
  return {};
}
Flaw divides_by_zero(const AffineRule&, const Unit&, const Shares& shares) {
  return shares.nonzero_over_zero ? Flaw("a denominator is 0 and a numerator over it is not") : Flaw{};
}
Flaw differs_at(const AffineRule& rule, const Shares& shares, const Unit& other, const std::string& word) {
  const auto there = shares_of(rule, other);
  if (!there || shares.vanishes || there->vanishes || shares.of == there->of) return {};
  return shares_text(shares) + ", but " + list_text(there->of) + " " + word;
}
bool within(const AffineRule& rule, const Unit& unit) {
  return !has_premise(rule, rule::Premise::inputs_in_domain) ||
         std::all_of(unit.a.begin(), unit.a.end(), [&](const auto& a) { return a >= unit.low && a <= unit.high; });
}
Flaw is_not_homogeneous(const AffineRule& rule, const Unit& unit, const Shares& shares) {
  Unit other = unit;
  for (auto& a : other.a) a = a * Rational(2);
  other.b = other.b * Rational(2);
  return within(rule, other) ? differs_at(rule, shares, other, "for 2a and 2b") : Flaw{};
}
Flaw feels_its_scale(const AffineRule& rule, const Unit& unit, const Shares& shares) {
  Unit other = unit;
  for (auto& w : other.w) w = w * Rational(2);
  other.b = other.b * Rational(2);
  return differs_at(rule, shares, other, "for 2w and 2b");
}
Flaw feels_input_scale(const AffineRule& rule, const Unit& unit, const Shares& shares) {
  Unit other = unit;
  other.a[0] = other.a[0] * Rational(2), other.w[0] = other.w[0] / Rational(2);
  return within(rule, other) ? differs_at(rule, shares, other, "for 2 a_1 and w_1 / 2") : Flaw{};
}
Flaw feeds(const std::vector<Rational>& zeros, const Shares& shares) {
  for (std::size_t i = 0; i < zeros.size(); ++i)
    if (zeros[i].is_zero() && !shares.of[i].is_zero()) return shares_text(shares);
  return {};
}
Flaw feeds_dead_inputs(const AffineRule&, const Unit& unit, const Shares& shares) { return feeds(unit.a, shares); }
Flaw feeds_zero_weights(const AffineRule&, const Unit& unit, const Shares& shares) { return feeds(unit.w, shares); }
Flaw differs_from(const Unit& unit, const Shares& shares, const std::vector<Rational>& parts, const Rational& whole,
                  const std::string& word) {
  if (shares.vanishes || unit.z().is_zero() || whole.is_zero()) return {};
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (shares.of[i] * whole != parts[i]) {
      std::vector<Rational> want;
      for (const auto& part : parts) want.push_back(part / whole);
      return shares_text(shares) + ", " + word + " gives " + list_text(want);
    }
  return {};
}
Flaw is_not_gradient_x_input(const AffineRule&, const Unit& unit, const Shares& shares) {
  std::vector<Rational> parts;
  for (std::size_t i = 0; i < unit.a.size(); ++i) parts.push_back(unit.a[i] * unit.w[i]);
  return differs_from(unit, shares, parts, unit.z(), "gradient x input");
}
Flaw is_not_its_root(const AffineRule& rule, const Unit& unit, const Shares& shares) {
  if (rule.root->zero) return is_not_gradient_x_input(rule, unit, shares);
  std::vector<Rational> parts;
  for (std::size_t i = 0; i < unit.a.size(); ++i) {
    const TapClass c{int(unit.a[i].sign()), int(unit.w[i].sign())};
    parts.push_back(value(drop_on(*rule.root, c), unit.a[i], unit.w[i], unit.low, unit.high));
  }
  return differs_from(unit, shares, parts, sum_of(parts), "the root");
}

// ---- the search

const std::array<Rational, 5>& numbers() {
  static const std::array<Rational, 5> all{Rational(1), Rational(2), Rational(-1), Rational(-2), Rational(0)};
  return all;
}
constexpr unsigned kRandomUnits = 1500, kTwoLayers = 400, kTwoLayersWhileOpen = 6000;

bool allowed(const AffineRule& rule, const Unit& unit) {
  const bool nonnegative = has_premise(rule, rule::Premise::inputs_nonnegative);
  return within(rule, unit) &&
         (!nonnegative || std::all_of(unit.a.begin(), unit.a.end(), [](const auto& a) { return a.sign() >= 0; }));
}

struct Draw {
  std::uint64_t state = 7;
  const Rational& number() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return numbers()[std::size_t(state >> 60) % numbers().size()];
  }
};

std::vector<Unit> units() {
  std::vector<Unit> all;
  const Rational low(-2), high(1);  // 2 lies beyond them: a rule without the premise is asked there too
  for (const auto& b : {Rational(0), Rational(1), Rational(-1)})
    for (const auto& a : numbers())
      for (const auto& w : numbers()) all.push_back({{a}, {w}, b, low, high});
  for (const auto& b : {Rational(0), Rational(1), Rational(-1)})
    for (const auto& a1 : numbers())
      for (const auto& a2 : numbers())
        for (const auto& w1 : numbers())
          for (const auto& w2 : numbers()) all.push_back({{a1, a2}, {w1, w2}, b, low, high});
  Draw draw;
  for (unsigned k = 0; k < kRandomUnits; ++k) {
    Unit unit{{}, {}, draw.number(), low, high};
    for (int i = 0; i < 3; ++i) unit.a.push_back(draw.number()), unit.w.push_back(draw.number());
    all.push_back(std::move(unit));
  }
  return all;
}

Flaw does_not_merge(const AffineRule& rule, unsigned rounds) {
  Draw draw;
  const auto many = [&](int n) {
    std::vector<Rational> values;
    for (int k = 0; k < n; ++k) values.push_back(draw.number());
    return values;
  };
  for (unsigned k = 0; k < rounds; ++k) {
    const TwoLayers layers{many(2), many(4), many(2), many(2), draw.number(), Rational(-20), Rational(20)};
    const auto apart = shares_of(rule, layers), merged = shares_of(rule, layers.merged());
    if (!allowed(rule, layers.merged()) || !apart || !merged || apart->vanishes || merged->vanishes) continue;
    if (has_premise(rule, rule::Premise::inputs_nonnegative)) {
      const Unit first{layers.x, {layers.w1[0], layers.w1[1]}, layers.b1[0], {}, {}};
      const Unit second{layers.x, {layers.w1[2], layers.w1[3]}, layers.b1[1], {}, {}};
      if (first.z().sign() < 0 || second.z().sign() < 0) continue;
    }
    if (apart->of == merged->of) continue;
    return "x = " + list_text(layers.x) + ", W1 = " + list_text(layers.w1) + ", b1 = " + list_text(layers.b1) +
           ", w2 = " + list_text(layers.w2) + ", b2 = " + layers.b2.to_string() + ": " + shares_text(*apart) +
           ", merged " + list_text(merged->of);
  }
  return {};
}

struct Row {
  RuleLaw law;
  bool (*proves)(const AffineRule&);
  Flaw (*flaw)(const AffineRule&, const Unit&, const Shares&);  ///< nullptr: two layers are needed
  SmtLaw smt = SmtLaw::none;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {{"conserves", "CON-1", "the shares sum to 1 wherever z is not 0 and no denominator is 0"},
       conserves,
       leaks,
       SmtLaw::conserves},
      {{"conserves unbiased", "CON-1", "the same for units without a bias"},
       conserves_without_bias,
       leaks_without_bias,
       SmtLaw::conserves_unbiased},
      {{"positive", "POS-1", "no share is negative"}, positive, is_negative, SmtLaw::positive},
      {{"denominators", "DEN-1", "a denominator is 0 only where all its numerators are"},
       denominators_used_only_off_zero,
       divides_by_zero,
       SmtLaw::denominators},
      {{"homogeneous", "RUL-1", "scaling inputs and bias leaves the shares as they are"},
       homogeneous,
       is_not_homogeneous},
      {{"unit scale", "INV-1", "scaling a unit's own weights and bias leaves the shares"},
       scales_with_its_unit,
       feels_its_scale},
      {{"input scale", "INV-1", "scaling an input up and its weight down leaves the shares"},
       scales_with_its_inputs,
       feels_input_scale},
      {{"dead input", "INV-1", "an input that is 0 gets nothing, so it can be removed"},
       ignores_dead_inputs,
       feeds_dead_inputs,
       SmtLaw::dead_input},
      {{"zero weight", "DUM-1", "an input of weight 0 gets nothing"},
       ignores_zero_weights,
       feeds_zero_weights,
       SmtLaw::zero_weight},
      {{"merge", "INV-1", "two dense layers give what their product gives"}, merges, nullptr},
      {{"gradient x input", "GXI-2", "the shares are a w / z wherever no denominator is 0"},
       is_gradient_x_input,
       is_not_gradient_x_input,
       SmtLaw::gradient},
      {{"root", "ROO-4", "the shares are those of the deep Taylor root direction, hinge roots"},
       is_its_root,
       is_not_its_root},
  };
  return all;
}

bool applies(const Row& row, const AffineRule& rule) { return row.proves != is_its_root || rule.root.has_value(); }

struct Flaws {
  std::vector<Flaw> of;  ///< by row: the first of the search
  bool evaluated = false;
  /// Some unit (without a bias) has z != 0 and no denominator 0: the laws are about something.
  bool asked = false, asked_unbiased = false;
};

/// The fixed search, and units whose sum is minus an epsilon of the rule: d + epsilon is 0 there.
std::vector<Unit> units_for(const AffineRule& rule) {
  static const std::vector<Unit> fixed = units();
  std::vector<Unit> all = fixed;
  const Rational low(-2), high(1);
  for (const auto& term : rule.terms)
    if (const Rational& epsilon = term.stabilizer.epsilon; epsilon.sign() > 0) {
      all.push_back({{Rational(1)}, {-epsilon}, Rational(0), low, high});
      all.push_back({{-epsilon}, {Rational(1)}, Rational(0), low, high});
    }
  return all;
}

// Every unit while a law is open, and then one in seven: proofs are put to the search as well.
Flaws find_flaws(const AffineRule& rule, const std::vector<bool>& proved) {
  const std::vector<Unit> all = units_for(rule);
  constexpr std::size_t kStride = 7;
  const auto& table = rows();
  Flaws flaws{std::vector<Flaw>(table.size()), false};
  const auto is_open = [&](std::size_t k) {
    return table[k].flaw && applies(table[k], rule) && !proved[k] && !flaws.of[k];
  };
  bool open = true;
  for (std::size_t u = 0; u < all.size(); ++u) {
    if ((!open && u % kStride != 0) || !allowed(rule, all[u])) continue;
    const auto shares = shares_of(rule, all[u]);
    if (!shares) continue;
    flaws.evaluated = true, open = false;
    const bool asked = !shares->vanishes && !all[u].z().is_zero();
    flaws.asked = flaws.asked || asked;
    flaws.asked_unbiased = flaws.asked_unbiased || (asked && all[u].b.is_zero());
    for (std::size_t k = 0; k < table.size(); ++k) {
      if (!flaws.of[k] && table[k].flaw && applies(table[k], rule))
        if (const Flaw flaw = table[k].flaw(rule, all[u], *shares)) flaws.of[k] = all[u].text() + ": " + *flaw;
      open = open || is_open(k);
    }
  }
  for (std::size_t k = 0; k < table.size(); ++k)
    if (!table[k].flaw) flaws.of[k] = does_not_merge(rule, proved[k] ? kTwoLayers : kTwoLayersWhileOpen);
  return flaws;
}

// A numerator that the premises make 0 everywhere leaves a law nothing to speak of: that is no proof (VER-2).
bool is_about_nothing(const AffineRule& rule, const Row& row, const Flaws& flaws) {
  if (flaws.evaluated) return row.proves == conserves_without_bias ? !flaws.asked_unbiased : !flaws.asked;
  const auto classes = tap_classes(rule);
  return !all_terms(rule, [&](const Term& t) {
    return std::any_of(classes.begin(), classes.end(), [&](TapClass c) { return !numerator_on(t, c).empty(); });
  });
}

// A law that holds does so at every fan-in; one that is broken may need more than one input.
void ask_smt(const AffineRule& rule, const Row& row, LawAnswer& answer) {
  if (row.smt == SmtLaw::none) return;
  int holds = 0, broken = 0;
  for (const int fan_in : {1, 2, 3}) {
    const SmtOpinion opinion = smt_opinion(rule, row.smt, fan_in);
    ++answer.smt_asked, holds += opinion == SmtOpinion::holds, broken += opinion == SmtOpinion::broken;
  }
  LRPROOF_INVARIANT(answer.verdict != Verdict::proved || broken == 0, "Z3 contradicts a proved law of a rule");
  LRPROOF_INVARIANT(answer.verdict != Verdict::refuted || holds < 3, "Z3 contradicts a witness against a law");
  answer.smt_same = answer.verdict == Verdict::proved ? holds : answer.verdict == Verdict::refuted ? broken : 0;
  if (answer.verdict == Verdict::unknown && holds == 3) answer.text += "; Z3: it holds up to fan-in 3";
  if (answer.verdict == Verdict::unknown && broken > 0) answer.text += "; Z3: it is broken at fan-in 3 or below";
}

}  // namespace

std::span<const RuleLaw> rule_laws() {
  static const std::vector<RuleLaw> laws = [] {
    std::vector<RuleLaw> all;
    for (const auto& row : rows()) all.push_back(row.law);
    return all;
  }();
  return laws;
}

std::vector<LawAnswer> audit_rule(const AffineRule& rule, bool smt) {
  std::vector<bool> proved;
  for (const Row& row : rows()) proved.push_back(applies(row, rule) && row.proves(rule));
  const Flaws flaws = find_flaws(rule, proved);
  std::vector<LawAnswer> answers;
  for (std::size_t k = 0; k < rows().size(); ++k) {
    const Row& row = rows()[k];
    const Flaw& flaw = flaws.of[k];
    LRPROOF_INVARIANT(!(proved[k] && flaw), "a law of a rule is proved and has a counterexample");
    if (!applies(row, rule))
      answers.push_back({Verdict::rejected, "the rule names no root direction"});
    else if (!flaw && is_about_nothing(rule, row, flaws))
      answers.push_back({Verdict::rejected, "a denominator is 0 wherever the law would ask"});
    else if (proved[k])
      answers.push_back({Verdict::proved, "for every fan-in"});
    else if (flaw)
      answers.push_back({Verdict::refuted, *flaw});
    else
      answers.push_back({Verdict::unknown, flaws.evaluated
                                               ? "the algebra does not decide, and no small counterexample exists"
                                               : "the rule is not evaluated over rationals"});
    if (smt && answers.back().verdict != Verdict::rejected) ask_smt(rule, row, answers.back());
  }
  return answers;
}

}  // namespace lrproof::prove
