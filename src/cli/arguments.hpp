#pragma once
// How a command line goes wrong, told as every other error: one line, what would be right, exit code 2.
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
class ParseError;
class Validator;
}  // namespace CLI

namespace lrproof::cli {

/// A whole number between the bounds, nothing else; "1e3", "1.5" and what overflows are refused.
CLI::Validator whole(std::int64_t low, std::int64_t high = std::numeric_limits<std::int64_t>::max());

/// What the parser minds, in our words; with "did you mean" for options and subcommands.
base::Diagnostic parse_diagnostic(const CLI::App& app, const CLI::ParseError& error);

/// The word of an option must be one of these.
base::Status one_of(const std::string& option, const std::string& word, const std::vector<std::string>& words);

/// Every id must be that of a check.
enum class Checks { all, audit, lint };
base::Status known_checks(const std::vector<std::string>& ids, Checks which);

}  // namespace lrproof::cli
