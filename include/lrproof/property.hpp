#pragma once
// The questions that can be asked, by their stable ids.
#include <string>
#include <vector>

namespace lrproof {

struct Check {
  std::string id;        ///< "root.inside"
  std::string law;       ///< id in docs/laws.md
  std::string question;  ///< one sentence
};

/// Every check of an audit that this version knows.
std::vector<Check> checks();

}  // namespace lrproof
