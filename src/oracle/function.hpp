#pragma once
// A model as a function, by the oracle's own reading: its first output at one point, exactly.
#include <string>
#include <string_view>
#include <vector>

#include "oracle/model.hpp"

namespace lrproof::oracle {

/// All elements of the first output at x, the listed nodes cut off the end; the error says what is not covered.
Read<std::vector<Exact>> value_at(std::string_view model, const std::vector<std::string>& cut,
                                  const std::vector<Exact>& x);

}  // namespace lrproof::oracle
