#include "oracle/range.hpp"

namespace lrproof::oracle {

namespace {

constexpr double kMost = std::numeric_limits<double>::infinity();
constexpr double kTiny = std::numeric_limits<double>::denorm_min(), kLargest = std::numeric_limits<double>::max();

// A sum of doubles that is 0 is exact, and so is one below what is normal.
double lower(double v) { return v == 0 ? 0 : std::isfinite(v) ? below(v) : v > 0 ? kLargest : -kMost; }
double upper(double v) { return -lower(-v); }

// One corner of a product, rounded down; up with sides turned.
double corner(double a, double b) {
  if (a == 0 || b == 0) return 0;
  const double v = a * b;
  if (v == 0) return (a > 0) == (b > 0) ? 0 : -kTiny;
  return lower(v);
}

// Between the kinks of one piece, and through it.
Enclosure clamped(const Curve& curve, std::size_t piece, Enclosure t) {
  if (piece > 0) t.lo = std::max(t.lo, enclose(curve.kinks[piece - 1]).lo);
  if (piece < curve.kinks.size()) t.hi = std::min(t.hi, enclose(curve.kinks[piece]).hi);
  return t;
}
Enclosure through(const Curve& curve, std::size_t piece, const Enclosure& t) {
  const Exact &slope = curve.slopes[piece], &intercept = curve.intercepts[piece];
  if (sgn(slope) == 0) return enclose(intercept);
  const Enclosure moved = slope == 1 ? t : product_of(enclose(slope), t);
  return sgn(intercept) == 0 ? moved : sum_of(moved, enclose(intercept));
}

}  // namespace

Enclosure sum_of(const Enclosure& a, const Enclosure& b) {
  if (is_zero(a)) return b;
  if (is_zero(b)) return a;
  return {lower(a.lo + b.lo), upper(a.hi + b.hi)};
}
Enclosure product_of(const Enclosure& a, const Enclosure& b) {
  if (is_zero(a) || is_zero(b)) return {};
  return {std::min(std::min(corner(a.lo, b.lo), corner(a.lo, b.hi)), std::min(corner(a.hi, b.lo), corner(a.hi, b.hi))),
          -std::min(std::min(corner(-a.lo, b.lo), corner(-a.lo, b.hi)),
                    std::min(corner(-a.hi, b.lo), corner(-a.hi, b.hi)))};
}
Enclosure hull_of(const Enclosure& a, const Enclosure& b) { return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)}; }
Enclosure meet_of(const Enclosure& a, const Enclosure& b) {
  const Enclosure both{std::max(a.lo, b.lo), std::min(a.hi, b.hi)};
  return both.lo <= both.hi ? both : a;
}

Ranges::Ranges(const Network& network, std::function<Bounds(long)> bounds, const Branch* branch, bool forms,
               Budget& budget)
    : network_(network),
      bounds_(std::move(bounds)),
      branch_(branch),
      forms_(forms && branch),
      budget_(budget),
      known_(network.nodes.size()) {
  for (int id = 0; id < int(network.nodes.size()); ++id)
    if (network.node(id).kind == Kind::activation) activations_.emplace(network.node(id).inputs[0], id);
}

const Enclosure& Ranges::of(int node, long e) const {
  if (known_.knows(node, e)) return known_.get(node, e);
  Enclosure t = compute(node, e);
  const auto readers = activations_.equal_range(node);
  for (auto r = readers.first; branch_ && r != readers.second; ++r)
    t = on_own_piece(network_.node(r->second), r->second, e, t);
  return known_.set(node, e, network_.node(node).size(), t);
}

void Ranges::narrow(int node, long e, const Enclosure& known) {
  known_.set(node, e, network_.node(node).size(), meet_of(of(node, e), known));
}

// What the region's piece leaves of a unit's input.
Enclosure Ranges::on_own_piece(const Node& reader, int id, long e, const Enclosure& t) const {
  const Point& here = branch_->point();
  const Piece piece = here.piece(id, e);
  if (!piece.kink) return meet_of(t, clamped(reader.curve(e), std::size_t(piece.index), whole_line()));
  if (here.edge(id, e)) throw NotCovered{"edge: a unit of '" + reader.name + "' on its kink"};
  return enclose(reader.curve(e).kinks[std::size_t(piece.index)]);  // constant on the whole branch
}

Enclosure Ranges::activation(const Node& node, int id, long e) const {
  const Curve& curve = node.curve(e);
  const Enclosure t = of(node.inputs[0], e);
  if (branch_) return through(curve, std::size_t(branch_->point().piece(id, e).index), t);
  std::optional<Enclosure> all;
  for (std::size_t k = 0; k < curve.slopes.size(); ++k) {
    const Enclosure part = clamped(curve, k, t);
    if (part.lo > part.hi) continue;
    const Enclosure value = through(curve, k, part);
    all = all ? hull_of(*all, value) : value;
  }
  return all.value_or(whole_line());
}

Enclosure Ranges::compute(int id, long e) const {
  const Node& node = network_.node(id);
  switch (node.kind) {
    case Kind::input: {
      const Bounds b = bounds_(e);
      return {b.low ? enclose(*b.low).lo : -kMost, b.high ? enclose(*b.high).hi : kMost};
    }
    case Kind::constant:
      return node.weight.at<Enclosure>(e);
    case Kind::activation:
      return activation(node, id, e);
    case Kind::move: {
      const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
      return s.operand < 0 ? enclose(node.fill) : of(node.inputs[std::size_t(s.operand)], s.element);
    }
    case Kind::max:
    case Kind::max_pool:
      return maximum(node, e);
    case Kind::opaque:
      throw NotCovered{"'" + node.name + "' (" + node.type + ") is not piecewise linear"};
    default:
      return affine(node, id, e);
  }
}

Enclosure Ranges::maximum(const Node& node, long e) const {
  std::optional<Enclosure> best;
  rivals(network_, node, e, [&](const Source& s) {
    const Enclosure& v = of(node.inputs[std::size_t(s.operand)], s.element);
    if (best && node.minimum) best = Enclosure{std::min(best->lo, v.lo), std::min(best->hi, v.hi)};
    if (best && !node.minimum) best = Enclosure{std::max(best->lo, v.lo), std::max(best->hi, v.hi)};
    if (!best) best = v;
  });
  return best.value_or(whole_line());
}

Enclosure Ranges::affine(const Node& node, int id, long e) const {
  Enclosure sum;
  long count = 0;
  taps(network_, node, e, [&](int operand, long element, long weight) {
    sum = sum_of(sum, product_of(node.weight.at<Enclosure>(weight), of(node.inputs[std::size_t(operand)], element)));
    ++count;
  });
  Sum<Enclosure>::charge(budget_, count);
  if (const long b = bias_of(node, e); b >= 0) sum = sum_of(sum, node.bias.at<Enclosure>(b));
  if (!forms_) return sum;
  Affine form = branch_->of(id, e);
  const auto most = greatest_value(form, bounds_);
  if (most) sum = meet_of(sum, {-kMost, enclose(*most).hi});
  for (Exact& s : form.slope) s = -s;
  form.constant = -form.constant;
  const auto least = greatest_value(form, bounds_);
  return least ? meet_of(sum, {-enclose(*least).hi, kMost}) : sum;
}

}  // namespace lrproof::oracle
