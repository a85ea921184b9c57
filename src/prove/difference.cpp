#include "prove/difference.hpp"

#include <algorithm>
#include <cmath>
#include <queue>

#include "prove/linear_bounds.hpp"

namespace lrproof::prove {

using net::Network;
using net::Node;
using net::NodeId;
using num::Interval;
using num::Rational;
using num::Wide;

namespace {

net::Op without_constants(net::Op op) {
  if (auto* dense = std::get_if<net::Dense>(&op)) dense->weight = dense->bias = {};
  if (auto* conv = std::get_if<net::Conv>(&op)) conv->weight = conv->bias = {};
  if (std::holds_alternative<net::BatchNorm>(op)) op = net::BatchNorm{};
  if (std::holds_alternative<net::Scale>(op)) op = net::Scale{};
  if (std::holds_alternative<net::Constant>(op)) op = net::Constant{};
  if (auto* select = std::get_if<net::Select>(&op)) select->fill = 0;
  if (std::holds_alternative<net::Activation>(op)) op = net::Activation{};
  return op;
}

Interval bounds(const Interval& v) { return v; }
Interval bounds(const Wide& v) { return v.bounds(); }

Interval meet(const Interval& a, const Interval& b) {
  const Interval both(std::max(a.lo, b.lo), std::min(a.hi, b.hi));
  return both.lo <= both.hi ? both : a;  // two enclosures of one number always meet, but for an infinite one
}

/// The least and the greatest slope of the curve between points of `over`.
Interval slopes(const net::Curve& curve, const Interval& over) {
  Interval out;
  bool first = true;
  for (std::size_t p = 0; p < curve.slopes.size(); ++p) {
    const double from = p == 0 ? -HUGE_VAL : curve.kinks[p - 1].lower();
    const double to = p == curve.kinks.size() ? HUGE_VAL : curve.kinks[p].upper();
    if (over.hi < from || over.lo > to) continue;
    const Interval slope(curve.slopes[p]);
    out = first ? slope : hull(out, slope);
    first = false;
  }
  return first ? Interval::everything() : out;
}

bool on_one_piece(const net::Curve& curve, const Interval& over) {
  for (const auto& kink : curve.kinks)
    if (!(over.hi <= kink.lower() || over.lo >= kink.upper())) return false;
  return true;
}

/// c1(t) - c2(t) for t in `over`: linear between the kinks of both.
Interval curves_apart(const net::Curve& c1, const net::Curve& c2, const Interval& over) {
  if (c1 == c2) return {};
  if (!over.is_bounded()) return Interval::everything();
  std::vector<Rational> at{Rational(over.lo), Rational(over.hi)};
  for (const auto* curve : {&c1, &c2})
    for (const auto& kink : curve->kinks)
      if (at[0] < kink && kink < at[1]) at.push_back(kink);
  Interval out;
  for (std::size_t k = 0; k < at.size(); ++k) {
    const Interval here(net::apply_curve<Rational>(c1, at[k]) - net::apply_curve<Rational>(c2, at[k]));
    out = k == 0 ? here : hull(out, here);
  }
  return out;
}

std::vector<Interval> apart(const num::Constants& a, const num::Constants& b) {
  std::vector<Interval> out(a.size());
  for (std::size_t k = 0; k < out.size(); ++k)
    out[k] = a.all_double() && b.all_double() && a.at<double>(k) == b.at<double>(k)
                 ? Interval()
                 : a.at<Interval>(k) - b.at<Interval>(k);
  return out;
}

/// y = (L(w1) - L(w2)) x.
void apply_apart(const net::Linear& l1, const net::Linear& l2, std::span<const Interval> x, std::span<Interval> y,
                 std::int64_t batch) {
  l1.apply<Interval>(apart(l1.weights(), l2.weights()), x, y, batch);
}
void apply_apart(const net::Linear& l1, const net::Linear& l2, std::span<const Wide> x, std::span<Wide> y,
                 std::int64_t batch) {
  std::vector<double> hi, lo;
  for (std::size_t k = 0; k < l1.weights().size(); ++k) {
    const Wide d = l1.weights().at<Wide>(k) - l2.weights().at<Wide>(k);
    hi.push_back(d.hi), lo.push_back(d.lo);
  }
  l1.apply_pairs({hi, lo}, x, y, batch);
  // What the pairs are off: the radius of a difference, which the product takes for none.
  std::vector<Interval> off(hi.size()), size(x.size()), more(y.size());
  for (std::size_t k = 0; k < off.size(); ++k) {
    const double rad = (l1.weights().at<Wide>(k) - l2.weights().at<Wide>(k)).rad;
    off[k] = {-rad, rad};
  }
  for (std::size_t k = 0; k < size.size(); ++k) size[k] = Interval(x[k].bounds().magnitude());
  l1.apply<Interval>(off, size, more, batch);
  for (std::size_t k = 0; k < y.size(); ++k) y[k].rad = Interval::above(y[k].rad + more[k].magnitude());
}

/// One pass over both networks. Over num::Wide the first network's values are the second's plus the difference, and
/// both are known so well that a unit between them is on two known pieces, or a maximum has two known winners: what is
/// not known there would grow with every layer.
template <class S>
class Pass {
  static constexpr bool kWide = std::same_as<S, Wide>;
  using Tensors = std::vector<std::vector<S>>;

