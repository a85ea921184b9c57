#pragma once
// con.layer, con.total, pos.layer, den.nonzero and pre.rule at every input of a region (CON-1, POS-1, DEN-1, PRE-1).
//
// Nothing is computed of the relevance itself. What is known of R at an element with value a is where it vanishes:
//   - a share whose numerator is a m vanishes where a = 0, one of pos(a) m also where a < 0, one of neg(a) m where a >
//   0;
//   - what an activation hands down vanishes where its value is 0 and its relevance vanishes there, and so on.
// A denominator S(d) that comes down to 0 is not used at its zeros where d = 0 implies that R vanishes: where
// c d - z >= 0 for some c, d = 0 gives z <= 0, and where c d + z >= 0 it gives z >= 0 (0 / 0 = 0, RUL-1).
#include "oracle/range.hpp"

namespace lrproof::oracle {

/// What a certificate says of a region beyond the ranges: "REGION FORM row row | ...", FORM >= (its sum of rows).
/// FORM: NODE:ELEMENT>= or <=, or den:NODE:UNIT:TERM>= or <=.
struct RegionBound {
  long region = 0;
  std::string form;
  std::vector<std::pair<std::string, Exact>> terms;
};
std::vector<RegionBound> read_region_bounds(const Question& q);

/// Returns when the law of q.check holds at every input of the region; NotCovered where that is not shown, Refused
/// where a bound is none. q: at the region's point, or at the centre where the ranges know no pieces.
void require_law(const Question& q, Ranges& ranges, const std::vector<RegionBound>& bounds);

/// No unit of an affine node that the explained output may feel is 0 anywhere on the region, and none that a piece of
/// slope 0 stands behind may leave it: LRP-0 divides by nothing that vanishes, and gradients are one function.
void require_moving(const Question& q, const Ranges& ranges);

}  // namespace lrproof::oracle
