// Lint rules that ask the provers of an audit at a few of the inputs that are tried: roots outside their cells, and
// rule sets that are gradient times input by the lemma of GXI-2.
#include "lint/look.hpp"
#include "prove/at_point.hpp"
#include "prove/audit_points.hpp"

namespace lrproof::lint {

namespace {

constexpr std::size_t kAudited = 6;         // inputs
constexpr std::int64_t kSmall = 2'000'000;  // weights, of a network that is audited at inputs

// One rule set of the subject, as an audit sees it; nothing where an audit would refuse it.
std::optional<prop::Subject> audited(Look& look, std::size_t c, const std::string& check) {
  const auto& rules = look.rules(c);
  std::int64_t weights = 0;
  for (NodeId id = 0; id < look.network().size(); ++id)
    if (net::is_affine(look.node(id).op)) weights += std::int64_t(look.ready().weight(id).size());
  if (look.network().first_opaque() >= 0 || !rules.survey.complaints.empty() || weights > kSmall) return std::nullopt;
  prop::Subject subject;
  subject.network = &look.network();
  subject.cases.push_back(
      {rules.rules, rules.survey.assignment, root::asked_layers(look.network(), rules.survey.assignment)});
  subject.settings.checks = {check};
  subject.settings.domain = look.subject().domain;
  if (!look.bounded()) subject.settings.domain = {rules.rules.low, rules.rules.high};
  subject.settings.witnesses = 1;
  return subject;
}

std::vector<num::Rational> exact(const Trial& trial) { return {trial.x.begin(), trial.x.end()}; }

std::int64_t largest_output(const Look& look, const Trial& trial) {
  const auto& f = trial.values.of[std::size_t(look.network().output())];
  return std::max_element(f.begin(), f.end(), [](auto& a, auto& b) { return a.lo < b.lo; }) - f.begin();
}

}  // namespace

void roots_outside(Look& look, std::size_t c, Findings& out) {
  auto subject = audited(look, c, "root.inside");
  if (!subject || !look.bounded() || subject->cases[0].layers.empty()) return;
  std::vector<prove::PointInput> inputs;
  for (const auto& trial : look.trials())
    if (inputs.size() < kAudited) inputs.push_back({long(inputs.size()), exact(trial), largest_output(look, trial)});
  if (inputs.empty()) return;
  for (const auto& found : prove::audit_points(*subject, inputs, 1, {}).findings) {
    if (found.verdict != claim::Verdict::refuted || found.exemplars.empty()) continue;
    const NodeId id = look.network().find(found.place.node);
    const auto& shown = found.exemplars.front();
    Draft draft(look, "A022", int(c), id,
                "a " + found.place.kind + " root of " + name_of(look.node(id)) + " lies outside the cell (" +
                    found.place.notion + ") of an input that was tried");
    draft.over_domain();
    draft.finding.place.kind = found.place.kind, draft.finding.place.notion = found.place.notion;
    draft.finding.prover = "exact";
    claim::Exemplar exemplar = shown;
    exemplar.input = -1;
    for (const auto& x : inputs[std::size_t(shown.input)].x) exemplar.witness.numbers["input"].push_back(x);
    draft.finding.exemplars.push_back(std::move(exemplar));
    out.push_back(draft.fix("lrproof audit --check root.inside tells where, and how often").refuted());
  }
}

void gradient_in_disguise(Look& look, std::size_t c, Findings& out) {
  auto subject = audited(look, c, "gxi.reduces");
  if (!subject || look.rules(c).rules.start != rule::Start::value) return;
  bool formula = false;
  for (const NodeId id : prop::ruled_nodes(*subject, 0)) {
    formula = true;
    if (!rule::is_lrp0(*look.affine_at(c, id))) return;
  }
  if (!formula || look.trials().size() < 4) return;
  const prove::Shared shared(*subject);
  if (!shared.rejected[0].empty()) return;
  const Trial& trial = look.trials().back();
  prove::AtPoint at(shared, exact(trial), largest_output(look, trial));
  prop::Obligation obligation;
  obligation.check = "gxi.reduces", obligation.rule_case = 0;
  if (!prove::lemma_stops_at(at, obligation).empty()) return;
  out.push_back(
      Draft(look, "A025", int(c), -1, "the rule set is gradient times input wherever no used denominator is 0")
          .fix("gradient times input costs one backward pass and divides by nothing")
          .refuted());
}

}  // namespace lrproof::lint
