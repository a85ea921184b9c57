#include "ask.hpp"
#include "canon/rewrite.hpp"
#include "prove/audit_points.hpp"
#include "root/read_given.hpp"

namespace lrproof::cases {

namespace {

prop::Subject subject_of(const net::Network& network, const rule::RuleSet& rules, rule::Assignment assignment,
                         const Question& question) {
  prop::Subject subject;
  subject.network = &network;
  subject.cases.push_back({rules, assignment, root::asked_layers(network, assignment)});
  subject.settings.domain.low = question.low ? question.low : rules.low;
  subject.settings.domain.high = question.high ? question.high : rules.high;
  subject.settings.tau = question.tau;
  subject.settings.checks = question.properties;
  subject.settings.target = question.target;
  using prop::ScopeKind;
  subject.settings.scope = question.scope == "cell"  ? ScopeKind::cell
                           : question.scope == "box" ? ScopeKind::box
                                                     : ScopeKind::point;
  subject.settings.radius = question.radius, subject.settings.min_activation = question.min_activation;
  return subject;
}

/// inv.impl: the network before its rewrites, whose steps the cases of canon.equal prove.
base::Status put_beside(prop::Subject& subject, const net::Network& before, const rule::RuleSet& rules) {
  const auto size = std::size_t(before.size());
  auto assignment = rule::assign(rules, before);
  auto twin = std::make_shared<prop::Twin>();
  twin->network = &before, twin->name = "the network before its rewrites", twin->same_function = true;
  twin->problems = {assignment ? "" : assignment.error().text()};
  twin->assignments = {assignment
                           ? std::move(*assignment)
                           : rule::Assignment{std::vector<std::optional<rule::Rule>>(size), std::vector<bool>(size)}};
  subject.twin = std::move(twin);
  return base::fine();
}

}  // namespace

base::Result<std::vector<claim::Finding>> ask_audit(const net::Network& network, const rule::RuleSet& rules,
                                                    const Question& question) {
  if (const auto opaque = network.first_opaque(); opaque >= 0)
    return base::Diagnostic{"case.opaque", "node " + network.node(opaque).name, "not piecewise linear", ""};
  LRPROOF_TRY(targets, targets_of(network, question));
  LRPROOF_TRY(rewritten, canon::canonize(network, question.canonize));
  const net::Network& asked_of = question.canonize.empty() ? network : rewritten.network;
  LRPROOF_TRY(assignment, rule::assign(rules, asked_of));
  auto subject = subject_of(asked_of, rules, std::move(assignment), question);
  if (!question.canonize.empty()) LRPROOF_CHECK(put_beside(subject, network, rules));
  if (!question.roots.empty()) {
    LRPROOF_TRY(roots, root::read_given(question.roots, "roots", network, std::int64_t(question.points.size())));
    subject.settings.roots = std::make_shared<root::GivenRoots>(std::move(roots));
  }
  std::vector<prove::PointInput> inputs;
  for (std::size_t k = 0; k < question.points.size(); ++k) inputs.push_back({long(k), question.points[k], targets[k]});
  auto audit = prove::audit_points(subject, inputs, 1, {});
  std::vector<claim::Finding> asked;
  for (auto& finding : audit.findings)
    for (const auto& property : question.properties)
      if (finding.check == property) asked.push_back(finding);
  return asked;
}

}  // namespace lrproof::cases
