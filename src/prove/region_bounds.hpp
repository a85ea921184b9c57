#pragma once
// Enclosures over a whole region: tensors, relevance and denominators, for every input of it at once.
#include "prove/cell_forms.hpp"

namespace lrproof::prove {

struct RegionBounds {
  net::Values<num::Interval> values;
  attr::Relevance<num::Interval> relevance;
  attr::Trace<num::Interval> trace;
};

/// Range of the form over the bounds.
num::Interval range_of(const AffineForm& form, const std::vector<num::Bound>& bounds);

/// Tensors by interval arithmetic over the region's hull, every unit on the region's piece, cut with the exact forms of
/// what activations read; relevance by the same engine as everywhere. The rule set has enclosures (not rejected).
RegionBounds bounds_over(Region& region, std::size_t rule_case);

}  // namespace lrproof::prove
