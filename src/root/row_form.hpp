#pragma once
// A form y on the units of T whose pull-back r = J^T y does not vanish on chosen features, and has the signs that
// bounds of the domain prescribe (GXI-3).
#include <variant>

#include "root/forge.hpp"

namespace lrproof::root {

struct RowForm {
  std::vector<num::Rational> y, r;  ///< r = J^T y
};

/// Features of `wanted` whose column of J is zero.
std::vector<std::int64_t> zero_columns(const HiddenCut& cut, const std::vector<std::int64_t>& wanted);

/// r_i != 0 on `wanted`, none of which has a zero column. Among a few such forms the one whose smallest |r_i| is
/// largest.
RowForm generic_form(const HiddenCut& cut, const std::vector<std::int64_t>& wanted, std::uint64_t seed);

/// The same with sign r_i = signs[i] wherever signs[i] != 0; or why there is none; or nothing within the budget. What
/// the guess proposes is checked exactly; what it does not settle an exact linear program does.
std::variant<std::monostate, RowForm, SignContradiction> signed_form(const HiddenCut& cut,
                                                                     const std::vector<std::int64_t>& wanted,
                                                                     const std::vector<int>& signs,
                                                                     const RowForm& generic,
                                                                     const ForgeSettings& settings);

}  // namespace lrproof::root
