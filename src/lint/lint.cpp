#include "lint/lint.hpp"

#include <algorithm>

#include "claim/check.hpp"
#include "lint/look.hpp"

namespace lrproof::lint {

namespace {

/// Which function answers which row of the check table: of the network once, or of every rule set.
struct Asked {
  const char* id;
  void (*of_network)(Look&, Findings&);
  void (*of_rules)(Look&, std::size_t, Findings&);
};

constexpr Asked kAsked[] = {
    {"A001", nullptr, unmatched},
    {"A003", shared_weights, nullptr},
    {"A004", nullptr, sums_without_rule},
    {"A005", nullptr, cancelling_sums},
    {"A006", nullptr, passed_norms},
    {"A007", norms_that_stay, nullptr},
    {"A009", training_mode, nullptr},
    {"A010", nullptr, biases_that_absorb},
    {"A011", nullptr, biases_against_sum},
    {"A012", nullptr, indefinite_inputs},
    {"A013", nullptr, gamma_without_split},
    {"A014", nullptr, unsigned_epsilons},
    {"A015", nullptr, vanishing_denominators},
    {"A016", nullptr, squares_with_bias},
    {"A017", softmax_inside, nullptr},
    {"A018", nullptr, overlapping_pools},
    {"A019", nullptr, bilinear_nodes},
    {"A020", nullptr, boxes_too_small},
    {"A021", nullptr, outputs_not_positive},
    {"A022", nullptr, roots_outside},
    {"A023", nullptr, dead_assigns},
    {"A024", nullptr, misplaced_first},
    {"A025", nullptr, gradient_in_disguise},
    {"A026", nullptr, gates_beside_bias},
    {"A028", nullptr, borrowed_names},
};

bool asked(const Subject& subject, const std::string& id) {
  return subject.only.empty() || std::count(subject.only.begin(), subject.only.end(), id);
}

// What a rule file allows has no level; an allowance that nothing needs is told.
void allow(Look& look, std::size_t c, Findings& out) {
  const auto& rules = look.rules(c).rules;
  for (std::size_t k = 0; k < rules.allowances.size(); ++k) {
    const auto& allowance = rules.allowances[k];
    bool used = false;
    for (claim::Finding& finding : out) {
      const bool meant = finding.check == allowance.check && finding.rule_set == rules.name &&
                         (allowance.assign == 0 || allowance.assign == finding.place.line);
      if (!meant || finding.verdict != claim::Verdict::refuted) continue;
      used = true, finding.level = claim::Level::none;
      finding.reasons.push_back("allowed at line " + std::to_string(allowance.line) + ": " + allowance.reason);
    }
    if (used || !asked(look.subject(), allowance.check)) continue;
    Draft draft(look, "A023", int(c), -1, "nothing needs that " + allowance.check + " is allowed here");
    draft.finding.place.line = allowance.line, draft.finding.place.notion = "allowance " + std::to_string(k);
    out.push_back(draft.level(claim::Level::note).fix("take the comment out").refuted());
  }
}

}  // namespace

std::vector<claim::Finding> lint(const Subject& subject) {
  Look look(subject);
  Findings out;
  for (const Asked& row : kAsked) {
    if (!asked(subject, row.id)) continue;
    if (row.of_network) row.of_network(look, out);
    for (std::size_t c = 0; row.of_rules && c < subject.cases.size(); ++c) row.of_rules(look, c, out);
  }
  for (std::size_t c = 0; c < subject.cases.size(); ++c) allow(look, c, out);
  return out;
}

bool can_answer(std::string_view id) {
  return std::any_of(std::begin(kAsked), std::end(kAsked), [&](const Asked& row) { return row.id == id; });
}

}  // namespace lrproof::lint
