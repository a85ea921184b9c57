#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/words.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/audit.hpp"
#include "report/file.hpp"
#include "report/json.hpp"
#include "report/text.hpp"

namespace lrproof::cli {

namespace {

struct Arguments {
  job::AuditRequest request;
  std::vector<std::string> require, reports;
  std::string certificates = "exemplars";
};

// "inputs 320 of 1000, 12 s left", rewritten in place; terminals only.
auto progress_line() {
  const auto begin = std::chrono::steady_clock::now();
  return [begin](const std::string& what, std::size_t done, std::size_t all) {
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double left = done ? spent / double(done) * double(all - done) : 0;
    std::fprintf(stderr, "\r\033[K%s %zu of %zu, %.0f s left", what.c_str(), done, all, left);
    if (done == all) std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
  };
}

base::Status check_arguments(const Arguments& arguments) {
  LRPROOF_CHECK(one_of("--certificates", arguments.certificates, {"exemplars", "all"}));
  LRPROOF_CHECK(known_checks(arguments.require, Checks::audit));
  for (const auto& path : arguments.reports) LRPROOF_CHECK(report::check_report_path(path));
  return base::fine();
}

int run_audit(Arguments& arguments, const Terminal& terminal) {
  if (const auto fine = check_arguments(arguments); !fine) return usage_error(fine.error());
  arguments.request.all_certificates = arguments.certificates == "all";
  if (terminal.progress && !terminal.quiet) arguments.request.progress = progress_line();
  const auto result = job::audit(arguments.request);
  if (!result) return usage_error(result.error());
  if (!result->bug.empty()) {
    std::fprintf(stderr,
                 "lrproof: internal error: the checker rejects a finding: %s\n"
                 "This is a bug of lrproof; please report it. No report was written.\n",
                 result->bug.c_str());
    return 70;
  }
  for (const auto& path : arguments.reports)
    if (const auto written = report::write_report(result->report, path); !written) return usage_error(written.error());
  if (terminal.json)
    std::fputs(report::to_json(result->report).c_str(), stdout);
  else if (!terminal.quiet)
    std::fputs(report::to_text(result->report, {terminal.color, terminal.width, terminal.verbose}).c_str(), stdout);
  return job::exit_code(*result, arguments.require, terminal.allow_unknown);
}

}  // namespace

Run declare_audit(CLI::App& app) {
  auto a = std::make_shared<Arguments>();
  auto& r = a->request;
  app.add_option("model", r.model, "ONNX model")->required();
  app.add_option("--rules", r.rules, "shipped rule set or rule file; repeatable")->required()->allow_extra_args(false);
  app.add_option("--inputs", r.inputs, ".npy or .npz, batch first")->required();
  app.add_option("--target", r.target, "argmax, argmin, all, a number, or FILE.npy")->capture_default_str();
  app.add_option("--scope", r.scope, "point, cell (every input of the activation cell) or box (see --radius)")
      ->capture_default_str();
  app.add_option("--radius", r.radius, "size of a box: largest distance from the input in any feature");
  app.add_option("--min-activation", r.min_activation,
                 "over a cell or box, roots are asked where |z_j| is at least this; default half of that at the input");
  app.add_option("--domain", r.domain, "LOW,HIGH: bounds of the inputs, also of box rules");
  app.add_option("--roots", r.roots, ".npz of root points by tensor: asks root.constant of them");
  app.add_option("--tau", r.tau, "asks gxi.bounded with this bound");
  app.add_option("--canonize", r.canonize, "rewrites to apply first, or none")->delimiter(',')->allow_extra_args(false);
  app.add_option("--check", r.checks, "only these checks; repeatable")->allow_extra_args(false);
  app.add_option("--node", r.nodes, "only what is asked at these nodes, by name; repeatable")->allow_extra_args(false);
  app.add_option("--require", a->require, "exit 1 unless this check is proved; repeatable")->allow_extra_args(false);
  app.add_option("--limit", r.limit, "use that many inputs")->check(whole(1));
  app.add_option("--root-samples", r.root_samples, "roots asked per layer of more than 512 units; 0: all")
      ->check(whole(0))
      ->capture_default_str();
  app.add_option("--budget", r.budget, "multiply-adds of exact arithmetic per question")
      ->check(whole(1))
      ->capture_default_str();
  app.add_option("--jobs", r.jobs, "threads; 0: one per core")->check(whole(0, 4096))->capture_default_str();
  app.add_option("--seed", r.seed, "for whatever samples places")->check(whole(0))->capture_default_str();
  app.add_option("--witnesses", r.witnesses, "exemplars per finding")->check(whole(1, 1000))->capture_default_str();
  app.add_option("--certificates", a->certificates,
                 "exemplars, or all: every proved place is shown and replayed, and the report grows with them")
      ->capture_default_str();
  app.add_option("--resume", r.resume, "file: goes on from what it holds of this audit, and adds what is decided");
  app.add_option("--dump-smt", r.dump_smt, "folder: every question about roots over a cell or box as SMT-LIB 2");
  app.add_option("--report", a->reports, "FILE.json, .md, .html or .txt; repeatable")->allow_extra_args(false);
  app.footer("Example: lrproof audit digits_mlp.onnx --rules dtd-z-plus --rules lrp-0 --inputs X.npy --report r.json");
  return [a, &app](const Terminal& terminal) {
    a->request.canonize_given = app.count("--canonize") > 0;
    return run_audit(*a, terminal);
  };
}

}  // namespace lrproof::cli
