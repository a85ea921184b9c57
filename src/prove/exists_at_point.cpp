#include <algorithm>
#include <cmath>
#include <functional>

#include "prove/exact_system.hpp"
#include "prove/exists_exact.hpp"
#include "prove/float_lp.hpp"

// root.exists at a point (ROO-5): is there x' in the closed cell of the input, within the domain, with f_c(x') = 0?
// Floats propose, exact numbers dispose.
//   proved   The cell and the domain are convex and f_c is affine on the cell. So any p of both with f_c(p) = 0 or of
//            the other sign than f_c(x) will do: the segment from x to p crosses f_c = 0 at an exactly known place. p
//            is proposed on the line against the gradient, at the origin, and by minimising |f_c| over the cell (CLP).
//   refuted  Any multipliers y >= 0 of rows bound f_c away from 0 if what they leave of its gradient is paid for by the
//            domain's bounds (A. Neumaier and O. Shcherbina, Safe bounds in linear and mixed-integer linear
//            programming, 2004). The minimiser's prices propose y; one exact backward pass gives what is left. Without
//            bounds nothing may be left: then y solves the basis' equations exactly.
// What neither decides goes to the exact simplex, within a budget.
namespace lrproof::prove {

using num::Interval;
using num::Rational;

namespace {

constexpr std::int64_t kFloatSteps = 200'000'000;             // of the rows in doubles
constexpr int kIterations = 3000;                             // of the float solver
constexpr std::size_t kSystem = 48;                           // unknowns of an exact linear system
constexpr std::int64_t kPassShare = 20, kSearchShare = 1000;  // of the exact budget: one pass; the exact search

struct Price {
  std::size_t row = 0;
  Rational y;
};

class Existence {
 public:
  Existence(AtPoint& at, Tally& tally)
      : at_(at),
        point_(at.point()),
        network_(point_.network()),
        domain_(at.shared().subject.settings.domain),
        budget_(at.shared().subject.settings.exact_budget),
        tally_(tally) {}

  void run() {
    if (!at_.edges().none()) return tally_.unknown("the input lies on an edge: its cell is not one polyhedron");
    if (at_.shared().cost * kPassShare > budget_)
      return tally_.unknown("budget: one exact evaluation costs more than a share of it");
    if (!in_domain(point_.x())) return search(cell_rows(at_), {});
    side_ = int(point_.sign(network_.output(), at_.target()));
    if (side_ == 0) return prove(point_.x());
    const auto gradient = region::suffix_gradient(point_, at_.shared().whole, 1, network_.output(), at_.target(),
                                                  region::choice_of(point_.branch()));
    for (const Interval& g : gradient) slope_.push_back(side_ * num::to_double(g));
    height_ = std::abs(num::to_double(point_.exact(network_.output(), at_.target())));
    for (const Rational& x : point_.x()) x_.push_back(x.to_double());
    low_ = domain_.low ? domain_.low->to_double() : -HUGE_VAL;
    high_ = domain_.high ? domain_.high->to_double() : HUGE_VAL;
    if (try_line() || try_move([this](std::size_t k) { return -x_[k]; }, true)) return;
    if (FloatJacobian::cost(point_, at_.shared().whole) > kFloatSteps)
      return tally_.unknown("budget: the cell has too many rows to propose a point or a contradiction from");
    programme();
  }

 private:
  using Move = std::function<double(std::size_t)>;

  bool in_domain(const std::vector<Rational>& x) const {
    return std::all_of(x.begin(), x.end(), [&](const Rational& v) {
      return !(domain_.low && v < *domain_.low) && !(domain_.high && v > *domain_.high);
    });
  }

  // x + t v, v against the gradient, within the domain's bounds.
  double along(double t, std::size_t k) const { return std::clamp(x_[k] - t * slope_[k], low_, high_) - x_[k]; }
  double rise(const Move& move) const {
    double sum = 0;
    for (std::size_t k = 0; k < slope_.size(); ++k) sum += slope_[k] * move(k);
    return sum;
  }
  // A little beyond f_c = 0 along the gradient.
  bool try_line() {
    double square = 0;
    for (const double g : slope_) square += g * g;
    if (square == 0) return false;
    const auto crosses = [&](double t) { return rise([&](std::size_t k) { return along(t, k); }) <= -1.01 * height_; };
    double high = 1.03 * height_ / square, low = 0;
    for (int k = 0; k < 60 && !crosses(high); ++k) low = high, high *= 2;
    if (!std::isfinite(high) || !crosses(high)) return false;
    for (int k = 0; k < 12; ++k) (crosses((low + high) / 2) ? high : low) = (low + high) / 2;
    return try_move([&](std::size_t k) { return along(high, k); }, true);
  }

  // x moved, its new coordinates rounded to few bits or not and put back into the domain.
  bool try_move(const Move& move, bool few_bits) {
    std::vector<Rational> p = point_.x();
    for (std::size_t k = 0; k < p.size(); ++k) {
      const double d = move(k), v = few_bits ? double(float(x_[k] + d)) : x_[k] + d;
      if (d == 0) continue;
      if (!std::isfinite(v)) return false;
      p[k] = Rational(v);
      if (domain_.low) p[k] = num::max(p[k], *domain_.low);
      if (domain_.high) p[k] = num::min(p[k], *domain_.high);
    }
    return try_point(p);
  }

