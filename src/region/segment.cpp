#include <algorithm>

#include "region/member.hpp"

// N along a segment (REG-3), exactly: at parameter s every tensor has a value and, on the open piece to the right of
// s, a derivative. The next breakpoint is the first s at which some unit reaches a kink it is moving towards.
namespace lrproof::region {

using net::NodeId;
using num::Rational;
using Answer = Membership::Answer;

namespace {

class Walk {
 public:
  Walk(const Question& q, const std::vector<Rational>& end, const Rational& sure)
      : q_(q), network_(q.point.network()), sure_(sure) {
    const auto size = std::size_t(network_.node(q.suffix.at).size());
    for (std::size_t k = 0; k < size; ++k) {
      start_.push_back(q.point.exact(q.suffix.at, std::int64_t(k)));
      slope_.push_back(end[k] - start_.back());
    }
    value_.resize(std::size_t(network_.size()));
    rate_.resize(std::size_t(network_.size()));
  }

  Membership run() {
    Membership m;
    std::vector<Rational> first;
    const std::int64_t cost = suffix_cost(q_.point.ready(), q_.suffix);
    Rational s;
    for (std::int64_t spent = 0; s < Rational(1);) {
      spent += 3 * cost;
      if (spent > q_.exact_budget) {
        m.reason = "budget: too many pieces on the segment";
        return m;
      }
      const Rational next = advance(s);
      if (along_kink_) {
        m.reason = "the segment runs inside a kink";
        return m;
      }
      auto gradient = suffix_gradient_exact(q_.point, q_.suffix, network_.output(), q_.target, choice_of(branch_));
      if (first.empty()) first = gradient;
      for (std::size_t k = 0; k < gradient.size(); ++k) {
        if (gradient[k] == first[k]) continue;
        if (s >= sure_) {
          m.reason = "the root is known to rounding only, and a piece begins there";
          return m;
        }
        m.answer = Answer::outside, m.element = std::int64_t(k);
        m.at_input = num::Interval(first[k]), m.at_candidate = num::Interval(gradient[k]);
        m.s = (s + num::min(next, sure_)) / Rational(2);
        return m;
      }
      s = next;
    }
    m.answer = Answer::inside;
    return m;
  }

 private:
  const Rational& value(NodeId id, std::int64_t k) {
    return moved(id) ? value_[std::size_t(id)][std::size_t(k)] : q_.point.exact(id, k);
  }
  Rational rate(NodeId id, std::int64_t k) const {
    return moved(id) ? rate_[std::size_t(id)][std::size_t(k)] : Rational(0);
  }
  bool moved(NodeId id) const { return id == q_.suffix.at || q_.suffix.moves[std::size_t(id)]; }

  // Values at s, rates on the piece to its right, branch_ there; returns the next breakpoint.
  Rational advance(const Rational& s) {
    branch_ = q_.point.branch();
    along_kink_ = false;
    next_ = Rational(2);
    auto& t = value_[std::size_t(q_.suffix.at)];
    t.clear();
    for (std::size_t k = 0; k < start_.size(); ++k) t.push_back(start_[k] + s * slope_[k]);
    rate_[std::size_t(q_.suffix.at)] = slope_;
    for (const NodeId id : q_.suffix.nodes) node(id, s);
    return next_;
  }

  void node(NodeId id, const Rational& s) {
    const net::Node& node = network_.node(id);
    auto &v = value_[std::size_t(id)], &r = rate_[std::size_t(id)];
    v.assign(std::size_t(node.size()), Rational());
    r.assign(std::size_t(node.size()), Rational());
    if (net::is_affine(node.op)) return affine(id, node, v, r);
    for (std::int64_t k = 0; k < node.size(); ++k) {
      const auto e = std::size_t(k);
      if (const auto* a = std::get_if<net::Activation>(&node.op)) {
        const std::size_t piece = activation(id, node, *a, k, s);
        v[e] = a->curve(k).slopes[piece] * value(node.inputs[0], k) + a->curve(k).intercepts[piece];
        r[e] = a->curve(k).slopes[piece] * rate(node.inputs[0], k);
      } else if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op)) {
        const auto [in, from] = maximum(id, node, k, s);
        v[e] = value(in, from), r[e] = rate(in, from);
      } else {
        const auto [in, from] = moved_from(network_, id, k);
        v[e] = in < 0 ? std::get<net::Select>(node.op).fill : value(in, from);
        r[e] = in < 0 ? Rational() : rate(in, from);
      }
    }
  }

