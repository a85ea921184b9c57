#include "job/canonize.hpp"

#include <cfloat>
#include <filesystem>

#include "base/file.hpp"
#include "canon/rewrite.hpp"
#include "claim/check.hpp"
#include "job/audit.hpp"
#include "job/graph_picture.hpp"
#include "job/version.hpp"
#include "prove/equal.hpp"
#include "prove/smt/identity.hpp"

namespace lrproof::job {

using base::Diagnostic;
using num::Rational;

namespace {

base::Status check_output(const std::string& output, const std::vector<std::string>& read) {
  if (output.empty()) return base::fine();
  LRPROOF_CHECK(base::check_writable(output));
  std::error_code ignored;
  for (const auto& path : read)
    if (!path.empty() && std::filesystem::equivalent(output, path, ignored))
      return Diagnostic{"usage.output", output, "is the file that is read", "give the rewritten model another name"};
  return base::fine();
}

base::Status check_request(const CanonizeRequest& request) {
  const bool asked = request.dry_run || !request.output.empty() || !request.against.empty() || !request.svg.empty() ||
                     !request.rules.empty();
  if (!asked)
    return Diagnostic{"usage.canonize", "canonize " + request.model, "is told to do nothing",
                      "-o FILE, --against FILE, --rules RULES, --svg FILE or --dry-run"};
  if (!request.rules.empty() && request.inputs.empty())
    return Diagnostic{"usage.canonize", "--rules " + request.rules.front(), "has no input to be run at",
                      "--inputs X.npy"};
  if (request.dry_run && !request.output.empty())
    return Diagnostic{"usage.canonize", "--dry-run", "writes nothing, but -o " + request.output + " is given",
                      "drop one of the two"};
  LRPROOF_CHECK(check_output(request.output, {request.model, request.against, request.inputs}));
  return check_output(request.svg, {request.model, request.against, request.inputs, request.output});
}

base::Result<Comparison> comparison_of(const CanonizeRequest& request) {
  Comparison out;
  LRPROOF_TRY(domain, parse_domain(request.domain));
  if (domain.low) out.domain = {*domain.low, *domain.high};
  if (!request.tolerance.empty()) {
    out.tolerance = Rational::parse(request.tolerance);
    if (!out.tolerance || out.tolerance->sign() < 0)
      return Diagnostic{"usage.tolerance", "--tolerance " + request.tolerance, "is no number of at least 0",
                        "such as 1e-5 or 1/1000"};
    if (Rational(DBL_MAX) < *out.tolerance)
      return Diagnostic{"usage.tolerance", "--tolerance " + request.tolerance,
                        "is beyond the range of a double, as no bound is", "such as 1e-5 or 1/1000"};
  }
  out.seed = request.seed, out.steps = request.steps;
  return out;
}

std::vector<std::pair<std::string, std::string>> metadata_of(const WholeModel& model) {
  std::vector<std::pair<std::string, std::string>> out;
  out.emplace_back("lrproof.version", version_text());
  out.emplace_back("lrproof.original", model.loaded.info.sha256);
  for (std::size_t k = 0; k < model.loaded.info.steps.size(); ++k) {
    const auto& step = model.loaded.info.steps[k];
    std::string nodes;
    for (const auto& node : step.nodes) nodes += (nodes.empty() ? "" : " <- ") + node;
    out.emplace_back("lrproof.step/" + std::to_string(k + 1), step.rewrite + ": " + nodes);
  }
  return out;
}

/// What the file holds, and the network that reading it gives.
struct Written {
  std::string bytes;
  onnx::Rounded rounded;
};

base::Result<Written> written(const WholeModel& model, const std::string& path) {
  LRPROOF_TRY(rounded, onnx::rounded(model.loaded.network, model.frame.doubles));
  LRPROOF_TRY(bytes, onnx::export_network(rounded.network, model.frame, metadata_of(model)));
  // What stands in the file is read again: it must be the function that the bounds speak about.
  const auto again = onnx::import_model(bytes, path);
  LRPROOF_INVARIANT(again.ok(), "what was written cannot be read: " + (again ? std::string() : again.error().text()));
  const auto sameness = prove::same_graph(rounded.network, again->network);
  LRPROOF_INVARIANT(sameness.same, "what was written reads as another network at " + sameness.where);
  return Written{std::move(bytes), std::move(rounded)};
}

claim::Finding refused_export(const Diagnostic& why) {
  claim::Finding finding;
  finding.check = "canon.bound", finding.scope.kind = "everywhere";
  finding.place.node = why.place.starts_with("node ") ? why.place.substr(5) : why.place;
  finding.statement = "the rewritten network cannot be written: " + why.sentence;
  finding.counts.places = finding.counts.rejected = 1;
  finding.reasons = {why.place + ": " + why.sentence};
  claim::settle(finding);
  finding.level = claim::Level::error;
  return finding;
}

std::string digits(std::int64_t count) { return std::to_string(count); }

}  // namespace

base::Result<WholeModel> load_whole(const std::string& path, const std::vector<std::string>& passes) {
  LRPROOF_TRY(bytes, base::read_file(path));
  LRPROOF_TRY(imported, onnx::import_model(bytes, path));
  auto frame = onnx::frame_of(imported);
  net::Network original = imported.network;
  LRPROOF_TRY(loaded, load_imported(std::move(bytes), std::move(imported), path, passes, false));
  return WholeModel{std::move(loaded), std::move(original), std::move(frame)};
}

namespace {

/// The parts of one run.
class Run {
 public:
  Run(const CanonizeRequest& request, Comparison comparison) : request_(request), comparison_(std::move(comparison)) {}

