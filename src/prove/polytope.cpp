#include "prove/polytope.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "prove/exact_system.hpp"
#include "prove/float_lp.hpp"

namespace lrproof::prove {

using num::Rational;
using Of = CombinationTerm::Of;

bool Polytope::contains(const std::vector<Rational>& x) const {
  for (std::size_t k = 0; k < bounds.size(); ++k)
    if ((bounds[k].low && x[k] < *bounds[k].low) || (bounds[k].high && x[k] > *bounds[k].high)) return false;
  const auto near = doubles_near(x);
  return std::all_of(rows.begin(), rows.end(), [&](const Row& row) {
    const int sure = value_near(row, near).sure_sign();
    return (sure != 0 ? sure : row.form.at(x).sign()) >= 0;
  });
}

namespace {

constexpr int kIterations = 5000;
constexpr std::size_t kSystem = 160;            // unknowns of an exact linear system
constexpr std::size_t kWideSystem = 64;         // ... where there are more inputs than that
constexpr std::size_t kCarrying = 12;           // ... of the few rows that carry an optimum
constexpr std::size_t kVertex = 60;             // of the one that gives a vertex
constexpr std::size_t kFew = 40;                // rows that go into a program at once
constexpr std::size_t kFirst = 96, kMore = 64;  // ... where there are many inputs
constexpr int kRounds = 40;

// The program in doubles: columns x - interior, then the slack s <= ceiling; rows scaled to largest slope 1. Most rows
// of a cell are far from where the optimum is: it starts with few and takes in those that its optimum breaks.
class Proposal {
 public:
  Proposal(const Polytope& polytope, std::span<const AskedForm> asked, double ceiling = 1)
      : polytope_(polytope), asked_(asked), n_(polytope.bounds.size()) {
    frame(ceiling);
    for (std::size_t k = 0; k < asked.size(); ++k) add(asked[k].approx(n_), Of::asked, k);
    for (std::size_t k = 0; k < polytope.rows.size(); ++k) add(polytope.rows[k].approx, Of::row, k);
    program_.cost.assign(n_ + 1, 0.0);
    program_.cost[n_] = -1;
    if (sane_) solve(ceiling);
    for (const double v : optimum_.x) sane_ = sane_ && std::isfinite(v);
  }

  bool found() const { return optimum_.found && sane_; }
  std::int64_t steps() const { return growing_ ? growing_->steps() : 0; }
  double slack() const { return optimum_.x[n_]; }

  // The optimum, or a point on the way from it to the interior.
  std::vector<Rational> point(double inward) const {
    std::vector<Rational> x;
    for (std::size_t k = 0; k < n_; ++k) {
      const double move = optimum_.x[k] * (1 - inward);
      Rational v = move == 0 || !std::isfinite(centre_[k] + move) ? polytope_.interior[k] : Rational(centre_[k] + move);
      if (const auto& low = polytope_.bounds[k].low) v = num::max(v, *low);
      if (const auto& high = polytope_.bounds[k].high) v = num::min(v, *high);
      x.push_back(std::move(v));
    }
    return x;
  }

  // Multipliers y of the rows that the basis holds: what is left of their slopes at basic columns is 0, and the asked
  // rows' weights add up to 1.
  std::optional<Slack> combine() const {
    std::vector<std::size_t> held, columns;
    for (std::size_t r = 0; r < used_.size(); ++r)
      if (optimum_.row_held[r]) held.push_back(used_[r]);
    for (std::size_t c = 0; c <= n_; ++c)
      if (optimum_.column_basic[c]) columns.push_back(c);
    if (held.size() != columns.size() || held.size() > (n_ > kSystem ? kWideSystem : kSystem)) return std::nullopt;
    if (!optimum_.column_basic[n_]) return std::nullopt;  // s is at its bound: there is room
    return solved(held, columns);
  }

