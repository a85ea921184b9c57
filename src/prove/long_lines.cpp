#include "prove/long_lines.hpp"

#include <algorithm>
#include <cmath>

#include "prove/cell_rows.hpp"
#include "prove/float_lp.hpp"

namespace lrproof::prove {

using num::Rational;

namespace {

constexpr std::int64_t kFloatSteps = 200'000'000;
constexpr std::size_t kNumbers = 4'000'000;  // of the program's matrix
constexpr int kIterations = 3000;

double sum_of(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

// The program about moves from T(x0), rows scaled to a largest entry of 1; the first row is f_c, held within +-limit.
class Frame {
 public:
  Frame(const root::HiddenCut& cut, bool bounded, double limit) : cut_(cut) {
    for (const Rational& g : cut.gradient()) slope_.push_back(g.to_double());
    program_.columns = cut.size();
    for (std::size_t k = 0; k < cut.size(); ++k) {
      const auto& [low, high] = cut.bounds()[k];
      const double v = cut.value()[k].to_double();
      program_.low.push_back(bounded && low ? std::min(low->to_double() - v, 0.0) : -HUGE_VAL);
      program_.high.push_back(bounded && high ? std::max(high->to_double() - v, 0.0) : HUGE_VAL);
    }
    add(slope_, -limit, limit);
  }

  bool add_cell() {
    const auto& point = cut_.at().point();
    if (FloatJacobian::cost(point, cut_.suffix()) > kFloatSteps) return false;
    const FloatJacobian jacobian(point, cut_.suffix());
    const auto rows = region::cell_rows(point, cut_.suffix());
    if (rows.size() * cut_.size() > kNumbers) return false;
    for (const CellRow& row : rows) {
      std::vector<double> values(cut_.size());
      jacobian.add_to(row.plus, 1, values);
      jacobian.add_to(row.minus, -1, values);
      double z = num::to_double(point.bound(row.plus.node, row.plus.element));
      if (row.minus.node >= 0) z -= num::to_double(point.bound(row.minus.node, row.minus.element));
      add(values, row.low ? row.low->to_double() - z : -HUGE_VAL, row.high ? row.high->to_double() - z : HUGE_VAL);
    }
    return true;
  }

  // The move at which f_c is smallest (side = 1) or largest (side = -1).
  std::optional<std::vector<double>> end(double side) {
    program_.cost.clear();
    for (std::size_t k = 0; k < slope_.size(); ++k) program_.cost.push_back(side * program_.rows[k]);
    const FloatOptimum optimum = minimise(program_, kIterations);
    if (!optimum.found) return std::nullopt;
    return optimum.x;
  }
  double change(const std::vector<double>& move) const { return sum_of(slope_, move); }

 private:
  void add(const std::vector<double>& row, double low, double high) {
    double scale = 0;
    for (const double v : row) scale = std::max(scale, std::abs(v));
    if (scale == 0 || !std::isfinite(scale)) return;
    for (const double v : row) program_.rows.push_back(v / scale);
    program_.row_low.push_back(std::min(low / scale, 0.0)), program_.row_high.push_back(std::max(high / scale, 0.0));
  }

  const root::HiddenCut& cut_;
  std::vector<double> slope_;
  FloatProgram program_;
};

}  // namespace

std::vector<root::Line> long_lines(const root::HiddenCut& cut, bool bounded, double wanted) {
  Frame frame(cut, bounded, 2 * wanted + 1);
  if (!frame.add_cell()) return {};
  const auto low = frame.end(1), high = frame.end(-1);
  if (!low || !high || !(frame.change(*high) > frame.change(*low))) return {};
  const std::vector<Rational> inside = cut.interior();
  std::vector<root::Line> lines;
  for (const int k : {3, 6, 10, 16}) {
    const double kept = 1 - std::ldexp(1.0, -k);
    root::Line line{cut.value(), std::vector<Rational>(cut.size())};
    for (std::size_t u = 0; u < cut.size(); ++u) {
      line.base[u] += Rational(1 - kept) * (inside[u] - cut.value()[u]);
      if (cut.fixed(u) || !std::isfinite((*low)[u]) || !std::isfinite((*high)[u])) continue;
      line.base[u] += Rational(double(float(kept * ((*low)[u] + (*high)[u]) / 2)));
      line.direction[u] = Rational(double(float((*high)[u] - (*low)[u])));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace lrproof::prove
