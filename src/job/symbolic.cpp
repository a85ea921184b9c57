#include "job/symbolic.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "attr/symbolic.hpp"
#include "base/file.hpp"
#include "job/version.hpp"
#include "num/symbol_text.hpp"
#include "report/escape.hpp"

namespace lrproof::job {

using base::Diagnostic;
using nlohmann::ordered_json;
using num::Symbol;

namespace {

// A formula grows with the multiply-adds of the network: so much can be read, so much a solver can be given.
constexpr std::int64_t kWholeMap = 20'000, kOneFeature = 200'000;

struct Loaded {
  LoadedRules rules;
  LoadedModel model;
  LoadedInputs inputs;
  rule::Assignment assignment;
  attr::Options options;
  std::vector<long> indices;
  std::vector<std::int64_t> targets;
};

base::Status check_words(const AttributeRequest& request) {
  if (!request.output.empty())
    return Diagnostic{"usage.output", "-o " + request.output, "is for maps; formulas are printed",
                      "--smt FILE.smt2, or --format json"};
  if (request.exact) return Diagnostic{"usage.symbolic", "--exact", "says nothing new beside --symbolic", "drop one"};
  if (request.precision != "single")
    return Diagnostic{"usage.symbolic", "--precision", "does not go with --symbolic", "formulas are exact"};
  if (request.smt.empty()) return base::fine();
  if (!request.smt.ends_with(".smt2"))
    return Diagnostic{"usage.smt", "--smt " + request.smt, "is no format for formulas", "a .smt2 file"};
  return base::check_writable(request.smt);
}

base::Status check_size(const net::Network& network, const AttributeRequest& request) {
  const std::int64_t work = attr::multiply_adds(network);
  const bool all = request.features.empty();
  if (work <= (all ? kWholeMap : kOneFeature)) return base::fine();
  const std::string limit = std::to_string(all ? kWholeMap : kOneFeature);
  return Diagnostic{
      "symbolic.size", request.model,
      "takes " + std::to_string(work) + " multiply-adds; formulas are written up to " + limit,
      all && work <= kOneFeature ? "--feature K asks for one feature" : "--exact gives the values at the inputs"};
}

base::Result<std::vector<long>> indices_of(const AttributeRequest& request, const LoadedInputs& inputs) {
  if (request.input >= inputs.count)
    return Diagnostic{"usage.input", "--input " + std::to_string(request.input),
                      "there are " + std::to_string(inputs.count) + " inputs",
                      "0 to " + std::to_string(inputs.count - 1)};
  if (request.input >= 0) return std::vector{request.input};
  std::vector<long> indices;
  const long count = request.limit > 0 ? std::min<long>(request.limit, inputs.count) : inputs.count;
  for (long k = 0; k < count; ++k) indices.push_back(k);
  if (!request.smt.empty() && indices.size() > 1)
    return Diagnostic{"usage.smt", "--smt " + request.smt,
                      "holds one input's formulas, not those of " + std::to_string(indices.size()), "--input K"};
  return indices;
}

base::Result<Loaded> load(const AttributeRequest& request) {
  LRPROOF_CHECK(check_words(request));
  LRPROOF_TRY(rules, load_rules(request.rules));
  LRPROOF_TRY(rewrites, passes(request.canonize, request.canonize_given, {rules}));
  LRPROOF_TRY(model, load_model(request.model, rewrites));
  LRPROOF_TRY(inputs, load_inputs(request.inputs));
  LRPROOF_CHECK(check_inputs(inputs, model.network));
  LRPROOF_TRY(domain, parse_domain(request.domain));
  LRPROOF_TRY(assignment, assign(rules, model.network));
  LRPROOF_CHECK(check_size(model.network, request));
  for (const long k : request.features)
    if (k >= model.network.input_size())
      return Diagnostic{"usage.feature", "--feature " + std::to_string(k),
                        "the input has " + std::to_string(model.network.input_size()) + " elements",
                        "0 to " + std::to_string(model.network.input_size() - 1)};
  LRPROOF_TRY(indices, indices_of(request, inputs));
  attr::Options options;
  const auto low = domain.low ? domain.low : rules.rules.low, high = domain.high ? domain.high : rules.rules.high;
  if (low) options.low = {*low};
  if (high) options.high = {*high};
  std::vector<std::int64_t> targets(indices.size(), -1);
  if (request.target != "argmax") {
    if (const auto opaque = model.network.first_opaque(); opaque >= 0)
      return Diagnostic{"attr.opaque", "node " + model.network.node(opaque).name,
                        "not supported: a formula of " + model.network.node(opaque).type, "cut the network before it"};
    LRPROOF_TRY(asked, targets_of(model.network, inputs, indices, request.target));
    targets = asked;
  }
  return Loaded{std::move(rules),   std::move(model),   std::move(inputs), std::move(assignment),
                std::move(options), std::move(indices), std::move(targets)};
}

// One input's formulas with everything named.
struct Written {
  attr::Symbolic formula;
  std::vector<std::string> inputs;  ///< names of the variables
  std::vector<long> features;       ///< those asked for
  std::string input_name;
  num::Definitions definitions;

