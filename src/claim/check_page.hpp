#pragma once
// The page of a check: docs/checks/ID.md and `lrproof checks show ID` are this text.
#include <string>

#include "claim/check.hpp"

namespace lrproof::claim {

std::string check_page(const Check& check);  ///< Markdown
std::string check_index();                   ///< docs/checks/README.md: one row per check

}  // namespace lrproof::claim
