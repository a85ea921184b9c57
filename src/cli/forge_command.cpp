#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/file.hpp"
#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/forge.hpp"

namespace lrproof::cli {

namespace {

base::Status check_report(const std::string& path) {
  if (path.empty()) return base::fine();
  if (path.size() < 5 || path.substr(path.size() - 5) != ".json")
    return base::Diagnostic{"usage.report", path, "is no format for roots", "a .json file"};
  return base::check_writable(path);
}

int run_forge(const job::ForgeRequest& request, const std::string& report, const Terminal& terminal) {
  if (const auto fine = check_report(report); !fine) return usage_error(fine.error());
  const auto result = job::forge(request);
  if (!result) return usage_error(result.error());
  if (!result->bug.empty()) {
    std::fprintf(stderr,
                 "lrproof: internal error: the replay rejects a forged explanation: %s\n"
                 "This is a bug of lrproof; please report it. Nothing was written.\n",
                 result->bug.c_str());
    return 70;
  }
  if (!report.empty())
    if (const auto written = base::write_file(report, job::forge_json(*result)); !written)
      return usage_error(written.error());
  if (terminal.json)
    std::fputs(job::forge_json(*result).c_str(), stdout);
  else if (!terminal.quiet)
    std::fputs(job::forge_text(*result, terminal.verbose).c_str(), stdout);
  return job::forge_exit_code(*result, terminal.allow_unknown);
}

}  // namespace

Run declare_forge(CLI::App& app) {
  struct Arguments {
    job::ForgeRequest request;
    std::string report;
  };
  auto a = std::make_shared<Arguments>();
  auto& r = a->request;
  app.add_option("model", r.model, "ONNX model")->required();
  app.add_option("--inputs", r.inputs, ".npy or .npz, batch first")->required();
  app.add_option("--target-map", r.map, "the explanation to justify, shaped like the inputs; one may serve all")
      ->required();
  app.add_option("--cut", r.cut, "hidden node whose roots are chosen; by default the first that works");
  app.add_option("--target", r.target, "argmax, argmin, a number, or FILE.npy")->capture_default_str();
  app.add_option("--domain", r.domain, "LOW,HIGH: bounds that the roots at the input keep");
  auto* input = app.add_option("--input", r.input, "only this one, counted from 0")->check(whole(0));
  app.add_option("--limit", r.limit, "use that many inputs")->check(whole(1))->excludes(input);
  app.add_option("--seed", r.seed, "of the root functions that are tried")->check(whole(0))->capture_default_str();
  app.add_option("--report", a->report, "FILE.json: the roots as exact fractions");
  app.footer("Example: lrproof forge model.onnx --inputs X.npy --target-map E.npy --domain 0,1 --report roots.json");
  return [a](const Terminal& terminal) { return run_forge(a->request, a->report, terminal); };
}

}  // namespace lrproof::cli
