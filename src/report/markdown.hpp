#pragma once
// The report as Markdown (tables of GitHub's kind), complete: every layer, every witness.
#include <string>

#include "claim/claim.hpp"

namespace lrproof::report {

std::string to_markdown(const claim::Report& report);

}  // namespace lrproof::report
