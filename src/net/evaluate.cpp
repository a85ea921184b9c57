#include "net/evaluate.hpp"

#include <algorithm>

#include "net/linear.hpp"
#include "net/opaque.hpp"
#include "num/symbol.hpp"

namespace lrproof::net {

using num::Interval;
using num::Rational;

template <num::Scalar S>
S apply_curve(const Curve& curve, const S& t) {
  if constexpr (std::same_as<S, Interval>) {
    Interval value;
    bool first = true;
    for (std::size_t piece = 0; piece < curve.slopes.size(); ++piece) {
      const double from = piece == 0 ? -HUGE_VAL : curve.kinks[piece - 1].lower();
      const double to = piece == curve.kinks.size() ? HUGE_VAL : curve.kinks[piece].upper();
      if (t.hi < from || t.lo > to) continue;
      const Interval part(std::max(t.lo, from), std::min(t.hi, to));
      const Interval image = Interval(curve.slopes[piece]) * part + Interval(curve.intercepts[piece]);
      value = first ? image : hull(value, image);
      first = false;
    }
    return value;
  } else if constexpr (std::same_as<S, num::Wide>) {
    const Interval over = t.bounds();
    for (std::size_t piece = 0; piece < curve.slopes.size(); ++piece) {
      const bool above = piece == 0 || over.lo >= curve.kinks[piece - 1].upper();
      if (above && (piece == curve.kinks.size() || over.hi <= curve.kinks[piece].lower()))
        return S(curve.slopes[piece]) * t + S(curve.intercepts[piece]);
    }
    return S(apply_curve<Interval>(curve, over));
  } else {
    std::size_t piece = 0;
    while (piece < curve.kinks.size() && t > num::from_rational<S>(curve.kinks[piece])) ++piece;
    return num::from_rational<S>(curve.slopes[piece]) * t + num::from_rational<S>(curve.intercepts[piece]);
  }
}

namespace {

template <class S>
S larger(const S& a, const S& b) {
  if constexpr (std::same_as<S, Interval>)
    return Interval(std::max(a.lo, b.lo), std::max(a.hi, b.hi));
  else if constexpr (std::same_as<S, num::Wide>) {
    const Interval x = a.bounds(), y = b.bounds();
    return x.lo >= y.hi ? a : y.lo >= x.hi ? b : S(larger(x, y));
  } else
    return a < b ? b : a;
}

// The largest of a window. A symbol's is larger than each other one, in whatever order those stand.
template <class S>
S largest(const S* x, std::span<const std::int64_t> cells) {
  if constexpr (std::same_as<S, num::Symbol>) {
    std::vector<S> candidates;
    for (const auto c : cells) candidates.push_back(x[c]);
    return num::largest(candidates);
  } else {
    S best = x[cells[0]];
    for (const auto c : cells.subspan(1)) best = larger(best, x[c]);
    return best;
  }
}

// One node's values from its operands'; one overload per operation.
template <class S>
struct Forward {
  const Evaluator<S>& self;
  const Network& network;
  const Node& node;
  NodeId id;
  const std::vector<std::span<const S>>& in;
  std::int64_t batch;
  std::vector<S> out = std::vector<S>(std::size_t(batch * node.size()));

