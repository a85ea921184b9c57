#pragma once
// The command table: one row per subcommand. A row declares its arguments and returns what to run.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace CLI {
class App;
}

namespace lrproof::cli {

/// What every subcommand shares.
struct Terminal {
  bool color = false, quiet = false, verbose = false, json = false, allow_unknown = false, progress = false;
  int width = 100;
};

/// Runs after parsing; the exit code.
using Run = std::function<int(const Terminal&)>;

struct Command {
  const char* name;
  const char* help;
  Run (*declare)(CLI::App& app);
};

Run declare_audit(CLI::App& app);
Run declare_attribute(CLI::App& app);
Run declare_forge(CLI::App& app);
Run declare_canonize(CLI::App& app);
Run declare_lint(CLI::App& app);
Run declare_rules(CLI::App& app);
Run declare_checks(CLI::App& app);

/// Prints "lrproof: ..." on stderr and returns 2.
int usage_error(const base::Diagnostic& error);

}  // namespace lrproof::cli
