#include "prove/class_slopes.hpp"

#include <algorithm>
#include <cmath>

namespace lrproof::prove {

using net::NodeId;
using num::Interval;

void Climber::move(double gradient, double rate, int step) {
  constexpr double kMean = 0.8, kSquare = 0.9;
  mean = kMean * mean + (1 - kMean) * gradient;
  square = kSquare * square + (1 - kSquare) * gradient * gradient;
  const double m = mean / (1 - std::pow(kMean, step + 1)), s = square / (1 - std::pow(kSquare, step + 1));
  if (s > 0 && std::isfinite(m)) value += rate * m / std::sqrt(s);
}

void SlopeState::cut(NodeId activation, std::int64_t element, double kink, int side) {
  Unit& unit = units_[std::size_t(activation)][std::size_t(element)];
  (side > 0 ? unit.low : unit.high) = {true, kink, {0, 0, 0}};
}

std::vector<HeldUnit> SlopeState::held() const {
  std::vector<HeldUnit> out;
  for (std::size_t id = 0; id < units_.size(); ++id)
    for (std::size_t e = 0; e < units_[id].size(); ++e) {
      const Unit& unit = units_[id][e];
      if (unit.low.cut) out.push_back({NodeId(id), std::int64_t(e), unit.low.kink, 1});
      if (unit.high.cut) out.push_back({NodeId(id), std::int64_t(e), unit.high.kink, -1});
    }
  return out;
}

void SlopeState::rest() {
  for (auto& node : units_)
    for (Unit& unit : node)
      for (Climber* c : {&unit.share, &unit.low.multiplier, &unit.high.multiplier}) c->mean = c->square = 0;
}

void SlopeState::forget() {
  for (auto& node : units_)
    for (Unit& unit : node) unit.low.multiplier.value = unit.high.multiplier.value = 0;
}

void SlopeState::price(const HeldUnit& held, double multiplier) {
  Unit& unit = units_[std::size_t(held.activation)][std::size_t(held.element)];
  (held.side > 0 ? unit.low : unit.high).multiplier.value = multiplier;
}

UnitSlopes::UnitSlopes(const LinearBounds& bounds)
    : bounds_(bounds), network_(bounds.network()), curves_(std::size_t(network_.size())) {
  for (NodeId id = 1; id < network_.size(); ++id) {
    const auto* activation = std::get_if<net::Activation>(&network_.node(id).op);
    if (!activation) continue;
    for (const net::Curve& c : activation->curves) {
      Curve near;
      for (const auto& v : c.kinks) near.kinks.push_back(v.to_double());
      for (const auto& v : c.slopes) near.slopes.push_back(v.to_double());
      for (const auto& v : c.intercepts) near.intercepts.push_back(v.to_double());
      curves_[std::size_t(id)].push_back(std::move(near));
    }
  }
}

std::size_t UnitSlopes::Curve::piece(double t) const {
  std::size_t p = 0;
  while (p < kinks.size() && t >= kinks[p]) ++p;
  return p;
}
double UnitSlopes::Curve::at(double t) const {
  const std::size_t p = piece(t);
  return slopes[p] * t + intercepts[p];
}

const UnitSlopes::Curve& UnitSlopes::curve(NodeId id, std::int64_t e) const {
  const auto& of = std::get<net::Activation>(network_.node(id).op).curve_of;
  return curves_[std::size_t(id)][of.empty() ? 0 : std::size_t(of[std::size_t(e)])];
}

UnitSlopes::Line UnitSlopes::line(const Curve& c, const Interval& range) const {
  Line line;
  line.first = c.piece(range.lo), line.last = c.piece(range.hi);
  if (line.last > line.first && range.hi == c.kinks[line.last - 1]) --line.last;
  if (line.last > line.first) line.chord = (c.at(range.hi) - c.at(range.lo)) / (range.hi - range.lo);
  return line;
}

// Where nobody has chosen yet: the piece that takes more of the range.
double UnitSlopes::share(const SlopeState::Unit& unit, const Curve& c, const Line& line, const Interval& range) {
  if (!std::isnan(unit.share.value)) return unit.share.value;
  const double kink = c.kinks[line.first];
  return range.hi - kink > kink - range.lo ? 1 : 0;
}

double UnitSlopes::slope(const SlopeState& state, NodeId id, std::int64_t e, double factor,
                         const Interval& range) const {
  const SlopeState::Unit& unit = state.units_[std::size_t(id)][std::size_t(e)];
  const double held = (unit.high.cut ? unit.high.multiplier.value : 0) - (unit.low.cut ? unit.low.multiplier.value : 0);
  if (LinearBounds::narrow(range)) return held == 0 ? std::nan("") : held;
  const Curve& c = curve(id, e);
  const Line l = line(c, range);
  if (l.first == l.last) return held == 0 ? std::nan("") : factor * c.slopes[l.first] + held;
  if (l.last > l.first + 1) return held == 0 ? std::nan("") : bounds_.default_slope(id, e, factor, range) + held;
  if (!l.under(factor, c)) return factor * l.chord + held;
  return factor * (c.slopes[l.first] + share(unit, c, l, range) * (c.slopes[l.last] - c.slopes[l.first])) + held;
}

SlopeChoice UnitSlopes::choice(const SlopeState& state) const {
  return [this, &state](NodeId id, std::int64_t e, double factor, const Interval& range) {
    return slope(state, id, e, factor, range);
  };
}

SlopeChoice UnitSlopes::gradient() const {
  return [this](NodeId id, std::int64_t e, double factor, const Interval& range) {
    const Curve& c = curve(id, e);
    return factor * c.slopes[c.piece(range.lo)];
  };
}

SlopeChoice UnitSlopes::rounded(const SlopeState& state, int digits, std::vector<SlopeUse>& used) const {
  return [this, &state, digits, &used](NodeId id, std::int64_t e, double factor, const Interval& range) {
    const double a = slope(state, id, e, factor, range);
    if (std::isnan(a) || (a == 0 && factor == 0)) return std::nan("");
    if (std::abs(a - bounds_.default_slope(id, e, factor, range)) <= std::abs(factor) * 1e-6) return std::nan("");
    int exponent = 0;
    const double mantissa = std::frexp(a, &exponent);
    const double brief = std::ldexp(std::round(std::ldexp(mantissa, digits)), exponent - digits);
    used.push_back({id, e, brief});
    return brief;
  };
}

// The bound is a least value over inputs of a chain of affine maps: each unit's line as a map of what it reads.
Relaxed UnitSlopes::relaxed(const TensorBounds& part, const Substituted& below, const SlopeState& state) const {
  Relaxed at;
  at.values.resize(part.size());
  for (std::size_t i = 0; i < part[0].size(); ++i) {
    const double f = below.factors[0].empty() ? 0 : below.factors[0][i];
    at.input.push_back(f > 0 ? part[0][i].lo : f < 0 ? part[0][i].hi : part[0][i].lo / 2 + part[0][i].hi / 2);
  }
  at.values[0] = at.input;
  for (NodeId id = 1; id < network_.size(); ++id) {
    const net::Node& node = network_.node(id);
    auto& here = at.values[std::size_t(id)];
    const auto factor_of = [&](std::int64_t e) {
      return below.factors[std::size_t(id)].empty() ? 0 : below.factors[std::size_t(id)][std::size_t(e)];
    };
    if (std::holds_alternative<net::Activation>(node.op)) {
      const auto in = std::size_t(node.inputs[0]);
      for (std::int64_t e = 0; e < node.size(); ++e) {
        const Curve& c = curve(id, e);
        const Interval& range = part[in][std::size_t(e)];
        const Line l = line(c, range);
        const double t = at.values[in][std::size_t(e)];
        if (l.first == l.last) {
          here.push_back(c.slopes[l.first] * t + c.intercepts[l.first]);
        } else if (l.under(factor_of(e), c)) {
          const double s = share(state.units_[std::size_t(id)][std::size_t(e)], c, l, range), k = c.kinks[l.first];
          here.push_back(c.at(k) + (c.slopes[l.first] + s * (c.slopes[l.last] - c.slopes[l.first])) * (t - k));
        } else {
          here.push_back(c.at(range.lo) + l.chord * (t - range.lo));
        }
      }
      continue;
    }
    if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op)) {
      for (std::int64_t e = 0; e < node.size(); ++e) {
        const Interval& m = part[std::size_t(id)][std::size_t(e)];
        here.push_back(factor_of(e) >= 0 ? m.lo : m.hi);
      }
      continue;
    }
    std::vector<std::span<const double>> operands;
    for (const NodeId in : node.inputs) operands.emplace_back(at.values[std::size_t(in)]);
    here = bounds_.near().node(id, operands, 1);
  }
  return at;
}

