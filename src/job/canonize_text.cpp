#include <cstdio>

#include "job/canonize.hpp"
#include "report/escape.hpp"
#include "report/words.hpp"

namespace lrproof::job {

using num::Rational;

namespace {

std::string figure(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}

std::string near(const Rational& v) {
  char text[40];
  std::snprintf(text, sizeof text, "%.9g", v.to_double());
  return text;
}

std::string point_words(const std::vector<Rational>& x) {
  std::string out;
  for (std::size_t k = 0; k < x.size() && k < 8; ++k) out += (k ? ", " : "") + near(x[k]);
  return "(" + out + (x.size() > 8 ? ", ... " + std::to_string(x.size()) + " numbers" : "") + ")";
}

std::string steps_words(const claim::ModelInfo& model) {
  std::string out;
  for (const auto& step : model.steps) {
    std::string nodes;
    for (const auto& node : step.nodes) nodes += (nodes.empty() ? "" : " <- ") + report::clean(node);
    out += "  " + claim::to_string(step.verdict) + "  " + step.rewrite + "  " + nodes + "  (" + step.symbolic + ", " +
           claim::to_string(step.trust) + ")\n";
  }
  for (const auto& note : model.notes) out += "  " + report::clean(note) + "\n";
  return out;
}

std::string witness_words(const claim::Finding& finding) {
  std::string out;
  for (const auto& shown : finding.exemplars) {
    const auto& w = shown.witness;
    const auto element = std::size_t(shown.neuron);
    const bool exact = w.kind == "difference";
    out += "    at x = " + point_words(w.numbers.at("input")) +
           (shown.input >= 0 ? ", input " + std::to_string(shown.input) : "") + ", output " + std::to_string(element) +
           ": ";
    const auto &f = w.numbers.at("first"), &g = w.numbers.at("second");
    if (exact)
      out += near(f[element]) + " and " + near(g[element]) + ", apart by " +
             figure((f[element] - g[element]).to_double()) + " exactly computed" +
             (finding.trust == claim::Trust::checked ? " and replayed" : "") + "\n";
    else
      out += "[" + near(f[0]) + ", " + near(f[1]) + "] and [" + near(g[0]) + ", " + near(g[1]) + "]\n";
  }
  return out;
}

/// inv.impl, a line for each rule set and one for gradients.
std::string effect_words(const claim::Finding& finding) {
  const auto& c = finding.counts;
  const std::string who = finding.rule_set.empty() ? "gradient, input times gradient" : report::clean(finding.rule_set);
  const auto inputs = [](std::int64_t count) { return std::to_string(count) + (count == 1 ? " input" : " inputs"); };
  std::string out = "inv.impl  " + claim::to_string(finding.verdict) + "  " + who + ":";
  if (c.refuted) out += " another map at " + inputs(c.refuted);
  if (c.proved) out += (c.refuted ? "," : "") + std::string(" the same map at ") + inputs(c.proved);
  if (c.unknown) out += (c.refuted + c.proved ? "," : "") + std::string(" not known at ") + inputs(c.unknown);
  if (c.vacuous)
    out += (c.refuted + c.proved + c.unknown ? "," : "") + std::string(" on a kink at ") + inputs(c.vacuous);
  if (c.rejected) out += " not asked";
  if (const auto most = finding.numbers.find("largest_change"); most != finding.numbers.end())
    out += "; |R - R'| up to " + figure(100 * most->second) + " % of |R|";
  out += "\n";
  for (const auto& reason : finding.reasons) out += "    " + report::clean(reason) + "\n";
  if (!finding.exemplars.empty() && c.refuted)
    out += "    input " + std::to_string(finding.exemplars[0].input) + ": " +
           report::clean(report::witness_sentence(finding.exemplars[0].witness)) + "\n";
  return out;
}

std::string finding_words(const claim::Finding& finding) {
  if (finding.check == "inv.impl") return effect_words(finding);
  std::string out =
      finding.check + "  " + claim::to_string(finding.verdict) + "  " + report::clean(finding.statement) + "\n";
  const auto number = [&](const char* key) {
    const auto at = finding.numbers.find(key);
    return at == finding.numbers.end() ? std::string() : figure(at->second);
  };
  std::string figures;
  const auto add = [&](const std::string& word, const char* key) {
    if (const auto text = number(key); !text.empty()) figures += (figures.empty() ? "" : ", ") + word + " " + text;
  };
  add("at most", "bound"), add("largest seen", "largest_seen"), add("ratio", "ratio");
  if (!figures.empty()) out += "    " + figures + "\n";
  for (const auto& reason : finding.reasons) out += "    " + report::clean(reason) + "\n";
  return out + witness_words(finding);
}

}  // namespace

std::string canonize_text(const CanonizeResult& result, const CanonizeRequest& request) {
  const auto& model = result.report.model;
  std::string out = report::clean(request.model) + ": " + std::to_string(model.steps.size()) + " rewrites apply\n";
  out += steps_words(model);
  for (const auto& finding : result.report.findings)
    if (finding.check != "canon.equal") out += finding_words(finding);
  if (!request.output.empty())
    out += result.bytes.empty()
               ? report::clean(request.output) + ": not written\n"
               : report::clean(request.output) + ": written, " + std::to_string(result.bytes.size()) + " bytes\n";
  return out;
}

}  // namespace lrproof::job
