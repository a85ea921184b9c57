#include "oracle/point.hpp"

namespace lrproof::oracle {

Point::Point(const Network& network, std::vector<Exact> input, Budget& budget)
    : network_(network),
      budget_(budget),
      input_(std::move(input)),
      moves_(network.nodes.size(), 1),
      near_(network.nodes.size()),
      exact_(network.nodes.size()) {}

Point::Point(const Point& base, std::map<int, Replacement> replaced)
    : network_(base.network_),
      budget_(base.budget_),
      base_(&base),
      replaced_(std::move(replaced)),
      moves_(base.network_.nodes.size(), 0),
      near_(base.network_.nodes.size()),
      exact_(base.network_.nodes.size()) {
  for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
    if (replaced_.count(int(i))) moves_[i] = 1;
    for (int operand : network_.nodes[i].inputs)
      if (moves_[std::size_t(operand)]) moves_[i] = 1;
  }
}

template <>
Field<Enclosure>& Point::field<Enclosure>() const {
  return near_;
}
template <>
Field<Exact>& Point::field<Exact>() const {
  return exact_;
}
template <>
Enclosure Point::given<Enclosure>(int node, long e) const {
  return base_ ? replaced_.at(node).enclosure(e) : enclose(input_.at(std::size_t(e)));
}
template <>
Exact Point::given<Exact>(int node, long e) const {
  return base_ ? replaced_.at(node).exact(e) : input_.at(std::size_t(e));
}

template <class N>
const N& Point::at(int node, long e) const {
  if (!moves_[std::size_t(node)]) return base_->at<N>(node, e);
  Field<N>& values = field<N>();
  if (values.knows(node, e)) return values.get(node, e);
  const bool source = base_ ? is_replaced(node) : node == 0;
  return values.set(node, e, network_.node(node).size(), source ? given<N>(node, e) : compute<N>(node, e));
}
template const Enclosure& Point::at<Enclosure>(int, long) const;
template const Exact& Point::at<Exact>(int, long) const;

void Point::pin(int node, long e, const Exact& value) {
  near_.set(node, e, network_.node(node).size(), enclose(value));
  exact_.set(node, e, network_.node(node).size(), value);
}

template <>
Exact Point::curve<Exact>(const Curve& curve, const Exact& t) const {
  std::size_t k = 0;
  while (k < curve.kinks.size() && t > curve.kinks[k]) ++k;
  return curve.slopes[k] * t + curve.intercepts[k];
}

template <>
Enclosure Point::curve<Enclosure>(const Curve& curve, const Enclosure& t) const {
  std::optional<Enclosure> hull;
  const auto join = [&](const Enclosure& v) {
    hull = hull ? Enclosure{std::min(hull->lo, v.lo), std::max(hull->hi, v.hi)} : v;
  };
  for (std::size_t k = 0; k < curve.slopes.size(); ++k) {
    Enclosure part = t;
    if (k > 0) part.lo = std::max(part.lo, enclose(curve.kinks[k - 1]).lo);
    if (k < curve.kinks.size()) part.hi = std::min(part.hi, enclose(curve.kinks[k]).hi);
    if (part.lo <= part.hi) join(enclose(curve.slopes[k]) * part + enclose(curve.intercepts[k]));
  }
  return hull.value_or(whole_line());
}

template <class N>
N Point::compute(int id, long e) const {
  const Node& node = network_.node(id);
  switch (node.kind) {
    case Kind::constant:
      return node.weight.at<N>(e);
    case Kind::activation:
      return curve<N>(node.curve(e), at<N>(node.inputs[0], e));
    case Kind::move: {
      if (node.sources.empty()) return at<N>(node.inputs[0], e);
      const Source& s = node.sources[std::size_t(e)];
      return s.operand < 0 ? convert<N>(node.fill) : at<N>(operand(id, s), s.element);
    }
    case Kind::max:
    case Kind::max_pool: {
      std::optional<N> best;
      rivals(network_, node, e, [&](const Source& s) {
        const N value = node.minimum ? N(-at<N>(operand(id, s), s.element)) : at<N>(operand(id, s), s.element);
        best = best ? larger(*best, value) : value;
      });
      if (!best) throw NotCovered{"an empty pooling window at '" + node.name + "'"};
      return node.minimum ? N(-*best) : *best;
    }
    case Kind::input:
      return given<N>(id, e);
    case Kind::opaque:
      throw NotCovered{"'" + node.name + "' (" + node.type + ") is not piecewise linear"};
    default:
      break;
  }
  Sum<N> sum;
  long count = 0;
  taps(network_, node, e, [&](int o, long element, long weight) {
    ++count;
    sum.add_product(node.weight.at<N>(weight), at<N>(node.inputs[std::size_t(o)], element));
  });
  Sum<N>::charge(budget_, count);
  if (const long b = bias_of(node, e); b >= 0) sum.add(node.bias.at<N>(b));
  return sum.value();
}

