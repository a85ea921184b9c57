#include "job/public_report.hpp"

#include "claim/json.hpp"

namespace lrproof::job {
namespace {

Verdict public_verdict(claim::Verdict verdict) {
  switch (verdict) {
    case claim::Verdict::proved:
      return Verdict::proved;
    case claim::Verdict::refuted:
      return Verdict::refuted;
    case claim::Verdict::unknown:
      return Verdict::unknown;
    case claim::Verdict::rejected:
      return Verdict::rejected;
  }
  return Verdict::unknown;
}

Trust public_trust(claim::Trust trust) {
  switch (trust) {
    case claim::Trust::none:
      return Trust::none;
    case claim::Trust::asserted:
      return Trust::asserted;
    case claim::Trust::evaluated:
      return Trust::evaluated;
    case claim::Trust::checked:
      return Trust::checked;
  }
  return Trust::none;
}

Exemplar public_exemplar(const claim::Exemplar& exemplar) {
  Exemplar out{public_verdict(exemplar.verdict), exemplar.input, exemplar.neuron, exemplar.target, {}, exemplar.reason};
  for (const auto& [name, numbers] : exemplar.witness.numbers) {
    for (const auto& number : numbers) out.witness[name].push_back(number.to_string());
  }
  for (const auto& [name, index] : exemplar.witness.indices) out.witness[name] = {std::to_string(index)};
  return out;
}

Finding public_finding(const claim::Finding& finding) {
  Finding out;
  out.id = finding.id;
  out.check = finding.check;
  out.law = finding.law;
  out.rule_set = finding.rule_set;
  out.place = {finding.place.node, finding.place.layer, finding.place.kind, finding.place.notion, finding.place.target};
  out.verdict = public_verdict(finding.verdict);
  out.trust = public_trust(finding.trust);
  out.vacuous = finding.vacuous;
  out.statement = finding.statement;
  const auto& counts = finding.counts;
  out.counts = {counts.places, counts.proved, counts.refuted, counts.unknown, counts.rejected, counts.vacuous};
  for (const auto& exemplar : finding.exemplars) out.exemplars.push_back(public_exemplar(exemplar));
  return out;
}

}  // namespace

lrproof::Report public_report(const claim::Report& report) {
  lrproof::Report out;
  for (const auto& finding : report.findings) out.findings.push_back(public_finding(finding));
  for (const auto& row : report.roots) {
    out.roots.push_back({row.rule_set,
                         {row.node, row.layer, row.kind, row.notion, row.target},
                         row.roots,
                         row.inside,
                         row.no_root,
                         row.zero_relevance,
                         row.inputs,
                         row.inputs_with_outside});
  }
  out.json = claim::to_json_text(report);
  return out;
}

lrproof::Error public_error(const base::Diagnostic& diagnostic) {
  return {diagnostic.code, diagnostic.place, diagnostic.sentence, diagnostic.hint, diagnostic.text()};
}

}  // namespace lrproof::job
