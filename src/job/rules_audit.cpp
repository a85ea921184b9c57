#include "job/rules_audit.hpp"

#include <algorithm>

#include "job/smt_folder.hpp"
#include "rule/builtin.hpp"
#include "rule/reader.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::job {

using claim::Verdict;

namespace {

// A rule by name with its standard parameters, read as a rule file would be.
base::Result<AuditedRule> by_name(const std::string& name) {
  const std::string text =
      "[ruleset]\nunmatched = \"pass\"\n[[assign]]\nto = { op = \"linear\" }\nrule = \"" + name + "\"\n";
  LRPROOF_TRY(rules, rule::parse_ruleset(text, name));
  return AuditedRule{name, "", std::get<rule::AffineRule>(rules.assigns[0].rule.body), {}, {}};
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
    if (!known) out.push_back({assign.rule.name, rules.name, *affine, {}, {}});
  }
  const bool none = std::none_of(out.begin(), out.end(), [&](const AuditedRule& r) { return r.from == rules.name; });
  if (none)
    return base::Diagnostic{"rules.audit", name, "assigns no rule for affine layers", "laws are asked of those alone"};
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
  for (const auto premise : rule.premises)
    text += (text.empty() ? "" : ", ") + rule::premise_words()[std::size_t(premise)];
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

// What differs at the convolution; verbose: every refutation there.
std::string convolution_text(const std::vector<AuditedRule>& rules, bool verbose) {
  std::string differs, numbers;
  int no = 0, yes = 0;
  const auto laws = prove::rule_laws();
  for (const auto& rule : rules)
    for (std::size_t k = 0; k < laws.size(); ++k) {
      const auto& there = rule.on_convolution[k];
      no += there.verdict == Verdict::refuted, yes += there.verdict == Verdict::proved;
      const std::string line = "  " + title(rule) + ", " + laws[k].name + ": ";
      if (there.verdict != rule.answers[k].verdict) differs += line + word(there) + ", " + there.text + "\n";
      if (there.verdict == Verdict::refuted) numbers += line + there.text + "\n";
    }
  return "\nOn a convolution (inputs a1, a2, a3 and a zero before them, kernel of 2, stride 1, R = 1 at each of its 3 "
         "units)\n  " +
         std::to_string(yes) + " times yes, " + std::to_string(no) + " times no" +
         (verbose ? "" : " (numbers: --verbose)") + ", and " +
         (differs.empty() ? "every answer is that of the table\n" : "answers that differ from the table:\n" + differs) +
         (verbose ? "\nRefuted on the convolution\n" + numbers : "");
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

base::Result<std::vector<AuditedRule>> audit_rules(const std::vector<std::string>& names, bool smt,
                                                   const std::string& dump_smt) {
  SmtFolder folder(dump_smt);
  if (folder.asked() && !smt)
    return base::Diagnostic{"usage.dump", "--dump-smt " + dump_smt, "no solver is asked", "--smt"};
  std::vector<AuditedRule> rules;
  for (const auto& name : names) LRPROOF_CHECK(add(name, rules));
  if (names.empty())
    for (const auto& row : rule::affine_rows()) LRPROOF_CHECK(add(row.name, rules));
  LRPROOF_CHECK(folder.open());
  for (auto& rule : rules) {
    prove::AskSmt ask{smt, {}};
    if (folder.asked())
      ask.tell = [&](const std::string& law, const std::string& text) { folder.write(title(rule) + "-" + law, text); };
    rule.answers = prove::audit_rule(rule.rule, ask);
    rule.on_convolution = prove::audit_rule_on_convolution(rule.rule);
  }
  LRPROOF_CHECK(folder.status());
  return rules;
}

std::string rules_audit_text(const std::vector<AuditedRule>& rules, bool verbose) {
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
  text += convolution_text(rules, verbose);
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
  const auto open = [](const std::vector<prove::LawAnswer>& answers) {
    return std::any_of(answers.begin(), answers.end(), [](const auto& a) { return a.verdict == Verdict::unknown; });
  };
  return std::any_of(rules.begin(), rules.end(),
                     [&](const AuditedRule& rule) { return open(rule.answers) || open(rule.on_convolution); });
}

}  // namespace lrproof::job
