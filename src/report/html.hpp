#pragma once
// The report as one self-contained HTML file: no script, nothing loaded, light and dark.
#include <string>

#include "claim/claim.hpp"

namespace lrproof::report {

std::string to_html(const claim::Report& report);

}  // namespace lrproof::report
