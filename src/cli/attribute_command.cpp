#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "job/attribute.hpp"
#include "job/symbolic.hpp"

namespace lrproof::cli {

namespace {

int print_formulas(const job::AttributeRequest& request, const Terminal& terminal) {
  const auto text =
      job::attribute_symbolic(request, terminal.json ? job::FormulaFormat::json : job::FormulaFormat::text);
  if (!text) return usage_error(text.error());
  if (!terminal.quiet) std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace

Run declare_attribute(CLI::App& app) {
  auto r = std::make_shared<job::AttributeRequest>();
  app.add_option("model", r->model, "ONNX model")->required();
  app.add_option("--rules", r->rules, "shipped rule set or rule file")->required();
  app.add_option("--inputs", r->inputs, ".npy or .npz, batch first")->required();
  app.add_option("-o,--output", r->output, "R.npy, or R.json under --exact");
  app.add_option("--target", r->target, "argmax, argmin, a number, or FILE.npy")->capture_default_str();
  app.add_option("--domain", r->domain, "LOW,HIGH: bounds of the inputs, for box rules");
  app.add_option("--precision", r->precision, "single or double")->capture_default_str();
  app.add_option("--canonize", r->canonize, "rewrites to apply first, or none")
      ->delimiter(',')
      ->allow_extra_args(false);
  auto* limit = app.add_option("--limit", r->limit, "use that many inputs")->check(whole(1));
  app.add_flag("--exact", r->exact, "over the rationals");
  auto* symbolic = app.add_flag("--symbolic", r->symbolic, "print formulas of the input, and where they hold");
  app.add_option("--input", r->input, "only this one, counted from 0")
      ->check(whole(0))
      ->needs(symbolic)
      ->excludes(limit);
  app.add_option("--feature", r->features, "formula of this input element only; repeatable")
      ->check(whole(0))
      ->allow_extra_args(false)
      ->needs(symbolic);
  app.add_option("--smt", r->smt, "FILE.smt2: the formula for solvers")->needs(symbolic);
  app.footer("Example: lrproof attribute model.onnx --rules lrp-epsilon --inputs X.npy -o R.npy");
  return [r, &app](const Terminal& terminal) {
    r->canonize_given = app.count("--canonize") > 0;
    if (r->symbolic) return print_formulas(*r, terminal);
    if (r->output.empty())
      return usage_error(
          {"usage.argument", "lrproof attribute", "-o is required", "-o R.npy; formulas under --symbolic are printed"});
    const auto line = job::attribute(*r);
    if (!line) return usage_error(line.error());
    if (!terminal.quiet) std::printf("%s\n", line->c_str());
    return 0;
  };
}

}  // namespace lrproof::cli