  // The same from the few rows that carry the optimum, when they are few: a condition is often a sum of a facet or two,
  // and then those multipliers are all there is. Columns are picked by pivots in doubles; nothing hangs on the choice.
  std::optional<Slack> combine_few() const {
    double most = 0;
    for (std::size_t r = 0; r < used_.size(); ++r)
      if (optimum_.row_held[r]) most = std::max(most, std::abs(optimum_.price[r]));
    std::vector<std::size_t> held;
    for (std::size_t r = 0; r < used_.size(); ++r)
      if (optimum_.row_held[r] && std::abs(optimum_.price[r]) > 1e-7 * most) held.push_back(used_[r]);
    if (held.empty() || held.size() > kCarrying) return std::nullopt;
    return solved(held, pivots(held));
  }

  // The vertex of the basis: rows that it holds are 0 there, columns that it does not hold are at their bounds. The
  // slack is free: with one asked form, its row says what the slack is.
  std::vector<Rational> vertex() const {
    std::vector<std::size_t> held, columns;
    std::vector<Rational> x = polytope_.interior;
    for (std::size_t r = 0; r < used_.size(); ++r)
      if (optimum_.row_held[r] && all_[used_[r]].of == Of::row) held.push_back(all_[used_[r]].index);
    for (std::size_t k = 0; k < n_; ++k) {
      if (optimum_.column_basic[k]) {
        columns.push_back(k);
        continue;
      }
      const auto& bound = polytope_.bounds[k];
      const double low = optimum_.x[k] - program_.low[k], high = program_.high[k] - optimum_.x[k];
      if (std::min(low, high) < HUGE_VAL) x[k] = low <= high ? *bound.low : *bound.high;
    }
    if (held.size() != columns.size() || held.size() > kVertex) return {};
    for (const std::size_t k : columns) x[k] = Rational();
    std::vector<std::vector<Rational>> m(held.size(), std::vector<Rational>(columns.size()));
    std::vector<Rational> b;
    for (std::size_t i = 0; i < held.size(); ++i) {
      const AffineForm& form = polytope_.rows[held[i]].form;
      for (std::size_t j = 0; j < columns.size(); ++j) m[i][j] = form.slope[columns[j]];
      b.push_back(-form.at(x));
    }
    const auto solved = solve_system(std::move(m), std::move(b));
    if (!solved) return {};
    for (std::size_t j = 0; j < columns.size(); ++j) x[columns[j]] = (*solved)[j];
    return x;
  }

  // The duals as the solver has them; bounds must pay for their rounding.
  Slack prices() const {
    Slack slack;
    for (std::size_t r = 0; r < used_.size(); ++r) {
      const RowOf& row = all_[used_[r]];
      const double y = optimum_.price[r] / row.scale;
      if (optimum_.row_held[r] && y != 0 && std::isfinite(y))
        slack.combination.push_back({row.of, row.index, Rational(y)});
    }
    return slack;
  }

 private:
  struct RowOf {
    Of of;
    std::size_t index;
    double scale, here;         // largest slope; value at the interior, scaled
    std::vector<double> slope;  // scaled; the slack's last
    bool used = false;
  };

  void frame(double ceiling) {
    program_.columns = n_ + 1;
    for (std::size_t k = 0; k < n_; ++k) {
      const auto& bound = polytope_.bounds[k];
      centre_.push_back(polytope_.interior[k].to_double());
      sane_ = sane_ && std::isfinite(centre_[k]);
      program_.low.push_back(bound.low ? std::min(bound.low->to_double() - centre_[k], 0.0) : -HUGE_VAL);
      program_.high.push_back(bound.high ? std::max(bound.high->to_double() - centre_[k], 0.0) : HUGE_VAL);
    }
    program_.low.push_back(-HUGE_VAL), program_.high.push_back(ceiling);
  }

