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

/// Both sides with `taps` symbolic weights; s is spelt out as gamma r.
std::optional<Equation> sides(const FoldShape& shape, int taps) {
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
  return Equation{s * (sum - name("mu")) + name("beta"), after, {"r", "r0"}};
}

/// Values that make the sides differ: a small deterministic search; r and r0 are those of variance 9, epsilon 16.
std::string difference(const Equation& equation) {
  std::set<std::string> names;
  equation.before.names(names), equation.after.names(names);
  std::map<std::string, Rational> at{{"r", Rational(1, 5)}, {"r0", Rational(1, 3)}};
  for (unsigned round = 0; round < 64; ++round) {
    unsigned state = round * 2654435761u + 12345u;
    std::string text = names.contains("r") ? "variance = 9, epsilon = 16" : "";
    for (const auto& word : names) {
      if (word == "r" || word == "r0") continue;
      state = state * 1664525u + 1013904223u;
      const int value = int(state >> 28) - 7;
      at[word] = Rational(equation.positive.contains(word) ? std::abs(value) + 1 : value);
      text += (text.empty() ? "" : ", ") + word + " = " + at[word].to_string();
    }
    const auto before = equation.before.value(at), after = equation.after.value(at);
    if (before != after) return text + ": before = " + before.to_string() + ", after = " + after.to_string();
  }
  return "";
}

/// Is every case the zero polynomial?
bool algebra_agrees(const Equation& equation) {
  return std::ranges::all_of(equation.cases, [&](const auto& replaced) {
    auto positive = equation.positive;
    for (const auto& entry : replaced) positive.erase(entry.first);
    const auto plain = (equation.before - equation.after).substitute(replaced).without_positive_parts(positive);
    return plain && Polynomial(*plain).is_zero();
  });
}

#ifdef LRPROOF_HAVE_Z3
z3::expr encode(const Formula& formula, z3::context& context) {
  if (formula.kind == '0') return context.real_val(formula.number.to_string().c_str());
  if (formula.kind == 'x') return context.real_const(formula.name.c_str());
  const auto a = encode(formula.parts[0], context);
  if (formula.kind == 'p') return ite(a > context.real_val(0), a, context.real_val(0));
  const auto b = encode(formula.parts[1], context);
  return formula.kind == '+' ? a + b : formula.kind == '-' ? a - b : a * b;
}

/// Z3's word on "no values differ", by the sign of gamma; nullopt when it gives up within its steps.
std::optional<bool> smt_agrees(const Equation& equation) {
  constexpr unsigned kSteps = 2'000'000;
  std::set<std::string> names;
  equation.before.names(names), equation.after.names(names);
  try {
    bool holds = true;
    for (const int sign : {-1, 0, 1}) {
      if (sign != 0 && !names.contains("gamma")) continue;
      z3::context context;
      z3::solver solver(context);
      solver.set("rlimit", kSteps);
      const auto zero = context.real_val(0);
      if (names.contains("gamma")) {
        const auto gamma = context.real_const("gamma");
        solver.add(sign < 0 ? gamma < zero : sign > 0 ? gamma > zero : gamma == zero);
      }
      for (const auto& word : equation.positive)
        if (names.contains(word)) solver.add(context.real_const(word.c_str()) > zero);
      solver.add(encode(equation.before, context) != encode(equation.after, context));
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
std::optional<bool> smt_agrees(const Equation&) { return std::nullopt; }
#endif

}  // namespace

IdentityProof prove_identity(const std::string& rewrite, const std::vector<Equation>& equations) {
  IdentityProof proof{claim::Verdict::proved, "algebra+smt", ""};
  for (const auto& equation : equations) {
    const bool equal = algebra_agrees(equation);
    const auto second = smt_agrees(equation);
    const auto differs = equal ? "" : difference(equation);
    LRPROOF_INVARIANT(!second || *second == equal || (*second && differs.empty()),
                      "algebra and Z3 disagree on the identity of " + rewrite);
    if (!second) proof.how = "algebra";
    if (equal || proof.verdict == claim::Verdict::refuted) continue;
    proof.verdict = differs.empty() ? claim::Verdict::unknown : claim::Verdict::refuted;
    proof.counterexample = differs;
  }
  return proof;
}

IdentityProof prove_fold_identity(const FoldShape& shape) {
  const auto both = sides(shape, std::clamp(shape.fan_in, 1, 3));
  if (!both) return {claim::Verdict::rejected, "", "the replacement is no formula"};
  return prove_identity("batchnorm-into-affine", {*both});
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
