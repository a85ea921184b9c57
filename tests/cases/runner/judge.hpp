#pragma once
// Runs one case and compares what was found with what the case says.
#include <string>
#include <vector>

#include "case_file.hpp"

namespace lrproof::cases {

/// Empty lists: the case passes.
struct Judgement {
  std::vector<std::string> unsound;   ///< proved where the truth fails, refuted where it holds
  std::vector<std::string> problems;  ///< unexpected, unseen, texts that do not round-trip
  bool asked = true;                  ///< false: this build cannot answer the property
};

Judgement judge(const Case& test);

}  // namespace lrproof::cases
