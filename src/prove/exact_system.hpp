#pragma once
// Linear equations over the rationals.
#include <optional>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::prove {

/// y with sum_j m[i][j] y[j] = b[i]; nothing when the square m is singular.
std::optional<std::vector<num::Rational>> solve_system(std::vector<std::vector<num::Rational>> m,
                                                       std::vector<num::Rational> b);

}  // namespace lrproof::prove
