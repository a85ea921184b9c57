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

}  // namespace

std::vector<claim::Finding> lint(const Subject& subject) {
  Look look(subject);
  Findings out;
  for (const Asked& row : kAsked) {
    if (!subject.only.empty() && !std::count(subject.only.begin(), subject.only.end(), row.id)) continue;
    if (row.of_network) row.of_network(look, out);
    for (std::size_t c = 0; row.of_rules && c < subject.cases.size(); ++c) row.of_rules(look, c, out);
  }
  return out;
}

bool can_answer(std::string_view id) {
  return std::any_of(std::begin(kAsked), std::end(kAsked), [&](const Asked& row) { return row.id == id; });
}

}  // namespace lrproof::lint
