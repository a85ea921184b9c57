#pragma once
// The symbolic half of CAN-1: the identity of a rewrite's shape, every parameter a variable.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "claim/claim.hpp"
#include "prove/polynomial.hpp"

namespace lrproof::prove {

/// before = after for all values of the variables, those named in `positive` above 0. `cases` together cover all
/// values; each replaces variables, by formulas with positive ones of its own, so that the sign under every positive
/// part is plain.
struct Equation {
  Formula before, after;
  std::set<std::string> positive;
  std::vector<std::map<std::string, Formula>> cases = {{}};
};

/// proved: for all values of the variables. refuted: the counterexample gives values that differ. unknown: neither.
struct IdentityProof {
  claim::Verdict verdict = claim::Verdict::unknown;
  std::string how;             ///< "algebra", "algebra+smt"
  std::string counterexample;  ///< "gamma = 1, ..., before = .., after = .."
};

/// All of the equations, by algebra; Z3, asked the negation by the sign of gamma where gamma stands in it, is the
/// second opinion: the two must not disagree. r and r0 are 1 / sqrt(variance + epsilon) and 1 / sqrt(variance).
IdentityProof prove_identity(const std::string& rewrite, const std::vector<Equation>& equations);

/// What batchnorm-into-affine puts in place of weight and bias, as formulas in w, b, mu, beta, s (= gamma r, where
/// r > 0 and r^2 (variance + epsilon) = 1) and r0 (likewise with variance alone). The defaults are the rewrite's own.
struct FoldShape {
  int fan_in = 1;
  bool has_bias = true;
  std::string weight = "s*w";
  std::string bias = "s*b + beta - s*mu";
  friend auto operator<=>(const FoldShape&, const FoldShape&) = default;
};

/// For every fan-in.
IdentityProof prove_fold_identity(const FoldShape& shape);

/// Z3's version as "4.8.12", or "" in a build without it.
std::string smt_version();

}  // namespace lrproof::prove
