#pragma once
// Gradient x input over a cell as one question (GXI-1): the rules' own formulas, run over symbols, against the cell's
// gradient.
#include "prove/cell_forms.hpp"

namespace lrproof::prove {

/// Satisfiable iff at some input of the region that is on the centre's side of every decision the rules take (the
/// cell's, and signs of inputs where a rule splits them), with no denominator 0, the relevance of some feature is not
/// input times gradient. "" where the rules have no formulas at the region's point.
std::string reduction_script(Region& region, std::size_t rule_case);

/// Unsatisfiable only if at every input of the closed region each of those decisions falls as at its own point, off 0,
/// no denominator is 0, and the relevance is input times gradient. "" likewise.
std::string reduction_everywhere_script(Region& region, std::size_t rule_case);

}  // namespace lrproof::prove
