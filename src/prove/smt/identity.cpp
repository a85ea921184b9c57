// Theorem (batchnorm-into-affine). s (sum_k w_k a_k + b - mu) + beta = sum_k W(w_k) a_k + B with W = s w and
// B = s b + beta - s mu. The difference is sum_k (s w_k - W(w_k)) a_k + (s (b - mu) + beta - B): one polynomial D per
// tap, the same for every tap, and one polynomial E. Both are the zero polynomial, so the identity holds for every
// fan-in, every value and every sign of gamma, zero included. Z3, asked the negation over reals with up to three taps
// and the cases gamma < 0, = 0, > 0, is the second opinion; the two must not disagree.
#include "prove/smt/identity.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/result.hpp"
#include "prove/polynomial.hpp"

#ifdef LRPROOF_HAVE_Z3
#include <z3++.h>
#endif

namespace lrproof::prove {

namespace {

using num::Rational;

std::string numbered(char letter, int k) { return std::string(1, letter).append(std::to_string(k)); }

struct Sides {
  Formula before, after;
};

/// Both sides with `taps` symbolic weights; s is spelt out as gamma r.
std::optional<Sides> sides(const FoldShape& shape, int taps) {
  const auto weight = Formula::parse(shape.weight), bias = Formula::parse(shape.bias);
  if (!weight || !bias) return std::nullopt;
  const Formula s = name("gamma") * name("r");
  const Formula b = shape.has_bias ? name("b") : Formula{};
  Formula sum = b, after = bias->substitute({{"s", s}, {"b", b}});
  for (int k = 1; k <= taps; ++k) {
    const auto w = name(numbered('w', k)), a = name(numbered('a', k));
    sum = sum + w * a;
    after = after + weight->substitute({{"s", s}, {"w", w}}) * a;
  }
  return Sides{s * (sum - name("mu")) + name("beta"), after};
}

/// Values that make the sides differ: a small deterministic search; r and r0 are those of variance 9, epsilon 16.
std::string difference(const Sides& sides, int taps) {
  std::map<std::string, Rational> at{{"r", Rational(1, 5)}, {"r0", Rational(1, 3)}};
  std::vector<std::string> free{"gamma", "b", "mu", "beta"};
  for (int k = 1; k <= taps; ++k) free.push_back(numbered('w', k)), free.push_back(numbered('a', k));
  for (unsigned round = 0; round < 64; ++round) {
    unsigned state = round * 2654435761u + 12345u;
    for (const auto& word : free) state = state * 1664525u + 1013904223u, at[word] = Rational(int(state >> 28) - 7);
    const auto before = sides.before.value(at), after = sides.after.value(at);
    if (before == after) continue;
    std::string text = "variance = 9, epsilon = 16";
    for (const auto& word : free) text += ", " + word + " = " + at[word].to_string();
    return text + ": before = " + before.to_string() + ", after = " + after.to_string();
  }
  return "";
}

#ifdef LRPROOF_HAVE_Z3
z3::expr encode(const Formula& formula, z3::context& context) {
  if (formula.kind == '0') return context.real_val(formula.number.to_string().c_str());
  if (formula.kind == 'x') return context.real_const(formula.name.c_str());
  const auto a = encode(formula.parts[0], context), b = encode(formula.parts[1], context);
  return formula.kind == '+' ? a + b : formula.kind == '-' ? a - b : a * b;
}

/// Z3's word on "no values differ", by the sign of gamma; nullopt when it gives up within its steps.
std::optional<bool> smt_agrees(const Sides& sides) {
  constexpr unsigned kSteps = 2'000'000;
  try {
    bool holds = true;
    for (const int sign : {-1, 0, 1}) {
      z3::context context;
      z3::solver solver(context);
      solver.set("rlimit", kSteps);
      const auto gamma = context.real_const("gamma"), r = context.real_const("r"), r0 = context.real_const("r0");
      const auto zero = context.real_val(0);
      solver.add(sign < 0 ? gamma < zero : sign > 0 ? gamma > zero : gamma == zero);
      solver.add(r > zero && r0 > zero);
      solver.add(encode(sides.before, context) != encode(sides.after, context));
      const auto answer = solver.check();
      if (answer == z3::unknown) return std::nullopt;
      holds = holds && answer == z3::unsat;
    }
    return holds;
  } catch (const z3::exception&) {
    return std::nullopt;
  }
}
#else
std::optional<bool> smt_agrees(const Sides&) { return std::nullopt; }
#endif

}  // namespace

IdentityProof prove_fold_identity(const FoldShape& shape) {
  const int taps = std::clamp(shape.fan_in, 1, 3);
  const auto both = sides(shape, taps);
  if (!both) return {claim::Verdict::rejected, "", "the replacement is no formula"};
  const bool equal = Polynomial(both->before - both->after).is_zero();
  const auto second = smt_agrees(*both);
  LRPROOF_INVARIANT(!second || *second == equal, "algebra and Z3 disagree on the identity of batchnorm-into-affine");
  const std::string how = second ? "algebra+smt" : "algebra";
  if (equal) return {claim::Verdict::proved, how, ""};
  return {claim::Verdict::refuted, how, difference(*both, taps)};
}

std::string smt_version() {
#ifdef LRPROOF_HAVE_Z3
  unsigned major = 0, minor = 0, build = 0, revision = 0;
  Z3_get_version(&major, &minor, &build, &revision);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(build);
#else
  return "";
#endif
}

}  // namespace lrproof::prove