  void affine(NodeId id, const net::Node& node, std::vector<Rational>& v, std::vector<Rational>& r) {
    const net::Linear& linear = q_.point.ready().linear(id);
    std::vector<Rational> x, d;
    for (const NodeId in : node.inputs)
      for (std::int64_t k = 0; k < network_.node(in).size(); ++k) x.push_back(value(in, k)), d.push_back(rate(in, k));
    const auto w = linear.weights().as<Rational>();
    linear.apply<Rational>(w, x, v, 1);
    linear.apply<Rational>(w, d, r, 1);
    if (linear.bias().empty()) return;
    for (std::int64_t k = 0; k < node.size(); ++k)
      v[std::size_t(k)] += linear.bias().rational(std::size_t(linear.bias_of(k)));
  }

  void meet(const Rational& s, const Rational& gap, const Rational& speed) {  // reaches gap = 0 at s + gap / speed
    const Rational at = s + gap / speed;
    if (at > s && at < next_) next_ = at;
  }

  std::size_t activation(NodeId id, const net::Node& node, const net::Activation& a, std::int64_t k,
                         const Rational& s) {
    const net::Curve& curve = a.curve(k);
    const Rational& z = value(node.inputs[0], k);
    const Rational dz = rate(node.inputs[0], k);
    std::size_t piece = 0;
    while (piece < curve.kinks.size() && (z > curve.kinks[piece] || (z == curve.kinks[piece] && dz.sign() > 0)))
      ++piece;
    for (const auto& kink : curve.kinks) {
      if (z == kink && dz.is_zero() && moved(node.inputs[0])) along_kink_ = true;
      const Rational gap = kink - z;
      if (!dz.is_zero() && gap.sign() == dz.sign()) meet(s, gap, dz);
    }
    branch_.choice[std::size_t(id)][std::size_t(k)] = std::int32_t(piece);
    return piece;
  }

  std::pair<NodeId, std::int64_t> maximum(NodeId id, const net::Node& node, std::int64_t k, const Rational& s) {
    const auto from = candidates(q_.point.ready(), id, k);
    const auto* max = std::get_if<net::Max>(&node.op);
    const int up = max && max->minimum ? -1 : 1;
    std::size_t best = 0;
    for (std::size_t c = 1; c < from.size(); ++c) {
      const int order =
          Rational::compare(value(from[c].first, from[c].second), value(from[best].first, from[best].second)) * up;
      const int faster =
          Rational::compare(rate(from[c].first, from[c].second), rate(from[best].first, from[best].second)) * up;
      if (order > 0 || (order == 0 && faster > 0)) best = c;
    }
    for (std::size_t c = 0; c < from.size(); ++c) {
      const Rational gap = value(from[best].first, from[best].second) - value(from[c].first, from[c].second);
      const Rational speed = rate(from[c].first, from[c].second) - rate(from[best].first, from[best].second);
      if (c != best && gap.is_zero() && speed.is_zero() && !same_function(from[best], from[c])) along_kink_ = true;
      if (!speed.is_zero() && gap.sign() == speed.sign()) meet(s, gap, speed);
    }
    branch_.choice[std::size_t(id)][std::size_t(k)] = std::int32_t(best);
    return from[best];
  }

  // Inactive rectified operands tie at 0 without being at a kink of the maximum.
  bool same_function(const std::pair<NodeId, std::int64_t>& a, const std::pair<NodeId, std::int64_t>& b) const {
    if (a == b) return true;
    auto flat = [&](const std::pair<NodeId, std::int64_t>& at) {
      if (!moved(at.first)) return true;
      const auto* act = std::get_if<net::Activation>(&network_.node(at.first).op);
      if (!act) return false;
      const auto piece = branch_.choice[std::size_t(at.first)][std::size_t(at.second)];
      return act->curve(at.second).slopes[std::size_t(piece)].is_zero();
    };
    return flat(a) && flat(b);
  }

  const Question& q_;
  const net::Network& network_;
  const Rational sure_;
  std::vector<Rational> start_, slope_;
  std::vector<std::vector<Rational>> value_, rate_;
  Branch branch_;
  Rational next_;
  bool along_kink_ = false;
};

}  // namespace

Membership walk_segment(const Question& q, const std::vector<Rational>& end, const Rational& sure) {
  return Walk(q, end, sure).run();
}

}  // namespace lrproof::region