 public:
  Pass(const Network& f1, const Network& f2, std::int64_t batch)
      : one_(f1), two_(f2), batch_(batch), a1_(std::size_t(f1.size())), a2_(a1_), d_(a1_) {}

  std::vector<S> run(const std::vector<S>& inputs) {
    a1_[0] = a2_[0] = inputs;
    d_[0].assign(inputs.size(), S());
    for (NodeId id = 1; id < one_.network().size(); ++id) {
      a2_[std::size_t(id)] = two_.node(id, operands(a2_, id), batch_);
      d_[std::size_t(id)] = difference(id);
      if constexpr (!kWide) a1_[std::size_t(id)] = one_.node(id, operands(a1_, id), batch_);
      cut(id);
      for (const auto input : node(id).inputs) release(input, id);
    }
    return d_[std::size_t(one_.network().output())];
  }

 private:
  const Node& node(NodeId id) const { return one_.network().node(id); }
  std::vector<std::span<const S>> operands(const Tensors& of, NodeId id) const {
    std::vector<std::span<const S>> out;
    for (const auto input : node(id).inputs) out.emplace_back(of[std::size_t(input)]);
    return out;
  }

  /// Tensors are let go behind their last reader.
  void release(NodeId id, NodeId reader) {
    const auto& network = one_.network();
    if (network.readers(id).back() != reader || id == network.output()) return;
    for (auto* tensors : {&a1_, &a2_, &d_}) std::vector<S>().swap((*tensors)[std::size_t(id)]);
  }

  /// Each of the three encloses what the other two say of it.
  void cut(NodeId id) {
    auto &a1 = a1_[std::size_t(id)], &a2 = a2_[std::size_t(id)], &d = d_[std::size_t(id)];
    if constexpr (kWide) a1.resize(d.size());
    for (std::size_t k = 0; k < d.size(); ++k) {
      if constexpr (kWide) {
        a1[k] = a2[k] + d[k];
      } else {
        d[k] = meet(d[k], a1[k] - a2[k]);
        a1[k] = meet(a1[k], a2[k] + d[k]);
        a2[k] = meet(a2[k], a1[k] - d[k]);
      }
    }
  }