void UnitSlopes::step(SlopeState& state, const TensorBounds& part, const Substituted& below, const Relaxed& at,
                      int step) const {
  const double rate = 0.3 * std::pow(0.94, step);
  for (NodeId id = 1; id < network_.size(); ++id) {
    auto& units = state.units_[std::size_t(id)];
    const auto& factors = below.factors[std::size_t(id)];
    if (units.empty()) continue;
    double largest = 0;
    for (const double f : factors) largest = std::max(largest, std::abs(f));
    if (largest == 0) largest = 1;
    const auto in = std::size_t(network_.node(id).inputs[0]);
    for (std::size_t e = 0; e < units.size(); ++e) {
      SlopeState::Unit& unit = units[e];
      const double t = at.values[in][e], factor = factors.empty() ? 0 : factors[e];
      for (auto [side, sign] : {std::pair(&unit.low, -1.0), std::pair(&unit.high, 1.0)}) {
        if (!side->cut) continue;
        side->multiplier.move(sign * (t - side->kink), rate * largest, step);
        side->multiplier.value = std::max(side->multiplier.value, 0.0);
      }
      const Interval& range = part[in][e];
      const Curve& c = curve(id, std::int64_t(e));
      const Line l = line(c, range);
      if (!l.under(factor, c)) continue;
      unit.share.value = share(unit, c, l, range);
      unit.share.move(factor * (c.slopes[l.last] - c.slopes[l.first]) * (t - c.kinks[l.first]), rate, step);
      unit.share.value = std::clamp(unit.share.value, 0.0, 1.0);
    }
  }
}

double UnitSlopes::apart(const Relaxed& at, NodeId id, std::int64_t e) const {
  const double t = at.values[std::size_t(network_.node(id).inputs[0])][std::size_t(e)];
  return std::abs(curve(id, e).at(t) - at.values[std::size_t(id)][std::size_t(e)]);
}

}  // namespace lrproof::prove
