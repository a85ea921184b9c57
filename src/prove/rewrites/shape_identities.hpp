#pragma once
// The symbolic identities of the rewrites without batch norms: before and after as polynomials in symbolic parameters,
// one pair for each case of the sign or piece.
#include <string>
#include <vector>

#include "prove/smt/identity.hpp"

namespace lrproof::prove {

/// The two sides of one case, as formulas (prove/polynomial.hpp).
struct Sides {
  const char *before, *after;
};

/// proved: each pair is the same polynomial. A side that is no formula: rejected.
IdentityProof prove_equal(const std::vector<Sides>& cases);

IdentityProof neutral_identity(const std::string& shape);   ///< remove-identity
IdentityProof sum_identity(const std::string& shape);       ///< residual-sum
IdentityProof composed_identity(const std::string& shape);  ///< merge-affine
IdentityProof average_identity(const std::string& shape);   ///< average-pool-as-conv
IdentityProof pieces_identity(const std::string& shape);    ///< pieces-as-relu
IdentityProof larger_identity(const std::string& shape);    ///< max-as-relu
/// Both sides are the same operation on the same operands: nothing to compute.
IdentityProof same_operation_identity(const std::string& shape);

}  // namespace lrproof::prove
