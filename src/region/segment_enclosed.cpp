#include <algorithm>
#include <cmath>

#include "region/member.hpp"

// The walk of segment.cpp in enclosures, for inputs off kinks. While every unit stays on its piece, each tensor of the
// suffix is c + s r. A unit leaves its piece at an enclosed parameter; the walk goes on as long as one unit is surely
// the first to leave. It ends
//   inside   at s = 1, if every unit that left had the adjoint 0: then nothing behind the unit feels it, so that the
//            gradient with respect to T is the same number before and after, not only a close one;
//   outside  on a piece that surely exists and whose gradient is surely another.
// Whatever else happens is left to exact arithmetic, which costs a hundred times as much.
namespace lrproof::region {

using net::NodeId;
using num::Interval;
using num::Rational;
using Answer = Membership::Answer;

namespace {

constexpr int kCheaper = 5;  // enclosed multiply-adds for one of the exact ones that the budget counts

class EnclosedWalk {
 public:
  EnclosedWalk(const Question& q, std::int64_t candidate)
      : q_(q), network_(q.point.network()), branch_(q.point.branch()) {
    c_.resize(std::size_t(network_.size())), r_.resize(std::size_t(network_.size()));
    const auto size = std::size_t(network_.node(q.suffix.at).size());
    auto &c = c_[std::size_t(q.suffix.at)], &r = r_[std::size_t(q.suffix.at)];
    for (std::size_t k = 0; k < size; ++k) {
      c.push_back(q.point.bound(q.suffix.at, std::int64_t(k)));
      r.push_back(q.candidates.values[std::size_t(candidate) * size + k] - c.back());
    }
    if (!q.candidates.pinned.empty()) pin_ = q.candidates.pinned[std::size_t(candidate)];
  }

  std::optional<Membership> run(const std::vector<Interval>& first) {
    Membership m;
    Interval s(0.0);
    auto adjoints = gradients();
    bool may_differ = false;
    NodeId changed = 0;
    const std::int64_t piece = 3 * suffix_cost(q_.point.ready(), q_.suffix) + 1, all = q_.exact_budget * kCheaper;
    for (std::int64_t spent = piece; spent <= all; spent += piece) {
      lay_out(changed);
      find_exits(s);
      if (stuck_) return std::nullopt;
      if (may_differ && next_ > s.hi && differs(adjoints[std::size_t(q_.suffix.at)], first, m)) {
        m.s = (Rational(s.hi) + Rational(std::min(next_, 1.0))) / Rational(2);
        return m;
      }
      if (next_ >= 1) {
        if (may_differ) return std::nullopt;
        m.answer = Answer::inside;
        return m;
      }
      if (first_.latest >= 1 || rival_ <= first_.latest) return std::nullopt;
      const auto& felt = adjoints[std::size_t(first_.node)];
      const bool dead = felt.empty() || felt[std::size_t(first_.element)].is_zero();
      branch_.choice[std::size_t(first_.node)][std::size_t(first_.element)] = std::int32_t(first_.to);
      s = Interval(first_.earliest, first_.latest), changed = first_.node;
      if (!dead) may_differ = true, adjoints = gradients();
    }
    return std::nullopt;
  }

 private:
  struct Exit {
    NodeId node = -1;
    std::int64_t element = 0;
    int to = 0;
    double earliest = 0, latest = HUGE_VAL;
  };

  bool moved(NodeId id) const { return id == q_.suffix.at || q_.suffix.moves[std::size_t(id)]; }
  Interval c(NodeId id, std::int64_t k) const {
    return moved(id) ? c_[std::size_t(id)][std::size_t(k)] : q_.point.bound(id, k);
  }
  Interval r(NodeId id, std::int64_t k) const { return moved(id) ? r_[std::size_t(id)][std::size_t(k)] : Interval(); }
  std::int32_t choice(NodeId id, std::int64_t k) const { return branch_.choice[std::size_t(id)][std::size_t(k)]; }

  std::vector<std::vector<Interval>> gradients() const {
    return all_gradients(q_.point, q_.suffix, network_.output(), q_.target, choice_of(branch_));
  }

  static bool differs(const std::vector<Interval>& here, const std::vector<Interval>& first, Membership& m) {
    for (std::size_t k = 0; k < first.size(); ++k) {
      const Interval g = here.empty() ? Interval() : here[k];
      if (!disjoint(g, first[k])) continue;
      m.answer = Answer::outside, m.element = std::int64_t(k), m.at_input = first[k], m.at_candidate = g;
      return true;
    }
    return false;
  }

  // c and r of the suffix from node `changed` on.
  void lay_out(NodeId changed) {
    for (const NodeId id : q_.suffix.nodes) {
      if (id < changed) continue;
      const net::Node& node = network_.node(id);
      auto &c_out = c_[std::size_t(id)], &r_out = r_[std::size_t(id)];
      c_out.assign(std::size_t(node.size()), Interval()), r_out = c_out;
      if (net::is_affine(node.op)) {
        affine(id, node, c_out, r_out);
        continue;
      }
      for (std::int64_t k = 0; k < node.size(); ++k) {
        const auto e = std::size_t(k);
        if (const auto* a = std::get_if<net::Activation>(&node.op)) {
          const auto piece = std::size_t(choice(id, k));
          const Interval slope(a->curve(k).slopes[piece]);
          c_out[e] = slope * c(node.inputs[0], k) + Interval(a->curve(k).intercepts[piece]);
          r_out[e] = slope * r(node.inputs[0], k);
          continue;
        }
        const bool maximum = std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op);
        const auto [in, from] =
            maximum ? candidates(q_.point.ready(), id, k)[std::size_t(choice(id, k))] : moved_from(network_, id, k);
        c_out[e] = in < 0 ? Interval(std::get<net::Select>(node.op).fill) : c(in, from);
        r_out[e] = in < 0 ? Interval() : r(in, from);
      }
    }
  }

