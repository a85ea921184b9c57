#include "prove/rule_laws.hpp"

#include <algorithm>
#include <array>

#include "prove/rule_law_proofs.hpp"
#include "prove/smt/rule_law.hpp"
#include "prove/tap_form.hpp"

// What proves a law is in rule_law_proofs.hpp and speaks of every fan-in. What refutes it is a unit of fan-in 1 to 3,
// the convolution, or two layers on 2 inputs (3 under the convolution), from a fixed search, small numbers first.
namespace lrproof::prove {

using claim::Verdict;
using num::Rational;
using rule::AffineRule;

namespace {

struct Row {
  RuleLaw law;
  bool (*proves)(const AffineRule&);
  MaybeFlaw (*flaw)(const AffineRule&, const Layer&, const Shares&);  ///< nullptr: two layers are needed
  SmtLaw smt = SmtLaw::none;
  /// Proves it for the convolution; nullptr: proves does, for what is asked of the layer is asked of each of its units,
  /// or is a sum over them.
  bool (*proves_on_convolution)(const AffineRule&) = nullptr;
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
      {{"continuous shares", "RUL-7", "towards any inputs, off zero denominators, the shares have one finite limit"},
       has_continuous_shares,
       has_jumping_shares},
      {{"continuous relu", "RUL-7", "the same for the shares times relu(z)"},
       is_continuous_behind_relu,
       jumps_behind_relu},
      {{"homogeneous", "RUL-1", "scaling inputs and bias leaves the shares as they are"},
       homogeneous,
       is_not_homogeneous},
      {{"unit scale", "INV-1", "scaling a unit's own weights and bias leaves the shares"},
       scales_with_its_unit,
       feels_its_scale},
      {{"input scale", "INV-1", "scaling an input up and its weight down leaves the shares"},
       scales_with_its_inputs,
       feels_input_scale,
       SmtLaw::none,
       scales_with_its_channel},
      {{"dead input", "INV-1", "an input that is 0 gets nothing, so it can be removed"},
       ignores_dead_inputs,
       feeds_dead_inputs,
       SmtLaw::dead_input},
      {{"zero weight", "DUM-1", "an input of weight 0 gets nothing"},
       ignores_zero_weights,
       feeds_zero_weights,
       SmtLaw::zero_weight},
      {{"merge", "INV-1", "two affine layers give what their product gives"},
       merges,
       nullptr,
       SmtLaw::none,
       merges_after_convolution},
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
bool proves(const Row& row, const AffineRule& rule, Shape shape) {
  if (!applies(row, rule)) return false;
  const bool other = shape == Shape::convolution && row.proves_on_convolution;
  return other ? row.proves_on_convolution(rule) : row.proves(rule);
}

// ---- the search

const std::array<Rational, 5>& numbers() {
  static const std::array<Rational, 5> all{Rational(1), Rational(2), Rational(-1), Rational(-2), Rational(0)};
  return all;
}
constexpr unsigned kRandomLayers = 1500, kTwoLayers = 400, kTwoLayersWhileOpen = 6000;
// Bounds of a box rule; 2 lies beyond them: a rule without the premise is asked there too.
const Rational& low() {
  static const Rational value(-2);
  return value;
}
const Rational& high() {
  static const Rational value(1);
  return value;
}

struct Draw {
  std::uint64_t state = 7;
  const Rational& number() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return numbers()[std::size_t(state >> 60) % numbers().size()];
  }
  std::vector<Rational> many(std::size_t n) {
    std::vector<Rational> values;
    for (std::size_t k = 0; k < n; ++k) values.push_back(number());
    return values;
  }
};

std::vector<Layer> dense_units() {
  std::vector<Layer> all;
  for (const auto& b : {Rational(0), Rational(1), Rational(-1)})
    for (const auto& a : numbers())
      for (const auto& w : numbers()) all.push_back({{a}, {w}, b, low(), high()});
  for (const auto& b : {Rational(0), Rational(1), Rational(-1)})
    for (const auto& a1 : numbers())
      for (const auto& a2 : numbers())
        for (const auto& w1 : numbers())
          for (const auto& w2 : numbers()) all.push_back({{a1, a2}, {w1, w2}, b, low(), high()});
  Draw draw;
  for (unsigned k = 0; k < kRandomLayers; ++k) {
    Layer unit{{}, {}, draw.number(), low(), high()};
    for (int i = 0; i < 3; ++i) unit.a.push_back(draw.number()), unit.w.push_back(draw.number());
    all.push_back(std::move(unit));
  }
  return all;
}

std::vector<Layer> convolutions() {
  std::vector<Layer> all;
  Draw draw;
  for (unsigned k = 0; k < kRandomLayers; ++k) {
    const Rational& b = k % 2 ? numbers()[4] : draw.number();
    all.push_back({draw.many(kConvInputs), draw.many(kConvKernel), b, low(), high(), Shape::convolution});
  }
  return all;
}

/// The fixed search, then layers that meet what it misses: sums that are minus an epsilon of the rule, so that d +
/// epsilon is 0, and the corner of a box with z > 0.
std::vector<Layer> layers_for(const AffineRule& rule, Shape shape) {
  static const std::vector<Layer> dense = dense_units(), convolved = convolutions();
  const bool is_dense = shape == Shape::dense;
  std::vector<Layer> all = is_dense ? dense : convolved;
  for (const auto& term : rule.terms)
    if (const Rational& epsilon = term.stabilizer.epsilon; epsilon.sign() > 0) {
      const std::vector<Rational> some(is_dense ? 1 : kConvInputs, -epsilon), ones(some.size(), Rational(1));
      const auto last = [&](const Rational& w) {
        return is_dense ? std::vector<Rational>{w} : std::vector<Rational>{Rational(0), w};
      };
      all.push_back({ones, last(-epsilon), Rational(0), low(), high(), shape});
      all.push_back({some, last(Rational(1)), Rational(0), low(), high(), shape});
    }
  const std::vector<Rational> corner(is_dense ? 2 : kConvInputs, low()), plain(2, Rational(1));
  all.push_back({corner, plain, Rational(5), low(), high(), shape});
  return all;
}

MaybeFlaw find_unmerged(const AffineRule& rule, Shape shape, unsigned rounds) {
  Draw draw;
  for (unsigned k = 0; k < rounds; ++k) {
    const bool dense = shape == Shape::dense;
    const std::size_t in = dense ? 2 : kConvInputs;
    TwoLayers layers{draw.many(in), {}, {}, {}, {}, Rational(-20), Rational(20), shape};
    layers.w1 = draw.many(dense ? in * 2 : kConvKernel), layers.b1 = draw.many(dense ? 2 : 1);
    layers.w2 = draw.many(in), layers.b2 = draw.number();
    if (auto flaw = does_not_merge(rule, layers)) return flaw;
  }
  return {};
}

struct Flaws {
  std::vector<MaybeFlaw> of;  ///< by row: the first of the search
  bool evaluated = false;
  /// Some layer (without a bias) has z != 0 and no denominator 0: the laws are about something.
  bool asked = false, asked_unbiased = false;
};

// Every layer while a law is open, and then one in seven: proofs are put to the search as well.
Flaws find_flaws(const AffineRule& rule, Shape shape, const std::vector<bool>& proved) {
  const std::vector<Layer> all = layers_for(rule, shape);
  constexpr std::size_t kStride = 7;
  const auto& table = rows();
  Flaws flaws{std::vector<MaybeFlaw>(table.size()), false};
  const auto is_open = [&](std::size_t k) {
    return table[k].flaw && applies(table[k], rule) && !proved[k] && !flaws.of[k];
  };
  bool open = true;
  for (std::size_t u = 0; u < all.size(); ++u) {
    const bool sampled = u % kStride == 0;
    if ((!open && !sampled) || !allowed(rule, all[u])) continue;
    const auto shares = shares_of(rule, all[u]);
    if (!shares) continue;
    flaws.evaluated = true, open = false;
    const bool asked = is_asked(all[u], *shares);
    flaws.asked = flaws.asked || asked;
    flaws.asked_unbiased = flaws.asked_unbiased || (asked && all[u].b.is_zero());
    for (std::size_t k = 0; k < table.size(); ++k) {
      if (table[k].flaw && applies(table[k], rule) && !flaws.of[k] && (sampled || !proved[k]))
        flaws.of[k] = table[k].flaw(rule, all[u], *shares);
      open = open || is_open(k);
    }
  }
  for (std::size_t k = 0; k < table.size(); ++k)
    if (!table[k].flaw) flaws.of[k] = find_unmerged(rule, shape, proved[k] ? kTwoLayers : kTwoLayersWhileOpen);
  return flaws;
}

// A numerator that the premises make 0 everywhere leaves a law nothing to speak of: that is no proof (VER-2).
bool is_about_nothing(const AffineRule& rule, const Row& row, const Flaws& flaws) {
  if (flaws.evaluated) return row.proves == conserves_without_bias ? !flaws.asked_unbiased : !flaws.asked;
  const auto classes = tap_classes(rule);
  return std::none_of(rule.terms.begin(), rule.terms.end(), [&](const rule::Term& t) {
    return std::any_of(classes.begin(), classes.end(), [&](TapClass c) { return !numerator_on(t, c).empty(); });
  });
}

// A law that holds does so at every fan-in; one that is broken may need more than one input.
void ask_smt(const AffineRule& rule, const Row& row, const AskSmt& smt, LawAnswer& answer) {
  if (row.smt == SmtLaw::none) return;
  int holds = 0, broken = 0;
  for (const int fan_in : {1, 2, 3}) {
    const auto tell = [&](const std::string& text) {
      if (smt.tell) smt.tell(std::string(row.law.name) + "-fan-in-" + std::to_string(fan_in), text);
    };
    const SmtOpinion opinion = smt_opinion(rule, row.smt, fan_in, tell);
    ++answer.smt_asked, holds += opinion == SmtOpinion::holds, broken += opinion == SmtOpinion::broken;
  }
  LRPROOF_INVARIANT(answer.verdict != Verdict::proved || broken == 0, "Z3 contradicts a proved law of a rule");
  LRPROOF_INVARIANT(answer.verdict != Verdict::refuted || holds < 3, "Z3 contradicts a witness against a law");
  answer.smt_same = answer.verdict == Verdict::proved ? holds : answer.verdict == Verdict::refuted ? broken : 0;
  if (answer.verdict == Verdict::unknown && holds == 3) answer.text += "; Z3: it holds up to fan-in 3";
  if (answer.verdict == Verdict::unknown && broken > 0) answer.text += "; Z3: it is broken at fan-in 3 or below";
}

LawAnswer answer_of(const AffineRule& rule, const Row& row, bool proved, const MaybeFlaw& flaw, const Flaws& flaws) {
  LRPROOF_INVARIANT(!(proved && flaw), "a law of a rule is proved and has a counterexample");
  if (!applies(row, rule)) return {Verdict::rejected, "the rule names no root direction", {}};
  if (!flaw && is_about_nothing(rule, row, flaws))
    return {Verdict::rejected, "a denominator is 0 wherever the law would ask", {}};
  if (proved) return {Verdict::proved, "for every fan-in", {}};
  if (flaw) return {Verdict::refuted, flaw->text, flaw->witness};
  return {Verdict::unknown,
          flaws.evaluated ? "the algebra does not decide, and no small counterexample exists"
                          : "the rule is not evaluated over rationals",
          {}};
}

std::vector<LawAnswer> audit(const AffineRule& rule, Shape shape) {
  std::vector<bool> proved;
  for (const Row& row : rows()) proved.push_back(proves(row, rule, shape));
  const Flaws flaws = find_flaws(rule, shape, proved);
  std::vector<LawAnswer> answers;
  for (std::size_t k = 0; k < rows().size(); ++k) {
    answers.push_back(answer_of(rule, rows()[k], proved[k], flaws.of[k], flaws));
    if (shape == Shape::convolution && answers.back().verdict == Verdict::proved)
      answers.back().text = rows()[k].proves(rule) ? "unit by unit" : "because its units share their weights";
  }
  return answers;
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

std::vector<LawAnswer> audit_rule(const AffineRule& rule, const AskSmt& smt) {
  auto answers = audit(rule, Shape::dense);
  for (std::size_t k = 0; k < answers.size(); ++k)
    if (smt.ask && answers[k].verdict != Verdict::rejected) ask_smt(rule, rows()[k], smt, answers[k]);
  return answers;
}

std::vector<LawAnswer> audit_rule_on_convolution(const AffineRule& rule) { return audit(rule, Shape::convolution); }

}  // namespace lrproof::prove