  void operator()(const Input&) { LRPROOF_INVARIANT(false, "the input is given, not evaluated"); }
  void operator()(const Constant& c) {
    const auto value = c.value.as<S>();
    for (std::int64_t n = 0; n < batch; ++n) std::copy(value.begin(), value.end(), out.begin() + n * node.size());
  }
  void affine(std::span<const S> x) {
    const Linear& linear = self.linear(id);
    const auto& b = self.bias(id);
    self.apply(id, x, out, batch);
    if (b.empty()) return;
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] += b[std::size_t(linear.bias_of(std::int64_t(k) % node.size()))];
  }
  void operator()(const Dense&) { affine(in[0]); }
  void operator()(const Conv&) { affine(in[0]); }
  void operator()(const BatchNorm&) { affine(in[0]); }
  void operator()(const Scale&) { affine(in[0]); }
  void operator()(const AveragePool&) { affine(in[0]); }
  void operator()(const Add& add) {
    for (std::size_t o = 0; o < in.size(); ++o)
      for (std::size_t k = 0; k < out.size(); ++k)
        if (add.signs[o] > 0)
          out[k] += in[o][k];
        else
          out[k] -= in[o][k];
  }
  // The same function with the curve's numbers converted once.
  void floating(const Activation& a) {
    struct Pieces {
      std::vector<S> kinks, slopes, intercepts;
    };
    std::vector<Pieces> curves;
    for (const Curve& c : a.curves) {
      Pieces p;
      for (const auto& v : c.kinks) p.kinks.push_back(num::from_rational<S>(v));
      for (const auto& v : c.slopes) p.slopes.push_back(num::from_rational<S>(v));
      for (const auto& v : c.intercepts) p.intercepts.push_back(num::from_rational<S>(v));
      curves.push_back(std::move(p));
    }
    const auto size = std::size_t(node.size());
    for (std::size_t k = 0; k < out.size(); ++k) {
      const Pieces& c = curves[a.curve_of.empty() ? 0 : std::size_t(a.curve_of[k % size])];
      const S t = in[0][k];
      std::size_t piece = 0;
      while (piece < c.kinks.size() && t > c.kinks[piece]) ++piece;
      out[k] = c.slopes[piece] * t + c.intercepts[piece];
    }
  }
  void operator()(const Activation& a) {
    if constexpr (num::kFloating<S>) return floating(a);
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] = apply_curve<S>(a.curve(std::int64_t(k) % node.size()), in[0][k]);
  }
  void operator()(const MaxPool&) {
    const Shape& from = network.node(node.inputs[0]).shape;
    const PoolCells& cells = self.cells(id);
    for (std::int64_t n = 0; n < batch; ++n)
      for (std::int64_t k = 0; k < node.size(); ++k) {
        const auto begin = cells.start[std::size_t(k)], end = cells.start[std::size_t(k) + 1];
        const S* x = in[0].data() + n * element_count(from);
        out[std::size_t(n * node.size() + k)] =
            largest(x, std::span(cells.cell).subspan(std::size_t(begin), std::size_t(end - begin)));
      }
  }
  void operator()(const Max& m) {
    for (std::size_t k = 0; k < out.size(); ++k) {
      S best = in[0][k];
      for (std::size_t o = 1; o < in.size(); ++o)
        best = m.minimum ? S(-larger(S(-best), S(-in[o][k]))) : larger(best, in[o][k]);
      out[k] = std::move(best);
    }
  }
  void operator()(const Concat& c) {
    std::int64_t before = 1, position = 0;
    for (std::int64_t k = 0; k < c.axis; ++k) before *= node.shape[std::size_t(k)];
    const std::int64_t row = node.size() / before;
    for (std::size_t o = 0; o < in.size(); ++o) {
      const std::int64_t size = network.node(node.inputs[o]).size(), part = size / before;
      for (std::int64_t n = 0; n < batch; ++n)
        for (std::int64_t r = 0; r < before; ++r)
          std::copy_n(in[o].begin() + n * size + r * part, part, out.begin() + n * node.size() + r * row + position);
      position += part;
    }
  }
  void operator()(const Select& s) {
    const std::int64_t size = network.node(node.inputs[0]).size();
    const S fill = num::from_rational<S>(s.fill);
    for (std::int64_t n = 0; n < batch; ++n)
      for (std::int64_t k = 0; k < node.size(); ++k) {
        const auto from = s.index[std::size_t(k)];
        out[std::size_t(n * node.size() + k)] = from < 0 ? fill : in[0][std::size_t(n * size + from)];
      }
  }
  void operator()(const Reshape&) { std::copy(in[0].begin(), in[0].end(), out.begin()); }
  void operator()(const Opaque& o) {
    if constexpr (num::kFloating<S>) {
      std::vector<Shape> shapes;
      for (const NodeId operand : node.inputs) shapes.push_back(network.node(operand).shape);
      for (std::int64_t n = 0; n < batch; ++n) {
        std::vector<std::vector<double>> held;
        std::vector<std::span<const double>> operands;
        for (std::size_t k = 0; k < in.size(); ++k) {
          const auto size = element_count(shapes[k]);
          held.emplace_back(in[k].begin() + n * size, in[k].begin() + (n + 1) * size);
        }
        operands.assign(held.begin(), held.end());
        const auto y = evaluate_opaque(o, operands, shapes, node.shape);
        std::copy(y.begin(), y.end(), out.begin() + n * node.size());
      }
    } else {
      LRPROOF_INVARIANT(false, "opaque node " + node.name + " has no exact value; ask first_opaque()");
    }
  }
};

}  // namespace

