#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "cert/rule_laws.hpp"
#include "job/rules_audit.hpp"
#include "job/version.hpp"
#include "rule/reader.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::job {

using nlohmann::ordered_json;
using num::Rational;

namespace {

ordered_json numbers(const std::vector<Rational>& values) {
  auto list = ordered_json::array();
  for (const auto& v : values) list.push_back(v.to_string());
  return list;
}

const char* word(claim::Verdict verdict) {
  switch (verdict) {
    case claim::Verdict::proved:
      return "proved";
    case claim::Verdict::refuted:
      return "refuted";
    case claim::Verdict::rejected:
      return "not-applicable";
    case claim::Verdict::unknown:
      break;
  }
  return "unknown";
}

ordered_json side_json(const prove::OneSided& side) {
  auto limits = ordered_json::array();
  for (const auto& limit : side.limit)
    limits.push_back(limit.infinite == 0 ? limit.value.to_string() : limit.infinite > 0 ? "infinity" : "-infinity");
  return {{"along", numbers(side.v)}, {"limit", std::move(limits)}};
}

ordered_json witness_json(const prove::LawWitness& witness) {
  ordered_json json;
  if (witness.layers) {
    const auto& two = *witness.layers;
    json = {{"x", numbers(two.x)},         {"w1", numbers(two.w1)},    {"b1", numbers(two.b1)},
            {"w2", numbers(two.w2)},       {"b2", two.b2.to_string()}, {"low", two.low.to_string()},
            {"high", two.high.to_string()}};
    json["shares"] = numbers(witness.shares), json["merged"] = numbers(witness.merged);
    return json;
  }
  const auto& layer = *witness.layer;
  json = {{"a", numbers(layer.a)},
          {"w", numbers(layer.w)},
          {"b", layer.b.to_string()},
          {"low", layer.low.to_string()},
          {"high", layer.high.to_string()}};
  if (witness.sides.empty()) json["shares"] = numbers(witness.shares);
  if (const auto& other = witness.changed)
    json["changed"] = {{"a", numbers(other->layer.a)},
                       {"w", numbers(other->layer.w)},
                       {"b", other->layer.b.to_string()},
                       {"shares", numbers(other->shares)}};
  for (const auto& side : witness.sides) json["sides"].push_back(side_json(side));
  return json;
}

void add_answers(const std::vector<prove::LawAnswer>& answers, const char* shape, ordered_json& list) {
  const auto laws = prove::rule_laws();
  for (std::size_t k = 0; k < answers.size(); ++k) {
    ordered_json answer{{"law", laws[k].name},
                        {"id", laws[k].law},
                        {"shape", shape},
                        {"verdict", word(answers[k].verdict)},
                        {"statement", laws[k].question},
                        {"text", answers[k].text}};
    answer["witness"] = answers[k].witness ? witness_json(*answers[k].witness) : ordered_json();
    list.push_back(std::move(answer));
  }
}

// The rule as the only one of a rule set, so that its text stands by itself.
std::string text_of(const AuditedRule& rule) {
  rule::RuleSet alone;
  alone.name = rule.name;
  rule::Selector linear;
  linear.op = "linear";
  alone.assigns.push_back({linear, rule::Rule{rule.name, rule.rule}, 0});
  return rule::print_ruleset(alone);
}

}  // namespace

std::string rules_audit_json(const std::vector<AuditedRule>& rules) {
  ordered_json json{{"schema", "lrproof-rule-laws/1"}};
  json["tool"] = {{"name", "lrproof"}, {"version", version_text()}};
  json["laws"] = ordered_json::array();
  for (const auto& law : prove::rule_laws())
    json["laws"].push_back({{"law", law.name}, {"id", law.law}, {"statement", law.question}});
  json["rules"] = ordered_json::array();
  for (const auto& rule : rules) {
    const std::string text = text_of(rule);
    ordered_json entry{{"name", rule.name}, {"from", nullptr}, {"sha256", base::sha256(text)}, {"text", text}};
    if (!rule.from.empty()) entry["from"] = rule.from;
    entry["premises"] = ordered_json::array();
    for (const auto premise : rule.rule.premises)
      entry["premises"].push_back(rule::premise_words()[std::size_t(premise)]);
    entry["answers"] = ordered_json::array();
    add_answers(rule.answers, "dense", entry["answers"]);
    add_answers(rule.on_convolution, "convolution", entry["answers"]);
    json["rules"].push_back(std::move(entry));
  }
  return json.dump(1) + "\n";
}

std::string rules_audit_bug(const std::string& json) { return cert::rejected_rule_law(json); }

}  // namespace lrproof::job
