#pragma once
// Where in the cell of a suffix is f_c largest and smallest (GXI-3)? Two linear programs in doubles propose the ends of
// a line at T; whoever uses it measures how far it stays inside exactly.
#include "root/forge.hpp"

namespace lrproof::prove {

/// Lines between the two optima, drawn towards T(x0) by less and less; none when the cell has too many rows.
std::vector<root::Line> long_lines(const root::HiddenCut& cut, bool bounded, double wanted);

}  // namespace lrproof::prove
