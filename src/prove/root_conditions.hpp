#pragma once
// What the root of one unit must meet on a region, as affine forms (see root_search.hpp for the mathematics).
#include <optional>

#include "prove/root_search.hpp"

namespace lrproof::prove {

/// row D - z s >= 0, D > 0 (the fixed root: row - s >= 0). Forms are made exactly when they are asked for: of hundreds
/// of conditions a certificate names few.
struct RootCondition {
  FormPtr row, s;
  std::string name;
  bool constant = false;  ///< s is
  int kappa = 0;          ///< 1 or -1: s has kappa times the slopes of row
  FormPtr affine = {};    ///< of the same sign, where there is one
  bool divided = false;   ///< by the row: of the same sign only where that is not 0
};

struct RootForms {
  std::string impossible;  ///< why there are none
  AffineForm z, drop;      ///< sign z_j; D = w_j . v_j (1 for the fixed root)
  std::vector<RootCondition> conditions;
};

/// As many conditions as the root can break. place.domain: the bounds of the tensor, else the suffix's cell.
RootForms root_forms(Region& region, const RootPlace& place);

/// The form times 1 or -1.
FormPtr turned(const FormPtr& form, int sign);
/// The condition with s times 1 or -1, and as one affine form, given sign z and sign D.
RootCondition made_affine(const RootCondition& condition, int sign, const FormPtr& z, const FormPtr& drop, bool fixed);
/// Are they the same form?
bool equal(const RoundedForm& a, const RoundedForm& b);

}  // namespace lrproof::prove