  bool try_point(const std::vector<Rational>& p) {
    region::Candidates candidates;
    candidates.count = 1;
    for (const Rational& v : p) candidates.values.emplace_back(v);
    const auto values = region::evaluate_suffix(point_, at_.shared().whole, candidates);
    const auto output = network_.output();
    if (at_.shared().whole.moves[std::size_t(output)] &&
        int(values.of[std::size_t(output)][std::size_t(at_.target())].sign()) == side_)
      return false;
    const region::Question question{
        point_, at_.shared().whole, at_.edges(), candidates, values, [&p](std::int64_t) { return &p; }, at_.target(),
        budget_};
    if (region::in_cell(question)[0].answer != region::Membership::Answer::inside) return false;
    region::ExactCone cone(point_.ready(), [&p](std::int64_t k) { return p[std::size_t(k)]; });
    const Rational& there = cone.value(output, at_.target());
    if (there.sign() == side_) return false;
    const Rational& here = point_.exact(output, at_.target());
    const Rational t = here / (here - there);
    std::vector<Rational> zero = point_.x();
    for (std::size_t k = 0; k < zero.size(); ++k)
      if (p[k] != zero[k]) zero[k] += t * (p[k] - zero[k]);
    prove(zero);
    return true;
  }

  // Minimises side f_c over the cell, down to -height at most, as a function of the move from x.
  void programme() {
    const auto rows = cell_rows(at_);
    FloatProgram program = frame();
    const auto kept = fill(rows, program);
    const FloatOptimum optimum = minimise(program, kIterations);
    if (!optimum.found) return search(rows, {});
    const auto move = [&](std::size_t k) { return optimum.x[k]; };
    const double lowest = height_ + rise(move);
    if (lowest < 1e-6 * height_) {
      const double cross = std::min(1.0, height_ / (height_ - lowest));
      for (const double beyond : {0.5, 0.25, 1.0}) {
        const double step = cross + beyond * (1 - cross);
        if (try_move([&](std::size_t k) { return step * move(k); }, beyond == 0.5)) return;
      }
    }
    std::vector<std::size_t> held;
    std::vector<Price> prices;
    for (std::size_t r = 0; r < kept.size(); ++r) {
      if (optimum.row_held[r + 1]) held.push_back(kept[r]);
      const double y = optimum.price[r + 1] / scale_[r + 1] * scale_[0];
      if (optimum.row_held[r + 1] && y != 0 && std::isfinite(y)) prices.push_back({kept[r], Rational(y)});
    }
    const bool bounded = domain_.low && domain_.high;
    if (lowest > 0 &&
        ((bounded && certify(rows, prices)) || certify(rows, solve_basis(rows, held, optimum.column_basic))))
      return;
    search(rows, held);
  }

  FloatProgram frame() const {
    FloatProgram program;
    program.columns = x_.size();
    for (const double x : x_) {
      program.low.push_back(std::min(low_ - x, 0.0));
      program.high.push_back(std::max(high_ - x, 0.0));
    }
    return program;
  }

  // Rows of the program: f_c first, then those of the cell that the domain alone does not keep.
  std::vector<std::size_t> fill(const std::vector<CellRow>& rows, FloatProgram& program) {
    const FloatJacobian jacobian(point_, at_.shared().whole);
    std::vector<std::size_t> kept;
    const auto add = [&](const std::vector<double>& row, double low, double high) {
      double scale = 0, least = 0, most = 0;
      for (std::size_t k = 0; k < row.size(); ++k) {
        scale = std::max(scale, std::abs(row[k]));
        if (row[k] == 0) continue;
        least += std::min(row[k] * program.low[k], row[k] * program.high[k]);
        most += std::max(row[k] * program.low[k], row[k] * program.high[k]);
      }
      if (scale == 0 || !std::isfinite(scale)) return false;
      if (!scale_.empty() && least > low && most < high) return false;
      scale_.push_back(scale);
      for (const double v : row) program.rows.push_back(v / scale);
      program.row_low.push_back(std::min(low / scale, 0.0));
      program.row_high.push_back(std::max(high / scale, 0.0));
      return true;
    };
    if (!add(slope_, -2 * height_, HUGE_VAL)) {
      scale_.assign(1, 1.0);
      program.rows.assign(x_.size(), 0.0);
      program.row_low.push_back(-HUGE_VAL), program.row_high.push_back(HUGE_VAL);
    }
    program.cost.assign(program.rows.begin(), program.rows.end());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      std::vector<double> row(x_.size());
      jacobian.add_to(rows[r].plus, 1, row);
      jacobian.add_to(rows[r].minus, -1, row);
      double z = num::to_double(point_.bound(rows[r].plus.node, rows[r].plus.element));
      if (rows[r].minus.node >= 0) z -= num::to_double(point_.bound(rows[r].minus.node, rows[r].minus.element));
      const double low = rows[r].low ? rows[r].low->to_double() - z : -HUGE_VAL;
      const double high = rows[r].high ? rows[r].high->to_double() - z : HUGE_VAL;
      if (add(row, low, high)) kept.push_back(r);
    }
    return kept;
  }

