// Theorems. (1) A norm in front of an affine node: the difference of both sides is, per tap, the zero polynomial in m,
// w, a, gamma, r, mu, beta, the same for every tap; so it holds for every number of taps and every set of taps inside
// (m in {0, 1}). (2) BN -> ReLU with s != 0: t = mu - beta / s is where the norm is 0, and (mu, beta, s) <-> (mu, t, s)
// is one to one. The cases x = t + u, x = t, x = t - u with u > 0 cover all x; in each of them the sign of s (x - t) is
// plain. (3) s = 0: the norm is the constant beta, of either sign or 0. (4) An average: one share is 1 minus the
// others.
#include "prove/rewrites/norm_identities.hpp"

#include "base/result.hpp"

namespace lrproof::prove {

namespace {

std::string numbered(const char* word, int k) { return word + std::to_string(k); }

Formula read(const std::string& text) {
  const auto formula = Formula::parse(text);
  LRPROOF_INVARIANT(formula.has_value(), "no formula: " + text);
  return *formula;
}

}  // namespace

std::vector<Equation> onward_equations(const OnwardShape& shape) {
  constexpr int kTaps = 2;
  Formula before = name("b"), after = name("b");
  for (int k = 1; k <= kTaps; ++k) {
    const auto own = [&](const char* word) { return name(numbered(word, k)); };
    const auto s = own("gamma") * name("r");
    const std::map<std::string, Formula> here{
        {"s", s},       {"s0", own("gamma") * name("r0")}, {"w", own("w")}, {"mu", own("mu")}, {"beta", own("beta")},
        {"m", own("m")}};
    const auto masked = [&](Formula f) { return shape.masked ? own("m") * std::move(f) : std::move(f); };
    before = before + masked(own("w") * (s * (own("a") - own("mu")) + own("beta")));
    after = after + masked(read(shape.weight).substitute(here) * own("a")) + read(shape.share).substitute(here);
  }
  return {{before, after, {"r", "r0"}}};
}

ThresholdShape threshold_shape(int sign) {
  if (sign == 0) return {0, "pos(beta)", "1", "0"};
  return {sign, sign > 0 ? "t + pos(x - t)" : "t - pos(t - x)", "s", "beta - s*mu"};
}

Equation threshold_equation(const ThresholdShape& shape) {
  const auto x = name("x"), t = name("t"), mu = name("mu"), u = name("u");
  const auto scaled = [&](const char* root) {
    const auto size = name("g") * name(root);
    return shape.sign > 0 ? size : shape.sign < 0 ? Formula{} - size : Formula{};
  };
  const auto s = scaled("r");
  const auto beta = shape.sign == 0 ? name("beta") : s * (mu - t);
  const std::map<std::string, Formula> here{{"s", s}, {"s0", scaled("r0")}, {"beta", beta}};
  Equation out{
      positive_part(s * (x - mu) + beta),
      read(shape.scale).substitute(here) * read(shape.curve).substitute(here) + read(shape.shift).substitute(here),
      {"g", "r", "r0", "u"}};
  if (shape.sign == 0)
    out.cases = {{{"beta", u}}, {{"beta", Formula{}}}, {{"beta", Formula{} - u}}};
  else
    out.cases = {{{"x", t + u}}, {{"x", t}}, {{"x", t - u}}};
  return out;
}

Equation average_equation() {
  Formula before, mean, left = read("1");
  for (int k = 1; k <= 3; ++k) {
    const auto q = k < 3 ? name(numbered("q", k)) : left, a = name(numbered("a", k));
    if (k < 3) left = left - q;
    before = before + q * (name("s") * a + name("h"));
    mean = mean + q * a;
  }
  return {before, name("s") * mean + name("h"), {}};
}

Equation split_equation(const std::string& gamma, const std::string& mu, const std::string& beta) {
  const auto norm = [](const std::string& g, const std::string& m, const std::string& b) {
    return read(g + "*r*(x - " + m + ") + " + b);
  };
  return {norm("gamma1", "mu1", "beta1"), norm(gamma, mu, beta), {"r"}};
}

IdentityProof prove_split_identity(const std::string&) {
  return prove_identity("a norm behind a concat", {split_equation("gamma1", "mu1", "beta1")});
}

IdentityProof prove_onward_identity(const std::string& shape) {
  OnwardShape onward;
  onward.masked = shape == "borders";
  if (onward.masked) onward.share = "m*w*(beta - s*mu)";
  return prove_identity("a norm in front of an affine node", onward_equations(onward));
}

IdentityProof prove_threshold_identity(const std::string& shape) {
  auto all = onward_equations({true, "s*w", "m*w*(beta - s*mu)"});
  for (const int sign : {-1, 0, 1}) all.push_back(threshold_equation(threshold_shape(sign)));
  if (shape == "average") all.push_back(average_equation());
  return prove_identity("a norm in front of a ReLU", all);
}

}  // namespace lrproof::prove
