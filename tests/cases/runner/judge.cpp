#include "judge.hpp"

#include <algorithm>

#include "ask.hpp"
#include "net/text.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::cases {

namespace {

using base::Diagnostic;
using base::Result;
using claim::Finding;

std::string verdict_word(const Finding& finding) { return finding.vacuous ? "vacuous" : to_string(finding.verdict); }

std::string described(const Finding& finding) {
  std::string out = verdict_word(finding) + " " + finding.check;
  if (!finding.place.node.empty()) out += " at " + finding.place.node;
  for (const auto* part : {&finding.place.kind, &finding.place.notion})
    if (!part->empty()) out += " " + *part;
  for (const auto& reason : finding.reasons) out += " : " + reason;
  for (const auto& exemplar : finding.exemplars) {
    if (const auto answer = exemplar.witness.words.find("answer"); answer != exemplar.witness.words.end())
      out += "\n        answer " + answer->second;
    for (const auto& [name, numbers] : exemplar.witness.numbers) {
      out += "\n        " + name + " =";
      for (std::size_t k = 0; k < numbers.size() && k < 8; ++k) out += " " + numbers[k].to_string();
    }
  }
  return out;
}

bool fits(const About& about, const Finding& finding) {
  const auto same = [](const std::string& asked, const std::string& found) { return asked.empty() || asked == found; };
  return same(about.check, finding.check) && same(about.node, finding.place.node) &&
         same(about.kind, finding.place.kind) && same(about.notion, finding.place.notion);
}

bool fits(const Expectation& expect, const Finding& finding) {
  if (expect.word != verdict_word(finding) || !fits(expect.about, finding)) return false;
  return expect.reason.empty() || std::ranges::any_of(finding.reasons, [&](const std::string& reason) {
           return reason.find(expect.reason) != std::string::npos;
         });
}

void check_truth(const Case& test, const Finding& finding, Judgement& judgement) {
  if (finding.vacuous) return;
  std::string truth = "open";
  for (const auto& line : test.truths)
    if (fits(line.about, finding)) truth = line.word;
  if ((truth == "fails" && finding.verdict == claim::Verdict::proved) ||
      (truth == "holds" && finding.verdict == claim::Verdict::refuted))
    judgement.unsound.push_back("the truth " + truth + ", found " + described(finding));
}

/// Equal, or one number where the witness has the two ends of an enclosure that contains it.
bool agrees(const std::vector<num::Rational>& wanted, const std::vector<num::Rational>& found) {
  if (wanted.size() == 1 && found.size() == 2) return found[0] <= wanted[0] && wanted[0] <= found[1];
  return wanted == found;
}

bool has_witness(const std::vector<Finding>& findings,
                 const std::map<std::string, std::vector<num::Rational>>& wanted) {
  for (const auto& finding : findings)
    for (const auto& exemplar : finding.exemplars)
      if (std::ranges::all_of(wanted, [&](const auto& field) {
            const auto it = exemplar.witness.numbers.find(field.first);
            return it != exemplar.witness.numbers.end() && agrees(field.second, it->second);
          }))
        return true;
  return false;
}

bool has_answer(const std::vector<Finding>& findings, const Answer& wanted) {
  return std::ranges::any_of(findings, [&](const Finding& finding) {
    return fits(wanted.about, finding) && std::ranges::any_of(finding.exemplars, [&](const auto& exemplar) {
             const auto it = exemplar.witness.words.find("answer");
             return it != exemplar.witness.words.end() && it->second == wanted.word;
           });
  });
}

void compare(const Case& test, const std::vector<Finding>& findings, Judgement& judgement) {
  for (const auto& finding : findings) {
    check_truth(test, finding, judgement);
    if (std::ranges::none_of(test.expects, [&](const Expectation& e) { return fits(e, finding); }))
      judgement.problems.push_back("unexpected: " + described(finding));
  }
  for (const auto& expect : test.expects)
    if (expect.word != "nothing" && std::ranges::none_of(findings, [&](const Finding& f) { return fits(expect, f); }))
      judgement.problems.push_back("unseen: " + expect.text);
  for (const auto& answer : test.answers)
    if (!has_answer(findings, answer)) judgement.problems.push_back("unseen: the answer " + answer.word);
  for (const auto& witness : test.witnesses)
    if (!has_witness(findings, witness))
      judgement.problems.push_back("unseen: the witness with '" + witness.begin()->first + "'");
}

void compare(const Case& test, const Diagnostic& error, Judgement& judgement) {
  const bool expected =
      test.expects.size() == 1 && test.expects[0].word == "rejected" && test.expects[0].about.check == error.code &&
      (test.expects[0].place.empty() || error.place.ends_with(":" + test.expects[0].place)) &&
      (test.expects[0].about.node.empty() || error.place.find(test.expects[0].about.node) != std::string::npos) &&
      error.text().find(test.expects[0].reason) != std::string::npos;
  if (expected) return;
  judgement.problems.push_back("unexpected: " + error.text());
  for (const auto& expect : test.expects) judgement.problems.push_back("unseen: " + expect.text);
}

void round_trip(const net::Network& network, Judgement& judgement) {
  const auto text = net::print_network(network);
  const auto again = net::parse_network(text, "printed.net");
  if (!again)
    judgement.problems.push_back("the printed network does not read: " + again.error().text());
  else if (again->nodes() != network.nodes() || again->outputs() != network.outputs())
    judgement.problems.push_back("the printed network reads as another one");
}

void round_trip(const rule::RuleSet& rules, Judgement& judgement) {
  const auto text = rule::print_ruleset(rules);
  const auto again = rule::parse_ruleset(text, "printed.toml");
  if (!again)
    judgement.problems.push_back("the printed rules do not read: " + again.error().text());
  else if (rule::print_ruleset(*again) != text)
    judgement.problems.push_back("the printed rules read as other ones");
}

Result<std::vector<Finding>> run(const Case& test, Judgement& judgement) {
  LRPROOF_TRY(network, net::parse_network(test.net, test.file));
  round_trip(network, judgement);
  LRPROOF_TRY(rules,
              test.shipped.empty() ? rule::parse_ruleset(test.rules, test.file) : rule::load_ruleset(test.shipped));
  round_trip(rules, judgement);
  LRPROOF_TRY(question, read_question(test.check, test.file));
  judgement.asked = std::ranges::all_of(question.properties, can_ask);
  if (!judgement.asked) return std::vector<Finding>{};
  return ask(network, rules, question);
}

}  // namespace

Judgement judge(const Case& test) {
  Judgement judgement;
  const auto found = run(test, judgement);
  if (!judgement.asked) return judgement;
  if (found)
    compare(test, *found, judgement);
  else
    compare(test, found.error(), judgement);
  return judgement;
}

}  // namespace lrproof::cases