  void add(const std::vector<double>& approx, Of of, std::size_t index) {
    double scale = 0, least = 0;
    long double here = approx[n_];
    for (std::size_t k = 0; k < n_; ++k) {
      here += static_cast<long double>(approx[k]) * centre_[k];
      scale = std::max(scale, std::abs(approx[k]));
      if (approx[k] != 0) least += std::min(approx[k] * program_.low[k], approx[k] * program_.high[k]);
    }
    if (of == Of::row && (scale == 0 || least + double(here) > 1e-9 * scale)) return;  // the bounds keep it
    if (scale == 0) scale = std::max(std::abs(double(here)), 1e-300);
    sane_ = sane_ && std::isfinite(scale) && std::isfinite(double(here) / scale);
    RowOf row{of, index, scale, double(here) / scale, approx};
    for (std::size_t k = 0; k < n_; ++k) row.slope[k] /= scale;
    row.slope[n_] = of == Of::asked ? -1 : 0;
    all_.push_back(std::move(row));
  }

  void use(std::size_t r) {
    RowOf& row = all_[r];
    if (row.used) return;
    row.used = true, used_.push_back(r);
    growing_->add(row.slope, -row.here);
  }

  // The rows nearest to being broken come first, a few at a time; all of them where that ends in no optimum. Below a
  // ceiling a sign is asked: it is known as soon as a few rows leave no slack.
  void solve(double ceiling) {
    growing_.emplace(program_.low, program_.high, program_.cost);
    std::vector<std::pair<double, std::size_t>> near;
    for (std::size_t r = 0; r < all_.size(); ++r) near.emplace_back(all_[r].here, r);
    std::sort(near.begin(), near.end());
    const std::size_t first = all_.size() <= kFew ? all_.size() : std::min(2 * (n_ + 2), kFirst);
    for (std::size_t k = 0; k < near.size() && k < first; ++k) use(near[k].second);
    if (asked_.size() == 1 && !all_.empty()) use(0);
    for (int round = 0; round < kRounds; ++round) {
      optimum_ = growing_->solve(kIterations);
      if (!optimum_.found) break;
      if (std::isfinite(ceiling) && optimum_.x[n_] < -1e-7) return;
      near.clear();
      for (std::size_t r = 0; r < all_.size(); ++r) {
        if (all_[r].used) continue;
        const double value = value_at(all_[r], optimum_.x);
        if (value < -1e-9) near.emplace_back(value, r);
      }
      if (near.empty() || (std::isfinite(ceiling) && step_back())) return;
      std::sort(near.begin(), near.end());
      for (std::size_t k = 0; k < near.size() && k < std::min(n_ + 4, kMore); ++k) use(near[k].second);
    }
    if (used_.size() == all_.size()) return;
    for (std::size_t r = 0; r < all_.size(); ++r) use(r);
    optimum_ = growing_->solve(kIterations);
  }

  double value_at(const RowOf& row, const std::vector<double>& x) const {
    double value = row.here;
    for (std::size_t k = 0; k <= n_; ++k) value += row.slope[k] * x[k];
    return value;
  }

  // On the way from the interior to what breaks rows: the last point that breaks none. Are all asked forms above 0?
  bool step_back() {
    std::vector<double> x = optimum_.x;
    x[n_] = 0;
    double part = 1;
    for (const RowOf& row : all_)
      if (row.of == Of::row)
        if (const double value = value_at(row, x); value < 0) part = std::min(part, row.here / (row.here - value));
    for (double& v : x) v *= 0.99 * part;
    double least = 1;
    for (const RowOf& row : all_)
      if (row.of == Of::asked) least = std::min(least, value_at(row, x));
    if (!(least > 1e-9)) return false;
    x[n_] = least;
    optimum_.x = std::move(x);
    return true;
  }

