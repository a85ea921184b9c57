#include "job/audit.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

#include "attr/relevance.hpp"
#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/words.hpp"
#include "cert/check.hpp"
#include "claim/check.hpp"
#include "job/resume.hpp"
#include "job/roots.hpp"
#include "job/smt_folder.hpp"
#include "job/version.hpp"
#include "net/text.hpp"
#include "prove/audit_points.hpp"
#include "prove/smt/identity.hpp"

namespace lrproof::job {

using base::Diagnostic;
using num::Rational;

namespace {

// The words of a request that need no model to be wrong.
base::Status check_words(const AuditRequest& request, const std::vector<LoadedRules>& rules) {
  std::vector<std::string> known;
  for (const auto& check : claim::checks())
    if (!claim::is_lint(check)) known.emplace_back(check.id);
  for (const auto& id : request.checks)
    if (std::find(known.begin(), known.end(), id) == known.end())
      return Diagnostic{"usage.check", id, "is no check of an audit", base::did_you_mean(id, known)};
  return check_distinct(rules);
}

base::Status scope_of(const AuditRequest& request, prop::Settings& settings) {
  const std::vector<std::string> words{"point", "cell", "box"};
  const auto word = std::find(words.begin(), words.end(), request.scope);
  if (word == words.end())
    return Diagnostic{"usage.scope", "--scope " + request.scope, "is no scope",
                      base::did_you_mean(request.scope, words)};
  settings.scope = prop::ScopeKind(word - words.begin());
  if (settings.scope == prop::ScopeKind::box && request.radius.empty())
    return Diagnostic{"usage.scope", "--scope box", "needs a size", "--radius 0.01"};
  const auto number = [](const std::string& option, const std::string& text, std::optional<Rational>& out) {
    out = Rational::parse(text);
    if (out && out->sign() > 0) return base::fine();
    return base::Status(Diagnostic{"usage.scope", option + " " + text, "is no number > 0", "such as 0.01 or 1/100"});
  };
  if (!request.radius.empty()) {
    if (settings.scope != prop::ScopeKind::box)
      return Diagnostic{"usage.scope", "--radius " + request.radius, "is the size of a box", "--scope box"};
    LRPROOF_CHECK(number("--radius", request.radius, settings.radius));
  }
  if (request.min_activation.empty()) return base::fine();
  if (settings.scope == prop::ScopeKind::point)
    return Diagnostic{"usage.scope", "--min-activation " + request.min_activation, "is about a cell or a box",
                      "--scope cell"};
  return number("--min-activation", request.min_activation, settings.min_activation);
}

base::Result<prop::Settings> settings_of(const AuditRequest& request) {
  prop::Settings settings;
  LRPROOF_TRY(domain, parse_domain(request.domain));
  settings.domain.low = domain.low, settings.domain.high = domain.high;
  if (!request.tau.empty()) {
    settings.tau = Rational::parse(request.tau);
    if (!settings.tau || settings.tau->sign() < 0)
      return Diagnostic{"usage.tau", "--tau " + request.tau, "is no number >= 0", "such as 0.01 or 1/100"};
  }
  LRPROOF_CHECK(scope_of(request, settings));
  settings.checks = request.checks, settings.nodes = request.nodes, settings.witnesses = request.witnesses;
  settings.all_certificates = request.all_certificates;
  settings.root_samples = request.root_samples, settings.exact_budget = request.budget, settings.seed = request.seed;
  return settings;
}

base::Result<prop::Subject> subject_of(const prop::Settings& settings, const LoadedModel& model,
                                       const std::vector<LoadedRules>& rules) {
  prop::Subject subject;
  subject.network = &model.network;
  subject.settings = settings;
  std::vector<std::string> names;
  for (net::NodeId id = 0; id < model.network.size(); ++id) names.push_back(model.network.node(id).name);
  for (const auto& node : settings.nodes)
    if (!std::count(names.begin(), names.end(), node))
      return Diagnostic{"usage.node", "--node " + node, "is no node of the model", base::did_you_mean(node, names)};
  for (const auto& loaded : rules) {
    LRPROOF_TRY(assignment, assign(loaded, model.network));
    auto& domain = subject.settings.domain;
    if (!domain.low) domain.low = loaded.rules.low;
    if (!domain.high) domain.high = loaded.rules.high;
    const bool other = (!settings.domain.low && loaded.rules.low && *loaded.rules.low != *domain.low) ||
                       (!settings.domain.high && loaded.rules.high && *loaded.rules.high != *domain.high);
    if (other)
      return Diagnostic{"usage.domain", loaded.rules.name, "states other bounds than a rule set before it",
                        "--domain LOW,HIGH sets the bounds of all, or audit the rule sets one by one"};
    subject.cases.push_back({loaded.rules, assignment, root::asked_layers(model.network, assignment)});
  }
  for (const auto& c : subject.cases) {  // a rule that needs bounds and has none is bad usage, told at once
    attr::Options options;
    if (subject.settings.domain.low) options.low = {*subject.settings.domain.low};
    if (subject.settings.domain.high) options.high = {*subject.settings.domain.high};
    const auto fine = attr::supported<double>(model.network, c.assignment, options);
    if (!fine && fine.error().code == "attr.no-bounds") return fine.error();
  }
  return subject;
}

// The network beside, for inv.impl: its nodes are others, and a rule set that fits one may not fit the other.
std::shared_ptr<const prop::Twin> twin_of(const prop::Settings& settings, const LoadedModel& model,
                                          const std::vector<LoadedRules>& rules) {
  if (!model.other || !std::count(settings.checks.begin(), settings.checks.end(), "inv.impl")) return nullptr;
  auto twin = std::make_shared<prop::Twin>();
  twin->network = &model.other->network;
  twin->name = model.other->name, twin->same_function = model.other->same_function;
  const auto size = std::size_t(twin->network->size());
  for (const auto& loaded : rules) {
    auto assignment = assign(loaded, *twin->network);
    twin->problems.push_back(assignment ? "" : twin->name + ": " + assignment.error().text());
    twin->assignments.push_back(
        assignment ? std::move(*assignment)
                   : rule::Assignment{std::vector<std::optional<rule::Rule>>(size), std::vector<bool>(size)});
  }
  return twin;
}

std::vector<prove::PointInput> points_of(const LoadedInputs& inputs, const std::vector<long>& indices,
                                         const std::vector<std::int64_t>& targets) {
  std::vector<prove::PointInput> points;
  for (std::size_t n = 0; n < indices.size(); ++n) {
    prove::PointInput p;
    p.index = indices[n], p.target = targets[n];
    for (std::int64_t k = 0; k < inputs.size; ++k)
      p.x.emplace_back(inputs.values[std::size_t(indices[n] * inputs.size + k)]);
    points.push_back(std::move(p));
  }
  return points;
}

}  // namespace

std::vector<claim::Finding> canon_findings(const claim::ModelInfo& model) {
  std::vector<claim::Finding> findings;
  for (const auto& step : model.steps) {
    claim::Finding f;
    f.check = "canon.equal", f.place.node = step.nodes.front(), f.scope.kind = "everywhere";
    f.statement = step.statement, f.prover = step.symbolic;
    f.counts.places = f.counts.proved = 1;
    claim::settle(f);
    f.trust = step.trust;
    f.id = claim::finding_id(f);
    findings.push_back(std::move(f));
  }
  return findings;
}

namespace {

// What a reader of the report needs to ask the same again.
std::map<std::string, std::string> settings_words(const AuditRequest& request, const prop::Settings& settings) {
  std::map<std::string, std::string> words{{"target", request.target},
                                           {"witnesses", std::to_string(request.witnesses)},
                                           {"root_samples", std::to_string(request.root_samples)},
                                           {"budget", std::to_string(request.budget)},
                                           {"seed", std::to_string(request.seed)}};
  if (request.all_certificates) words["certificates"] = "all";
  const auto& domain = settings.domain;
  if (domain.low && domain.high) words["domain"] = domain.low->to_string() + "," + domain.high->to_string();
  if (settings.tau) words["tau"] = settings.tau->to_string();
  if (settings.scope != prop::ScopeKind::point) words["scope"] = request.scope;
  if (settings.radius) words["radius"] = settings.radius->to_string();
  if (settings.min_activation) words["min_activation"] = settings.min_activation->to_string();
  return words;
}

base::Status open(SmtFolder& folder, const AuditRequest& request, prop::Settings& settings) {
  if (!folder.asked()) return base::fine();
  if (settings.scope == prop::ScopeKind::point)
    return Diagnostic{"usage.dump", "--dump-smt " + request.dump_smt, "an audit of points asks no solver",
                      "--scope cell"};
  LRPROOF_CHECK(folder.open());
  settings.dump_smt = [&folder](const std::string& name, const std::string& text) { folder.write(name, text); };
  return base::fine();
}

// Whatever an answer depends on.
std::map<std::string, std::string> question_of(const AuditRequest& request, const claim::Report& report,
                                               const net::Network& network) {
  std::map<std::string, std::string> question{
      {"lrproof", report.version + ", Z3 " + report.z3},
      {"model", report.model.sha256 + " " + base::sha256(net::print_network(network))},
      {"inputs", report.inputs_sha256 + " " + std::to_string(request.limit)},
      {"roots", report.given_roots ? report.given_roots->sha256 : ""}};
  for (const auto& r : report.rule_sets) question["rules"] += r.name + " " + r.sha256 + " ";
  for (const auto& [name, value] : report.settings) question["settings"] += name + " " + value + "; ";
  for (const auto& check : request.checks) question["checks"] += check + " ";
  if (request.checks.empty()) question["checks"] = "all";
  for (const auto& node : request.nodes) question["checks"] += " at " + std::to_string(node.size()) + ":" + node;
  if (const auto targets = base::read_file(request.target); targets) question["targets"] = base::sha256(*targets);
  return question;
}

base::Result<std::unique_ptr<Resume>> notebook_of(const AuditRequest& request, const claim::Report& report,
                                                  const net::Network& network) {
  if (request.resume.empty()) return std::unique_ptr<Resume>();
  if (!request.dump_smt.empty())
    return Diagnostic{"usage.resume", "--resume " + request.resume,
                      "leaves out the questions that were answered before", "drop --dump-smt or --resume"};
  return Resume::open(request.resume, question_of(request, report, network));
}

int jobs_of(const AuditRequest& request) {
  return request.jobs > 0 ? request.jobs : int(std::max(1u, std::thread::hardware_concurrency()));
}

// Every obligation about every target asked for.
base::Status ask(const AuditRequest& request, const net::Network& network, const LoadedInputs& inputs,
                 prop::Subject& subject, Resume* notebook, claim::Report& report) {
  std::vector<std::string> words{request.target};
  if (request.target == "all") {
    words.clear();
    for (std::int64_t k = 0; k < network.output_size(); ++k) words.push_back(std::to_string(k));
  }
  for (const auto& word : words) {
    LRPROOF_TRY(targets, targets_of(network, inputs, report.input_indices, word));
    subject.settings.target = word.find(".npy") == std::string::npos ? word : "file";
    auto found = prove::audit_points(
        subject, points_of(inputs, report.input_indices, targets), jobs_of(request),
        [&](std::size_t done, std::size_t all) {
          if (request.progress) request.progress("inputs", done, all);
        },
        notebook);
    if (notebook) LRPROOF_CHECK(notebook->status());
    std::move(found.findings.begin(), found.findings.end(), std::back_inserter(report.findings));
    std::move(found.roots.begin(), found.roots.end(), std::back_inserter(report.roots));
    std::move(found.ledger.begin(), found.ledger.end(), std::back_inserter(report.ledger));
  }
  return base::fine();
}

// Every finding goes to the second opinion; one rejection is a bug of ours (VER-3).
std::string check_all(const AuditRequest& request, const LoadedModel& model, const LoadedInputs& inputs,
                      const std::vector<oracle::GivenRoot>& roots, claim::Report& report) {
  cert::Material material;
  material.model = model.bytes, material.steps = model.info.steps, material.cut = model.info.cut;
  for (const auto& r : report.rule_sets) material.rules.emplace_back(r.name, r.text);
  if (const auto domain = report.settings.find("domain"); domain != report.settings.end())
    material.domain = domain->second;
  material.roots = roots;
  if (model.other && !model.other->bytes.empty()) {
    material.other = model.other->bytes, material.other_cut = model.other->cut;
  }
  material.input = [&](long k) -> std::optional<std::vector<double>> {
    if (k < 0 || k >= inputs.count) return std::nullopt;
    const auto begin = inputs.values.begin() + k * inputs.size;
    return std::vector<double>(begin, begin + inputs.size);
  };
  auto checker = cert::Checker::create(std::move(material));
  if (!checker) {
    report.model.notes.push_back("witnesses were not replayed: " + checker.error().sentence);
    return "";
  }
  const auto checked = checker->check(report.findings, jobs_of(request), [&](std::size_t done, std::size_t all) {
    if (request.progress) request.progress("replaying witnesses", done, all);
  });
  for (std::size_t k = 0; k < checked.size(); ++k) {
    claim::Finding& f = report.findings[k];
    // A proof over a scope that was shown in full, and replayed in full.
    const bool whole = checked[k].verdict == cert::Verdict::accepted && checked[k].accepted == f.counts.proved;
    const bool around = f.scope.kind == "cell" || f.scope.kind == "box";
    const bool asserted = f.trust == claim::Trust::asserted && around;
    const bool evaluated = f.trust == claim::Trust::evaluated && request.all_certificates;
    if (whole && (asserted || evaluated)) f.trust = claim::Trust::checked;
    if (checked[k].verdict == cert::Verdict::rejected)
      return f.check + " [" + f.rule_set + "] at " + f.place.node + " (" + f.id + "): " + checked[k].why;
  }
  return "";
}

}  // namespace

base::Result<AuditResult> audit(const AuditRequest& request) {
  std::vector<LoadedRules> rules;
  for (const auto& name : request.rules) {
    LRPROOF_TRY(loaded, load_rules(name));
    rules.push_back(std::move(loaded));
  }
  LRPROOF_CHECK(check_words(request, rules));
  LRPROOF_TRY(canonize, passes(request.canonize, request.canonize_given, rules));
  LRPROOF_TRY(model, load_model(request.model, canonize));
  LRPROOF_TRY(inputs, load_inputs(request.inputs));
  return audit_loaded(request, model, rules, inputs);
}

base::Result<AuditResult> audit_loaded(const AuditRequest& request, const LoadedModel& model,
                                       const std::vector<LoadedRules>& rules, const LoadedInputs& inputs) {
  const auto begin = std::chrono::steady_clock::now();
  LRPROOF_CHECK(check_words(request, rules));
  LRPROOF_CHECK(check_inputs(inputs, model.network));
  if (const auto opaque = model.network.first_opaque(); opaque >= 0) {
    const auto& node = model.network.node(opaque);
    return Diagnostic{
        "audit.opaque", "node " + node.name,
        "not supported: " + node.type + " is not piecewise linear, so cells and exact values do not exist",
        "cut the model before it"};
  }
  LRPROOF_TRY(settings, settings_of(request));
  LoadedRoots roots;
  if (!request.roots.empty()) {
    LRPROOF_TRY(loaded, load_roots(request.roots, model.network, inputs));
    roots = std::move(loaded);
    settings.roots = roots.roots;
  }
  LRPROOF_TRY(subject, subject_of(settings, model, rules));
  subject.twin = twin_of(settings, model, rules);
  if (subject.twin)
    if (const auto opaque = subject.twin->network->first_opaque(); opaque >= 0) {
      const auto& node = subject.twin->network->node(opaque);
      return Diagnostic{"audit.opaque", subject.twin->name + ": node " + node.name,
                        "not supported: " + node.type + " is not piecewise linear, so exact values do not exist",
                        "cut the model before it"};
    }
  AuditResult result;
  claim::Report& report = result.report;
  report.version = version_text(), report.z3 = prove::smt_version(), report.command = "audit";
  report.model = model.info;
  for (std::size_t c = 0; c < rules.size(); ++c)
    report.rule_sets.push_back(info_of(rules[c], subject.cases[c].assignment, model.network));
  report.inputs_path = inputs.path, report.inputs_sha256 = inputs.sha256;
  if (roots.roots) report.given_roots = roots.info;
  const auto used = request.limit > 0 ? std::min<std::int64_t>(request.limit, inputs.count) : inputs.count;
  report.input_indices.resize(std::size_t(used));
  std::iota(report.input_indices.begin(), report.input_indices.end(), 0L);
  report.settings = settings_words(request, subject.settings);
  report.findings = canon_findings(model.info);
  SmtFolder folder(request.dump_smt);
  LRPROOF_CHECK(open(folder, request, subject.settings));
  LRPROOF_TRY(notebook, notebook_of(request, report, model.network));
  LRPROOF_CHECK(ask(request, model.network, inputs, subject, notebook.get(), report));
  LRPROOF_CHECK(folder.status());
  for (auto& finding : report.findings) finding.law = claim::find_check(finding.check)->law;
  result.bug = check_all(request, model, inputs, roots.for_replay, report);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

int exit_code(const AuditResult& result, const std::vector<std::string>& required, bool allow_unknown) {
  if (!result.bug.empty()) return 70;
  for (const auto& id : required) {
    bool met = false;
    for (const auto& f : result.report.findings) {
      if (f.check != id) continue;
      met = true;
      if (f.verdict != claim::Verdict::proved || f.vacuous) return 1;
    }
    if (!met) return 1;
  }
  if (allow_unknown) return 0;
  const bool unknown = std::any_of(result.report.findings.begin(), result.report.findings.end(),
                                   [](const auto& f) { return f.verdict == claim::Verdict::unknown; });
  return unknown ? 3 : 0;
}

}  // namespace lrproof::job
