#pragma once
// How far relevance is from input times gradient on a whole region (GXI-1, GXI-2).
//
// Let every numerator vanish with its input, n_ij = a_i m_ij, and every piece go through 0. Then relevance has the form
// R_j = a_j c_j at every tensor, as the gradient gives a_j g_j: c = g = 1 at the output, c_z = slope c across a piece,
// and at an affine layer
//     c_i = sum_j q_ij c_j,   q_ij = sum over terms of k gate m_ij rho_j,   rho_j = z_j / S(d_j), 0 where S(d_j) = 0,
// where the gradient has w_ij for q_ij. So the excess e = c - g obeys
//     e_i = sum_j q_ij e_j + (q_ij - w_ij) g_j,
// which divides by nothing that comes from above and is exactly 0 where q = w. A term with n = c a w, chi = c b has
// q = w (1 - (S - d) / S): LRP-0 has q = w, epsilon stays short of it by eps / (|z| + eps) on every path. Derived here.
#include "prove/region_bounds.hpp"

namespace lrproof::prove {

struct Deviation {
  std::string stops_at;               ///< the node, and why the form is not kept there; "" when excess is known
  std::vector<num::Interval> excess;  ///< by feature: R_i = x_i (df_c/dx_i + excess_i) on the closed region
  bool none() const;                  ///< every excess is exactly 0
};

/// Holds on the region's piece and, at inputs on its facets, on the pieces beyond. except_vanished: inputs at which a
/// used denominator is 0 do not count (gxi.reduces). The rule set starts from f_c.
Deviation deviation_over(Region& region, const RegionBounds& bounds, std::size_t rule_case, bool except_vanished);

}  // namespace lrproof::prove
