#pragma once
// What the root of one unit must meet on a region, as affine forms (see root_search.hpp for the mathematics).
#include <optional>

#include "prove/root_search.hpp"

namespace lrproof::prove {

/// row D - z s >= 0, D > 0 (the fixed root: row - s >= 0).
struct RootCondition {
  AffineForm row, s;
  std::string name;
  std::optional<AffineForm> affine = {};  ///< of the same sign, where there is one
  bool divided = false;                   ///< by the row: of the same sign only where that is not 0
};

struct RootForms {
  std::string impossible;  ///< why there are none
  AffineForm z, drop;      ///< sign z_j; D = w_j . v_j (1 for the fixed root)
  std::vector<RootCondition> conditions;
};

/// As many conditions as the root can break. place.domain: the bounds of the tensor, else the suffix's cell.
RootForms root_forms(Region& region, const RootPlace& place);

/// The condition as one affine form, given sign z and sign D.
void make_affine(RootCondition& condition, const AffineForm& z, const AffineForm& drop, bool fixed);

bool equal(const AffineForm& a, const AffineForm& b);

}  // namespace lrproof::prove