  // Multipliers of the held rows that leave 0 at the columns, and 1 at the slack's.
  std::optional<Slack> solved(const std::vector<std::size_t>& held, const std::vector<std::size_t>& columns) const {
    if (held.size() != columns.size()) return std::nullopt;
    std::vector<AffineForm> forms;
    for (const std::size_t r : held)
      forms.push_back(all_[r].of == Of::asked ? asked_[all_[r].index].exact() : polytope_.rows[all_[r].index].form);
    std::vector<std::vector<Rational>> m(columns.size(), std::vector<Rational>(held.size()));
    std::vector<Rational> b(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      for (std::size_t j = 0; j < held.size(); ++j) m[i][j] = coefficient(held[j], forms[j], columns[i]);
      if (columns[i] == n_) b[i] = Rational(1);
    }
    const auto y = solve_system(std::move(m), std::move(b));
    if (!y) return std::nullopt;
    Slack slack;
    for (std::size_t j = 0; j < held.size(); ++j)
      if (!(*y)[j].is_zero()) slack.combination.push_back({all_[held[j]].of, all_[held[j]].index, (*y)[j]});
    return slack;
  }

  // As many columns as rows, the slack's first, on which the rows are independent; fewer where there are not so many.
  std::vector<std::size_t> pivots(const std::vector<std::size_t>& held) const {
    std::vector<std::vector<double>> rows;
    for (const std::size_t r : held) rows.push_back(all_[r].slope);
    std::vector<std::size_t> columns;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      std::size_t row = k, column = n_;
      for (std::size_t i = k; i < rows.size(); ++i)
        for (std::size_t c = k == 0 ? n_ : 0; c <= n_; ++c)
          if (std::abs(rows[i][c]) > std::abs(rows[row][column])) row = i, column = c;
      if (!(std::abs(rows[row][column]) > 1e-9)) break;
      std::swap(rows[k], rows[row]), columns.push_back(column);
      for (std::size_t i = k + 1; i < rows.size(); ++i) {
        const double factor = rows[i][column] / rows[k][column];
        for (std::size_t c = 0; c <= n_; ++c) rows[i][c] -= factor * rows[k][c];
        rows[i][column] = 0;
      }
    }
    return columns;
  }

  Rational coefficient(std::size_t row, const AffineForm& form, std::size_t column) const {
    const RowOf& r = all_[row];
    if (column == n_) return r.of == Of::asked ? Rational(r.scale) : Rational();
    return form.slope.empty() ? Rational() : form.slope[column];
  }

