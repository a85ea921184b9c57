#include <map>
#include <set>

#include "rule/builtin.hpp"
#include "rule/expression.hpp"
#include "rule/reader.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::rule {
namespace {

using text::toml_key;
using text::toml_quote;

/// A number as TOML: a short integer bare, anything else as "p/q".
std::string toml_number(const num::Rational& value) {
  const std::string text = value.to_string();
  return text.find('/') == std::string::npos && text.size() <= 18 ? text : toml_quote(text);
}

std::string print_selector(const Selector& to) {
  std::vector<std::string> parts;
  if (to.op) parts.push_back("op = " + toml_quote(*to.op));
  if (to.name) parts.push_back("name = " + toml_quote(*to.name));
  if (to.index) parts.push_back("index = " + std::to_string(*to.index));
  if (to.fan_in) parts.push_back("fan_in = " + std::to_string(*to.fan_in));
  if (to.first) parts.push_back("first = true");
  if (to.last) parts.push_back("last = true");
  std::string out = "{";
  for (std::size_t k = 0; k < parts.size(); ++k) out += (k ? ", " : " ") + parts[k];
  return out + (parts.empty() ? "}" : " }");
}

std::string print_named(const NamedRule& rule) {
  const NamedRow& row = row_of(rule.kind);
  if (!row.parameter) return toml_quote(row.name);
  return "{ name = " + toml_quote(row.name) + ", " + row.parameter + " = " + toml_number(rule.parameter) + " }";
}

std::string print_stabilizer(const Stabilizer& s) {
  std::string out = "{ kind = " + toml_quote(stabilizer_words()[std::size_t(s.kind)]);
  out += ", epsilon = " + toml_number(s.epsilon);
  if (s.kind == Stabilizer::Kind::signed_ || s.kind == Stabilizer::Kind::clip)
    out += ", zero_sign = " + std::to_string(s.zero_sign);
  if (s.rms) out += ", rms = true";
  return out + " }";
}

std::string print_term(const Term& term, const std::string& key) {
  std::string out = "\n[[rule." + key + ".term]]\n";
  out += "share = " + toml_number(term.share) + "\n";
  if (term.gate != Gate::always) out += "gate = " + toml_quote(gate_words()[std::size_t(term.gate)]) + "\n";
  out += "numerator = " + toml_quote(print_numerator(term.numerator)) + "\n";
  out += "bias = " + toml_quote(print_bias(term.bias)) + "\n";
  if (term.stabilizer.kind != Stabilizer::Kind::none) out += "stabilizer = " + print_stabilizer(term.stabilizer) + "\n";
  return out;
}

std::string print_affine(const Rule& rule, const std::string& key) {
  const auto& body = std::get<AffineRule>(rule.body);
  std::string out = "\n[rule." + toml_key(key) + "]\n";
  if (key != rule.name) out += "name = " + toml_quote(rule.name) + "\n";
  if (!body.premises.empty()) {
    out += "premises = [";
    for (std::size_t k = 0; k < body.premises.size(); ++k)
      out += (k ? ", " : "") + toml_quote(premise_words()[std::size_t(body.premises[k])]);
    out += "]\n";
  }
  for (const auto& term : body.terms) out += print_term(term, toml_key(key));
  if (body.root)
    out += "\n[rule." + toml_key(key) + ".root]\ndirection = " + toml_quote(print_direction(*body.root)) + "\n";
  return out;
}

/// Affine rules in the order of their first use, each under a key of its own.
class Keys {
 public:
  std::string of(const Rule& rule) {
    for (const auto& [key, known] : kept_)
      if (known == rule) return key;
    std::string key = rule.name;
    for (int& n = next_[rule.name]; taken(key);) key = rule.name + "-" + std::to_string(++n + 1);
    used_.insert(key);
    kept_.emplace_back(key, rule);
    return key;
  }
  const std::vector<std::pair<std::string, Rule>>& kept() const { return kept_; }

 private:
  bool taken(const std::string& key) const { return find_named_row(key) || used_.count(key); }
  std::set<std::string> used_;
  std::map<std::string, int> next_;
  std::vector<std::pair<std::string, Rule>> kept_;
};

std::string print_head(const RuleSet& rules) {
  std::string out = "[ruleset]\n";
  out += "name = " + toml_quote(rules.name) + "\n";
  out += "dialect = " + toml_quote(rules.dialect) + "\n";
  out += "source = " + toml_quote(rules.source) + "\n";
  out += "start = " + toml_quote(start_words()[std::size_t(rules.start)]) + "\n";
  out += "unmatched = " + toml_quote(unmatched_words()[std::size_t(rules.unmatched)]) + "\n";
  out += "canonize = [";
  for (std::size_t k = 0; k < rules.canonize.size(); ++k) out += (k ? ", " : "") + toml_quote(rules.canonize[k]);
  out += "]\n";
  if (rules.low) out += "low = " + toml_number(*rules.low) + "\n";
  if (rules.high) out += "high = " + toml_number(*rules.high) + "\n";
  return out;
}

}  // namespace

std::string print_ruleset(const RuleSet& rules) {
  std::string out = print_head(rules);
  Keys keys;
  for (const auto& assign : rules.assigns) {
    out += "\n[[assign]]\nto = " + print_selector(assign.to) + "\nrule = ";
    const auto* named = std::get_if<NamedRule>(&assign.rule.body);
    out += (named ? print_named(*named) : toml_quote(keys.of(assign.rule))) + "\n";
  }
  for (const auto& [key, rule] : keys.kept()) out += print_affine(rule, key);
  return out;
}

}  // namespace lrproof::rule
