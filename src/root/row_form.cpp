#include "root/row_form.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "num/simplex.hpp"

namespace lrproof::root {

using num::Rational;

namespace {

RowForm form_of(const HiddenCut& cut, std::vector<Rational> y) {
  RowForm form{std::move(y), {}};
  form.r = cut.pull_back(form.y);
  return form;
}

bool nonzero(const RowForm& form, const std::vector<std::int64_t>& wanted) {
  return std::none_of(wanted.begin(), wanted.end(), [&](auto i) { return form.r[std::size_t(i)].is_zero(); });
}

// How evenly the form sees the features: the smallest |r_i| in units of their mean.
double evenness(const RowForm& form, const std::vector<std::int64_t>& wanted) {
  double least = HUGE_VAL, sum = 0;
  for (const auto i : wanted) {
    const double v = std::abs(form.r[std::size_t(i)].to_double());
    least = std::min(least, v), sum += v;
  }
  return sum > 0 ? least / sum : 0;
}

std::vector<Rational> random_form(const HiddenCut& cut, std::mt19937_64& random) {
  std::vector<Rational> y(cut.size());
  for (std::size_t k = 0; k < y.size(); ++k)
    if (cut.may_move(k)) y[k] = Rational(long(random() % 33) - 16);
  return y;
}

// A few leading bits: a form stays one when its signs do.
Rational short_number(const Rational& v) {
  const double d = v.to_double();
  return std::isfinite(d) && d != 0 ? Rational(double(float(d))) : v;
}

bool signs_agree(const RowForm& form, const std::vector<int>& signs) {
  for (std::size_t i = 0; i < signs.size(); ++i)
    if (signs[i] != 0 && form.r[i].sign() != signs[i]) return false;
  return true;
}

// The form of a vertex, with few bits, and no other wanted feature at 0: all that is asked is strict, so a small enough
// share of a generic form does not disturb it.
RowForm settled(const HiddenCut& cut, const std::vector<std::int64_t>& wanted, const std::vector<int>& signs,
                const std::vector<Rational>& vertex, const RowForm& generic) {
  std::vector<Rational> y;
  for (const Rational& v : vertex) y.push_back(short_number(v));
  RowForm form = form_of(cut, y);
  if (!signs_agree(form, signs)) form = form_of(cut, vertex);
  for (long exponent = -4; !nonzero(form, wanted) || !signs_agree(form, signs); exponent -= 2) {
    y = vertex;
    for (std::size_t k = 0; k < y.size(); ++k) y[k] += generic.y[k] * Rational::power_of_two(exponent);
    form = form_of(cut, std::move(y));
  }
  return form;
}

}  // namespace

std::vector<std::int64_t> zero_columns(const HiddenCut& cut, const std::vector<std::int64_t>& wanted) {
  std::mt19937_64 random(1);
  const RowForm form = form_of(cut, random_form(cut, random));  // what it sees is not zero; the rest is looked up
  std::vector<std::int64_t> zero;
  for (const auto i : wanted)
    if (form.r[std::size_t(i)].is_zero()) zero.push_back(i);
  for (std::size_t k = 0; k < cut.size() && !zero.empty(); ++k)
    if (cut.may_move(k)) std::erase_if(zero, [&](auto i) { return !cut.row(k)[std::size_t(i)].is_zero(); });
  return zero;
}

RowForm generic_form(const HiddenCut& cut, const std::vector<std::int64_t>& wanted, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  RowForm best;
  double best_evenness = -1;
  for (int attempt = 0; attempt < 8 || best_evenness <= 0; ++attempt) {
    RowForm form = form_of(cut, random_form(cut, random));
    for (const auto i : wanted)  // a chance in very many; a unit that sees the feature settles it
      for (std::size_t k = 0; k < cut.size() && form.r[std::size_t(i)].is_zero(); ++k)
        if (cut.may_move(k) && !cut.row(k)[std::size_t(i)].is_zero()) {
          form.y[k] += Rational(long(random() % 1021) + 1);
          form.r = cut.pull_back(form.y);
        }
    if (!nonzero(form, wanted)) continue;
    if (const double here = evenness(form, wanted); here > best_evenness)
      best = std::move(form), best_evenness = std::max(here, 1e-300);
  }
  return best;
}

std::variant<std::monostate, RowForm, SignContradiction> signed_form(const HiddenCut& cut,
                                                                     const std::vector<std::int64_t>& wanted,
                                                                     const std::vector<int>& signs,
                                                                     const RowForm& generic, std::int64_t pivots) {
  if (signs_agree(generic, signs)) return generic;
  std::vector<std::size_t> units;
  for (std::size_t k = 0; k < cut.size(); ++k)
    if (cut.may_move(k)) units.push_back(k);
  num::Simplex simplex(std::vector<num::Bound>(units.size()));
  std::vector<std::int64_t> asked;
  num::Feasibility found;
  found.answer = num::Feasibility::Answer::feasible, found.point.resize(units.size());
  for (const auto i : wanted) {
    const int sign = signs[std::size_t(i)];
    if (sign == 0) continue;
    std::vector<Rational> row;
    for (const auto k : units) row.push_back(cut.row(k)[std::size_t(i)] * Rational(sign));
    simplex.add_row(row, {Rational(1), {}});
    asked.push_back(i);
    found = simplex.solve(pivots - simplex.pivots());
    if (found.answer == num::Feasibility::Answer::budget) return std::monostate{};
    if (found.answer == num::Feasibility::Answer::infeasible) break;
  }
  if (found.answer == num::Feasibility::Answer::feasible) {
    std::vector<Rational> y(cut.size());
    for (std::size_t u = 0; u < units.size(); ++u) y[units[u]] = found.point[u];
    return settled(cut, wanted, signs, y, generic);
  }
  SignContradiction none;
  for (const auto& term : found.contradiction) {
    none.features.push_back(asked[term.index]);
    none.signs.push_back(signs[std::size_t(asked[term.index])]);
    none.multipliers.push_back(term.multiplier);
  }
  return none;
}

}  // namespace lrproof::root
