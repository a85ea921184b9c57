#include "oracle/margin.hpp"

// A lower bound of a sum of elements, from the output down to the inputs. Before each activation the factors become
// plain numbers: with any slope a, l c(t) >= a t + b on the unit's range, where b is the least value of l c(t) - a t
// there, at an end of a piece or of the range. Between activations factors are enclosures of the exact sums, so that
// every rounding is accounted for.
namespace lrproof::oracle {

namespace {

constexpr long kRefine = 1'000'000'000;  // multiply-adds that bounds of one tensor may cost

Enclosure hull(const Enclosure& a, const Enclosure& b) { return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)}; }
Enclosure meet(const Enclosure& a, const Enclosure& b) { return {std::max(a.lo, b.lo), std::min(a.hi, b.hi)}; }
Enclosure at(double v) { return {v, v}; }
// An enclosure that overflowed holds no number at one end, and must not pass for an empty one.
Enclosure sane(const Enclosure& a) { return a.lo <= a.hi ? a : whole_line(); }
double middle(const Enclosure& a) { return a.lo / 2 + a.hi / 2; }

long cost_of(const Network& network, int id) {
  const Node& node = network.node(id);
  long cost = node.size();
  if (node.affine())
    for (long e = 0; e < node.size(); ++e) taps(network, node, e, [&](int, long, long) { ++cost; });
  return cost;
}

}  // namespace

LinearBound::LinearBound(const Network& network, Budget& budget)
    : network_(network), budget_(budget), pieces_(network.nodes.size()), cost_(network.nodes.size()) {
  const double inf = std::numeric_limits<double>::infinity();
  for (int id = 1; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    if (node.kind == Kind::opaque) throw NotCovered{"'" + node.name + "' (" + node.type + ") is not piecewise linear"};
    cost_[std::size_t(id)] = cost_[std::size_t(id - 1)] + cost_of(network, id);
    for (const Curve& curve : node.curves) {
      std::vector<Piece> all;
      for (std::size_t p = 0; p < curve.slopes.size(); ++p)
        all.push_back({p == 0 ? at(-inf) : enclose(curve.kinks[p - 1]),
                       p == curve.kinks.size() ? at(inf) : enclose(curve.kinks[p]), enclose(curve.slopes[p]),
                       enclose(curve.intercepts[p])});
      pieces_[std::size_t(id)].push_back(std::move(all));
    }
  }
}

const std::vector<LinearBound::Piece>& LinearBound::pieces(int id, long e) const {
  const Node& node = network_.node(id);
  return pieces_[std::size_t(id)][node.curve_of.empty() ? 0 : std::size_t(node.curve_of[std::size_t(e)])];
}

Enclosure LinearBound::through_curve(const std::vector<Piece>& pieces, const Enclosure& t) const {
  std::optional<Enclosure> all;
  for (const Piece& piece : pieces) {
    if (t.lo > piece.to.hi || t.hi < piece.from.lo) continue;
    const Enclosure there{std::max(t.lo, piece.from.lo), std::min(t.hi, piece.to.hi)};
    const Enclosure value = piece.slope * there + piece.intercept;
    all = all ? hull(*all, value) : value;
  }
  return all.value_or(whole_line());
}

std::vector<Enclosure> LinearBound::forward(int id, const BoxPart& part) const {
  const Node& node = network_.node(id);
  const auto read = [&](int o, long e) {
    return part.bounds[std::size_t(node.inputs[std::size_t(o)])][std::size_t(e)];
  };
  std::vector<Enclosure> out;
  for (long e = 0; e < node.size(); ++e) {
    if (node.kind == Kind::constant) {
      out.push_back(node.weight.at<Enclosure>(e));
    } else if (node.kind == Kind::activation) {
      out.push_back(through_curve(pieces(id, e), read(0, e)));
    } else if (node.kind == Kind::move) {
      const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
      out.push_back(s.operand < 0 ? enclose(node.fill) : read(s.operand, s.element));
    } else if (node.kind == Kind::max || node.kind == Kind::max_pool) {
      std::optional<Enclosure> best;
      rivals(network_, node, e, [&](const Source& s) {
        const Enclosure t = node.minimum ? -read(s.operand, s.element) : read(s.operand, s.element);
        best = best ? larger(*best, t) : t;
      });
      if (!best) throw NotCovered{"a maximum of nothing"};
      out.push_back(node.minimum ? -*best : *best);
    } else {
      Sum<Enclosure> sum;
      taps(network_, node, e, [&](int o, long element, long weight) {
        sum.add_product(node.weight.at<Enclosure>(weight), read(o, element));
      });
      if (const long b = bias_of(node, e); b >= 0) sum.add(node.bias.at<Enclosure>(b));
      out.push_back(sum.value());
    }
  }
  return out;
}

