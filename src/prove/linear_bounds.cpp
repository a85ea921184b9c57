#include "prove/linear_bounds.hpp"

#include <cmath>

// Rounding. u = 2^-53. A computed sum of n products differs from the true one by at most n u (1 + small) times the sum
// of their absolute values, in whatever order it is added and whether or not products are fused, plus 2^-1074 for each
// product that underflows; kUlp = 2^-52 = 2u for every rounding leaves room for "small" and for the roundings of the
// error terms themselves (n < 2^20). Stored weights that are no doubles are the nearest ones: one more rounding each.
// Errors before an element x cost |error| max|x| of the part; they are collected in `slack`, a sum of what is never
// negative. Whatever is not finite ends as the bound -infinity.
namespace lrproof::prove {

using net::NodeId;
using num::Interval;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUlp = 0x1p-52, kTiny = 0x1p-1073;
constexpr double kRoom = 16;  // more than the roundings here need: a checker with coarser ones sees the same
constexpr std::int64_t kRefine = 1'000'000'000;  // multiply-adds that one node's substitutions may cost

}  // namespace

// Bounds that exclude each other by a rounding error stay a short interval: a checker with roundings of its own may not
// see that nothing lies there.
Interval LinearBounds::meet(const Interval& a, const Interval& b) {
  const double low = std::max(a.lo, b.lo), high = std::min(a.hi, b.hi);
  const bool barely = low > high && low - high <= 0x1p-30 * std::max(std::abs(low), std::abs(high));
  return barely ? Interval(high, low) : Interval(low, high);
}

// Several sums at once: row-major by sum.
struct LinearBounds::Panel {
  std::int64_t count = 0;
  std::vector<std::vector<double>> factors;  // by node; empty: none arrived
  std::vector<double> base, slack;

  void add(std::int64_t row, double value) {
    double& b = base[std::size_t(row)];
    b += value;
    slack[std::size_t(row)] += std::abs(b) * kUlp;
  }
  double& at(NodeId node, std::int64_t row, std::int64_t element, std::int64_t size) {
    auto& f = factors[std::size_t(node)];
    if (f.empty()) f.assign(std::size_t(count * size), 0);
    return f[std::size_t(row * size + element)];
  }
};

LinearBounds::LinearBounds(const net::Evaluator<Interval>& ready)
    : ready_(ready),
      near_(ready.network()),
      size_of_weight_(std::size_t(ready.network().size())),
      size_of_bias_(size_of_weight_.size()),
      curves_(size_of_weight_.size()),
      cost_(size_of_weight_.size()),
      fan_(size_of_weight_.size()),
      asked_(size_of_weight_.size()) {
  const net::Network& network = ready.network();
  for (NodeId id = 1; id < network.size(); ++id) {
    const auto n = std::size_t(id);
    const net::Node& node = network.node(id);
    cost_[n] = cost_[n - 1] + node.size();
    if (const auto* activation = std::get_if<net::Activation>(&node.op)) {
      asked_[std::size_t(node.inputs[0])] = true;
      for (const net::Curve& curve : activation->curves) {
        Pieces pieces;
        for (std::size_t p = 0; p < curve.slopes.size(); ++p)
          pieces.push_back({p == 0 ? Interval(-kInfinity) : Interval(curve.kinks[p - 1]),
                            p == curve.kinks.size() ? Interval(kInfinity) : Interval(curve.kinks[p]),
                            Interval(curve.slopes[p]), Interval(curve.intercepts[p])});
        curves_[n].push_back(std::move(pieces));
      }
    }
    if (!net::is_affine(node.op)) continue;
    for (std::int64_t e = 0; e < node.size(); ++e) cost_[n] += near_.linear(id).fan_in(e);
    fan_[n] = node.size() + 4;
    for (const double w : near_.weight(id)) size_of_weight_[n].push_back(std::abs(w));
    for (const double b : near_.bias(id)) size_of_bias_[n].push_back(std::abs(b));
  }
}

const LinearBounds::Pieces& LinearBounds::pieces_of(NodeId id, std::int64_t element) const {
  const auto& of = std::get<net::Activation>(network().node(id).op).curve_of;
  return curves_[std::size_t(id)][of.empty() ? 0 : std::size_t(of[std::size_t(element)])];
}

bool LinearBounds::empty(const TensorBounds& part) {
  for (const auto& tensor : part)
    for (const Interval& t : tensor)
      if (!(t.lo <= t.hi)) return true;
  return false;
}

