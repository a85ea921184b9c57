#include "ask.hpp"

#include <charconv>

#include "attr/attribute.hpp"
#include "attr/start.hpp"
#include "canon/rewrite.hpp"
#include "claim/check.hpp"
#include "lint/lint.hpp"
#include "net/evaluate.hpp"
#include "prove/canonization.hpp"

namespace lrproof::cases {

namespace {

using base::Diagnostic;
using base::Result;
using claim::Finding;
using claim::Verdict;
using num::Rational;

/// The points one after the other, or the point that does not fit the network.
Result<std::vector<Rational>> inputs_of(const net::Network& network, const Question& question) {
  std::vector<Rational> inputs;
  for (const auto& point : question.points) {
    if (std::int64_t(point.size()) != network.input_size())
      return Diagnostic{"case.point", "",
                        "a point has " + std::to_string(point.size()) + " coordinates, the network " +
                            std::to_string(network.input_size()) + " inputs",
                        ""};
    inputs.insert(inputs.end(), point.begin(), point.end());
  }
  return inputs;
}

Result<std::vector<std::int64_t>> targets_at(const net::Network& network, const net::Values<Rational>& values,
                                             const std::string& word) {
  if (word == "argmax" || word == "argmin") return attr::best_targets<Rational>(network, values, word == "argmin");
  std::int64_t index = -1;
  const auto end = word.data() + word.size();
  if (std::from_chars(word.data(), end, index).ptr != end || index < 0 || index >= network.output_size())
    return Diagnostic{"case.target", "", "no output '" + word + "'", "argmax, argmin or an index"};
  return std::vector<std::int64_t>(std::size_t(values.batch), index);
}

/// Exact relevance at the input, compared with the values written in the case.
Result<std::vector<Finding>> ask_relevance(const net::Network& network, const rule::RuleSet& rules,
                                           const Question& question) {
  LRPROOF_TRY(assignment, rule::assign(rules, network));
  attr::Options options;
  const auto low = question.low ? question.low : rules.low, high = question.high ? question.high : rules.high;
  if (low) options.low = {*low};
  if (high) options.high = {*high};
  LRPROOF_CHECK(attr::supported<Rational>(network, assignment, options));
  LRPROOF_TRY(inputs, inputs_of(network, question));
  const auto values = net::evaluate<Rational>(network, inputs, std::int64_t(question.points.size()));
  LRPROOF_TRY(targets, targets_at(network, values, question.target));
  const auto start = attr::start_relevance<Rational>(network, values, rules.start, targets);
  const auto found =
      attr::propagate<Rational>(network, assignment, values, start, attr::Signs<Rational>(), options).of[0];
  if (found.size() != question.expect.size())
    return Diagnostic{
        "case.expect", "",
        "expected " + std::to_string(question.expect.size()) + " values, there are " + std::to_string(found.size()),
        ""};
  Finding finding;
  finding.check = "relevance";
  finding.verdict = found == question.expect ? Verdict::proved : Verdict::refuted;
  claim::Exemplar exemplar;
  exemplar.witness.numbers["relevance"] = found;
  finding.exemplars.push_back(std::move(exemplar));
  return std::vector<Finding>{finding};
}

/// Canonizes with the passes asked and proves each step; norms that stay are rejected with their reason.
Result<std::vector<Finding>> ask_canonization(const net::Network& network, const Question& question) {
  LRPROOF_TRY(rewritten, canon::canonize(network, question.canonize));
  std::vector<Finding> out;
  for (const auto& step : prove::prove_steps(network, rewritten.stages, rewritten.steps)) {
    Finding finding;
    finding.check = "canon.equal", finding.place.node = step.nodes.front();
    finding.verdict = step.verdict, finding.trust = step.trust;
    finding.reasons = {step.note};
    out.push_back(std::move(finding));
  }
  for (const auto& miss : rewritten.near_misses) {
    Finding finding;
    finding.check = "canon.equal", finding.place.node = miss.node;
    finding.verdict = Verdict::rejected;
    finding.reasons = {miss.reason};
    out.push_back(std::move(finding));
  }
  return out;
}

/// The lint rules asked, without inputs. What no assignment can do is bad usage, but what lint tells of.
Result<std::vector<Finding>> ask_lint(const net::Network& network, const rule::RuleSet& rules,
                                      const Question& question) {
  lint::Subject subject;
  subject.network = &network, subject.only = question.properties;
  subject.domain.low = question.low, subject.domain.high = question.high;
  subject.cases.push_back({rules, rule::survey(rules, network)});
  for (const auto& complaint : subject.cases[0].survey.complaints)
    if (complaint.kind == rule::Complaint::Kind::misfit) return complaint.error;
  return lint::lint(subject);
}

bool is_lint(const std::string& property) {
  const auto* check = claim::find_check(property);
  return check && claim::is_lint(*check);
}

#ifndef LRPROOF_CASES_AUDIT
constexpr bool kAudit = false;
#else
constexpr bool kAudit = true;
#endif

}  // namespace

#ifndef LRPROOF_CASES_AUDIT
Result<std::vector<Finding>> ask_audit(const net::Network&, const rule::RuleSet&, const Question&) {
  return Diagnostic{"case.no-audit", "", "this build has no audit to ask", ""};
}
#endif

Result<std::vector<std::int64_t>> targets_of(const net::Network& network, const Question& question) {
  LRPROOF_TRY(inputs, inputs_of(network, question));
  const auto values = net::evaluate<Rational>(network, inputs, std::int64_t(question.points.size()));
  return targets_at(network, values, question.target);
}

bool can_ask(const std::string& property) {
  return property == "relevance" || property == "canon.equal" || property == "reads" || is_lint(property) || kAudit;
}

Result<std::vector<Finding>> ask(const net::Network& network, const rule::RuleSet& rules, const Question& question) {
  const auto& property = question.properties.front();
  if (property == "reads") return std::vector<Finding>{};
  if (property == "relevance") return ask_relevance(network, rules, question);
  if (property == "canon.equal") return ask_canonization(network, question);
  if (is_lint(property)) return ask_lint(network, rules, question);
  for (const auto& asked : question.properties)
    if (!claim::find_check(asked)) return Diagnostic{"case.property", "", "no property '" + asked + "'", ""};
  return ask_audit(network, rules, question);
}

}  // namespace lrproof::cases