  // side f_c >= side f_c(x) + sum y (bound - row(x)) + sum left (bound - x) on the cell within the domain: above 0?
  bool certify(const std::vector<CellRow>& rows, const std::vector<Price>& prices) {
    const CellRow output = output_row(at_);
    std::vector<Weighted> sum;
    append(sum, output, Rational(side_));
    Rational least = Rational(side_) * exact_value(at_, output);
    ExactSearch proof;
    proof.rows.push_back(output);
    proof.found.contradiction.push_back({true, 0, side_ > 0, Rational(1)});
    for (const Price& price : prices) {
      const CellRow& row = rows[price.row];
      const bool upper = price.y.sign() < 0;
      if (price.y.is_zero() || !(upper ? row.high : row.low)) continue;
      append(sum, row, -price.y);
      least += price.y * ((upper ? *row.high : *row.low) - exact_value(at_, row));
      proof.found.contradiction.push_back({true, proof.rows.size(), upper, num::abs(price.y)});
      proof.rows.push_back(row);
    }
    const auto left = exact_gradient(at_, sum);
    for (std::size_t k = 0; k < left.size(); ++k) {
      if (left[k].is_zero()) continue;
      const bool upper = left[k].sign() < 0;
      const auto& bound = upper ? domain_.high : domain_.low;
      if (!bound) return false;
      least += left[k] * (*bound - point_.x()[k]);
      proof.found.contradiction.push_back({false, k, upper, num::abs(left[k])});
    }
    if (least.sign() <= 0) return false;
    refute(proof);
    return true;
  }

  // Exact prices of the basis: nothing of the gradient may be left at the columns that no bound holds.
  std::vector<Price> solve_basis(const std::vector<CellRow>& rows, const std::vector<std::size_t>& held,
                                 const std::vector<bool>& basic) const {
    std::vector<std::size_t> columns;
    for (std::size_t c = 0; c < basic.size(); ++c)
      if (basic[c]) columns.push_back(c);
    const std::size_t r = held.size();
    if (columns.size() != r || r > kSystem || std::int64_t(r) * at_.shared().cost > budget_ / kPassShare) return {};
    std::vector<Weighted> target;
    append(target, output_row(at_), Rational(side_));
    const auto slope = exact_gradient(at_, target);
    std::vector<std::vector<Rational>> m(r, std::vector<Rational>(r));
    std::vector<Rational> b;
    for (std::size_t i = 0; i < r; ++i) {
      std::vector<Weighted> one;
      append(one, rows[held[i]], Rational(1));
      const auto gradient = exact_gradient(at_, one);
      for (std::size_t c = 0; c < r; ++c) m[c][i] = gradient[columns[c]];
      b.push_back(slope[columns[i]]);
    }
    const auto y = solve_system(std::move(m), std::move(b));
    std::vector<Price> prices;
    for (std::size_t i = 0; y && i < r; ++i) prices.push_back({held[i], (*y)[i]});
    return prices;
  }

  void search(const std::vector<CellRow>& rows, const std::vector<std::size_t>& first) {
    const ExactSearch exact = search_exactly(at_, rows, first, budget_ / kSearchShare);
    if (exact.found.answer == num::Feasibility::Answer::feasible) return prove(exact.found.point);
    if (exact.found.answer == num::Feasibility::Answer::infeasible) return refute(exact);
    tally_.unknown("budget: the cell's rows were not exhausted");
  }

  void prove(const std::vector<Rational>& x) {
    claim::Exemplar e;
    e.target = long(at_.target());
    e.witness.kind = "point", e.witness.numbers["point"] = x;
    tally_.proved(e);
  }

  void refute(const ExactSearch& proof) {
    claim::Exemplar e;
    e.target = long(at_.target());
    e.witness.kind = "farkas";
    std::string names;
    for (const auto& term : proof.found.contradiction) {
      names += names.empty() ? "" : " ";
      names += term.is_row ? name_of(network_, proof.rows[term.index], term.upper)
                           : (term.upper ? "high:" : "low:") + std::to_string(term.index);
      e.witness.numbers["multipliers"].push_back(term.multiplier);
    }
    e.witness.words["rows"] = names;
    tally_.refuted(e);
  }

  AtPoint& at_;
  const region::Point& point_;
  const net::Network& network_;
  const root::Domain& domain_;
  const std::int64_t budget_;
  Tally& tally_;
  int side_ = 0;                   // sign of f_c at x
  std::vector<double> slope_, x_;  // of side f_c; the input
  std::vector<double> scale_;      // of the program's rows
  double height_ = 0, low_ = 0, high_ = 0;
};

}  // namespace

void decide_exists(AtPoint& at, const prop::Obligation&, Tally& tally) { Existence(at, tally).run(); }

}  // namespace lrproof::prove