std::optional<TensorBounds> LinearBounds::over(const std::vector<Interval>& box, const TensorBounds& within) const {
  for (const Interval& x : box)
    if (!(x.lo <= x.hi)) return std::nullopt;
  TensorBounds bounds(std::size_t(network().size()));
  const auto cut = [&](NodeId id) {
    if (within.empty() || within[std::size_t(id)].empty()) return;
    auto& here = bounds[std::size_t(id)];
    for (std::size_t e = 0; e < here.size(); ++e) here[e] = meet(here[e], within[std::size_t(id)][e]);
  };
  bounds[0] = box;
  cut(0);
  for (NodeId id = 1; id < network().size(); ++id) {
    std::vector<std::span<const Interval>> operands;
    for (const NodeId in : network().node(id).inputs) operands.emplace_back(bounds[std::size_t(in)]);
    bounds[std::size_t(id)] = ready_.node(id, operands, 1);
    cut(id);
    if (asked_[std::size_t(id)] && network().node(id).size() * cost_[std::size_t(id)] <= kRefine) refine(id, bounds);
    if (empty({bounds[std::size_t(id)]})) return bounds;  // the rest would say nothing
  }
  return bounds;
}

bool LinearBounds::undecided(NodeId id, std::int64_t element, const TensorBounds& bounds) const {
  const Interval& t = bounds[std::size_t(id)][std::size_t(element)];
  for (const NodeId reader : network().readers(id)) {
    if (!std::holds_alternative<net::Activation>(network().node(reader).op)) continue;
    for (const Piece& piece : pieces_of(reader, element))
      if (t.lo < piece.to.lo && t.hi > piece.to.hi) return true;
  }
  return false;
}

void LinearBounds::refine(NodeId id, TensorBounds& bounds) const {
  const std::int64_t size = network().node(id).size();
  std::vector<std::int64_t> open;
  for (std::int64_t e = 0; e < size; ++e)
    if (undecided(id, e, bounds)) open.push_back(e);
  if (open.empty()) return;
  Panel panel;
  panel.count = 2 * std::int64_t(open.size());
  panel.factors.resize(bounds.size());
  panel.base.resize(std::size_t(panel.count)), panel.slack.resize(std::size_t(panel.count));
  for (std::size_t k = 0; k < open.size(); ++k) {
    panel.at(id, std::int64_t(2 * k), open[k], size) = 1;
    panel.at(id, std::int64_t(2 * k + 1), open[k], size) = -1;
  }
  substitute(panel, id, bounds, {}, true);
  for (std::size_t k = 0; k < open.size(); ++k) {
    Interval& t = bounds[std::size_t(id)][std::size_t(open[k])];
    t = meet(t, Interval(panel.base[2 * k], -panel.base[2 * k + 1]));
  }
}

// Leaves the bounds in panel.base.
void LinearBounds::substitute(Panel& panel, NodeId from, const TensorBounds& part, const SlopeChoice& choose,
                              bool sure) const {
  for (NodeId id = from; id > 0; --id) {
    if (panel.factors[std::size_t(id)].empty()) continue;
    const net::Node& node = network().node(id);
    if (net::is_affine(node.op)) {
      through_affine(panel, id, part, sure);
    } else if (std::holds_alternative<net::Activation>(node.op)) {
      through_activation(panel, id, part, choose, sure);
    } else if (const auto* constant = std::get_if<net::Constant>(&node.op)) {
      for (std::int64_t r = 0; r < panel.count; ++r)
        for (std::int64_t e = 0; e < node.size(); ++e)
          if (const double f = panel.at(id, r, e, node.size()); f != 0)
            panel.add(r, (Interval(f) * constant->value.at<Interval>(std::size_t(e))).lo);
    } else if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op)) {
      through_maximum(panel, id, part);
    } else {
      through_move(panel, id, part);
    }
  }
  const std::int64_t inputs = network().input_size();
  for (std::int64_t r = 0; r < panel.count; ++r) {
    for (std::int64_t i = 0; i < inputs && !panel.factors[0].empty(); ++i) {
      const double f = panel.factors[0][std::size_t(r * inputs + i)];
      if (f != 0) panel.add(r, (Interval(f) * part[0][std::size_t(i)]).lo);
    }
    double& least = panel.base[std::size_t(r)];
    if (sure) least = Interval::below(least - panel.slack[std::size_t(r)] * kRoom);
    if (!(least < kInfinity)) least = -kInfinity;  // no number, or an overflow: nothing is known
  }
}

