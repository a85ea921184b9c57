#include "oracle/affine.hpp"

namespace lrproof::oracle {

void Affine::add(const Affine& other, const Exact& factor) {
  if (sgn(factor) == 0) return;
  for (std::size_t i = 0; i < slope.size(); ++i)
    if (sgn(other.slope[i]) != 0) slope[i] += factor * other.slope[i];
  constant += factor * other.constant;
}

bool Affine::is_constant() const {
  return std::all_of(slope.begin(), slope.end(), [](const Exact& s) { return sgn(s) == 0; });
}

Exact Affine::at(const Point& x) const {
  Exact value = constant;
  for (std::size_t i = 0; i < slope.size(); ++i)
    if (sgn(slope[i]) != 0) value += slope[i] * x.at<Exact>(0, long(i));
  return value;
}

const Affine& Branch::of(int node, long e) const {
  auto& known = known_[std::size_t(node)];
  const auto found = known.find(e);
  return found != known.end() ? found->second : known.emplace(e, compute(node, e)).first->second;
}

Affine Branch::of(const Combination& sum) const {
  Affine form{sum.linear, sum.constant};
  for (const Seed& seed : sum.seeds)
    if (sgn(seed.coefficient) != 0) form.add(of(seed.node, seed.element), seed.coefficient);
  return form;
}

Affine Branch::compute(int id, long e) const {
  const Node& node = at_.network().node(id);
  Affine form = constant(0);
  switch (node.kind) {
    case Kind::input:
      form.slope.at(std::size_t(e)) = 1;
      return form;
    case Kind::constant:
      return constant(node.weight.exact(e));
    case Kind::activation: {
      const Piece piece = at_.piece(id, e);
      if (piece.kink && at_.edge(id, e)) throw NotCovered{"edge: a unit of '" + node.name + "' on its kink"};
      const Curve& curve = node.curve(e);
      form.constant = curve.intercepts[std::size_t(piece.index)];
      if (const Exact& slope = curve.slopes[std::size_t(piece.index)]; sgn(slope) != 0)
        form.add(of(node.inputs[0], e), slope);
      return form;
    }
    case Kind::move: {
      const Source s = node.sources.empty() ? Source{0, e} : node.sources[std::size_t(e)];
      return s.operand < 0 ? constant(node.fill) : of(at_.operand(id, s), s.element);
    }
    case Kind::max:
    case Kind::max_pool: {
      if (at_.edge(id, e)) throw NotCovered{"edge: a max is tied at '" + node.name + "'"};
      const Source best = at_.winners(id, e).front();
      return of(at_.operand(id, best), best.element);
    }
    case Kind::opaque:
      throw NotCovered{"'" + node.name + "' (" + node.type + ") is not piecewise linear"};
    default:
      break;
  }
  std::vector<Sum<Exact>> sums(form.slope.size() + 1);
  long count = 0;
  taps(at_.network(), node, e, [&](int o, long element, long weight) {
    const Exact w = node.weight.exact(weight);
    if (sgn(w) == 0) return;
    const Affine& read = of(node.inputs[std::size_t(o)], element);
    for (std::size_t i = 0; i < read.slope.size(); ++i)
      if (sgn(read.slope[i]) != 0) sums[i].add_product(w, read.slope[i]), ++count;
    sums.back().add_product(w, read.constant), ++count;
  });
  Sum<Exact>::charge(at_.budget(), count);
  for (std::size_t i = 0; i < form.slope.size(); ++i) form.slope[i] = sums[i].value();
  form.constant = sums.back().value();
  if (const long b = bias_of(node, e); b >= 0) form.constant += node.bias.exact(b);
  return form;
}

std::optional<Exact> greatest_value(const Affine& form, const std::function<Bounds(long)>& bounds) {
  Exact greatest = form.constant;
  for (std::size_t i = 0; i < form.slope.size(); ++i) {
    if (sgn(form.slope[i]) == 0) continue;
    const Bounds of = bounds(long(i));
    const auto& end = sgn(form.slope[i]) > 0 ? of.high : of.low;
    if (!end) return std::nullopt;
    greatest += form.slope[i] * *end;
  }
  return greatest;
}

}  // namespace lrproof::oracle
