#pragma once
// The second program's work: a report, its model and its inputs in; what an independent reading says of each finding
// out. Nothing here is shared with the tool that wrote the report, and every file is checked against its SHA-256.
#include <string>
#include <vector>

#include "oracle/replay.hpp"

namespace lrproof::recheck {

/// Where to read; empty paths are taken from the report, relative to its folder.
struct Request {
  std::string report, model, inputs, roots;
};

/// What became of one finding.
struct Line {
  std::string id, check, place, verdict;
  oracle::Verdict answer = oracle::Verdict::accepted;
  bool claimed = true;  ///< false: the finding shows nothing that could be checked
  std::string why;
};

struct Result {
  std::vector<Line> lines;
  std::string error;  ///< the report, the model or the inputs could not be used
};

Result recheck(const Request& request);
/// 0 all accepted, 70 any rejected, 3 some not covered, 2 unreadable.
int exit_code(const Result& result);
std::string to_text(const Result& result);

}  // namespace lrproof::recheck
