#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/canonize.hpp"
#include "report/escape.hpp"
#include "report/file.hpp"
#include "report/json.hpp"

namespace lrproof::cli {

namespace {

struct Arguments {
  job::CanonizeRequest request;
  std::vector<std::string> reports;
};

base::Status write(const job::CanonizeResult& result, const Arguments& arguments) {
  if (!result.bytes.empty()) LRPROOF_CHECK(base::write_file(arguments.request.output, result.bytes));
  if (!result.svg.empty()) LRPROOF_CHECK(base::write_file(arguments.request.svg, result.svg));
  for (const auto& path : arguments.reports) LRPROOF_CHECK(report::write_report(result.report, path));
  return base::fine();
}

int run_canonize(const Arguments& arguments, const Terminal& terminal) {
  for (const auto& path : arguments.reports)
    if (const auto fine = report::check_report_path(path); !fine) return usage_error(fine.error());
  const auto result = job::canonize(arguments.request);
  if (!result) return usage_error(result.error());
  if (!result->bug.empty()) {
    std::fprintf(stderr,
                 "lrproof: internal error: the replay rejects a witness: %s\n"
                 "This is a bug of lrproof; please report it. Nothing was written.\n",
                 report::clean(result->bug).c_str());
    return 70;
  }
  if (const auto written = write(*result, arguments); !written) return usage_error(written.error());
  if (terminal.json)
    std::fputs(report::to_json(result->report).c_str(), stdout);
  else if (!terminal.quiet)
    std::fputs(job::canonize_text(*result, arguments.request).c_str(), stdout);
  return result->code == 3 && terminal.allow_unknown ? 0 : result->code;
}

}  // namespace

Run declare_canonize(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  auto& r = a->request;
  app.add_option("model", r.model, "ONNX model")->required();
  app.add_option("-o,--output", r.output, "the rewritten model, ONNX");
  app.add_option("--pass", r.passes, "rewrite; repeatable, all by default")->allow_extra_args(false);
  app.add_option("--against", r.against, "another ONNX model: is it the same function? 0 yes, 1 no, 3 not known");
  app.add_option("--inputs", r.inputs, ".npy or .npz, batch first: where the difference is bounded or looked for");
  app.add_option("--rules", r.rules, "rule set or file: is its relevance the same before and after? repeatable")
      ->allow_extra_args(false);
  app.add_option("--target", r.target, "the explained output of --rules: argmax, argmin, all, a number, or FILE.npy")
      ->capture_default_str();
  app.add_option("--domain", r.domain, "LOW,HIGH: bounds of the inputs over which the difference is bounded");
  app.add_option("--tolerance", r.tolerance, "largest difference that is no difference; 0 by default");
  app.add_option("--svg", r.svg, "picture of the graph before and after, drawn by Graphviz");
  app.add_option("--seed", r.seed, "for inputs that are tried")->check(whole(0))->capture_default_str();
  app.add_option("--budget", r.steps, "multiply-adds that a proof over the domain may cost")
      ->check(whole(1))
      ->capture_default_str();
  app.add_option("--report", a->reports, "FILE.json, .md, .html or .txt; repeatable")->allow_extra_args(false);
  app.add_flag("--dry-run", r.dry_run, "say what applies, what nearly does, and write no model");
  app.footer("Example: lrproof canonize model.onnx -o canonized.onnx --inputs X.npy --report r.json");
  return [a](const Terminal& terminal) { return run_canonize(*a, terminal); };
}

}  // namespace lrproof::cli
