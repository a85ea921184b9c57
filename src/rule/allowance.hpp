#pragma once
// Comments of rule files that allow findings of the linter: inside this room only.
#include <string>
#include <string_view>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::rule {

/// In the order of the file. text: TOML that was read already.
base::Result<std::vector<Allowance>> read_allowances(std::string_view text, const std::string& file);

}  // namespace lrproof::rule