  base::Result<CanonizeResult> all() {
    auto passes = request_.passes;
    if (passes.empty())
      for (const auto& row : canon::rewrites())
        if (row.usual) passes.push_back(row.name);
    LRPROOF_TRY(model, load_whole(request_.model, passes));
    if (!request_.inputs.empty()) {
      LRPROOF_TRY(inputs, load_inputs(request_.inputs));
      LRPROOF_CHECK(check_inputs(inputs, model.original));
      inputs_ = std::move(inputs);
      comparison_.inputs = &*inputs_;
    }
    begin(model);
    if (request_.dry_run) LRPROOF_CHECK(tell_in_form(model, passes));
    if (!request_.output.empty()) LRPROOF_CHECK(write(model));
    if (!request_.against.empty()) LRPROOF_CHECK(against(model, passes));
    if (!request_.rules.empty()) LRPROOF_CHECK(effect(model, passes));
    if (!request_.svg.empty()) {
      LRPROOF_TRY(picture, graph_picture(model.original, model.loaded.network, model.loaded.info.steps));
      result_.svg = std::move(picture);
    }
    for (auto& finding : result_.report.findings) {
      finding.law = claim::find_check(finding.check)->law;
      finding.id = claim::finding_id(finding);
      if (finding.check == "canon.equal" || finding.check == "inv.impl") continue;  // what a rule does is no fault
      const bool fine = finding.verdict == claim::Verdict::proved;
      const int code = fine ? 0 : finding.verdict == claim::Verdict::unknown ? 3 : 1;
      result_.code = result_.code == 1 || code == 1 ? 1 : std::max(result_.code, code);
    }
    return std::move(result_);
  }

 private:
  void begin(const WholeModel& model) {
    auto& report = result_.report;
    report.version = version_text(), report.z3 = prove::smt_version(), report.command = "canonize";
    report.model = model.loaded.info;
    report.findings = canon_findings(model.loaded.info);
    if (inputs_) {
      report.inputs_path = inputs_->path, report.inputs_sha256 = inputs_->sha256;
      for (long k = 0; k < inputs_->count; ++k) report.input_indices.push_back(k);
    }
    if (comparison_.domain)
      report.settings["domain"] = comparison_.domain->first.to_string() + "," + comparison_.domain->second.to_string();
    if (comparison_.tolerance) report.settings["tolerance"] = comparison_.tolerance->to_string();
    if (!request_.against.empty()) report.settings["against"] = request_.against;
    if (!request_.output.empty()) report.settings["output"] = request_.output;
  }

  // What needs no rewrite because it has the form already: a sum of two is an explicit sum.
  base::Status tell_in_form(const WholeModel& model, const std::vector<std::string>& passes) {
    LRPROOF_TRY(again, canon::canonize(model.loaded.network, passes));
    for (const auto& place : again.in_form) result_.report.model.notes.push_back(place.rewrite + ": " + place.reason);
    return base::fine();
  }