bool LinearBound::undecided(int id, long e, const Enclosure& t) const {
  for (const int reader : network_.readers(id)) {
    if (network_.node(reader).kind != Kind::activation) continue;
    for (const Piece& piece : pieces(reader, e))
      if (t.lo < piece.to.lo && t.hi > piece.to.hi) return true;
  }
  return false;
}

void LinearBound::bound(BoxPart& part) const {
  part.bounds.assign(network_.nodes.size(), {});
  part.empty = false;
  for (int id = 0; id < int(network_.nodes.size()) && !part.empty; ++id) {
    auto& here = part.bounds[std::size_t(id)];
    here = id == 0 ? part.box : forward(id, part);
    if (id > 0)
      for (Enclosure& t : here) t = sane(t);
    if (id > 0) Sum<Enclosure>::charge(budget_, cost_[std::size_t(id)] - cost_[std::size_t(id - 1)]);
    for (auto cut = part.cuts.lower_bound({id, 0}); cut != part.cuts.end() && cut->first.first == id; ++cut)
      here[std::size_t(cut->first.second)] = meet(here[std::size_t(cut->first.second)], cut->second);
    const bool affordable = network_.node(id).size() * cost_[std::size_t(id)] <= kRefine;
    for (long e = 0; id > 0 && affordable && e < network_.node(id).size(); ++e) {
      Enclosure& t = here[std::size_t(e)];
      if (!undecided(id, e, t)) continue;
      const double low = least(part, id, {{e, at(1)}}, {}), high = -least(part, id, {{e, at(-1)}}, {});
      t = meet(t, {low, high});
    }
    for (const Enclosure& t : here) part.empty = part.empty || !(t.lo <= t.hi);
  }
}

void LinearBound::restrict(BoxPart& part, int node, long e, const Enclosure& range) const {
  const auto [cut, fresh] = part.cuts.emplace(std::pair(node, e), range);
  if (!fresh) cut->second = meet(cut->second, range);
  if (part.empty) return;
  Enclosure& t = part.bounds[std::size_t(node)][std::size_t(e)];
  t = meet(t, range);
  part.empty = !(t.lo <= t.hi);
}

double LinearBound::lowest(const std::vector<Piece>& pieces, const Enclosure& factor, double a,
                           const Enclosure& range) const {
  double least = std::numeric_limits<double>::infinity();
  for (const Piece& piece : pieces) {
    if (range.lo > piece.to.hi || range.hi < piece.from.lo) continue;
    const Enclosure rise = factor * piece.slope - at(a), base = factor * piece.intercept;
    const Enclosure from = range.lo >= piece.from.lo ? at(range.lo) : piece.from;
    const Enclosure to = range.hi <= piece.to.hi ? at(range.hi) : piece.to;
    for (const Enclosure& t : {from, to}) {
      const double value = (rise * t + base).lo;
      least = std::isnan(value) ? -std::numeric_limits<double>::infinity() : std::min(least, value);
    }
  }
  return least;
}

