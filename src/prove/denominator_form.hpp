#pragma once
// Denominators of a rule's terms on a region, where they are affine forms of the input (DEN-1).
#include <optional>

#include "prove/cell_forms.hpp"

namespace lrproof::prove {

/// d_j of one unit under one term, before its stabiliser; nothing where a factor pos(a) or neg(a) changes its branch
/// within the region.
std::optional<AffineForm> denominator_form(Region& region, net::NodeId node, const rule::Term& term,
                                           std::int64_t element);

/// n_ij of one tap, from an element of an operand; nothing likewise.
std::optional<AffineForm> numerator_form(Region& region, const rule::Term& term, net::NodeId operand,
                                         std::int64_t element, const num::Rational& w);

/// Range of one tap's numerator n_ij over the range of its input.
num::Interval numerator_range(const rule::Term& term, const num::Interval& a, const num::Rational& w,
                              const root::Domain& domain);

}  // namespace lrproof::prove
