// Where doubles do not tell, a small program is solved over the rationals: the simplex of num/simplex.hpp.
#include <algorithm>

#include "num/simplex.hpp"

#include "prove/polytope.hpp"

namespace lrproof::prove {

using num::Rational;
using Answer = Slack::Answer;

namespace {

constexpr std::size_t kInputs = 16, kRows = 64;
constexpr std::int64_t kPivots = 400;

num::Bound at_least(const Rational& low) { return {low, std::nullopt}; }

std::vector<Rational> coefficients(const AffineForm& form, std::size_t inputs) {
  std::vector<Rational> out(inputs);
  for (std::size_t k = 0; k < form.slope.size(); ++k) out[k] = form.slope[k];
  return out;
}

// Every row >= 0, and asked_k >= margin.
num::Feasibility solve(const Polytope& polytope, const std::vector<AffineForm>& asked, const Rational& margin) {
  const std::size_t n = polytope.bounds.size();
  num::Simplex simplex(polytope.bounds);
  for (const auto& row : polytope.rows) simplex.add_row(coefficients(row.form, n), at_least(-row.form.constant));
  for (const auto& form : asked) simplex.add_row(coefficients(form, n), at_least(margin - form.constant));
  return simplex.solve(kPivots);
}

}  // namespace

Slack exact_slack(const Polytope& polytope, std::span<const AskedForm> asked) {
  Slack slack;
  if (polytope.bounds.size() > kInputs || polytope.rows.size() + asked.size() > kRows) return slack;
  std::vector<AffineForm> forms;
  for (const AskedForm& form : asked) forms.push_back(form.exact());
  const auto strict = solve(polytope, forms, Rational::power_of_two(-40));
  if (strict.answer == num::Feasibility::Answer::feasible) {
    slack.answer = Answer::positive, slack.point = strict.point;
    std::vector<Rational> inner = strict.point;  // off the facets, where it may be
    const Rational part = Rational::power_of_two(-60);
    for (std::size_t k = 0; k < inner.size(); ++k) inner[k] += part * (polytope.interior[k] - inner[k]);
    const bool good = std::all_of(forms.begin(), forms.end(), [&](const auto& f) { return f.at(inner).sign() > 0; });
    if (good && polytope.contains(inner)) slack.point = std::move(inner);
    return slack;
  }
  const auto weak = solve(polytope, forms, Rational());
  if (weak.answer != num::Feasibility::Answer::infeasible) return slack;
  bool any = false;
  using Of = CombinationTerm::Of;
  for (const auto& term : weak.contradiction) {
    if (!term.is_row) {
      const Rational& bound = *(term.upper ? polytope.bounds[term.index].high : polytope.bounds[term.index].low);
      slack.combination.push_back({term.upper ? Of::high : Of::low, term.index, term.multiplier});
      slack.level += term.multiplier * (term.upper ? bound : -bound);
      continue;
    }
    const bool row = term.index < polytope.rows.size();
    const std::size_t index = row ? term.index : term.index - polytope.rows.size();
    any = any || !row;
    slack.combination.push_back({row ? Of::row : Of::asked, index, term.multiplier});
    slack.level += term.multiplier * (row ? polytope.rows[index].form : forms[index]).constant;
  }
  slack.answer = any && slack.level.sign() < 0 ? Answer::infeasible : Answer::unknown;
  return slack;
}

}  // namespace lrproof::prove
