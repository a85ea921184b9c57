#include "job/lint.hpp"

#include <algorithm>
#include <chrono>

#include "base/file.hpp"
#include "claim/check.hpp"
#include "job/audit.hpp"
#include "job/version.hpp"
#include "lint/lint.hpp"
#include "prove/smt/identity.hpp"

namespace lrproof::job {

using base::Diagnostic;

namespace {

lint::FileFacts facts_of(const onnx::Model& model) {
  lint::FileFacts facts;
  for (const auto& [tensor, nodes] : model.shared) facts.shared.push_back({tensor, nodes});
  for (const auto& [node, how] : model.training) facts.training.push_back({node, how});
  return facts;
}

// A rule that does not fit its node, or a box without bounds, is bad usage here as everywhere.
base::Result<lint::RuleCase> case_of(const LoadedRules& loaded, const net::Network& network, bool bounded) {
  lint::RuleCase out{loaded.rules, rule::survey(loaded.rules, network)};
  for (const auto& complaint : out.survey.complaints)
    if (complaint.kind == rule::Complaint::Kind::misfit) return in_file(loaded, complaint.error);
  for (const auto& allowance : loaded.rules.allowances)
    if (const auto* check = claim::find_check(allowance.check); !check || !claim::is_lint(*check))
      return Diagnostic{"rules.allow", loaded.path + ":" + std::to_string(allowance.line),
                        "'" + allowance.check + "' is no lint rule", "lrproof checks list has them, A001 to A028"};
  for (net::NodeId id = 0; id < network.size(); ++id) {
    const auto& rule = out.survey.assignment.of[std::size_t(id)];
    if (rule && rule::needs_bounds(*rule) && !bounded && !(loaded.rules.low && loaded.rules.high))
      return Diagnostic{"attr.no-bounds", "node " + network.node(id).name,
                        "rule \"" + rule->name + "\" needs bounds of its input and none are given",
                        "pass --domain LOW,HIGH or set low and high in the rule set"};
  }
  return out;
}

std::string undecidable() {
  std::string ids;
  for (const auto& check : claim::checks())
    if (claim::is_lint(check) && !lint::can_answer(check.id)) ids += (ids.empty() ? "" : ", ") + std::string(check.id);
  return ids;
}

}  // namespace

base::Result<claim::Report> lint(const LintRequest& request) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<LoadedRules> rules;
  for (const auto& name : request.rules) {
    LRPROOF_TRY(loaded, load_rules(name));
    rules.push_back(std::move(loaded));
  }
  LRPROOF_CHECK(check_distinct(rules));
  LRPROOF_TRY(domain, parse_domain(request.domain));
  LRPROOF_TRY(canonize, passes(request.canonize, request.canonize_given, rules));
  LRPROOF_TRY(bytes, base::read_file(request.model));
  LRPROOF_TRY(imported, onnx::import_model(bytes, request.model, {}, onnx::Training::read_as_inference));
  lint::Subject subject;
  subject.file = facts_of(imported);
  LRPROOF_TRY(model, load_imported(std::move(bytes), std::move(imported), request.model, canonize, true));
  subject.network = &model.network, subject.budget = request.budget, subject.only = request.checks;
  subject.domain.low = domain.low, subject.domain.high = domain.high;
  claim::Report report;
  report.version = version_text(), report.z3 = prove::smt_version(), report.command = "lint";
  report.model = model.info;
  for (const auto& loaded : rules) {
    LRPROOF_TRY(of, case_of(loaded, model.network, domain.low.has_value()));
    report.rule_sets.push_back(info_of(loaded, of.survey.assignment, model.network));
    subject.cases.push_back(std::move(of));
  }
  if (domain.low) report.settings["domain"] = domain.low->to_string() + "," + domain.high->to_string();
  report.settings["budget"] = std::to_string(request.budget);
  report.model.notes.push_back("not decidable from ONNX, and not asked: " + undecidable());
  report.findings = canon_findings(model.info);
  for (auto& finding : report.findings) finding.law = claim::find_check(finding.check)->law;
  for (auto& finding : lint::lint(subject)) report.findings.push_back(std::move(finding));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

int lint_exit_code(const claim::Report& report, claim::Level fail_on, bool allow_unknown) {
  const auto any = [&](auto asked) { return std::any_of(report.findings.begin(), report.findings.end(), asked); };
  const bool fails = fail_on != claim::Level::none && any([&](const claim::Finding& f) {
                       return f.verdict == claim::Verdict::refuted && f.level >= fail_on;
                     });
  if (fails) return 1;
  return !allow_unknown && any([](const auto& f) { return f.verdict == claim::Verdict::unknown; }) ? 3 : 0;
}

}  // namespace lrproof::job