  const Polytope& polytope_;
  std::span<const AskedForm> asked_;
  std::size_t n_;
  std::vector<double> centre_;
  std::vector<RowOf> all_;
  std::vector<std::size_t> used_;  // rows of the program, in its order
  FloatProgram program_;           // without its rows
  std::optional<GrowingProgram> growing_;
  FloatOptimum optimum_;
  bool sane_ = true;  // doubles hold its numbers
};

AffineForm sum_of(const Polytope& polytope, std::span<const AskedForm> asked,
                  const std::vector<CombinationTerm>& terms) {
  AffineForm sum;
  sum.slope.resize(polytope.bounds.size());
  for (const auto& term : terms) {
    if (term.of == Of::asked) asked[term.index].add_to(sum, term.multiplier);
    if (term.of == Of::row) sum.add(polytope.rows[term.index].form, term.multiplier);
    const auto& bound = polytope.bounds[term.of == Of::low || term.of == Of::high ? term.index : 0];
    if (term.of == Of::low) {
      sum.slope[term.index] += term.multiplier;
      sum.constant -= term.multiplier * *bound.low;
    }
    if (term.of == Of::high) {
      sum.slope[term.index] -= term.multiplier;
      sum.constant += term.multiplier * *bound.high;
    }
  }
  return sum;
}

// Drops multipliers of the wrong sign and has the bounds pay for what is left; false when they cannot.
bool complete(const Polytope& polytope, std::span<const AskedForm> asked, Slack& slack) {
  std::erase_if(slack.combination, [](const CombinationTerm& term) { return term.multiplier.sign() < 0; });
  const AffineForm sum = sum_of(polytope, asked, slack.combination);
  slack.level = sum.constant;
  for (std::size_t k = 0; k < sum.slope.size(); ++k) {
    const Rational& left = sum.slope[k];
    if (left.is_zero()) continue;
    const bool upper = left.sign() > 0;
    const auto& bound = upper ? polytope.bounds[k].high : polytope.bounds[k].low;
    if (!bound) return false;
    slack.combination.push_back({upper ? Of::high : Of::low, k, num::abs(left)});
    slack.level += left * *bound;
  }
  return std::any_of(slack.combination.begin(), slack.combination.end(),
                     [](const CombinationTerm& term) { return term.of == Of::asked; });
}

bool all_positive(std::span<const AskedForm> asked, const std::vector<Rational>& x) {
  const auto near = doubles_near(x);
  return std::all_of(asked.begin(), asked.end(), [&](const AskedForm& form) { return form.sign_at(x, near) > 0; });
}

// One form that the bounds of the inputs alone keep from being above 0.
std::optional<Slack> by_bounds(const Polytope& polytope, std::span<const AskedForm> asked) {
  const std::size_t n = polytope.bounds.size();
  for (std::size_t a = 0; a < asked.size(); ++a) {
    const std::vector<double> form = asked[a].approx(n);
    double most = form[n], size = std::abs(most);
    for (std::size_t k = 0; k < n && most < HUGE_VAL; ++k) {
      if (form[k] == 0) continue;
      const auto& bound = form[k] > 0 ? polytope.bounds[k].high : polytope.bounds[k].low;
      const double term = bound ? form[k] * bound->to_double() : HUGE_VAL;
      most += term, size += std::abs(term);
    }
    if (!(most <= 1e-9 * size)) continue;
    Slack slack;
    slack.combination.push_back({Of::asked, a, Rational(1)});
    if (!complete(polytope, asked, slack) || slack.level.sign() > 0) continue;
    slack.answer = slack.level.is_zero() ? Slack::Answer::touching : Slack::Answer::infeasible;
    if (slack.level.is_zero() && asked.size() > 1) continue;  // others may tell more
    return slack;
  }
  return std::nullopt;
}

}  // namespace

Slack max_slack(const Polytope& polytope, std::span<const AskedForm> asked) {
  Slack slack;
  if (all_positive(asked, polytope.interior) && polytope.contains(polytope.interior)) {
    slack.answer = Slack::Answer::positive, slack.point = polytope.interior;
    return slack;
  }
  if (auto bounded = by_bounds(polytope, asked)) return *bounded;
  const Proposal proposal(polytope, asked);
  slack.steps = proposal.steps();
  const auto exactly_solved = [&] {
    Slack exact = exact_slack(polytope, asked);
    exact.steps = slack.steps;
    return exact;
  };
  if (!proposal.found()) return exactly_solved();
  if (proposal.slack() > 0)
    for (const double inward : {0x1p-20, 0x1p-10, 0x1p-30, 0x1p-5}) {
      slack.point = proposal.point(inward);
      if (!all_positive(asked, slack.point) || !polytope.contains(slack.point)) continue;
      slack.answer = Slack::Answer::positive;
      return slack;
    }
  // The solver's duals, with the bounds paying for their rounding, are short dyadic numbers; equations over the
  // rationals are for what they do not settle: level 0, and inputs without bounds.
  using Way = std::optional<Slack> (*)(const Proposal&);
  constexpr Way kWays[] = {[](const Proposal& p) { return std::optional(p.prices()); },
                           [](const Proposal& p) { return p.combine_few(); },
                           [](const Proposal& p) { return p.combine(); }};
  for (const Way way : kWays) {
    auto tried = way(proposal);
    if (!tried || !complete(polytope, asked, *tried) || tried->level.sign() > 0) continue;
    tried->answer = tried->level.is_zero() ? Slack::Answer::touching : Slack::Answer::infeasible;
    tried->steps = slack.steps;
    return *tried;
  }
  return exactly_solved();
}

