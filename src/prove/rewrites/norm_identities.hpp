#pragma once
// The identities of the rewrites that carry a batch norm on to the affine node behind it. Formulas are the rewrites'
// own by default; others are mutants.
#include "prove/smt/identity.hpp"

namespace lrproof::prove {

/// A norm in front of an affine node. Per tap k, of a channel of its own: w, a, mu, beta, s (= gamma r) and r0 as in
/// FoldShape. masked: m is 1 where the tap multiplies an input and 0 where it multiplies padding.
struct OnwardShape {
  bool masked = false;
  std::string weight = "s*w";
  std::string share = "w*(beta - s*mu)";  ///< of the tap in the bias; may hold m
};
/// sum m w (s (a - mu) + beta) + b = sum m W a + (b + sum H), for every number of taps.
std::vector<Equation> onward_equations(const OnwardShape& shape);

/// max(s (x - mu) + beta, 0) = S c(x) + H with t the number where the norm is 0, so that beta = s (mu - t). Formulas in
/// x, t, s, mu, beta, and s0 (s with epsilon forgotten); sign: of gamma; 0: s = 0, and beta is free.
struct ThresholdShape {
  int sign = 1;
  std::string curve, scale, shift;
};
/// The rewrite's own, by the sign of gamma: max(x, t) above 0, min(x, t) below, and for 0 the constant max(beta, 0),
/// where the identity takes the place of the norm.
ThresholdShape threshold_shape(int sign);
Equation threshold_equation(const ThresholdShape& shape);

/// sum q (s a + h) = s (sum q a) + h for shares q that add up to 1.
Equation average_equation();

/// A norm of an element of a concat's operand, with the operand's own parameters or those that a mutant picks: "mu2" in
/// place of "mu1". The norm has the parameters 1 there.
Equation split_equation(const std::string& gamma, const std::string& mu, const std::string& beta);

/// What the rows of the table ask.
IdentityProof prove_onward_identity(const std::string& shape);     ///< "inside", "borders"
IdentityProof prove_threshold_identity(const std::string& shape);  ///< with what follows; "average": through one
IdentityProof prove_split_identity(const std::string& shape);

}  // namespace lrproof::prove
