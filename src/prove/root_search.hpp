#pragma once
// Where on a region does the root of one unit lie inside? (ROO-6, the branch fixed.) On a region a, z_j and D = w_j .
// v_j are affine in x, and so is every inequality of the suffix's cell: row_u(a) >= 0 with gradient p_u. The hinge root
// a - (z_j / D) v_j meets row_u where
//     row_u(x) D(x) - z_j(x) s_u(x) >= 0,    s_u = p_u . v_j,   on the part with D > 0 (with D < 0 all signs turn).
//   One affine inequality: D and s_u constant (w2), or D = +-z_j + d and s_u = +-row_u + c, where the products cancel
//   to d row_u - c z_j (x and zB at a dense layer).
//   Otherwise (z-plus, gamma; convolutions under x) it is quadratic, but only through the one number t = z_j / D > 0.
//   As row_u >= 0 on the region, row_u < t s_u needs s_u > 0: where t lies in [t1, t2] it needs row_u < t2 s_u (s_u > 0
//   where t has no end), and row_u >= t s_u gives row_u >= t1 s_u. So affine inequalities say yes or no on short
//   enough intervals. The search halves intervals of t; its leaves are linear programs.
#include <optional>

#include "prove/cell_forms.hpp"

namespace lrproof::prove {

/// A unit's root over a region: its scope is where z_j has this sign and |z_j| >= least.
struct RootPlace {
  int rule_case = 0, root_layer = 0;
  root::Kind kind = root::Kind::hinge;
  std::int64_t unit = 0;
  int sign = 1;
  num::Rational least;
  bool domain = false;  ///< asked about the tensor's bounds (root.domain), not about the suffix's cell
};

/// One linear program that closes a part of the question: where t is in [from, to] (to < 0: no end), on the part
/// with D of this sign, the named condition (or "*": some condition) is settled by the combination.
struct RootLeaf {
  std::string condition;
  int part = 1;
  num::Rational from, to;
  std::vector<std::pair<std::string, num::Rational>> combination;
};

struct RootSearch {
  bool empty = false;   ///< no point of the region has |z_j| >= least with the sign
  bool always = false;  ///< inside everywhere a root exists
  bool never = false;
  bool no_root = false;                                       ///< D vanishes somewhere
  std::optional<std::vector<num::Rational>> inside, outside;  ///< points where the formulas say so
  std::vector<std::vector<num::Rational>> hints;              ///< points worth a look, where they say nothing
  std::vector<RootLeaf> leaves;                               ///< what `always` or `never` rests on
  bool asserted = false;                                      ///< a solver said so: there are no leaves
  std::string reason;                                         ///< why neither
  std::int64_t programs = 0;                                  ///< linear programs solved
};

/// start: is the root inside at the region's own point (when that is in the scope)? Only the other side is looked for.
enum class Start { inside, outside, unknown };
/// relevance: of R_j over the region, read for relevance roots only. There t = R_j / D is no more than bounded,
/// whatever x is: certificates must do for every t of the bounds, and points are hints only; share is R_j / z_j at the
/// region's point.
RootSearch search_root(Region& region, const RootPlace& place, Start start, const num::Interval& relevance = {},
                       double share = 0);

/// On which side of the scope the region's own point lies.
bool in_root_scope(const AtPoint& at, const RootPlace& place);

}  // namespace lrproof::prove
