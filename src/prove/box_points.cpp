#include <algorithm>
#include <cmath>
#include <random>

#include "prove/in_scope.hpp"

// Where a claim about a box is likely to break: at its corners, and on both sides of the kinks that cross it, for there
// the smallest step leaves the region. A kink is sought along the centre's own affine piece, in doubles: whatever comes
// of it is an input of the box, judged exactly as any other.
namespace lrproof::prove {

using num::Rational;

namespace {

constexpr std::size_t kCorners = 3, kInner = 3, kKinks = 10;
constexpr double kNear = 0x1p-20;

class BoxPoints {
 public:
  BoxPoints(AtPoint& centre, const std::vector<num::Bound>& bounds) : centre_(centre), random_(seed(centre)) {
    for (std::size_t k = 0; k < bounds.size(); ++k) {
      x_.push_back(centre.point().x()[k].to_double());
      low_.push_back(bounds[k].low ? *bounds[k].low : centre.point().x()[k]);
      high_.push_back(bounds[k].high ? *bounds[k].high : centre.point().x()[k]);
    }
  }

  std::vector<std::vector<Rational>> run() {
    kinks();
    std::bernoulli_distribution coin;
    std::uniform_real_distribution<double> inner(-0.75, 0.75);
    for (std::size_t c = 0; c < kCorners + kInner; ++c) {
      std::vector<double> step;
      for (std::size_t k = 0; k < x_.size(); ++k)
        step.push_back(c < kCorners ? (coin(random_) ? 1 : -1) : inner(random_));
      add(step);
    }
    return std::move(points_);
  }

 private:
  static std::uint64_t seed(const AtPoint& centre) { return centre.shared().subject.settings.seed + 91; }

  // The centre, moved by a share of the way to the bound on that side.
  void add(const std::vector<double>& step) {
    std::vector<Rational> x;
    for (std::size_t k = 0; k < x_.size(); ++k) {
      const double end = (step[k] < 0 ? low_[k] : high_[k]).to_double();
      const Rational v(x_[k] + std::abs(step[k]) * (end - x_[k]));
      x.push_back(num::max(low_[k], num::min(v, high_[k])));
    }
    points_.push_back(std::move(x));
  }

  struct Kink {
    CellRow row;
    bool upper;
    double share;  // of the way to the box's farthest corner against the row
  };
  std::vector<double> gradient_of(const FloatJacobian& jacobian, const CellRow& row) const {
    std::vector<double> g(x_.size());
    jacobian.add_to(row.plus, 1, g), jacobian.add_to(row.minus, -1, g);
    return g;
  }
  // By how much the row's value changes on the way to the corner where it is least (sign 1) or greatest (-1).
  double reach(const std::vector<double>& g, double sign) const {
    double sum = 0;
    for (std::size_t k = 0; k < g.size(); ++k)
      if (g[k] != 0) sum += std::abs(g[k] * ((sign * g[k] > 0 ? low_[k] : high_[k]).to_double() - x_[k]));
    return sum;
  }

  void kinks() {
    constexpr std::int64_t kCost = 2'000'000'000;
    const auto& whole = centre_.shared().whole;
    if (FloatJacobian::cost(centre_.point(), whole) > kCost) return;
    const FloatJacobian jacobian(centre_.point(), whole);
    std::vector<Kink> crossing;
    for (const CellRow& row : cell_rows(centre_)) {
      const auto g = gradient_of(jacobian, row);
      const double value =
          num::to_double(centre_.point().bound(row.plus.node, row.plus.element)) -
          (row.minus.node < 0 ? 0 : num::to_double(centre_.point().bound(row.minus.node, row.minus.element)));
      for (const bool upper : {false, true}) {
        const auto& bound = upper ? row.high : row.low;
        if (!bound) continue;
        const double room = std::abs(value - bound->to_double()), far = reach(g, upper ? -1 : 1);
        if (far > 0 && room < 0.9 * far) crossing.push_back({row, upper, room / far});
      }
    }
    std::stable_sort(crossing.begin(), crossing.end(), [](const Kink& a, const Kink& b) { return a.share < b.share; });
    if (crossing.size() > kKinks) crossing.resize(kKinks);
    for (const Kink& kink : crossing) {
      const auto g = gradient_of(jacobian, kink.row);
      for (const double side : {1 - kNear, 1 + kNear}) {
        std::vector<double> step;
        for (const double slope : g)
          step.push_back(slope == 0 ? 0 : ((slope > 0) == kink.upper ? 1 : -1) * kink.share * side);
        add(step);
      }
    }
  }

  AtPoint& centre_;
  std::mt19937_64 random_;
  std::vector<double> x_;
  std::vector<Rational> low_, high_;
  std::vector<std::vector<Rational>> points_;
};

}  // namespace

std::vector<std::vector<Rational>> points_of_box(AtPoint& centre, const std::vector<num::Bound>& bounds) {
  return BoxPoints(centre, bounds).run();
}

}  // namespace lrproof::prove