// A line below the unit: a is its slope, returned is its constant. Where the leaf names no slope: of the chord and the
// slopes of the lowest and the highest piece the one whose line is highest in the middle of the range.
double LinearBound::line(int id, long e, const Enclosure& factor, const Enclosure& range, const Exact* slope,
                         double& a) const {
  const auto& all = pieces(id, e);
  if (slope) {
    a = slope->get_d();  // any number will do
    return lowest(all, factor, a, range);
  }
  if (range.hi - range.lo < 0x1p-40) {
    a = 0;
    return lowest(all, factor, a, range);
  }
  std::size_t first = 0, last = all.size() - 1;
  while (first < last && range.lo >= all[first].to.hi) ++first;
  while (last > first && range.hi <= all[last].from.lo) --last;
  const double f = middle(factor), low = f * all[first].slope.lo, high = f * all[last].slope.lo;
  if (first == last || !std::isfinite(range.lo) || !std::isfinite(range.hi)) {
    a = first == last ? low : 0;
    return lowest(all, factor, a, range);
  }
  const auto value = [&](std::size_t p, double t) { return all[p].slope.lo * t + all[p].intercept.lo; };
  const double chord = f * ((value(last, range.hi) - value(first, range.lo)) / (range.hi - range.lo));
  const double centre = middle(range) + (range.hi - range.lo) * 0x1p-20;  // so that symmetric ranges do not tie
  a = chord;
  double base = lowest(all, factor, chord, range), top = chord * centre + base;
  for (const double other : {low, high}) {
    const double b = lowest(all, factor, other, range), height = other * centre + b;
    if (height > top + std::fabs(top) * 0x1p-30) a = other, base = b, top = height;
  }
  return base;
}

double LinearBound::least(const BoxPart& part, int node, const std::map<long, Enclosure>& sum,
                          const UnitSlopes& slopes) const {
  Factors factors(network_.nodes.size());
  const auto factor = [&](int id, long e) -> Enclosure& {
    auto& of = factors[std::size_t(id)];
    if (of.empty()) of.resize(std::size_t(network_.node(id).size()));
    return of[std::size_t(e)];
  };
  for (const auto& [e, f] : sum) factor(node, e) = f;
  Enclosure constant;
  for (int id = node; id >= 0; --id) {
    if (factors[std::size_t(id)].empty()) continue;
    const Node& here = network_.node(id);
    if (id > 0) Sum<Enclosure>::charge(budget_, cost_[std::size_t(id)] - cost_[std::size_t(id - 1)]);
    for (long e = 0; e < here.size(); ++e) {
      const Enclosure f = factors[std::size_t(id)][std::size_t(e)];
      const auto named = here.kind == Kind::activation ? slopes.find({id, e}) : slopes.end();
      if (is_zero(f) && named == slopes.end()) continue;
      if (here.kind == Kind::activation) {
        const Enclosure& range = part.bounds[std::size_t(here.inputs[0])][std::size_t(e)];
        double a = 0;
        const double b = line(id, e, f, range, named == slopes.end() ? nullptr : &named->second, a);
        constant = constant + at(b);
        if (a != 0) factor(here.inputs[0], e) = factor(here.inputs[0], e) + at(a);
      } else if (here.kind == Kind::move) {
        const Source s = here.sources.empty() ? Source{0, e} : here.sources[std::size_t(e)];
        if (s.operand < 0) {
          constant = constant + f * enclose(here.fill);
          continue;
        }
        Enclosure& to = factor(here.inputs[std::size_t(s.operand)], s.element);
        to = to + f;
      } else if (here.affine()) {
        taps(network_, here, e, [&](int o, long element, long weight) {
          Enclosure& to = factor(here.inputs[std::size_t(o)], element);
          to = to + f * here.weight.at<Enclosure>(weight);
        });
        if (const long b = bias_of(here, e); b >= 0) constant = constant + f * here.bias.at<Enclosure>(b);
      } else {  // an input, a constant, a maximum: by its bounds
        constant = constant + f * part.bounds[std::size_t(id)][std::size_t(e)];
      }
    }
  }
  return std::isnan(constant.lo) ? -std::numeric_limits<double>::infinity() : constant.lo;
}

}  // namespace lrproof::oracle
