#pragma once
// Slopes of lines under units, and multipliers of cuts at kinks, as a search moves them: any choice gives a lower bound
// (linear_bounds.hpp), this one climbs to the best.
#include "prove/linear_bounds.hpp"

namespace lrproof::prove {

/// A unit that a cut holds on one side of a kink: side 1 above, -1 below.
struct HeldUnit {
  net::NodeId activation = -1;
  std::int64_t element = -1;
  double kink = 0;
  int side = 1;
};
struct SlopeUse {
  net::NodeId node = -1;
  std::int64_t element = -1;
  double slope = 0;
};

/// A number that climbs (Kingma and Ba 2015, Adam).
struct Climber {
  double value = std::numeric_limits<double>::quiet_NaN(), mean = 0, square = 0;
  void move(double gradient, double rate, int step);
};

class SlopeState {
 public:
  SlopeState() = default;
  explicit SlopeState(const net::Network& network) : units_(std::size_t(network.size())) {
    for (net::NodeId id = 1; id < network.size(); ++id)
      if (std::holds_alternative<net::Activation>(network.node(id).op))
        units_[std::size_t(id)].resize(std::size_t(network.node(id).size()));
  }
  void cut(net::NodeId activation, std::int64_t element, double kink, int side);
  std::vector<HeldUnit> held() const;
  void rest();    ///< before another climb
  void forget();  ///< no multipliers
  void price(const HeldUnit& unit, double multiplier);

 private:
  friend class UnitSlopes;
  struct Side {
    bool cut = false;
    double kink = 0;
    Climber multiplier;
  };
  struct Unit {
    Climber share;  ///< of the way from the lower piece's slope to the upper one's
    Side low, high;
  };
  std::vector<std::vector<Unit>> units_;
};

/// Where a bound is taken: the input, and what stands for every element there.
struct Relaxed {
  std::vector<double> input;
  std::vector<std::vector<double>> values;
};

class UnitSlopes {
 public:
  explicit UnitSlopes(const LinearBounds& bounds);

  /// Outlived by the state and by this.
  SlopeChoice choice(const SlopeState& state) const;
  /// Of the piece at a point: the sum's gradient there.
  SlopeChoice gradient() const;
  /// The same slopes rounded to so many binary digits; `used` is told those that are not the default.
  SlopeChoice rounded(const SlopeState& state, int digits, std::vector<SlopeUse>& used) const;
  Relaxed relaxed(const TensorBounds& part, const Substituted& below, const SlopeState& state) const;
  /// One step up the bound's gradient.
  void step(SlopeState& state, const TensorBounds& part, const Substituted& below, const Relaxed& at, int step) const;
  /// |unit's value - its line's| at the point.
  double apart(const Relaxed& at, net::NodeId activation, std::int64_t element) const;

 private:
  struct Curve {
    std::vector<double> kinks, slopes, intercepts;
    double at(double t) const;
    std::size_t piece(double t) const;  ///< a kink: the upper one
  };
  struct Line {
    std::size_t first = 0, last = 0;  ///< pieces over the range
    double chord = 0;
    bool under(double factor, const Curve& c) const {  ///< the kink is below the chord: the slope is free
      return last == first + 1 && factor * (c.slopes[last] - c.slopes[first]) > 0;
    }
  };
  const Curve& curve(net::NodeId activation, std::int64_t element) const;
  Line line(const Curve& curve, const num::Interval& range) const;
  static double share(const SlopeState::Unit& unit, const Curve& curve, const Line& line, const num::Interval& range);
  double slope(const SlopeState& state, net::NodeId id, std::int64_t e, double factor,
               const num::Interval& range) const;

  const LinearBounds& bounds_;
  const net::Network& network_;
  std::vector<std::vector<Curve>> curves_;
};

}  // namespace lrproof::prove
