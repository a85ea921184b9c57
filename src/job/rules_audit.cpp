#include "job/rules_audit.hpp"

#include <algorithm>

#include "rule/builtin.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::job {

using claim::Verdict;

namespace {

// A rule by name with its standard parameters, read as a rule file would be.
base::Result<AuditedRule> by_name(const std::string& name) {
  const std::string text =
      "[ruleset]\nunmatched = \"pass\"\n[[assign]]\nto = { op = \"linear\" }\nrule = \"" + name + "\"\n";
  LRPROOF_TRY(rules, rule::parse_ruleset(text, name));
  return AuditedRule{name, "", std::get<rule::AffineRule>(rules.assigns[0].rule.body), {}};
}

base::Status add(const std::string& name, std::vector<AuditedRule>& out) {
  if (rule::find_affine_row(name)) {
    LRPROOF_TRY(rule, by_name(name));
    out.push_back(std::move(rule));
    return base::fine();
  }
  LRPROOF_TRY(rules, rule::load_ruleset(name));
  for (const auto& assign : rules.assigns) {
    const auto* affine = std::get_if<rule::AffineRule>(&assign.rule.body);
    if (!affine) continue;
    const bool known = std::any_of(out.begin(), out.end(), [&](const AuditedRule& r) {
      return r.from == rules.name && r.name == assign.rule.name && r.rule == *affine;
    });
    if (!known) out.push_back({assign.rule.name, rules.name, *affine, {}});
  }
  return base::fine();
}

const char* word(const prove::LawAnswer& answer) {
  switch (answer.verdict) {
    case Verdict::proved:
      return "yes";
    case Verdict::refuted:
      return "no";
    case Verdict::rejected:
      return "-";
    case Verdict::unknown:
      break;
  }
  return "?";
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string premises_of(const rule::AffineRule& rule) {
  std::string text;
  for (const auto premise : rule.premises) {
    const char* words = premise == rule::Premise::inputs_nonnegative ? "a >= 0"
                        : premise == rule::Premise::inputs_in_domain ? "low <= a <= high"
                                                                     : "f > 0";
    text += (text.empty() ? "" : ", ") + std::string(words);
  }
  return text;
}

std::string title(const AuditedRule& rule) {
  return rule.from.empty() || rule.from == rule.name ? rule.name : rule.from + ": " + rule.name;
}

// One line per rule under two lines of column heads.
std::string table(const std::vector<AuditedRule>& rules) {
  std::size_t first = 4;
  for (const auto& rule : rules) first = std::max(first, title(rule).size());
  std::string above = padded("", first), below = padded("rule", first), text;
  std::vector<std::size_t> widths;
  for (const auto& law : prove::rule_laws()) {
    const std::string head = law.name;
    const auto space = head.rfind(' ');
    const std::string one = space == std::string::npos ? "" : head.substr(0, space);
    const std::string two = space == std::string::npos ? head : head.substr(space + 1);
    widths.push_back(std::max(one.size(), two.size()));
    above += "  " + padded(one, widths.back()), below += "  " + padded(two, widths.back());
  }
  text = above + "\n" + below + "\n";
  for (const auto& rule : rules) {
    std::string line = padded(title(rule), first);
    for (std::size_t k = 0; k < rule.answers.size(); ++k) line += "  " + padded(word(rule.answers[k]), widths[k]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string answers_with(const std::vector<AuditedRule>& rules, Verdict verdict) {
  std::string text;
  const auto laws = prove::rule_laws();
  for (const auto& rule : rules)
    for (std::size_t k = 0; k < rule.answers.size(); ++k)
      if (rule.answers[k].verdict == verdict)
        text += "  " + title(rule) + ", " + laws[k].name + ": " + rule.answers[k].text + "\n";
  return text;
}

}  // namespace

base::Result<std::vector<AuditedRule>> audit_rules(const std::vector<std::string>& names, bool smt) {
  std::vector<AuditedRule> rules;
  for (const auto& name : names) LRPROOF_CHECK(add(name, rules));
  if (names.empty())
    for (const auto& row : rule::affine_rows()) LRPROOF_CHECK(add(row.name, rules));
  for (auto& rule : rules) rule.answers = prove::audit_rule(rule.rule, smt);
  return rules;
}

std::string rules_audit_text(const std::vector<AuditedRule>& rules) {
  std::string text =
      "Laws of rules, for all weights, inputs and biases: yes is proved for every fan-in, no has numbers below\n\n";
  text += table(rules) + "\n";
  for (const auto& law : prove::rule_laws())
    text += "  " + padded(law.name, 20) + padded(law.law, 7) + law.question + "\n";
  std::string premises;
  for (const auto& rule : rules)
    if (const auto words = premises_of(rule.rule); !words.empty()) premises += "  " + title(rule) + ": " + words + "\n";
  if (!premises.empty()) text += "\nAssumed\n" + premises;
  if (const auto refuted = answers_with(rules, Verdict::refuted); !refuted.empty())
    text += "\nRefuted, with the first numbers of the search (bounds of box rules: -2 and 1)\n" + refuted;
  if (const auto open = answers_with(rules, Verdict::unknown); !open.empty()) text += "\nUnknown, and why\n" + open;
  int asked = 0, same = 0;
  for (const auto& rule : rules)
    for (const auto& answer : rule.answers) asked += answer.smt_asked, same += answer.smt_same;
  if (asked > 0)
    text += "\nZ3, asked for a counterexample at fan-in 1 to 3: the same answer to " + std::to_string(same) + " of " +
            std::to_string(asked) +
            " questions, another to none; at the rest it gave up, or a law that is broken holds at that fan-in\n";
  return text;
}

bool any_unknown(const std::vector<AuditedRule>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const AuditedRule& rule) {
    return std::any_of(rule.answers.begin(), rule.answers.end(),
                       [](const auto& answer) { return answer.verdict == Verdict::unknown; });
  });
}

}  // namespace lrproof::job
