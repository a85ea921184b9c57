#pragma once
// The report on a terminal.
#include <string>

#include "claim/claim.hpp"

namespace lrproof::report {

struct TextOptions {
  bool color = false;
  int width = 100;  ///< columns; long names are shortened to fit
  bool verbose = false;
};
std::string to_text(const claim::Report& report, const TextOptions& options = {});

}  // namespace lrproof::report