  std::vector<S> difference(NodeId id) {
    const auto& op = node(id).op;
    if (net::is_affine(op)) return affine(id);
    if (std::holds_alternative<net::Activation>(op)) return activation(id);
    if (std::holds_alternative<net::MaxPool>(op) || std::holds_alternative<net::Max>(op)) return maximum(id);
    if (const auto* constant = std::get_if<net::Constant>(&op)) {
      const auto& other = std::get<net::Constant>(two_.network().node(id).op).value;
      std::vector<S> out;
      for (std::int64_t n = 0; n < batch_; ++n)
        for (std::size_t k = 0; k < other.size(); ++k)
          out.push_back(S(constant->value.rational(k) - other.rational(k)));
      return out;
    }
    auto moved = one_.node(id, operands(d_, id), batch_);
    if (const auto* select = std::get_if<net::Select>(&op)) {
      const S fill(select->fill - std::get<net::Select>(two_.network().node(id).op).fill);
      for (std::size_t k = 0; k < moved.size(); ++k)
        if (select->index[k % select->index.size()] < 0) moved[k] = fill;
    }
    return moved;
  }

  std::vector<S> affine(NodeId id) {
    if (std::holds_alternative<net::Add>(node(id).op)) return one_.node(id, operands(d_, id), batch_);
    const auto &l1 = one_.linear(id), &l2 = two_.linear(id);
    const auto input = std::size_t(node(id).inputs[0]);
    std::vector<S> out(a2_[std::size_t(id)].size());
    const bool same = std::ranges::all_of(d_[input], [](const S& d) { return d.is_zero(); });
    if (!same) one_.apply(id, d_[input], out, batch_);
    if (!(l1.weights() == l2.weights())) {
      std::vector<S> moved(out.size());
      apply_apart(l1, l2, std::span<const S>(a2_[input]), std::span<S>(moved), batch_);
      for (std::size_t k = 0; k < out.size(); ++k) out[k] += moved[k];
    }
    if (l1.bias() == l2.bias() || l1.bias().empty() || l2.bias().empty()) return out;
    std::vector<S> bias;
    for (std::size_t k = 0; k < l1.bias().size(); ++k) bias.push_back(S(l1.bias().rational(k) - l2.bias().rational(k)));
    for (std::size_t k = 0; k < out.size(); ++k)
      out[k] += bias[std::size_t(l1.bias_of(std::int64_t(k) % node(id).size()))];
    return out;
  }

  std::vector<S> activation(NodeId id) {
    const auto& c1 = std::get<net::Activation>(node(id).op);
    const auto& c2 = std::get<net::Activation>(two_.network().node(id).op);
    const auto input = std::size_t(node(id).inputs[0]);
    std::vector<S> out(d_[input].size());
    for (std::size_t k = 0; k < out.size(); ++k) {
      const auto e = std::int64_t(k) % node(id).size();
      const Interval here = bounds(a1_[input][k]), there = bounds(a2_[input][k]);
      const Interval slope = slopes(c1.curve(e), hull(here, there));
      if (kWide && slope.lo != slope.hi && on_one_piece(c1.curve(e), here) && on_one_piece(c2.curve(e), there)) {
        out[k] = net::apply_curve<S>(c1.curve(e), a1_[input][k]) - net::apply_curve<S>(c2.curve(e), a2_[input][k]);
        continue;
      }
      const auto& d = d_[input][k];
      // Of a slope that is not known the least and the greatest difference count, not the middle of the slopes.
      out[k] = slope.lo == slope.hi ? S(slope.lo) * d : S(slope * bounds(d));
      if (!(c1.curve(e) == c2.curve(e))) out[k] += S(curves_apart(c1.curve(e), c2.curve(e), bounds(a2_[input][k])));
    }
    return out;
  }

  using Cells = std::vector<std::pair<std::size_t, std::size_t>>;

  /// Candidates that may win in the tensors.
  static std::vector<std::size_t> winners(const Tensors& a, const Cells& cells, bool minimum) {
    double floor = -HUGE_VAL;
    std::vector<double> reach;
    for (const auto& [t, k] : cells) {
      const Interval v = bounds(a[t][k]);
      floor = std::max(floor, minimum ? -v.hi : v.lo);
      reach.push_back(minimum ? -v.lo : v.hi);
    }
    std::vector<std::size_t> out;
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (reach[c] >= floor) out.push_back(c);
    return out;
  }

