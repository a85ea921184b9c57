#pragma once
// Forging (GXI-3): roots that justify a given map e as the full-backward decomposition (ROO-3) of f_c at x0.
//
// Let T be a hidden cut, J its Jacobian and g the gradient of f_c at T. Unit k of T gets the root function
//     root(a) = c + (a - T(x0)) - d (q . (a - T(x0))),        its relevance is  g_k (a - root(a))_k,
// and one root point x~_k at the input. On the cell the relevance of feature i then is
//     R_i = sum_k g_k d_k (J^T q)_i (x0 - x~_k)_i.
// With r = J^T y, q = y / t and one root for all units, x~ = x0 - delta with delta_i = t kappa e_i / (w r_i), w = g .
// d, makes that kappa e_i; it exists iff r can be chosen with r_i != 0 wherever e_i != 0, that is, iff no column of J
// vanishes there, and g != 0. As t goes to 0, x~ comes as near to x0 as is asked, and the value of the root function at
// T(x~), which is c + d kappa sum(e) / w - J delta, comes near to c + d kappa sum(e) / w. Both ends of that path have
// to be in the suffix's cell: kappa = 1 when f_c changes by more than |sum e| on the part of the line c + s d inside
// it. Where x0 lies on a bound of the domain, the sign of delta_i is prescribed: one root for all is a system of linear
// inequalities in y, and where it has no solution the units with g_k d_k > 0 and those with g_k d_k < 0 get a root
// each. Source: Sixt & Landgraf 2022 state the idea in words; the construction and its conditions are derived here.
#include <functional>
#include <variant>

#include "root/hidden_cut.hpp"

namespace lrproof::root {

/// The point root at the input of some units of T.
struct PointRoot {
  std::vector<std::int64_t> units;  ///< empty: all units that are in no other root's list
  std::vector<num::Rational> point;
};

/// sum over features of multiplier x (prescribed sign) x (column of J) = 0, multipliers > 0: no r in the row space of J
/// has the prescribed signs.
struct SignContradiction {
  std::vector<std::int64_t> features;
  std::vector<int> signs;
  std::vector<num::Rational> multipliers;
};

/// What justifies kappa e: exact numbers, enough to replay it.
struct Forged {
  net::NodeId cut = -1;
  num::Rational kappa;
  std::vector<num::Rational> at_input;   ///< c, the root function's value at T(x0)
  std::vector<num::Rational> direction;  ///< d
  std::vector<num::Rational> form;       ///< q
  std::vector<PointRoot> roots;
  bool bounded = true;          ///< the roots at T respect the tensor's bounds (root.domain)
  num::Rational left_at_cut;    ///< F(c): what stays unresolved at T
  num::Rational left_at_input;  ///< what stays unresolved at the input: f_c(x0) - F(c) - kappa sum(e)
  double reach = 0;             ///< how far f_c was seen to change on the line used, in the cell (and bounds); rounded
  /// With two roots at the input: why there is not one for all units; empty when that was not decided.
  SignContradiction no_shared_root;
};

enum class Obstacle {
  zero_column,    ///< T does not depend on a feature that the map speaks of
  zero_gradient,  ///< f_c does not depend on T
  no_room,        ///< the domain leaves a feature no room
  signs,          ///< the domain prescribes signs that no r has, and only one unit of T counts
  kink,           ///< the suffix is at a kink at T(x0)
  undecided,      ///< the search's budget
};
const char* word(Obstacle obstacle);

/// Why there is no kappa > 0 at this cut.
struct Impossible {
  net::NodeId cut = -1;
  Obstacle obstacle = Obstacle::undecided;
  std::vector<std::int64_t> features;  ///< those in the way, ascending
  SignContradiction signs;
  std::string unit;  ///< the one at a kink
};

using Forgery = std::variant<Forged, Impossible>;

/// A line at T through a point inside the cell (and, `bounded`, the tensor's bounds): base + s direction.
struct Line {
  std::vector<num::Rational> base, direction;
};
/// Lines on which f_c may change by more than `wanted`, best last; asked when the obvious ones are too short.
using LongLines = std::function<std::vector<Line>(const HiddenCut& cut, bool bounded, double wanted)>;

/// What doubles say about rows . y > 0 for all rows: a y, or the rows that contradict each other. A proposal.
struct SignGuess {
  std::vector<double> y;
  std::vector<std::size_t> against;
};
using GuessSigns = std::function<SignGuess(const std::vector<std::vector<double>>& rows)>;

struct ForgeSettings {
  Domain domain;
  LongLines long_lines;       ///< may be empty
  GuessSigns guess_signs;     ///< may be empty: exact linear programs only
  std::uint64_t seed = 0;     ///< of the forms y that are tried
  std::int64_t pivots = 400;  ///< of the exact linear programs about signs
};

/// map: one number per input element. x0 is off kinks and within the domain.
Forgery forge(const HiddenCut& cut, const std::vector<num::Rational>& map, const ForgeSettings& settings);

}  // namespace lrproof::root
