#pragma once
// A report as an audit of a small digits network would give it, and one with hostile names; for tests of the coats.
#include <limits>
#include <string>

#include "claim/claim.hpp"

namespace sample {

using lrproof::claim::Counts;
using lrproof::claim::Exemplar;
using lrproof::claim::Finding;
using lrproof::claim::LedgerRow;
using lrproof::claim::Report;
using lrproof::claim::RootRow;
using lrproof::claim::RuleSetInfo;
using lrproof::claim::Trust;
using lrproof::claim::Verdict;
using lrproof::claim::Witness;
using lrproof::num::Rational;

inline Finding finding(const std::string& check, const std::string& law, const std::string& rules, Counts counts) {
  Finding f;
  f.check = check, f.law = law, f.rule_set = rules, f.counts = counts;
  for (long k = 0; k < 300; ++k) f.scope.inputs.push_back(k);
  f.place.target = "argmax";
  f.trust = Trust::checked;
  f.prover = "exact";
  f.seconds = 0.25, f.steps = 1200;
  return f;
}

inline Finding closed(Finding f) {
  settle(f);
  f.id = finding_id(f);
  return f;
}

inline Exemplar shown(Verdict verdict, long input, long neuron, Witness witness) {
  return Exemplar{verdict, input, neuron, 7, std::move(witness), ""};
}

inline void add_roots(Report& report, const std::string& rules, bool is_better) {
  const std::string nodes[] = {"fc1", "fc2", "fc3"};
  for (int layer = 0; layer < 3; ++layer)
    for (const std::string kind : {"hinge", "relevance"})
      for (const std::string notion : {"cell", "linear"}) {
        const std::int64_t roots = layer == 2 ? 300 : 4000 - 1700 * layer;
        const std::int64_t unknown = layer == 0 && notion == "linear" ? 40 : 0;
        const std::int64_t outside = layer == 2 ? 0 : (roots - unknown) * (is_better ? 1 : 3) / (4 + layer);
        RootRow row{rules, nodes[layer], "argmax", kind, notion};
        row.layer = layer;
        row.roots = roots, row.outside = outside, row.unknown = unknown, row.inside = roots - outside - unknown;
        row.no_root = layer == 1 ? 3 : 0, row.zero_relevance = layer < 2 ? 4800 - layer * 1200 : 0;
        row.inputs = 300, row.inputs_with_outside = layer == 2 ? 0 : is_better ? 212 : 299;
        report.roots.push_back(row);
        Finding f = finding("root." + std::string(notion == "cell" ? "inside" : "linear"), "ROO-5", rules,
                            {roots, row.inside, outside, unknown, 0, 0});
        f.place = {nodes[layer], layer, kind, notion, "argmax"};
        f.statement =
            "every " + kind + " root of " + nodes[layer] + " lies in the closed " + notion + " region of the suffix";
        if (unknown > 0) f.reasons = {"budget: 4096 branches at one input"};
        if (outside > 0)
          f.exemplars.push_back(shown(Verdict::refuted, 17, 3,
                                      {"escape",
                                       {{"unit", 3}, {"element", 21}},
                                       {{"node", "fc2"}},
                                       {{"at_input", {Rational(3, 8), Rational(3, 8)}},
                                        {"at_root", {Rational(-1, 64), Rational(-1, 64)}},
                                        {"t", {Rational(1, 3), Rational(1, 3)}}}}));
        else
          f.exemplars.push_back(shown(Verdict::proved, 4, 0, {"inside", {{"unit", 0}}, {}, {{"t", {Rational(1, 2)}}}}));
        report.findings.push_back(closed(f));
      }
}

inline void add_reduction(Report& report, const std::string& rules, bool reduces) {
  Finding f =
      finding("gxi.reduces", "GXI-1", rules, reduces ? Counts{300, 299, 0, 0, 0, 1} : Counts{300, 0, 300, 0, 0, 0});
  f.statement = "R(x) = x * grad f(x) at every input at which no used denominator vanishes";
  f.premises = {{"den.nonzero", "fc1", Verdict::proved},
                {"den.nonzero", "fc2", Verdict::proved},
                {"den.nonzero", "fc3", reduces ? Verdict::refuted : Verdict::proved}};
  f.numbers["largest_difference"] = reduces ? 0 : 0.4375;
  if (!reduces)
    for (long input : {5, 17, 203})
      f.exemplars.push_back(
          shown(Verdict::refuted, input, -1,
                {"feature",
                 {{"feature", 20 + input}},
                 {},
                 {{"relevance", {Rational(8, 25), Rational(8, 25)}},
                  {"gradient_x_input", {Rational::parse("0.437511").value(), Rational::parse("0.437512").value()}}}}));
  else
    f.exemplars.push_back(shown(Verdict::proved, 0, -1, {"reduces", {}, {}, {}}));
  report.findings.push_back(closed(f));
  Finding strict = f;
  strict.check = "gxi.strict", strict.exemplars.clear(), strict.premises.clear();
  strict.counts = reduces ? Counts{300, 299, 1, 0, 0, 0} : Counts{300, 0, 300, 0, 0, 0};
  report.findings.push_back(closed(strict));
}

inline void add_ledger(Report& report, const std::string& rules, double bias, double stabilizer) {
  double above = 1;
  for (int layer = 2; layer >= 0; --layer) {
    LedgerRow row{rules, "fc" + std::to_string(layer + 1), "dense", "argmax"};
    row.layer = layer, row.inputs = 300;
    row.relevance_out = above;
    row.causes = {{"bias", bias}, {"stabilizer", stabilizer}, {"vanished", 0.0}};
    row.relevance_in = above = above - bias - stabilizer;
    row.largest = 3 * bias;
    report.ledger.push_back(row);
    Finding f = finding("con.layer", "CON-1", rules, {300, bias == 0 ? 300 : 0, bias == 0 ? 0 : 300, 0, 0, 0});
    f.place = {row.node, layer, "", "", "argmax"};
    f.statement = row.node + " hands down exactly what it received, unit by unit";
    if (bias != 0)
      f.exemplars.push_back(
          shown(Verdict::refuted, 2, 11,
                {"cause", {{"unit", 11}}, {{"cause", "bias"}}, {{"amount", {Rational(1, 7), Rational(1, 7)}}}}));
    report.findings.push_back(closed(f));
  }
}

inline void add_rejected(Report& report) {
  Finding f = finding("root.inside", "ROO-5", "dtd-z-plus", {300, 0, 0, 0, 300, 0});
  f.place = {"conv1", 0, "hinge", "cell", "argmax"};
  f.statement = "every hinge root of conv1 lies in the closed cell of the suffix";
  f.reasons = {"not a neuron: read by the live batch norm bn1"};
  f.fix = "--canonize batchnorm-into-affine";
  report.findings.push_back(closed(f));
  Finding g = finding("root.exists", "ROO-5", "", {300, 210, 85, 5, 0, 0});
  g.statement = "some point of the input's cell makes the explained output 0";
  g.reasons = {"budget: 200000 pivots"};
  g.trust = Trust::evaluated;
  report.findings.push_back(closed(g));
  Finding d = finding("den.nonzero", "DEN-1", "lrp-0", {300, 299, 1, 0, 0, 0});
  d.place = {"fc3", 2, "", "", "argmax"};
  d.statement = "no used denominator of fc3 is 0";
  d.numbers["smallest"] = 1.5e-9;
  d.exemplars.push_back(shown(Verdict::refuted, 211, 7, {"zero", {{"unit", 7}, {"term", 0}}, {}, {}}));
  report.findings.push_back(closed(d));
  Finding v = finding("pre.rule", "PRE-1", "lrp-0", {300, 0, 0, 0, 0, 300});
  v.place = {"fc1", 0, "", "", "argmax"};
  v.statement = "the premises of lrp-0 hold at fc1: there are none";
  report.findings.push_back(closed(v));
}

/// A small dense network with four rule sets.
inline Report digits() {
  Report report;
  report.version = "0.1.0", report.z3 = "4.8.12";
  report.command = "lrproof audit digits_mlp.onnx --rules lrp-0 --inputs digits_flat.npy";
  report.model.path = "examples/models/digits_mlp.onnx";
  report.model.sha256 = std::string(64, 'a');
  report.model.inputs = {{1, 64}}, report.model.outputs = {{1, 10}};
  report.model.nodes = 7, report.model.cut = {"softmax"};
  report.model.canonized = true;
  report.model.canonized_digest = std::string(64, 'b');
  report.model.steps = {{"batchnorm-into-affine",
                         {"fc1", "bn1"},
                         "fc1 then bn1 equals fc1'",
                         Verdict::proved,
                         Trust::checked,
                         "algebra",
                         ""}};
  report.model.notes = {"batch norm bn1 uses the float64 nearest to gamma / sqrt(var + eps)"};
  for (const std::string name : {"lrp-0", "dtd-z-plus", "lrp-epsilon", "zennit-epsilon-plus"}) {
    RuleSetInfo rules{name, "", std::string(64, 'c'), "reference", "[ruleset]\nname = \"" + name + "\"\n", {}};
    for (const std::string node : {"fc1", "fc2", "fc3"}) rules.assignment.push_back({node, "dense", name});
    report.rule_sets.push_back(rules);
  }
  report.inputs_path = "examples/data/digits_flat.npy";
  report.inputs_sha256 = std::string(64, 'd');
  for (long k = 0; k < 300; ++k) report.input_indices.push_back(k);
  add_rejected(report);
  add_roots(report, "dtd-z-plus", false);
  add_roots(report, "dtd-w2", true);
  for (const std::string name : {"lrp-0", "dtd-z-plus", "lrp-epsilon", "zennit-epsilon-plus"}) {
    add_reduction(report, name, name == "lrp-0");
    add_ledger(report, name, name == "dtd-z-plus" ? 0 : 0.125, name == "lrp-0" ? 0 : 3e-7);
  }
  report.settings = {{"domain", "0,1"}, {"target", "argmax"}, {"witnesses", "3"}};
  report.seconds = 12.5;
  return report;
}

/// Names that want to be markup, terminal commands or table borders, and numbers that are none.
inline Report hostile() {
  Report report = digits();
  const std::string evil = "<script>alert(1)</script>|`a`\x1b[31m\n\"'&\xff\u202e*_[x](y)";
  report.model.path = evil;
  report.given_roots =
      lrproof::claim::RootsInfo{evil, std::string(64, 'e'), {{evil, "input", false}, {"fc1", "layer", true}}};
  report.rule_sets[0].name = evil;
  report.roots[0].node = report.roots[0].rule_set = evil;
  report.ledger[0].node = evil;
  report.ledger[0].relevance_out = std::numeric_limits<double>::quiet_NaN();
  report.ledger[0].causes["bias"] = std::numeric_limits<double>::infinity();
  report.findings[0].place.node = report.findings[0].rule_set = evil;
  report.findings[0].statement = evil;
  report.findings[0].reasons = {evil};
  report.findings[0].fix = evil;
  report.findings[1].numbers["x"] = std::numeric_limits<double>::quiet_NaN();
  for (Finding& f : report.findings)
    for (Exemplar& exemplar : f.exemplars)
      if (exemplar.witness.kind == "escape") exemplar.witness.words["node"] = evil;
  return report;
}

}  // namespace sample
