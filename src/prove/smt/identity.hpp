#pragma once
// The symbolic half of CAN-1: the identity of a rewrite's shape, every parameter a variable.
#include <string>

#include "claim/claim.hpp"

namespace lrproof::prove {

/// What batchnorm-into-affine puts in place of weight and bias, as formulas in w, b, mu, beta, s (= gamma r, where
/// r > 0 and r^2 (variance + epsilon) = 1) and r0 (likewise with variance alone). The defaults are the rewrite's own.
struct FoldShape {
  int fan_in = 1;
  bool has_bias = true;
  std::string weight = "s*w";
  std::string bias = "s*b + beta - s*mu";
  friend auto operator<=>(const FoldShape&, const FoldShape&) = default;
};

/// proved: for every fan-in and all values of the variables. refuted: the counterexample gives values that differ.
struct IdentityProof {
  claim::Verdict verdict = claim::Verdict::unknown;
  std::string how;             ///< "algebra", "algebra+smt"
  std::string counterexample;  ///< "gamma = 1, ..., before = .., after = .."
};

IdentityProof prove_fold_identity(const FoldShape& shape);

/// Z3's version as "4.8.12", or "" in a build without it.
std::string smt_version();

}  // namespace lrproof::prove