PoolCells pool_cells(const Window& w, const Shape& wide, const Shape& narrow) {
  PoolCells cells;
  const auto axes = w.kernel.size();
  const std::int64_t plane = element_count(wide) / wide[1], places = element_count(narrow) / narrow[1];
  cells.start.push_back(0);
  for (std::int64_t k = 0; k < element_count(narrow); ++k) {
    std::vector<std::int64_t> base{(k / places) * plane};
    std::int64_t rest = k % places, stride = 1;
    for (std::size_t a = axes; a-- > 0;) {
      const std::int64_t start = (rest % narrow[a + 2]) * w.strides[a] - w.pads_begin[a];
      rest /= narrow[a + 2];
      std::vector<std::int64_t> grown;
      for (std::int64_t t = 0; t < w.kernel[a]; ++t) {
        const std::int64_t at = start + t * w.dilations[a];
        if (at < 0 || at >= wide[a + 2]) continue;
        for (const auto b : base) grown.push_back(b + at * stride);
      }
      base = std::move(grown), stride *= wide[a + 2];
    }
    std::sort(base.begin(), base.end());
    cells.cell.insert(cells.cell.end(), base.begin(), base.end());
    cells.start.push_back(std::int64_t(cells.cell.size()));
  }
  return cells;
}

template <num::Scalar S>
Evaluator<S>::Evaluator(const Network& network)
    : network_(network),
      linear_(std::size_t(network.size())),
      weight_(std::size_t(network.size())),
      bias_(std::size_t(network.size())),
      cells_(std::size_t(network.size())) {
  for (NodeId id = 0; id < network.size(); ++id) {
    const auto k = std::size_t(id);
    const Node& node = network.node(id);
    if (const auto* pool = std::get_if<MaxPool>(&node.op))
      cells_[k] = pool_cells(pool->window, network.node(node.inputs[0]).shape, node.shape);
    if (!is_affine(node.op)) continue;
    linear_[k] = std::make_shared<const Linear>(network, id);
    if constexpr (!std::same_as<S, num::Wide>) weight_[k] = linear_[k]->weights().template as<S>();
    bias_[k] = linear_[k]->bias().template as<S>();
  }
}

template <num::Scalar S>
void Evaluator<S>::apply(NodeId id, std::span<const S> x, std::span<S> y, std::int64_t batch) const {
  if constexpr (std::same_as<S, num::Interval> || std::same_as<S, num::Rational>)
    if (linear(id).apply_stored(x, y, batch)) return;
  if constexpr (std::same_as<S, num::Wide>) {
    std::vector<double> rest;
    return linear(id).apply_pairs(pairs_of(linear(id).weights(), rest), x, y, batch);
  }
  linear(id).template apply<S>(weight(id), x, y, batch);
}

template <num::Scalar S>
void Evaluator<S>::apply_adjoint(NodeId id, std::span<const S> y, std::span<S> x, std::int64_t batch) const {
  if constexpr (std::same_as<S, num::Interval> || std::same_as<S, num::Rational>)
    if (linear(id).apply_adjoint_stored(y, x, batch)) return;
  if constexpr (std::same_as<S, num::Wide>)
    return linear(id).template apply_adjoint<S>(linear(id).weights().template as<S>(), y, x, batch);
  linear(id).template apply_adjoint<S>(weight(id), y, x, batch);
}

template <num::Scalar S>
std::vector<S> Evaluator<S>::node(NodeId id, const std::vector<std::span<const S>>& operands,
                                  std::int64_t batch) const {
  Forward<S> forward{*this, network_, network_.node(id), id, operands, batch};
  std::visit(forward, network_.node(id).op);
  return std::move(forward.out);
}

template <num::Scalar S>
Values<S> Evaluator<S>::run(std::span<const S> inputs, std::int64_t batch) const {
  LRPROOF_INVARIANT(std::int64_t(inputs.size()) == batch * network_.input_size(), "inputs are batch x input elements");
  Values<S> values;
  values.batch = batch;
  values.of.resize(std::size_t(network_.size()));
  values.of[0].assign(inputs.begin(), inputs.end());
  for (NodeId id = 1; id < network_.size(); ++id) {
    std::vector<std::span<const S>> operands;
    for (const NodeId in : network_.node(id).inputs) operands.emplace_back(values.of[std::size_t(in)]);
    values.of[std::size_t(id)] = node(id, operands, batch);
  }
  return values;
}

template <num::Scalar S>
Values<S> evaluate(const Network& network, std::span<const S> inputs, std::int64_t batch) {
  return Evaluator<S>(network).run(inputs, batch);
}

#define LRPROOF_EVALUATE(S)                                                         \
  template class Evaluator<S>;                                                      \
  template Values<S> evaluate<S>(const Network&, std::span<const S>, std::int64_t); \
  template S apply_curve<S>(const Curve&, const S&);
LRPROOF_EVALUATE(float)
LRPROOF_EVALUATE(double)
LRPROOF_EVALUATE(num::Interval)
LRPROOF_EVALUATE(num::Wide)
LRPROOF_EVALUATE(num::Rational)
LRPROOF_EVALUATE(num::Symbol)
#undef LRPROOF_EVALUATE

}  // namespace lrproof::net
