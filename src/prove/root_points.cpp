#include "prove/root_points.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lrproof::prove {

using num::Rational;

namespace {

constexpr int kSweeps = 60;                  // over all constraints
constexpr std::int64_t kSteps = 60'000'000;  // multiply-adds of one search
constexpr double kMargin = 1e-4;             // of a distance, so that the point may be rounded
constexpr double kOvershoot = 1.3;           // beyond the margin, so that few sweeps do

double dot(const std::vector<double>& form, const std::vector<double>& x) {
  double part[4] = {form.back(), 0, 0, 0};
  std::size_t k = 0;
  for (; k + 4 <= x.size(); k += 4)
    for (std::size_t i = 0; i < 4; ++i) part[i] += form[k + i] * x[k + i];
  for (; k < x.size(); ++k) part[0] += form[k] * x[k];
  return part[0] + part[1] + (part[2] + part[3]);
}

}  // namespace

RootPoints::RootPoints(const Polytope& polytope, FormPtr z, FormPtr drop, const std::vector<RootCondition>& conditions,
                       double scale)
    : polytope_(polytope),
      z_(std::move(z)),
      drop_(std::move(drop)),
      conditions_(conditions),
      scale_(scale),
      slope_(polytope.bounds.size()) {
  for (const auto& bound : polytope.bounds) {
    low_.push_back(bound.low ? bound.low->to_double() : -HUGE_VAL);
    high_.push_back(bound.high ? bound.high->to_double() : HUGE_VAL);
  }
  for (const auto& row : polytope.rows) rows_.push_back({&row});
}

void RootPoints::begin() {
  x_.clear();
  for (const Rational& v : polytope_.interior) x_.push_back(v.to_double());
  z_here_ = scale_ * dot(z_->approx, x_), drop_here_ = dot(drop_->approx, x_);
}

RootPoints::Goal RootPoints::goal_of(const RootCondition& c, double sign) const {
  if (c.affine && sign > 0) return {c.affine.get()};
  return {nullptr, c.row.get(), c.s.get(), sign};
}

double RootPoints::value(const Goal& goal) const {
  if (goal.form) return dot(goal.form->approx, x_);
  return goal.sign * (dot(goal.row->approx, x_) * drop_here_ - z_here_ * dot(goal.s->approx, x_));
}

void RootPoints::slope(const Goal& goal) {
  if (goal.form) return slope_.assign(goal.form->approx.begin(), goal.form->approx.end() - 1);
  const double row = goal.sign * dot(goal.row->approx, x_), s = goal.sign * scale_ * dot(goal.s->approx, x_);
  const double drop = goal.sign * drop_here_, z = goal.sign * z_here_;
  for (std::size_t k = 0; k < slope_.size(); ++k)
    slope_[k] = drop * goal.row->approx[k] + row * drop_->approx[k] - s * z_->approx[k] - z * goal.s->approx[k];
}

// Along the slope, where the bounds leave room for it.
bool RootPoints::move(double lack) {
  double size = 0;
  for (std::size_t k = 0; k < x_.size(); ++k)
    if (slope_[k] > 0 ? x_[k] < high_[k] : x_[k] > low_[k]) size += slope_[k] * slope_[k];
  if (!(size > 0) || !std::isfinite(lack / size)) return false;
  const double step = lack / size;
  for (std::size_t k = 0; k < x_.size(); ++k) x_[k] = std::clamp(x_[k] + step * slope_[k], low_[k], high_[k]);
  z_here_ = scale_ * dot(z_->approx, x_), drop_here_ = dot(drop_->approx, x_);
  return true;
}

// True: nothing was to be done.
bool RootPoints::pull(const Goal& goal) {
  const auto n = std::int64_t(x_.size());
  steps_ += 4 * n;
  const double here = value(goal);
  slope(goal);
  double size = 0;
  for (const double v : slope_) size += v * v;
  const double margin = kMargin * std::sqrt(size);
  if (here >= margin) return true;
  steps_ += 8 * n;
  move(kOvershoot * (margin - here));
  return false;
}

bool RootPoints::reach(const std::vector<Goal>& goals, int sweeps) {
  for (int sweep = 0; sweep < sweeps && steps_ < kSteps; ++sweep) {
    bool still = true;
    for (const auto* all : {&goals, &std::as_const(rows_)})
      for (const Goal& goal : *all) still = pull(goal) && still;
    if (still) return true;
  }
  // The margins need not all be met.
  for (const auto* all : {&goals, &std::as_const(rows_)})
    for (const Goal& goal : *all)
      if (!(value(goal) > 0)) return false;
  return true;
}

std::vector<Rational> RootPoints::exact() const {
  std::vector<Rational> out;
  for (std::size_t k = 0; k < x_.size(); ++k) {
    const Rational& from = polytope_.interior[k];
    const double brief = double(float(x_[k]));  // few digits
    if (x_[k] == from.to_double() || !std::isfinite(brief)) {
      out.push_back(from);
      continue;
    }
    Rational v(brief);
    if (const auto& low = polytope_.bounds[k].low) v = num::max(v, *low);
    if (const auto& high = polytope_.bounds[k].high) v = num::min(v, *high);
    out.push_back(std::move(v));
  }
  return out;
}

std::optional<std::vector<Rational>> RootPoints::inside() {
  std::vector<Goal> goals;
  for (const RootCondition& c : conditions_) goals.push_back(goal_of(c, 1));
  begin();
  steps_ = 0;
  if (!reach(goals, kSweeps)) return std::nullopt;
  return exact();
}

std::vector<std::vector<Rational>> RootPoints::outside(std::size_t many) {
  begin();
  steps_ = 0;
  std::vector<std::pair<double, std::size_t>> near;
  for (std::size_t k = 0; k < conditions_.size(); ++k) {
    const double row = dot(conditions_[k].row->approx, x_) * drop_here_,
                 s = z_here_ * dot(conditions_[k].s->approx, x_);
    near.emplace_back((row - s) / (std::abs(row) + std::abs(s) + 1e-300), k);
  }
  std::sort(near.begin(), near.end());
  std::vector<std::vector<Rational>> found;
  for (std::size_t k = 0; k < near.size() && k < many && steps_ < kSteps; ++k) {
    begin();
    if (reach({goal_of(conditions_[near[k].second], -1)}, kSweeps / 3)) found.push_back(exact());
  }
  return found;
}

}  // namespace lrproof::prove
