#include <cmath>
#include <nlohmann/json.hpp>

#include "claim/json.hpp"
#include "claim/json_print.hpp"

namespace lrproof::claim {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json index_or_null(long index) { return index < 0 ? Json(nullptr) : Json(index); }
Json number_or_null(double number) { return std::isfinite(number) ? Json(number) : Json(nullptr); }
Json trust_or_null(Trust trust) { return trust == Trust::none ? Json(nullptr) : Json(to_string(trust)); }

Json numbers_of(const std::map<std::string, double>& numbers) {
  Json json = Json::object();
  for (const auto& [name, number] : numbers) json[name] = number_or_null(number);
  return json;
}

Json json_of(const Witness& witness) {
  if (witness == Witness{}) return nullptr;
  Json json = {{"kind", witness.kind}};
  for (const auto& [name, index] : witness.indices) json[name] = index;
  for (const auto& [name, word] : witness.words) json[name] = word;
  for (const auto& [name, numbers] : witness.numbers) {
    Json list = Json::array();
    for (const num::Rational& number : numbers) list.push_back(number.to_string());
    json[name] = std::move(list);
  }
  return json;
}

Json json_of(const Exemplar& exemplar) {
  const Json point = exemplar.input < 0 ? Json(nullptr) : Json("inputs[" + std::to_string(exemplar.input) + "]");
  return {{"verdict", to_string(exemplar.verdict)},
          {"place",
           {{"input", index_or_null(exemplar.input)},
            {"neuron", index_or_null(exemplar.neuron)},
            {"target", index_or_null(exemplar.target)}}},
          {"point", point},
          {"witness", json_of(exemplar.witness)},
          {"reason", text_or_null(exemplar.reason)}};
}

Json json_of(const Place& place) {
  Json json = {{"node", text_or_null(place.node)},
               {"layer", index_or_null(place.layer)},
               {"kind", text_or_null(place.kind)},
               {"notion", text_or_null(place.notion)},
               {"target", text_or_null(place.target)}};
  if (place.line > 0) json["line"] = place.line;
  return json;
}

Json json_of(const Counts& counts) {
  return {{"places", counts.places},   {"proved", counts.proved},     {"refuted", counts.refuted},
          {"unknown", counts.unknown}, {"rejected", counts.rejected}, {"vacuous", counts.vacuous}};
}

/// all: the report's own list of inputs; a scope of exactly these is written as "all".
Json json_of(const Scope& scope, const std::vector<long>* all) {
  Json json = {{"kind", scope.kind}};
  const bool is_all = all != nullptr && !all->empty() && scope.inputs == *all;
  json["inputs"] = is_all ? Json("all") : Json(scope.inputs);
  if (!scope.radius.empty()) json["radius"] = scope.radius;
  if (!scope.min_activation.empty()) json["min_activation"] = scope.min_activation;
  return json;
}

Json json_of(const std::vector<Premise>& premises) {
  Json json = Json::array();
  for (const Premise& premise : premises)
    json.push_back({{"check", premise.check}, {"place", premise.place}, {"verdict", to_string(premise.verdict)}});
  return json;
}

Json json_of(const Finding& finding, const std::vector<long>* all) {
  Json exemplars = Json::array();
  for (const Exemplar& exemplar : finding.exemplars) exemplars.push_back(json_of(exemplar));
  return {{"id", finding.id},
          {"check", finding.check},
          {"law", finding.law},
          {"rule_set", text_or_null(finding.rule_set)},
          {"scope", json_of(finding.scope, all)},
          {"place", json_of(finding.place)},
          {"verdict", to_string(finding.verdict)},
          {"trust", trust_or_null(finding.trust)},
          {"answer", text_or_null(finding.answer)},
          {"vacuous", finding.vacuous},
          {"premises", json_of(finding.premises)},
          {"statement", finding.statement},
          {"numbers", {{"counts", json_of(finding.counts)}, {"bounds", numbers_of(finding.numbers)}}},
          {"reasons", finding.reasons},
          {"exemplars", std::move(exemplars)},
          {"cost",
           {{"seconds", number_or_null(finding.seconds)},
            {"steps", finding.steps},
            {"prover", text_or_null(finding.prover)}}},
          {"level", to_string(finding.level)},
          {"fix", finding.fix.empty() ? Json(nullptr) : Json{{"text", finding.fix}}}};
}

Json json_of(const Step& step) {
  return {{"rewrite", step.rewrite},
          {"nodes", step.nodes},
          {"claim",
           {{"check", "canon.equal"},
            {"statement", step.statement},
            {"verdict", to_string(step.verdict)},
            {"trust", trust_or_null(step.trust)}}},
          {"certificate", step.symbolic.empty() ? Json(nullptr) : Json{{"kind", step.symbolic}}},
          {"note", text_or_null(step.note)}};
}

Json json_of(const ModelInfo& model) {
  Json canonized = nullptr;
  if (model.canonized) {
    Json steps = Json::array();
    for (const Step& step : model.steps) steps.push_back(json_of(step));
    canonized = {{"digest", text_or_null(model.canonized_digest)}, {"steps", std::move(steps)}};
  }
  return {{"path", model.path},
          {"sha256", model.sha256},
          {"inputs", model.inputs},
          {"outputs", model.outputs},
          {"nodes", model.nodes},
          {"cut", model.cut},
          {"canonized", std::move(canonized)},
          {"notes", model.notes}};
}

Json json_of(const RuleSetInfo& rules) {
  Json assignment = Json::array();
  for (const AssignmentRow& row : rules.assignment)
    assignment.push_back({{"node", row.node}, {"op", row.op}, {"rule", row.rule}});
  return {{"name", rules.name},     {"path", text_or_null(rules.path)},
          {"sha256", rules.sha256}, {"dialect", text_or_null(rules.dialect)},
          {"text", rules.text},     {"assignment", std::move(assignment)}};
}

Json json_of(const RootsInfo& roots) {
  Json tensors = Json::array();
  for (const auto& tensor : roots.tensors)
    tensors.push_back({{"node", tensor.node}, {"per", tensor.per}, {"slope", tensor.slope}});
  return {{"path", roots.path}, {"sha256", roots.sha256}, {"tensors", std::move(tensors)}};
}

Json json_of(const RootRow& row) {
  return {{"rule_set", row.rule_set},
          {"layer", index_or_null(row.layer)},
          {"node", row.node},
          {"kind", row.kind},
          {"notion", row.notion},
          {"target", text_or_null(row.target)},
          {"roots", row.roots},
          {"inside", row.inside},
          {"outside", row.outside},
          {"unknown", row.unknown},
          {"no_root", row.no_root},
          {"zero_relevance", row.zero_relevance},
          {"not_asked", row.not_asked},
          {"inputs", row.inputs},
          {"inputs_with_outside", row.inputs_with_outside}};
}

Json json_of(const LedgerRow& row) {
  return {{"rule_set", row.rule_set},
          {"layer", index_or_null(row.layer)},
          {"node", row.node},
          {"op", row.op},
          {"target", text_or_null(row.target)},
          {"inputs", row.inputs},
          {"relevance_out", number_or_null(row.relevance_out)},
          {"relevance_in", number_or_null(row.relevance_in)},
          {"causes", numbers_of(row.causes)},
          {"largest", number_or_null(row.largest)}};
}

template <class Row>
Json list_of(const std::vector<Row>& rows) {
  Json json = Json::array();
  for (const Row& row : rows) json.push_back(json_of(row));
  return json;
}

Json json_of(const Summary& summary) {
  return {{"proved", summary.proved},
          {"checked", summary.checked},
          {"evaluated", summary.evaluated},
          {"asserted", summary.asserted},
          {"vacuous", summary.vacuous},
          {"refuted", summary.refuted},
          {"unknown", summary.unknown},
          {"rejected", summary.rejected},
          {"levels", {{"error", summary.errors}, {"warning", summary.warnings}, {"note", summary.notes}}}};
}

}  // namespace