  void affine(NodeId id, const net::Node& node, std::vector<Interval>& c_out, std::vector<Interval>& r_out) const {
    const net::Linear& linear = q_.point.ready().linear(id);
    std::vector<Interval> c_in, r_in;
    for (const NodeId in : node.inputs)
      for (std::int64_t k = 0; k < network_.node(in).size(); ++k) c_in.push_back(c(in, k)), r_in.push_back(r(in, k));
    q_.point.ready().apply(id, c_in, c_out, 1);
    q_.point.ready().apply(id, r_in, r_out, 1);
    const auto& bias = q_.point.ready().bias(id);
    if (bias.empty()) return;
    for (std::int64_t k = 0; k < node.size(); ++k) c_out[std::size_t(k)] += bias[std::size_t(linear.bias_of(k))];
  }

  // first_: the unit that surely leaves soonest; rival_: when any other may leave; next_: when any unit may.
  void find_exits(const Interval& s) {
    first_ = Exit{}, rival_ = next_ = HUGE_VAL, stuck_ = false;
    for (const NodeId id : q_.suffix.nodes) {
      const net::Node& node = network_.node(id);
      const auto* a = std::get_if<net::Activation>(&node.op);
      if (!a && !std::holds_alternative<net::Max>(node.op) && !std::holds_alternative<net::MaxPool>(node.op)) continue;
      for (std::int64_t k = 0; k < node.size() && !stuck_; ++k)
        a ? activation(id, node, a->curve(k), k, s) : maximum(id, node, k, s);
    }
  }

  void activation(NodeId id, const net::Node& node, const net::Curve& curve, std::int64_t k, const Interval& s) {
    const Interval start = c(node.inputs[0], k), speed = r(node.inputs[0], k), z = start + speed * s;
    const auto piece = std::size_t(choice(id, k));
    // A hinge root's own unit moves straight to 0 and arrives at s = 1, not before.
    const bool own = pin_.node == node.inputs[0] && pin_.element == k;
    if (piece > 0 && !(own && curve.kinks[piece - 1].is_zero()))
      meet({id, k, int(piece) - 1}, z - Interval(curve.kinks[piece - 1]), -speed, s,
           (Interval(curve.kinks[piece - 1]) - start) / speed);
    if (piece < curve.kinks.size() && !(own && curve.kinks[piece].is_zero()))
      meet({id, k, int(piece) + 1}, Interval(curve.kinks[piece]) - z, speed, s,
           (Interval(curve.kinks[piece]) - start) / speed);
  }

  void maximum(NodeId id, const net::Node& node, std::int64_t k, const Interval& s) {
    const auto from = candidates(q_.point.ready(), id, k);
    const auto* max = std::get_if<net::Max>(&node.op);
    const bool minimum = max && max->minimum;
    const auto& best = from[std::size_t(choice(id, k))];
    const Interval rate = r(best.first, best.second), value = c(best.first, best.second) + rate * s;
    for (std::size_t slot = 0; slot < from.size(); ++slot) {
      const auto& [in, e] = from[slot];
      if (from[slot] == best || (rate.is_zero() && r(in, e).is_zero())) continue;
      const Interval gap = value - (c(in, e) + r(in, e) * s), speed = r(in, e) - rate;
      meet({id, k, int(slot)}, minimum ? -gap : gap, minimum ? -speed : speed, s,
           (c(best.first, best.second) - c(in, e)) / speed);
      if (gap.contains(0) && speed.contains(0)) stuck_ = true;
    }
  }

  // The unit leaves when its gap, closing at `speed` from parameter s on, is 0: at `crossing`, read off c and r, whose
  // width does not grow from piece to piece as that of s does.
  void meet(Exit exit, const Interval& gap, const Interval& speed, const Interval& s, const Interval& crossing) {
    if (speed.hi <= 0) return;
    if (!(gap.lo > 0)) {
      stuck_ = true;
      return;
    }
    exit.earliest = std::max(crossing.lo, (Interval(s.lo) + Interval(gap.lo) / Interval(speed.hi)).lo);
    if (speed.lo > 0) exit.latest = std::min(crossing.hi, (Interval(s.hi) + Interval(gap.hi) / Interval(speed.lo)).hi);
    next_ = std::min(next_, exit.earliest);
    if (first_.node < 0 || exit.latest < first_.latest) std::swap(first_, exit);
    if (exit.node >= 0) rival_ = std::min(rival_, exit.earliest);
  }

  const Question& q_;
  const net::Network& network_;
  Branch branch_;
  Candidates::Pin pin_;
  std::vector<std::vector<Interval>> c_, r_;
  Exit first_;
  double rival_ = HUGE_VAL, next_ = HUGE_VAL;
  bool stuck_ = false;
};

}  // namespace

std::optional<Membership> walk_enclosed(const Question& q, std::int64_t candidate,
                                        const std::vector<Interval>& first_gradient) {
  return EnclosedWalk(q, candidate).run(first_gradient);
}

}  // namespace lrproof::region