  /// Of candidates (operand tensor, element): max u - max v <= u_i - v_i for the winner i of u, and the other way.
  S of_candidates(const Cells& cells, bool minimum) const {
    const auto first = winners(a1_, cells, minimum), second = winners(a2_, cells, minimum);
    const auto at = [&](const Tensors& of, std::size_t c) -> const S& { return of[cells[c].first][cells[c].second]; };
    if (first.size() == 1 && first == second) return at(d_, first[0]);
    if (kWide && first.size() == 1 && second.size() == 1) return at(a1_, first[0]) - at(a2_, second[0]);
    Interval out(HUGE_VAL, -HUGE_VAL);
    // The winner of the first bounds a maximum's difference above and a minimum's below.
    for (const auto c : minimum ? second : first) out.hi = std::max(out.hi, bounds(at(d_, c)).hi);
    for (const auto c : minimum ? first : second) out.lo = std::min(out.lo, bounds(at(d_, c)).lo);
    return S(out.lo <= out.hi ? out : Interval::everything());
  }

  std::vector<S> maximum(NodeId id) {
    const auto* max = std::get_if<net::Max>(&node(id).op);
    const auto size = node(id).size();
    std::vector<S> out(a2_[std::size_t(id)].size());
    const auto from = std::size_t(node(id).inputs[0]);
    const auto wide = one_.network().node(node(id).inputs[0]).size();
    Cells cells;
    for (std::size_t k = 0; k < out.size(); ++k) {
      cells.clear();
      if (max) {
        for (const auto input : node(id).inputs) cells.emplace_back(std::size_t(input), k);
      } else {
        const auto& pool = one_.cells(id);
        const auto sample = std::int64_t(k) / size, e = std::int64_t(k) % size;
        for (auto c = pool.start[std::size_t(e)]; c < pool.start[std::size_t(e) + 1]; ++c)
          cells.emplace_back(from, std::size_t(sample * wide + pool.cell[std::size_t(c)]));
      }
      out[k] = of_candidates(cells, max && max->minimum);
    }
    return out;
  }