void LinearBounds::through_affine(Panel& panel, NodeId id, const TensorBounds& part, bool sure) const {
  const net::Node& node = network().node(id);
  const net::Linear& linear = near_.linear(id);
  const auto& factors = panel.factors[std::size_t(id)];
  const std::int64_t in = linear.in_size(), out = linear.out_size();
  std::vector<double> sums(std::size_t(panel.count * in)), sizes;
  linear.apply_adjoint<double>(near_.weight(id), factors, sums, panel.count);
  if (sure) {
    std::vector<double> absolute(factors.size());
    for (std::size_t k = 0; k < factors.size(); ++k) absolute[k] = std::abs(factors[k]);
    sizes.resize(sums.size());
    linear.apply_adjoint<double>(size_of_weight_[std::size_t(id)], absolute, sizes, panel.count);
  }
  const auto& bias = near_.bias(id);
  const double ulps = double(fan_[std::size_t(id)]) * kUlp;
  for (std::int64_t r = 0; r < panel.count; ++r) {
    double sum = 0, size = 0, norm = 0;
    for (std::int64_t j = 0; j < out; ++j) {
      const double f = factors[std::size_t(r * out + j)];
      norm += std::abs(f);
      if (bias.empty()) continue;
      const auto b = std::size_t(linear.bias_of(j));
      sum += f * bias[b], size += std::abs(f) * size_of_bias_[std::size_t(id)][b];
    }
    const double tiny = (norm + double(fan_[std::size_t(id)])) * kTiny;
    panel.add(r, sum);
    if (sure) panel.slack[std::size_t(r)] += size * ulps + tiny;
    std::int64_t k = 0;
    for (const NodeId operand : node.inputs) {
      const std::int64_t count = network().node(operand).size();
      for (std::int64_t e = 0; e < count; ++e, ++k) {
        const auto at = std::size_t(r * in + k);
        if (sums[at] == 0 && (!sure || sizes[at] == 0)) continue;
        double& f = panel.at(operand, r, e, count);
        const bool joined = f != 0;
        f += sums[at];
        if (!sure) continue;
        const double error = sizes[at] * ulps + tiny + (joined ? std::abs(f) * kUlp : 0);
        panel.slack[std::size_t(r)] += error * part[std::size_t(operand)][std::size_t(e)].magnitude();
      }
    }
  }
}

// b of the line l c(t) >= a t + b over the range, rounded down. l c(t) - a t is affine on each piece, so that its least
// value is at an end of a piece or of the range.
double LinearBounds::height(const Pieces& pieces, double factor, double slope, const Interval& range) const {
  double least = kInfinity;
  for (const Piece& piece : pieces) {
    if (range.lo > piece.to.hi || range.hi < piece.from.lo) continue;
    const Interval rise = Interval(factor) * piece.slope - Interval(slope);
    const Interval base = piece.intercept.is_zero() ? Interval() : Interval(factor) * piece.intercept;
    const Interval ends[] = {range.lo >= piece.from.lo ? Interval(range.lo) : piece.from,
                             range.hi <= piece.to.hi ? Interval(range.hi) : piece.to};
    for (const Interval& t : ends) least = std::min(least, (rise * t + base).lo);
  }
  return std::isnan(least) ? -kInfinity : least;
}

// The only piece over the range (at a kink: the higher one), if it is t or 0: then the line is the function itself.
const LinearBounds::Piece* LinearBounds::plain_piece(NodeId id, std::int64_t element, const Interval& range) const {
  const Pieces& pieces = pieces_of(id, element);
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece)
    if (range.lo >= piece->from.hi && range.hi <= piece->to.lo)
      return piece->intercept.is_zero() && (piece->slope.is_zero() || (piece->slope.lo == 1 && piece->slope.hi == 1))
                 ? &*piece
                 : nullptr;
  return nullptr;
}

double LinearBounds::default_slope(NodeId id, std::int64_t element, double factor, const Interval& range) const {
  if (narrow(range)) return 0;
  const Pieces& pieces = pieces_of(id, element);
  std::size_t first = 0, last = pieces.size() - 1;
  while (first < last && range.lo >= pieces[first].to.hi) ++first;
  while (last > first && range.hi <= pieces[last].from.lo) --last;
  const double low = factor * pieces[first].slope.lo, high = factor * pieces[last].slope.lo;
  if (first == last || !range.is_bounded()) return first == last ? low : 0;
  const auto value = [&](std::size_t p, double t) { return pieces[p].slope.lo * t + pieces[p].intercept.lo; };
  const double chord = factor * ((value(last, range.hi) - value(first, range.lo)) / (range.hi - range.lo));
  // Ties of symmetric ranges must not hang on the last bit, which another implementation rounds differently.
  const double middle = range.lo / 2 + range.hi / 2 + (range.hi - range.lo) * 0x1p-20;
  double best = chord, top = chord * middle + height(pieces, factor, chord, range);
  for (const double a : {low, high})
    if (const double at = a * middle + height(pieces, factor, a, range); at > top + std::abs(top) * 0x1p-30)
      best = a, top = at;
  return best;
}