Summary summarise(const Report& report) {
  Summary sum;
  for (const Finding& finding : report.findings) {
    sum.proved += finding.verdict == Verdict::proved && !finding.vacuous;
    sum.vacuous += finding.verdict == Verdict::proved && finding.vacuous;
    sum.refuted += finding.verdict == Verdict::refuted;
    sum.unknown += finding.verdict == Verdict::unknown;
    sum.rejected += finding.verdict == Verdict::rejected;
    const bool is_proved = finding.verdict == Verdict::proved && !finding.vacuous;
    sum.checked += is_proved && finding.trust == Trust::checked;
    sum.evaluated += is_proved && finding.trust == Trust::evaluated;
    sum.asserted += is_proved && finding.trust == Trust::asserted;
    sum.errors += finding.level == Level::error;
    sum.warnings += finding.level == Level::warning;
    sum.notes += finding.level == Level::note;
  }
  return sum;
}

std::string to_json_text(const Exemplar& exemplar) { return print_json(json_of(exemplar)); }
std::string to_json_text(const Finding& finding) { return print_json(json_of(finding, nullptr)); }

std::string to_json_text(const Report& report) {
  Json findings = Json::array();
  for (const Finding& finding : report.findings) findings.push_back(json_of(finding, &report.input_indices));
  const Json tool = {{"name", "lrproof"},
                     {"version", report.version},
                     {"z3", text_or_null(report.z3)},
                     {"command", text_or_null(report.command)}};
  const Json inputs = {{"path", text_or_null(report.inputs_path)},
                       {"sha256", text_or_null(report.inputs_sha256)},
                       {"indices", report.input_indices}};
  Json json = {{"schema", "lrproof-report/1"},
               {"tool", tool},
               {"model", json_of(report.model)},
               {"rule_sets", list_of(report.rule_sets)},
               {"inputs", inputs},
               {"findings", std::move(findings)},
               {"tables", {{"roots", list_of(report.roots)}, {"ledger", list_of(report.ledger)}}},
               {"summary", json_of(summarise(report))},
               {"settings", report.settings},
               {"cost", {{"seconds", number_or_null(report.seconds)}}}};
  if (report.given_roots) json["roots"] = json_of(*report.given_roots);
  return print_json(json);
}

}  // namespace lrproof::claim
