#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/lint.hpp"
#include "report/file.hpp"
#include "report/json.hpp"
#include "report/text.hpp"

namespace lrproof::cli {

namespace {

struct Arguments {
  job::LintRequest request;
  std::string fail_on = "error";
  std::vector<std::string> reports;
};

claim::Level level_of(const std::string& word) {
  for (const auto level : {claim::Level::note, claim::Level::warning, claim::Level::error})
    if (claim::to_string(level) == word) return level;
  return claim::Level::none;
}

base::Status check_arguments(const Arguments& arguments) {
  LRPROOF_CHECK(one_of("--fail-on", arguments.fail_on, {"error", "warning", "note", "never"}));
  LRPROOF_CHECK(known_checks(arguments.request.checks, Checks::lint));
  for (const auto& path : arguments.reports) LRPROOF_CHECK(report::check_report_path(path));
  return base::fine();
}

int run_lint(const Arguments& arguments, const Terminal& terminal) {
  if (const auto fine = check_arguments(arguments); !fine) return usage_error(fine.error());
  const auto report = job::lint(arguments.request);
  if (!report) return usage_error(report.error());
  for (const auto& path : arguments.reports)
    if (const auto written = report::write_report(*report, path); !written) return usage_error(written.error());
  if (terminal.json)
    std::fputs(report::to_json(*report).c_str(), stdout);
  else if (!terminal.quiet)
    std::fputs(report::to_text(*report, {terminal.color, terminal.width, terminal.verbose}).c_str(), stdout);
  return job::lint_exit_code(*report, level_of(arguments.fail_on), terminal.allow_unknown);
}

}  // namespace

Run declare_lint(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  auto& r = a->request;
  app.add_option("model", r.model, "ONNX model")->required();
  app.add_option("--rules", r.rules, "shipped rule set or rule file; repeatable")->required()->allow_extra_args(false);
  app.add_option("--domain", r.domain, "LOW,HIGH: bounds of the inputs; without it, few bounds are finite");
  app.add_option("--canonize", r.canonize, "rewrites to apply first, or none")->delimiter(',')->allow_extra_args(false);
  app.add_option("--check", r.checks, "only these lint rules; repeatable")->allow_extra_args(false);
  app.add_option("--fail-on", a->fail_on, "exit 1 for findings of this level or above: error, warning, note, never")
      ->capture_default_str();
  app.add_option("--budget", r.budget, "multiply-adds that bounds, and inputs to try, may cost")
      ->check(whole(1))
      ->capture_default_str();
  app.add_option("--report", a->reports, "FILE.json, .md, .html or .txt; repeatable")->allow_extra_args(false);
  app.footer("Example: lrproof lint model.onnx --rules zennit-epsilon-plus --domain 0,1");
  return [a, &app](const Terminal& terminal) {
    a->request.canonize_given = app.count("--canonize") > 0;
    return run_lint(*a, terminal);
  };
}

}  // namespace lrproof::cli
