#pragma once
// Is there y with row . y > 0 for all rows (GXI-3: the signs that a domain prescribes)? In doubles, to propose.
#include "root/forge.hpp"

namespace lrproof::prove {

/// The y of a box that keeps farthest from every row's plane; where none keeps away from all, the rows whose prices
/// hold it there.
root::SignGuess guess_signs(const std::vector<std::vector<double>>& rows);

}  // namespace lrproof::prove