  base::Status write(const WholeModel& model) {
    auto made = written(model, request_.output);
    if (!made && made.error().code == "onnx.overflow") {
      result_.report.findings.push_back(refused_export(made.error()));
      return base::fine();
    }
    if (!made) {
      made.error().place = request_.output + (made.error().place.empty() ? "" : ": " + made.error().place);
      return made.error();
    }
    result_.bytes = std::move(made->bytes);
    const auto& rounded = made->rounded;
    auto& notes = result_.report.model.notes;
    const std::string type = model.frame.doubles ? "float64" : "float32";
    if (rounded.constants == 0) notes.push_back("written without rounding: every constant is a " + type);
    if (rounded.constants > 0)
      notes.push_back(digits(rounded.constants) + " constants of " + digits(std::int64_t(rounded.nodes.size())) +
                      " nodes were rounded to " + type +
                      (comparison_.inputs || comparison_.domain ? "" : "; --inputs or --domain bounds the effect"));
    if (!comparison_.inputs && !comparison_.domain) return base::fine();
    const auto without_head = [](const net::Network& of, net::NodeId output) {
      return net::cut_head(net::ending_at(of, output));
    };
    const auto &from = model.loaded.network, &to = rounded.network;
    for (std::size_t k = 0; k < from.outputs().size(); ++k) {
      const auto name = from.outputs().size() == 1 ? std::string() : model.frame.outputs[k].name;
      const Rounding one{without_head(from, from.outputs()[k]), without_head(to, to.outputs()[k]), name};
      for (auto& finding : bound_findings(one, comparison_)) result_.report.findings.push_back(std::move(finding));
    }
    return base::fine();
  }

  base::Status against(const WholeModel& model, const std::vector<std::string>& passes) {
    LRPROOF_TRY(other, load_whole(request_.against, passes));
    auto f = side_of(model), g = side_of(other);
    LRPROOF_CHECK(same_sizes(f, g));
    f.whole = &model.loaded.network, g.whole = &other.loaded.network;
    auto [finding, bug] = equal_finding(f, g, comparison_);
    result_.bug = std::move(bug);
    result_.report.settings["against_sha256"] = other.loaded.info.sha256;
    result_.report.findings.push_back(std::move(finding));
    return base::fine();
  }

  // INV-1: the relevance of the rule sets on both networks, before the head.
  base::Status effect(const WholeModel& model, const std::vector<std::string>& passes) {
    const bool two = !request_.against.empty();
    LRPROOF_TRY(one, load_model_bytes(model.loaded.bytes, request_.model, two ? std::vector<std::string>{} : passes));
    if (two) {
      LRPROOF_TRY(other, load_model(request_.against, {}));
      const auto& equal = result_.report.findings.back();  // net.equal
      one.other = std::make_shared<const OtherNetwork>(
          OtherNetwork{"the other model", std::move(other.network), std::move(other.bytes), other.info.cut,
                       equal.verdict == claim::Verdict::proved && !comparison_.tolerance &&
                           equal.scope.kind == "everywhere"});  // over a box alone nothing follows for gradients
    }
    AuditRequest ask;
    ask.model = request_.model, ask.inputs = request_.inputs, ask.checks = {"inv.impl"};
    ask.domain = request_.domain, ask.target = request_.target;
    std::vector<LoadedRules> rules;
    for (const auto& name : request_.rules) {
      LRPROOF_TRY(loaded, load_rules(name));
      rules.push_back(std::move(loaded));
    }
    LRPROOF_TRY(asked, audit_loaded(ask, one, rules, *inputs_));
    if (!asked.bug.empty()) result_.bug = asked.bug;
    result_.report.rule_sets = std::move(asked.report.rule_sets);
    if (!two) result_.report.model.cut = one.info.cut, result_.report.model.steps = one.info.steps;  // what they are of
    result_.report.settings["target"] = request_.target;
    for (auto& finding : asked.report.findings)
      if (finding.check == "inv.impl") result_.report.findings.push_back(std::move(finding));
    return base::fine();
  }

  static Side side_of(const WholeModel& model) {
    auto original = net::cut_head(model.original);
    auto canonized = net::cut_head(model.loaded.network);
    return {model.loaded.bytes, std::move(original.network), std::move(canonized.network), std::move(original.removed)};
  }

  base::Status same_sizes(const Side& f, const Side& g) const {
    const auto check = [&](const char* what, const net::Shape& a, const net::Shape& b) -> base::Status {
      if (net::element_count(a) == net::element_count(b)) return base::fine();
      return Diagnostic{"canon.shape", request_.against,
                        std::string(what) + " has shape " + net::to_string(b) + ", that of " + request_.model + " " +
                            net::to_string(a),
                        "two models with inputs and outputs of the same size"};
    };
    LRPROOF_CHECK(check("its input", f.network.input_shape(), g.network.input_shape()));
    return check("its output", f.network.node(f.network.output()).shape, g.network.node(g.network.output()).shape);
  }

  const CanonizeRequest& request_;
  Comparison comparison_;
  std::optional<LoadedInputs> inputs_;
  CanonizeResult result_;
};

}  // namespace

base::Result<CanonizeResult> canonize(const CanonizeRequest& request) {
  LRPROOF_CHECK(check_request(request));
  LRPROOF_TRY(comparison, comparison_of(request));
  return Run(request, std::move(comparison)).all();
}

}  // namespace lrproof::job
