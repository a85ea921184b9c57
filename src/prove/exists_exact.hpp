#pragma once
// The exact search behind root.exists: linear feasibility over Rational with rows made when they are needed.
#include "num/simplex.hpp"
#include "prove/cell_rows.hpp"

namespace lrproof::prove {

/// Row 0 is f_c = 0; a contradiction's rows are indices into `rows`.
struct ExactSearch {
  num::Feasibility found;
  std::vector<CellRow> rows;
};

/// Is there x' with f_c = 0, in the domain and in the cell of `all`? Starts from f_c = 0 and the rows `first`, asks the
/// simplex for a point, adds the row that is furthest violated at the first node violated, and repeats.
ExactSearch search_exactly(const AtPoint& at, const std::vector<CellRow>& all, const std::vector<std::size_t>& first,
                           std::int64_t budget);

/// f_c as a row; unit -1 names it "output".
CellRow output_row(const AtPoint& at);

}  // namespace lrproof::prove
