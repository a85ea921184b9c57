#include "num/simplex.hpp"

#include <algorithm>

#include "base/result.hpp"

namespace lrproof::num {

Simplex::Simplex(std::vector<Bound> variables) : n_(variables.size()), bound_(std::move(variables)), value_(n_) {
  for (std::size_t v = 0; v < n_; ++v) {
    nonbasic_.push_back(v);
    if (bound_[v].low && bound_[v].low->sign() > 0) value_[v] = *bound_[v].low;
    if (bound_[v].high && bound_[v].high->sign() < 0) value_[v] = *bound_[v].high;
  }
}

std::size_t Simplex::bits() const {
  std::size_t all = 0;
  for (const Rational& v : value_) all += v.bits();
  return value_.empty() ? 0 : all / value_.size();
}

bool Simplex::below(std::size_t v) const { return bound_[v].low && value_[v] < *bound_[v].low; }
bool Simplex::above(std::size_t v) const { return bound_[v].high && value_[v] > *bound_[v].high; }

void Simplex::add_row(const std::vector<Rational>& coefficients, const Bound& bound) {
  LRPROOF_INVARIANT(coefficients.size() == n_, "a row has one coefficient per variable");
  std::vector<Rational> row(nonbasic_.size());
  for (std::size_t c = 0; c < nonbasic_.size(); ++c)
    if (nonbasic_[c] < n_) row[c] = coefficients[nonbasic_[c]];
  for (std::size_t r = 0; r < basic_.size(); ++r) {  // substitute basic variables
    if (basic_[r] >= n_ || coefficients[basic_[r]].is_zero()) continue;
    for (std::size_t c = 0; c < row.size(); ++c) row[c].add_product(coefficients[basic_[r]], tableau_[r][c]);
  }
  Rational value;
  for (std::size_t v = 0; v < n_; ++v) value.add_product(coefficients[v], value_[v]);
  basic_.push_back(bound_.size());
  bound_.push_back(bound);
  value_.push_back(std::move(value));
  tableau_.push_back(std::move(row));
}

// Smallest variable that can move the basic variable of `row` in the wanted direction (Bland).
std::optional<std::size_t> Simplex::entering(std::size_t row, bool increase) const {
  std::optional<std::size_t> best;
  for (std::size_t c = 0; c < nonbasic_.size(); ++c) {
    const int sign = tableau_[row][c].sign() * (increase ? 1 : -1);
    if (sign == 0) continue;
    const std::size_t v = nonbasic_[c];
    const bool free =
        sign > 0 ? !(bound_[v].high && value_[v] >= *bound_[v].high) : !(bound_[v].low && value_[v] <= *bound_[v].low);
    if (free && (!best || v < nonbasic_[*best])) best = c;
  }
  return best;
}

Feasibility Simplex::conflict(std::size_t row, bool increase) const {
  Feasibility result;
  result.answer = Feasibility::Answer::infeasible;
  auto add = [&](std::size_t v, bool upper, Rational multiplier) {
    result.contradiction.push_back({v >= n_, v >= n_ ? v - n_ : v, upper, std::move(multiplier)});
  };
  add(basic_[row], !increase, Rational(1));
  for (std::size_t c = 0; c < nonbasic_.size(); ++c)
    if (const int sign = tableau_[row][c].sign() * (increase ? 1 : -1); sign != 0)
      add(nonbasic_[c], sign > 0, abs(tableau_[row][c]));
  return result;
}

void Simplex::pivot(std::size_t row, std::size_t column) {
  const Rational inverse = Rational(1) / tableau_[row][column];
  std::vector<Rational>& p = tableau_[row];
  for (std::size_t c = 0; c < p.size(); ++c)
    if (c != column && !p[c].is_zero()) p[c] = -(p[c] * inverse);
  p[column] = inverse;
  for (std::size_t r = 0; r < tableau_.size(); ++r) {
    if (r == row || tableau_[r][column].is_zero()) continue;
    const Rational factor = tableau_[r][column];
    tableau_[r][column] = Rational(0);
    for (std::size_t c = 0; c < p.size(); ++c)
      if (!p[c].is_zero()) tableau_[r][c].add_product(factor, p[c]);
  }
  std::swap(basic_[row], nonbasic_[column]);
}

Feasibility Simplex::solve(std::int64_t pivots) {
  for (;; --pivots) {
    std::optional<std::size_t> row;
    for (std::size_t r = 0; r < basic_.size(); ++r)
      if ((below(basic_[r]) || above(basic_[r])) && (!row || basic_[r] < basic_[*row])) row = r;
    if (!row) {
      Feasibility result;
      result.answer = Feasibility::Answer::feasible;
      result.point.assign(value_.begin(), value_.begin() + std::ptrdiff_t(n_));
      return result;
    }
    const std::size_t v = basic_[*row];
    const bool increase = below(v);
    const auto column = entering(*row, increase);
    if (!column) return conflict(*row, increase);
    if (pivots <= 0) return {};
    const Rational step = ((increase ? *bound_[v].low : *bound_[v].high) - value_[v]) / tableau_[*row][*column];
    const std::size_t moved = nonbasic_[*column];
    for (std::size_t r = 0; r < basic_.size(); ++r) value_[basic_[r]].add_product(tableau_[r][*column], step);
    value_[moved] += step;
    pivot(*row, *column);
    ++pivots_;
  }
}

}  // namespace lrproof::num
