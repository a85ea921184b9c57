#include "prove/float_lp.hpp"

#include <coin/Clp_C_Interface.h>

#include <cfloat>
#include <cmath>
#include <memory>

namespace lrproof::prove {

namespace {

std::vector<double> finite(const std::vector<double>& bounds) {
  std::vector<double> out;
  for (const double b : bounds) out.push_back(std::isfinite(b) ? b : std::copysign(DBL_MAX, b));
  return out;
}

void load(Clp_Simplex* model, const FloatProgram& p) {
  const std::size_t m = p.row_low.size();
  std::vector<CoinBigIndex> start{0};
  std::vector<int> index;
  std::vector<double> value;
  for (std::size_t c = 0; c < p.columns; ++c) {
    for (std::size_t r = 0; r < m; ++r)
      if (const double v = p.rows[r * p.columns + c]; v != 0) index.push_back(int(r)), value.push_back(v);
    start.push_back(CoinBigIndex(index.size()));
  }
  const auto low = finite(p.low), high = finite(p.high), row_low = finite(p.row_low), row_high = finite(p.row_high);
  Clp_loadProblem(model, int(p.columns), int(m), start.data(), index.data(), value.data(), low.data(), high.data(),
                  p.cost.data(), row_low.data(), row_high.data());
}

using Model = std::unique_ptr<Clp_Simplex, void (*)(Clp_Simplex*)>;

Model new_model() {
  constexpr int kUnperturbed = 102, kUnscaled = 0;  // perturbed and scaled it may stop before the optimum
  Model model(Clp_newModel(), Clp_deleteModel);
  Clp_setLogLevel(model.get(), 0);
  Clp_setPerturbation(model.get(), kUnperturbed);
  Clp_scaling(model.get(), kUnscaled);
  return model;
}

FloatOptimum optimum_of(Clp_Simplex* model) {
  constexpr int kBasic = 1;
  FloatOptimum out;
  out.found = Clp_status(model) == 0;
  if (!out.found) return out;
  const int rows = Clp_numberRows(model), columns = Clp_numberColumns(model);
  const double* x = Clp_primalColumnSolution(model);
  const double* price = Clp_dualRowSolution(model);
  out.x.assign(x, x + columns);
  out.price.assign(price, price + rows);
  for (int r = 0; r < rows; ++r) out.row_held.push_back(Clp_getRowStatus(model, r) != kBasic);
  for (int c = 0; c < columns; ++c) out.column_basic.push_back(Clp_getColumnStatus(model, c) == kBasic);
  return out;
}

}  // namespace

FloatOptimum minimise(const FloatProgram& p, int iterations) {
  const Model model = new_model();
  load(model.get(), p);
  Clp_setMaximumIterations(model.get(), iterations);
  Clp_primal(model.get(), 0);
  return optimum_of(model.get());
}

struct GrowingProgram::Clp {
  Model model = new_model();
};

GrowingProgram::GrowingProgram(const std::vector<double>& low, const std::vector<double>& high,
                               const std::vector<double>& cost)
    : clp_(std::make_shared<Clp>()), columns_(low.size()) {
  const std::vector<CoinBigIndex> start(columns_ + 1, 0);
  const auto from = finite(low), to = finite(high);
  Clp_loadProblem(clp_->model.get(), int(columns_), 0, start.data(), nullptr, nullptr, from.data(), to.data(),
                  cost.data(), nullptr, nullptr);
}

void GrowingProgram::add(const std::vector<double>& slope, double least) {
  waiting_.insert(waiting_.end(), slope.begin(), slope.end()), least_.push_back(least);
}

// The old optimum with new rows is infeasible and has the right prices: the dual simplex goes on from there.
FloatOptimum GrowingProgram::solve(int iterations) {
  Clp_Simplex* model = clp_->model.get();
  std::vector<CoinBigIndex> start{0};
  std::vector<int> index;
  std::vector<double> value;
  for (std::size_t r = 0; r < least_.size(); ++r) {
    for (std::size_t c = 0; c < columns_; ++c)
      if (const double v = waiting_[r * columns_ + c]; v != 0) index.push_back(int(c)), value.push_back(v);
    start.push_back(CoinBigIndex(index.size()));
  }
  const std::vector<double> none(least_.size(), DBL_MAX);
  if (!least_.empty())
    Clp_addRows(model, int(least_.size()), least_.data(), none.data(), start.data(), index.data(), value.data());
  waiting_.clear(), least_.clear();
  Clp_setMaximumIterations(model, iterations);
  begun_ ? Clp_dual(model, 0) : Clp_primal(model, 0);
  begun_ = true;
  steps_ += std::int64_t(Clp_numberIterations(model)) * Clp_numberRows(model) * Clp_numberColumns(model);
  return optimum_of(model);
}

}  // namespace lrproof::prove