int Point::compare(int node, long e, const Exact& level) const {
  const Enclosure& near = at<Enclosure>(node, e);
  const Enclosure bound = enclose(level);
  if (near.lo > bound.hi) return 1;
  if (near.hi < bound.lo) return -1;
  if (near.lo == near.hi && bound.lo == bound.hi && near.lo == bound.lo) return 0;
  return cmp(at<Exact>(node, e), level) < 0 ? -1 : cmp(at<Exact>(node, e), level) > 0;
}

int Point::compare(int node, const Source& a, const Source& b) const {
  const int na = operand(node, a), nb = operand(node, b);
  if (na == nb && a.element == b.element) return 0;
  const Enclosure &x = at<Enclosure>(na, a.element), &y = at<Enclosure>(nb, b.element);
  if (x.lo > y.hi) return 1;
  if (x.hi < y.lo) return -1;
  if (x.lo == x.hi && y.lo == y.hi) return 0;
  const Exact &p = at<Exact>(na, a.element), &q = at<Exact>(nb, b.element);
  return p < q ? -1 : p > q;
}

Piece Point::piece(int id, long e) const {
  const Node& node = network_.node(id);
  const Curve& curve = node.curve(e);
  for (std::size_t k = 0; k < curve.kinks.size(); ++k) {
    const int side = compare(node.inputs[0], e, curve.kinks[k]);
    if (side <= 0) return {int(k), side == 0};
  }
  return {int(curve.kinks.size()), false};
}

const std::vector<Source>& Point::winners(int id, long e) const {
  const auto key = std::make_pair(id, e);
  if (const auto found = winners_.find(key); found != winners_.end()) return found->second;
  const Node& node = network_.node(id);
  std::vector<Source> best;
  rivals(network_, node, e, [&](const Source& s) {
    const int order = best.empty() ? 0 : compare(id, s, best.front()) * (node.minimum ? -1 : 1);
    if (order > 0) best.clear();
    if (order >= 0) best.push_back(s);
  });
  return winners_[key] = std::move(best);
}

bool Point::flat(int id, long e) const {
  const Node& node = network_.node(id);
  if (!moves(id) || node.kind == Kind::constant) return true;
  if (node.kind == Kind::input || is_replaced(id) || node.kind == Kind::opaque) return false;
  if (node.kind == Kind::move && node.sources.empty()) return flat(node.inputs[0], e);
  const auto key = std::make_pair(id, e);
  if (const auto found = flat_.find(key); found != flat_.end()) return found->second;
  bool result = true;
  if (node.kind == Kind::move) {
    const Source& s = node.sources[std::size_t(e)];
    result = s.operand < 0 || flat(operand(id, s), s.element);
  } else if (node.kind == Kind::activation) {
    const Piece here = piece(id, e);
    result = flat(node.inputs[0], e) || (!here.kink && sgn(node.curve(e).slopes[std::size_t(here.index)]) == 0);
  } else if (node.kind == Kind::max || node.kind == Kind::max_pool) {
    for (const Source& s : winners(id, e)) result = result && flat(operand(id, s), s.element);
  } else {
    taps(network_, node, e, [&](int o, long element, long weight) {
      result = result && (node.weight.sign(weight) == 0 || flat(node.inputs[std::size_t(o)], element));
    });
  }
  return flat_[key] = result;
}

bool Point::edge(int id, long e) const {
  const Node& node = network_.node(id);
  if (node.kind == Kind::activation) return piece(id, e).kink && !flat(node.inputs[0], e);
  if (node.kind != Kind::max && node.kind != Kind::max_pool) return false;
  const auto& best = winners(id, e);
  bool same = true, still = true;
  for (const Source& s : best) {
    same = same && operand(id, s) == operand(id, best.front()) && s.element == best.front().element;
    still = still && flat(operand(id, s), s.element);
  }
  return !same && !still;
}

}  // namespace lrproof::oracle
