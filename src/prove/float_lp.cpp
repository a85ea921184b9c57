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

}  // namespace

FloatOptimum minimise(const FloatProgram& p, int iterations) {
  constexpr int kBasic = 1, kUnperturbed = 102, kUnscaled = 0;  // perturbed and scaled it may stop before the optimum
  const std::unique_ptr<Clp_Simplex, void (*)(Clp_Simplex*)> model(Clp_newModel(), Clp_deleteModel);
  Clp_setLogLevel(model.get(), 0);
  load(model.get(), p);
  Clp_setMaximumIterations(model.get(), iterations);
  Clp_setPerturbation(model.get(), kUnperturbed);
  Clp_scaling(model.get(), kUnscaled);
  Clp_primal(model.get(), 0);
  FloatOptimum out;
  out.found = Clp_status(model.get()) == 0;
  if (!out.found) return out;
  const double* x = Clp_primalColumnSolution(model.get());
  const double* price = Clp_dualRowSolution(model.get());
  out.x.assign(x, x + p.columns);
  out.price.assign(price, price + p.row_low.size());
  for (std::size_t r = 0; r < out.price.size(); ++r)
    out.row_held.push_back(Clp_getRowStatus(model.get(), int(r)) != kBasic);
  for (std::size_t c = 0; c < p.columns; ++c)
    out.column_basic.push_back(Clp_getColumnStatus(model.get(), int(c)) == kBasic);
  return out;
}

}  // namespace lrproof::prove