  net::Evaluator<S> one_, two_;
  std::int64_t batch_;
  Tensors a1_, a2_, d_;
};

}  // namespace

std::string not_aligned(const Network& a, const Network& b) {
  for (NodeId id = 0; id < std::min(a.size(), b.size()); ++id) {
    const auto &n = a.node(id), &m = b.node(id);
    bool same = n.inputs == m.inputs && n.shape == m.shape && without_constants(n.op) == without_constants(m.op);
    if (same && net::is_affine(n.op)) {
      const net::Linear l1(a, id), l2(b, id);
      same = l1.weights().size() == l2.weights().size() && l1.bias().size() == l2.bias().size();
    }
    if (!same) return m.name;
  }
  if (a.size() != b.size()) return (a.size() > b.size() ? a : b).nodes().back().name;
  return a.outputs() == b.outputs() ? "" : b.node(b.output()).name;
}

std::vector<Interval> difference_over(const Network& f1, const Network& f2, const std::vector<Interval>& boxes,
                                      std::int64_t batch) {
  return Pass<Interval>(f1, f2, batch).run(boxes);
}

std::vector<Interval> difference_at(const Network& f1, const Network& f2, const std::vector<double>& x) {
  std::vector<Interval> out;
  for (const Wide& d : Pass<Wide>(f1, f2, 1).run(std::vector<Wide>(x.begin(), x.end()))) out.push_back(d.bounds());
  return out;
}

base::Result<Network> difference_network(const Network& f1, const Network& f2) {
  std::vector<Node> nodes = net::ending_at(f1, f1.output()).nodes();
  const Network second = net::ending_at(f2, f2.output());
  const auto first = NodeId(nodes.size());
  for (auto& node : nodes) node.name = "first/" + node.name;
  for (NodeId id = 1; id < second.size(); ++id) {
    Node node = second.node(id);
    node.name = "second/" + node.name;
    for (auto& input : node.inputs) input = input == 0 ? 0 : input + first - 1;
    nodes.push_back(std::move(node));
  }
  const auto end1 = NodeId(first - 1), end2 = second.size() == 1 ? 0 : NodeId(nodes.size()) - 1;
  if (!(nodes[std::size_t(end1)].shape == nodes[std::size_t(end2)].shape))
    return base::Diagnostic{"net.shape", "", "the outputs have other shapes", ""};
  const net::Shape shape = nodes[std::size_t(end1)].shape;
  nodes.push_back({"difference", "Sub", net::Add{{1, -1}}, {end1, end2}, shape});
  const auto last = NodeId(nodes.size()) - 1;
  return Network::create(std::move(nodes), {last});
}

namespace {

struct Part {
  std::vector<Interval> box;
  double bound = HUGE_VAL;
  std::size_t split = 0;
  friend bool operator<(const Part& a, const Part& b) { return a.bound < b.bound; }
};

/// max |difference| over the part, and the input whose halving helps most.
void bound_part(const LinearBounds& bounds, Part& part) {
  const auto& network = bounds.network();
  const auto tensors = bounds.over(part.box);
  if (!tensors) {
    part.bound = HUGE_VAL;
    return;
  }
  part.bound = 0;
  const auto size = std::size_t(network.output_size());
  double worst = -1;
  std::vector<double> factors(part.box.size(), 1);
  for (std::size_t k = 0; k < size; ++k) {
    const auto& plain = (*tensors)[std::size_t(network.output())][k];
    double here = 0;
    for (const double sign : {1.0, -1.0}) {
      ElementSum sum{network.output(), std::vector<double>(size, 0.0)};
      sum.factor[k] = sign;
      auto made = bounds.least(*tensors, sum);
      const double side = std::min(-made.least, sign > 0 ? -plain.lo : plain.hi);
      if (side > worst) {
        worst = side;
        if (!made.factors.empty() && !made.factors[0].empty()) factors = made.factors[0];
      }
      here = std::max(here, side);
    }
    part.bound = std::max(part.bound, here);
  }
  double most = -1;
  for (std::size_t k = 0; k < part.box.size(); ++k) {
    const double width = part.box[k].hi - part.box[k].lo;
    const double weight = width * (std::abs(factors[k]) + 0x1p-20);
    if (weight > most) most = weight, part.split = k;
  }
}

}  // namespace

FarAnswer search_far(const Network& difference, const std::vector<Interval>& box, const Rational& tolerance,
                     std::int64_t steps, const std::function<bool(const std::vector<Rational>&)>& beyond) {
  const net::Evaluator<Interval> ready(difference);
  const LinearBounds bounds(ready);
  const auto cost = std::max<std::int64_t>(1, bounds.cost(difference.output()) * 2 * difference.output_size());
  const double enough = tolerance.lower();
  std::priority_queue<Part> open;
  FarAnswer answer;
  Part whole{box};
  bound_part(bounds, whole);
  answer.parts = 1;
  open.push(std::move(whole));
  while (open.top().bound > enough) {
    Part part = open.top();
    open.pop();
    std::vector<Rational> middle;
    for (const auto& side : part.box) middle.emplace_back(side.lo / 2 + side.hi / 2);
    if (beyond(middle)) return {FarAnswer::Kind::beyond, middle, part.bound, answer.parts};
    const Interval side = part.box[part.split];
    const double half = side.lo / 2 + side.hi / 2;
    if ((answer.parts + 2) * cost > steps || !(side.lo < half && half < side.hi)) {
      answer.bound = part.bound;
      return answer;
    }
    for (const auto& piece : {Interval(side.lo, half), Interval(half, side.hi)}) {
      Part smaller{part.box};
      smaller.box[part.split] = piece;
      bound_part(bounds, smaller);
      smaller.bound = std::min(smaller.bound, part.bound);
      open.push(std::move(smaller));
      ++answer.parts;
    }
  }
  answer.kind = FarAnswer::Kind::within, answer.bound = open.top().bound;
  return answer;
}

}  // namespace lrproof::prove