namespace {

// A bound of -asked[0] from the multipliers, where they add up to one.
std::optional<Rational> bound_of(const Polytope& polytope, std::span<const AskedForm> asked,
                                 std::optional<Slack> tried) {
  if (!tried || !complete(polytope, asked, *tried)) return std::nullopt;
  Rational weight;
  for (const auto& term : tried->combination)
    if (term.of == Of::asked) weight += term.multiplier;
  return -(tried->level / weight);
}

}  // namespace

Slack max_slack(const Polytope& polytope, const AffineForm& form) {
  const RoundedForm rounded(form);
  const AskedForm asked(rounded);
  return max_slack(polytope, std::span(&asked, 1));
}

std::optional<Rational> lower_bound(const Polytope& polytope, const AffineForm& form) {
  if (form.is_constant()) return form.constant;
  const RoundedForm below(Rational(-1) * form);
  const std::vector<AskedForm> asked{below};
  const Proposal proposal(polytope, asked, HUGE_VAL);
  if (!proposal.found()) return std::nullopt;
  const auto near = bound_of(polytope, asked, proposal.prices());
  return near ? near : bound_of(polytope, asked, proposal.combine());
}

Minimum minimum(const Polytope& polytope, const AffineForm& form) {
  Minimum out;
  const auto take = [&](std::vector<Rational> x) {
    if (x.empty() || !polytope.contains(x)) return;
    Rational value = form.at(x);
    if (out.point.empty() || value < out.value) out.point = std::move(x), out.value = std::move(value);
  };
  take(polytope.interior);
  if (form.is_constant()) return out.bound = form.constant, out;
  const RoundedForm below(Rational(-1) * form);
  const std::vector<AskedForm> asked{below};
  const Proposal proposal(polytope, asked, HUGE_VAL);
  if (!proposal.found()) return out;
  take(proposal.vertex());
  for (const double inward : {0.0, 0x1p-30, 0x1p-20}) take(proposal.point(inward));
  out.bound = bound_of(polytope, asked, proposal.combine());
  const auto near = bound_of(polytope, asked, proposal.prices());
  if (near && (!out.bound || *near > *out.bound)) out.bound = near;
  return out;
}

LeastSize least_size(const Polytope& polytope, const AffineForm& form) {
  LeastSize out;
  Minimum side[2];
  for (const int k : {0, 1}) {
    Minimum& m = side[k] = minimum(polytope, Rational(k == 0 ? 1 : -1) * form);
    if (!m.bound || m.bound->sign() < 0) continue;
    static_cast<Minimum&>(out) = m, out.side = k == 0 ? 1 : -1;
    if (m.bound->sign() > 0) return out;
  }
  if (out.side != 0) return out;
  out.bound = Rational();
  if (side[0].point.empty() || side[1].point.empty()) return out;
  if (side[0].value.sign() <= 0 && side[1].value.sign() <= 0) {
    // Both signs occur: on the way from one point to the other the form is 0.
    const Rational span = side[0].value + side[1].value;
    const Rational part = span.is_zero() ? Rational() : side[0].value / span;
    out.point = side[0].point;
    for (std::size_t k = 0; k < out.point.size(); ++k) out.point[k] += part * (side[1].point[k] - out.point[k]);
  } else {
    const Minimum& nearer = side[0].value.sign() > 0 ? side[0] : side[1];
    out.point = nearer.point;
  }
  out.value = num::abs(form.at(out.point));
  return out;
}

bool adds_up(const Polytope& polytope, std::span<const AskedForm> asked, const Slack& slack) {
  bool any = false;
  for (const auto& term : slack.combination) {
    any = any || (term.of == Of::asked && term.multiplier.sign() > 0);
    if (term.multiplier.sign() < 0) return false;
    if (term.of == Of::low && !polytope.bounds[term.index].low) return false;
    if (term.of == Of::high && !polytope.bounds[term.index].high) return false;
  }
  const AffineForm sum = sum_of(polytope, asked, slack.combination);
  return any && sum.is_constant() && sum.constant == slack.level;
}

}  // namespace lrproof::prove
