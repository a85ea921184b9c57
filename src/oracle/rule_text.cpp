#include <toml++/toml.h>

#include <cstdint>
#include <sstream>

#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

namespace {

struct Wrong {
  std::string why;
};

class TextReader {
 public:
  explicit TextReader(std::string_view text) {
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) lines_.push_back(line);
  }

  RuleSet read(const toml::table& root) {
    RuleSet rules;
    const toml::table empty;
    const auto* head = root["ruleset"].as_table() ? root["ruleset"].as_table() : &empty;
    rules.name = (*head)["name"].value_or(std::string());
    rules.start = (*head)["start"].value_or(std::string("value"));
    rules.unmatched = (*head)["unmatched"].value_or(std::string("error"));
    if (const auto* low = head->get("low")) rules.low = number(*low);
    if (const auto* high = head->get("high")) rules.high = number(*high);
    if (const auto* own = root["rule"].as_table())
      for (const auto& [key, value] : *own)
        rules_[std::string(key.str())] = affine(std::string(key.str()), table(value));
    if (const auto* list = root["assign"].as_array())
      for (const auto& entry : *list) rules.assigns.push_back(assign(table(entry)));
    return rules;
  }

 private:
  static const toml::table& table(const toml::node& node) {
    if (const auto* found = node.as_table()) return *found;
    throw Wrong{"a table is missing"};
  }

  // A number as it stands in the text, never through a double.
  Exact number(const toml::node& node) const {
    std::string text;
    if (node.is_string())
      text = node.as_string()->get();
    else if (node.is_integer())
      text = std::to_string(node.as_integer()->get());
    else if (node.is_floating_point()) {
      const auto& place = node.source();
      const auto& line = lines_.at(place.begin.line - 1);
      text = line.substr(place.begin.column - 1, place.end.column - place.begin.column);
      std::erase(text, '_');
    }
    const auto value = read_exact(text);
    if (!value) throw Wrong{"'" + text + "' is no number"};
    return *value;
  }

  static Formula formula(const toml::node* node) {
    if (!node) return {};
    if (!node->is_string()) throw Wrong{"a formula is a string"};
    auto read = read_formula(node->as_string()->get());
    if (!read.value) throw Wrong{read.error};
    return *read.value;
  }

  Term term(const toml::table& from) const {
    Term term;
    if (const auto* share = from.get("share")) term.share = number(*share);
    term.gate = from["gate"].value_or(std::string("always"));
    term.numerator = formula(from.get("numerator"));
    term.bias = formula(from.get("bias"));
    if (const auto* stabilizer = from["stabilizer"].as_table()) {
      term.stabilizer.kind = (*stabilizer)["kind"].value_or(std::string("none"));
      if (const auto* epsilon = stabilizer->get("epsilon")) term.stabilizer.epsilon = number(*epsilon);
      term.stabilizer.zero_sign = int((*stabilizer)["zero_sign"].value_or(1));
      term.stabilizer.rms = (*stabilizer)["rms"].value_or(false);
    }
    return term;
  }

  Rule affine(const std::string& key, const toml::table& from) const {
    Rule rule;
    rule.name = from["name"].value_or(key);
    if (const auto* terms = from["term"].as_array())
      for (const auto& entry : *terms) rule.terms.push_back(term(table(entry)));
    if (rule.terms.empty()) throw Wrong{"rule '" + key + "' has no term"};
    if (const auto* root = from["root"].as_table()) rule.direction = formula(root->get("direction"));
    if (const auto* premises = from["premises"].as_array())
      for (const auto& premise : *premises) rule.premises.push_back(premise.value_or(std::string()));
    return rule;
  }

  Assign assign(const toml::table& from) const {
    Assign assign;
    if (const auto* to = from["to"].as_table()) {
      assign.to.op = (*to)["op"].value<std::string>();
      assign.to.name = (*to)["name"].value<std::string>();
      assign.to.index = (*to)["index"].value<int64_t>();
      assign.to.fan_in = (*to)["fan_in"].value<int64_t>();
      assign.to.first = (*to)["first"].value_or(false);
      assign.to.last = (*to)["last"].value_or(false);
    }
    std::string name = from["rule"].value_or(std::string());
    std::map<std::string, Exact> parameters;
    if (const auto* given = from["rule"].as_table()) {
      name = (*given)["name"].value_or(std::string());
      for (const auto& [key, value] : *given)
        if (key.str() != "name") parameters[std::string(key.str())] = number(value);
    }
    if (const auto own = rules_.find(name); own != rules_.end()) {
      assign.rule = own->second;
      return assign;
    }
    auto rule = builtin_rule(name, parameters);
    if (!rule) throw Wrong{"unknown rule '" + name + "'"};
    assign.rule = *rule;
    return assign;
  }

  std::vector<std::string> lines_;
  std::map<std::string, Rule> rules_;
};

}  // namespace

Read<RuleSet> read_rules(std::string_view text) {
  try {
    const toml::table root = toml::parse(text);
    return {TextReader(text).read(root), ""};
  } catch (const Wrong& wrong) {
    return Read<RuleSet>::fail("rule text: " + wrong.why);
  } catch (const std::exception& error) {
    return Read<RuleSet>::fail(std::string("rule text: ") + error.what());
  }
}

}  // namespace lrproof::oracle
