#include "root/row_form.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "num/simplex.hpp"

namespace lrproof::root {

using num::Rational;

namespace {

// Beyond these an exact elimination takes minutes: its numbers grow with every step.
constexpr std::size_t kSystem = 64, kProgram = 64;

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

// The rows  sign_i x (column i of J) . y > 0  of the features with a sign, over the units that move.
struct SignRows {
  std::vector<std::size_t> units;
  std::vector<std::int64_t> features;
  std::vector<int> signs;
  std::vector<std::vector<Rational>> rows;

  SignRows(const HiddenCut& cut, const std::vector<std::int64_t>& wanted, const std::vector<int>& all) {
    for (std::size_t k = 0; k < cut.size(); ++k)
      if (cut.may_move(k)) units.push_back(k);
    for (const auto i : wanted) {
      const int sign = all[std::size_t(i)];
      if (sign == 0) continue;
      features.push_back(i), signs.push_back(sign);
      auto& row = rows.emplace_back();
      for (const auto k : units) row.push_back(cut.row(k)[std::size_t(i)] * Rational(sign));
    }
  }

  std::vector<Rational> spread(const std::vector<Rational>& y, std::size_t size) const {
    std::vector<Rational> out(size);
    for (std::size_t u = 0; u < units.size(); ++u) out[units[u]] = y[u];
    return out;
  }
};

// The multipliers, up to a factor, with which the rows add up to 0, where they are unique: Gauss-Jordan on the
// columns of one row each.
std::optional<std::vector<Rational>> vanishing_sum(const SignRows& all, const std::vector<std::size_t>& chosen) {
  const std::size_t n = chosen.size(), m = all.units.size();
  std::vector<std::vector<Rational>> a(m, std::vector<Rational>(n));
  for (std::size_t u = 0; u < m; ++u)
    for (std::size_t c = 0; c < n; ++c) a[u][c] = all.rows[chosen[c]][u];
  std::vector<std::size_t> pivot_of;  // column of each done row
  std::optional<std::size_t> free;
  for (std::size_t c = 0; c < n; ++c) {
    const std::size_t done = pivot_of.size();
    std::size_t best = m;
    for (std::size_t u = done; u < m; ++u)
      if (!a[u][c].is_zero() && (best == m || a[u][c].bits() < a[best][c].bits())) best = u;
    if (best == m) {
      if (free) return std::nullopt;
      free = c;
      continue;
    }
    std::swap(a[done], a[best]);
    pivot_of.push_back(c);
    for (std::size_t u = 0; u < m; ++u) {
      if (u == done || a[u][c].is_zero()) continue;
      const Rational factor = -(a[u][c] / a[done][c]);
      for (std::size_t k = c; k < n; ++k) a[u][k].add_product(factor, a[done][k]);
    }
  }
  if (!free) return std::nullopt;
  std::vector<Rational> multipliers(n);
  multipliers[*free] = Rational(1);
  for (std::size_t r = 0; r < pivot_of.size(); ++r) multipliers[pivot_of[r]] = -(a[r][*free] / a[r][pivot_of[r]]);
  return multipliers;
}

std::optional<SignContradiction> contradiction(const SignRows& all, const std::vector<std::size_t>& chosen) {
  if (chosen.size() > kSystem) return std::nullopt;
  const auto multipliers = vanishing_sum(all, chosen);
  SignContradiction none;
  for (std::size_t c = 0; multipliers && c < chosen.size(); ++c) {
    const Rational& v = (*multipliers)[c];
    if (v.sign() < 0) return std::nullopt;
    if (v.is_zero()) continue;
    none.features.push_back(all.features[chosen[c]]), none.signs.push_back(all.signs[chosen[c]]);
    none.multipliers.push_back(v);
  }
  if (none.features.empty()) return std::nullopt;
  return none;
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
                                                                     const RowForm& generic,
                                                                     const ForgeSettings& settings) {
  if (signs_agree(generic, signs)) return generic;
  const SignRows all(cut, wanted, signs);
  if (settings.guess_signs) {
    std::vector<std::vector<double>> rows;
    for (const auto& row : all.rows) {
      auto& near = rows.emplace_back();
      for (const Rational& v : row) near.push_back(v.to_double());
    }
    const SignGuess guess = settings.guess_signs(rows);
    if (!guess.y.empty()) {
      std::vector<Rational> y;
      for (const double v : guess.y) y.push_back(Rational(double(float(v))));
      RowForm form = form_of(cut, all.spread(y, cut.size()));
      if (signs_agree(form, signs)) return nonzero(form, wanted) ? form : settled(cut, wanted, signs, form.y, generic);
    }
    if (auto none = contradiction(all, guess.against)) return *none;
  }
  if (all.units.size() > kProgram) return std::monostate{};
  num::Simplex simplex(std::vector<num::Bound>(all.units.size()));
  for (std::size_t n = 0; n < all.rows.size(); ++n) {
    simplex.add_row(all.rows[n], {Rational(1), {}});
    const auto found = simplex.solve(settings.pivots - simplex.pivots());
    if (found.answer == num::Feasibility::Answer::budget) return std::monostate{};
    if (found.answer == num::Feasibility::Answer::infeasible) {
      SignContradiction none;
      for (const auto& term : found.contradiction) {
        none.features.push_back(all.features[term.index]), none.signs.push_back(all.signs[term.index]);
        none.multipliers.push_back(term.multiplier);
      }
      return none;
    }
    if (n + 1 == all.rows.size()) return settled(cut, wanted, signs, all.spread(found.point, cut.size()), generic);
  }
  return std::monostate{};
}

}  // namespace lrproof::root