  std::string relevance_name(long feature) const { return "R." + inputs[std::size_t(feature)]; }
  const Symbol& relevance(long feature) const { return formula.map[std::size_t(feature)]; }
  std::vector<num::Condition> conditions() const { return formula.conditions(); }
};

Written write(attr::Symbolic formula, const Loaded& loaded, const AttributeRequest& request) {
  const net::Network& network = loaded.model.network;
  const std::string input_name = attr::printable_names(network)[0];
  std::vector<std::string> inputs;
  std::vector<long> features = request.features;
  num::Names names;
  for (const auto& [e, name] : attr::element_names(network, formula)) names[e] = name;
  for (long k = 0; k < network.input_size(); ++k) {
    inputs.push_back(input_name + "[" + std::to_string(k) + "]");
    if (request.features.empty()) features.push_back(k);
  }
  std::vector<Symbol> wanted;
  for (const long k : features) wanted.push_back(formula.map[std::size_t(k)]);
  num::Definitions definitions(*formula.expressions, std::move(names), wanted, formula.conditions());
  return {std::move(formula), std::move(inputs), std::move(features), input_name, std::move(definitions)};
}

// Long sums and products break where a term ends.
std::string wrapped(const std::string& line) {
  constexpr std::size_t kWidth = 100;
  std::string out, rest = line;
  while (rest.size() > kWidth) {
    auto at = rest.rfind(' ', kWidth);
    while (at != std::string::npos && at > 8 && rest[at + 1] != '+' && rest[at + 1] != '-')
      at = rest.rfind(' ', at - 1);
    if (at == std::string::npos || at <= 8) break;
    out += rest.substr(0, at) + "\n";
    rest = "      " + rest.substr(at + 1);
  }
  return out + rest + "\n";
}

std::string text_of(const Written& w, long index, const Loaded& loaded) {
  const auto& d = w.definitions;
  std::string out = "input " + std::to_string(index) + ": relevance of output " + std::to_string(w.formula.target) +
                    " under " + report::clean(loaded.rules.rules.name) + ", as a formula of " + w.input_name + "\n";
  if (!d.order().empty()) out += "\n  with\n";
  for (const auto* e : d.order()) out += wrapped("    " + d.name(e) + " = " + d.infix_body(e));
  out += "\n  relevance\n";
  for (const long k : w.features) {
    out += wrapped("    " + w.relevance_name(k) + " = " + d.infix(w.relevance(k)));
    out += "      at this input " + w.relevance(k).value().to_string() + "\n";
  }
  const auto conditions = w.conditions();
  out += conditions.empty() ? "\n  for every input\n" : "\n  wherever\n";
  for (const auto& c : conditions) out += wrapped("    " + d.infix(c));
  return out;
}

ordered_json json_of(const Written& w, long index) {
  const auto& d = w.definitions;
  ordered_json out{{"input", index}, {"target", w.formula.target}};
  out["variables"] = ordered_json::array(), out["definitions"] = ordered_json::array();
  out["relevance"] = ordered_json::array(), out["conditions"] = ordered_json::array();
  const auto& point = w.formula.expressions->point();
  for (std::size_t k = 0; k < w.inputs.size(); ++k)
    out["variables"].push_back({{"name", w.inputs[k]}, {"at_input", point[k].to_string()}});
  for (const auto* e : d.order()) out["definitions"].push_back({{"name", d.name(e)}, {"is", d.infix_body(e)}});
  for (const long k : w.features)
    out["relevance"].push_back({{"name", w.relevance_name(k)},
                                {"feature", k},
                                {"is", d.infix(w.relevance(k))},
                                {"at_input", w.relevance(k).value().to_string()}});
  for (const auto& c : w.conditions())
    out["conditions"].push_back({{"expression", d.infix(Symbol(c.expression))},
                                 {"relation", c.relation()},
                                 {"at_input", c.expression->value.to_string()}});
  return out;
}

std::string smt_of(const Written& w, const Loaded& loaded) {
  const auto& d = w.definitions;
  const std::string real = " () Real ";
  std::string out = "; relevance of output " + std::to_string(w.formula.target) + " under " +
                    report::clean(loaded.rules.rules.name) + ", by lrproof " + version_text() +
                    "\n; it holds where the assertions do\n(set-logic QF_NRA)\n";
  for (const auto& name : w.inputs) out += "(declare-fun " + d.smt_name(name) + " () Real)\n";
  for (const auto* e : d.order()) out += "(define-fun " + d.smt_name(d.name(e)) + real + d.smt_body(e) + ")\n";
  for (const long k : w.features)
    out += "(define-fun " + d.smt_name(w.relevance_name(k)) + real + d.smt(w.relevance(k)) + ")\n";
  for (const auto& c : w.conditions()) out += "(assert " + d.smt(c) + ")\n";
  return out;
}

}  // namespace

base::Result<std::string> attribute_symbolic(const AttributeRequest& request, FormulaFormat format) {
  LRPROOF_TRY(loaded, load(request));
  std::string text;
  ordered_json json{{"format", "lrproof-formulas/1"}, {"rules", loaded.rules.rules.name}, {"formulas", {}}};
  json["formulas"] = ordered_json::array();
  for (std::size_t k = 0; k < loaded.indices.size(); ++k) {
    const long index = loaded.indices[k];
    attr::SymbolicRequest ask;
    for (std::int64_t i = 0; i < loaded.inputs.size; ++i)
      ask.input.emplace_back(loaded.inputs.values[std::size_t(index * loaded.inputs.size + i)]);
    ask.target = loaded.targets[k], ask.start = loaded.rules.rules.start, ask.options = loaded.options;
    auto formula = attr::symbolic(loaded.model.network, loaded.assignment, ask);
    if (!formula) {
      Diagnostic error = formula.error();
      if (error.code == "attr.edge") error.place = "input " + std::to_string(index) + ": " + error.place;
      return error;
    }
    const Written written = write(std::move(*formula), loaded, request);
    if (!request.smt.empty()) LRPROOF_CHECK(base::write_file(request.smt, smt_of(written, loaded)));
    if (format == FormulaFormat::json)
      json["formulas"].push_back(json_of(written, index));
    else
      text += (k ? "\n" : "") + text_of(written, index, loaded);
  }
  return format == FormulaFormat::json ? json.dump(1) + "\n" : text;
}

}  // namespace lrproof::job