void LinearBounds::through_activation(Panel& panel, NodeId id, const TensorBounds& part, const SlopeChoice& choose,
                                      bool sure) const {
  const net::Node& node = network().node(id);
  const NodeId in = node.inputs[0];
  const std::int64_t size = node.size();
  for (std::int64_t r = 0; r < panel.count; ++r)
    for (std::int64_t e = 0; e < size; ++e) {
      const double factor = panel.factors[std::size_t(id)][std::size_t(r * size + e)];
      const Interval& range = part[std::size_t(in)][std::size_t(e)];
      double slope = choose ? choose(id, e, factor, range) : std::nan("");
      if (std::isnan(slope)) {
        if (factor == 0) continue;
        const Piece* plain = narrow(range) ? nullptr : plain_piece(id, e, range);
        slope = plain ? factor * plain->slope.lo : default_slope(id, e, factor, range);
        if (!plain) panel.add(r, height(pieces_of(id, e), factor, slope, range));
      } else {
        panel.add(r, height(pieces_of(id, e), factor, slope, range));
      }
      if (slope == 0) continue;
      double& f = panel.at(in, r, e, size);
      const bool joined = f != 0;
      f += slope;
      if (sure && joined) panel.slack[std::size_t(r)] += std::abs(f) * kUlp * range.magnitude();
    }
}

void LinearBounds::through_maximum(Panel& panel, NodeId id, const TensorBounds& part) const {
  const std::int64_t size = network().node(id).size();
  for (std::int64_t r = 0; r < panel.count; ++r)
    for (std::int64_t e = 0; e < size; ++e)
      if (const double f = panel.factors[std::size_t(id)][std::size_t(r * size + e)]; f != 0)
        panel.add(r, (Interval(f) * part[std::size_t(id)][std::size_t(e)]).lo);
}

// Elements that are copies of elements; several copies of one add up.
void LinearBounds::through_move(Panel& panel, NodeId id, const TensorBounds& part) const {
  const net::Node& node = network().node(id);
  const std::int64_t size = node.size();
  std::vector<std::pair<NodeId, std::int64_t>> from(std::size_t(size), {-1, 0});
  if (const auto* select = std::get_if<net::Select>(&node.op)) {
    for (std::int64_t e = 0; e < size; ++e)
      if (const auto k = select->index[std::size_t(e)]; k >= 0) from[std::size_t(e)] = {node.inputs[0], k};
  } else if (const auto* concat = std::get_if<net::Concat>(&node.op)) {
    std::int64_t before = 1, position = 0;
    for (std::int64_t k = 0; k < concat->axis; ++k) before *= node.shape[std::size_t(k)];
    for (const NodeId in : node.inputs) {
      const std::int64_t piece = network().node(in).size() / before;
      for (std::int64_t b = 0; b < before; ++b)
        for (std::int64_t e = 0; e < piece; ++e)
          from[std::size_t(b * (size / before) + position + e)] = {in, b * piece + e};
      position += piece;
    }
  } else {
    for (std::int64_t e = 0; e < size; ++e) from[std::size_t(e)] = {node.inputs[0], e};
  }
  const auto* select = std::get_if<net::Select>(&node.op);
  for (std::int64_t r = 0; r < panel.count; ++r)
    for (std::int64_t e = 0; e < size; ++e) {
      const double f = panel.factors[std::size_t(id)][std::size_t(r * size + e)];
      if (f == 0) continue;
      const auto [in, k] = from[std::size_t(e)];
      if (in < 0) {
        panel.add(r, (Interval(f) * Interval(select->fill)).lo);
        continue;
      }
      double& to = panel.at(in, r, k, network().node(in).size());
      const bool joined = to != 0;
      to += f;
      if (joined)
        panel.slack[std::size_t(r)] += std::abs(to) * kUlp * part[std::size_t(in)][std::size_t(k)].magnitude();
    }
}

Substituted LinearBounds::run(const TensorBounds& part, const ElementSum& sum, const SlopeChoice& choose,
                              bool sure) const {
  Panel panel;
  panel.count = 1, panel.factors.resize(part.size());
  panel.factors[std::size_t(sum.node)] = sum.factor;
  panel.base.resize(1), panel.slack.resize(1);
  substitute(panel, sum.node, part, choose, sure);
  return {panel.base[0], std::move(panel.factors)};
}

Substituted LinearBounds::least(const TensorBounds& part, const ElementSum& sum, const SlopeChoice& choose) const {
  return run(part, sum, choose, true);
}
Substituted LinearBounds::guess(const TensorBounds& part, const ElementSum& sum, const SlopeChoice& choose) const {
  return run(part, sum, choose, false);
}

}  // namespace lrproof::prove
