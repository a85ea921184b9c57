#include "region/member.hpp"

#include <algorithm>
#include <memory>

namespace lrproof::region {

using net::NodeId;
using num::Interval;
using num::Rational;
using Answer = Membership::Answer;

namespace {

// One candidate against the cell, unit by unit, first with enclosures, then exactly.
class CellTest {
 public:
  CellTest(const Question& q, std::int64_t candidate) : q_(q), c_(candidate) {}

  Membership run() {
    allowed_.assign(q_.edges.ties.size(), {});
    for (const NodeId id : q_.suffix.nodes) {
      const net::Node& node = q_.point.network().node(id);
      const bool activation = std::holds_alternative<net::Activation>(node.op);
      if (!activation && !std::holds_alternative<net::Max>(node.op) && !std::holds_alternative<net::MaxPool>(node.op))
        continue;
      for (std::int64_t k = 0; k < node.size(); ++k) {
        if (activation ? activation_stays(id, node, k) : maximum_stays(id, node, k)) continue;
        return result_;
      }
    }
    result_.answer = on_a_full_branch() ? Answer::inside : Answer::outside;
    if (result_.answer == Answer::outside) {
      result_.node = q_.edges.ties[0].node, result_.element = q_.edges.ties[0].element;
    }
    return result_;
  }

 private:
  const Interval& at(NodeId id, std::int64_t k) const {
    const std::int64_t size = q_.point.network().node(id).size();
    const bool moved = id == q_.suffix.at || q_.suffix.moves[std::size_t(id)];
    return moved ? q_.values.of[std::size_t(id)][std::size_t(c_ * size + k)] : q_.point.bound(id, k);
  }
  // nullptr: not to be had.
  const Rational* exact(NodeId id, std::int64_t k) {
    if (!cone_) {
      const auto* values = q_.exact ? q_.exact(c_) : nullptr;
      if (!values) return nullptr;
      cone_ = std::make_unique<ExactCone>(
          q_.point.ready(), q_.suffix.at, [values](std::int64_t e) { return (*values)[std::size_t(e)]; },
          q_.suffix.moves, q_.point.cone());
    }
    if (cone_->steps() > q_.exact_budget) return nullptr;
    return &cone_->value(id, k);
  }
  int tie_index(NodeId id, std::int64_t k) const {
    for (std::size_t i = 0; i < q_.edges.ties.size(); ++i)
      if (q_.edges.ties[i].node == id && q_.edges.ties[i].element == k) return int(i);
    return -1;
  }
  bool pinned(NodeId id, std::int64_t k) const {
    if (q_.candidates.pinned.empty()) return false;
    const auto& pin = q_.candidates.pinned[std::size_t(c_)];
    return pin.node == id && pin.element == k;
  }
  bool unknown(const std::string& reason) {
    result_.answer = Answer::unknown, result_.reason = reason;
    return false;
  }
  bool leaves(NodeId id, std::int64_t k, const Interval& before, const Interval& after, int slot = -1) {
    result_.answer = Answer::outside, result_.node = id, result_.element = k, result_.slot = slot;
    result_.at_input = before, result_.at_candidate = after;
    return false;
  }

  bool activation_stays(NodeId id, const net::Node& node, std::int64_t k) {
    const net::Curve& curve = std::get<net::Activation>(node.op).curve(k);
    if (curve.kinks.empty()) return true;
    const Interval& z = at(node.inputs[0], k);
    const int on = q_.point.branch().choice[std::size_t(id)][std::size_t(k)];
    const int tie = q_.edges.ties.empty() ? -1 : tie_index(id, k);
    auto pieces = pieces_at(curve, z);
    if (pieces.empty()) {
      const Rational* value = exact(node.inputs[0], k);
      if (!value) return unknown("an exact value was out of reach");
      pieces = pieces_at(curve, *value);
    }
    if (tie >= 0) {
      allowed_[std::size_t(tie)] = pieces;
      const auto& options = q_.edges.ties[std::size_t(tie)].options;
      if (std::any_of(pieces.begin(), pieces.end(),
                      [&](int p) { return std::count(options.begin(), options.end(), p) > 0; }))
        return true;
    } else if (std::count(pieces.begin(), pieces.end(), on) || structural_tie(id, k)) {
      return true;
    }
    return leaves(id, k, q_.point.bound(node.inputs[0], k), z);
  }

  bool maximum_stays(NodeId id, const net::Node& node, std::int64_t k) {
    const auto from = candidates(q_.point.ready(), id, k);
    if (from.size() == 1) return true;
    const auto* max = std::get_if<net::Max>(&node.op);
    const bool minimum = max && max->minimum;
    const int on = q_.point.branch().choice[std::size_t(id)][std::size_t(k)];
    const int tie = q_.edges.ties.empty() ? -1 : tie_index(id, k);
    std::vector<int> options{on};
    if (tie >= 0) options = q_.edges.ties[std::size_t(tie)].options;
    std::vector<int> good;
    int overtaker = -1;
    for (const int slot : options) {
      bool largest = true;
      for (int other = 0; other < int(from.size()) && largest; ++other) {
        if (other == slot || from[std::size_t(other)] == from[std::size_t(slot)]) continue;
        const int order = compare(from[std::size_t(slot)], from[std::size_t(other)], minimum);
        if (order == 2) return unknown("an exact value was out of reach");
        if ((minimum ? -order : order) < 0) largest = false, overtaker = other;
      }
      if (largest) good.push_back(slot);
    }
    if (tie >= 0) allowed_[std::size_t(tie)] = good;
    if (!good.empty()) return true;
    const auto& [wn, we] = from[std::size_t(on)];
    const auto& [on_, oe] = from[std::size_t(overtaker)];
    return leaves(id, k, q_.point.bound(wn, we) - q_.point.bound(on_, oe), at(wn, we) - at(on_, oe), overtaker);
  }

  // -1, 0, +1, or 2 when it cannot be decided.
  int compare(const std::pair<NodeId, std::int64_t>& a, const std::pair<NodeId, std::int64_t>& b, bool minimum) {
    const Interval &x = at(a.first, a.second), &y = at(b.first, b.second);
    if (x.lo >= y.hi && y.lo == y.hi && x.lo == x.hi) return x.lo > y.lo ? 1 : 0;
    if (x.lo > y.hi) return 1;
    if (x.hi < y.lo) return -1;
    if (x.lo == x.hi && y.lo == y.hi) return 0;
    if (!minimum && x.lo >= y.hi) return 1;  // not smaller: all that is asked
    if (minimum && x.hi <= y.lo) return -1;
    const Rational* p = exact(a.first, a.second);
    const Rational first = p ? *p : Rational();
    const Rational* q = exact(b.first, b.second);
    if (!p || !q) return 2;
    return Rational::compare(first, *q);
  }

  // A tie at the input that is no edge: its argument does not depend on T while the other units stay.
  bool structural_tie(NodeId id, std::int64_t k) const {
    for (const Tie& tie : q_.point.ties())
      if (tie.node == id && tie.element == k) return true;
    return false;
  }

  bool on_a_full_branch() const {
    return std::any_of(q_.edges.full.begin(), q_.edges.full.end(), [&](const std::vector<int>& branch) {
      for (std::size_t i = 0; i < branch.size(); ++i)
        if (branch[i] >= 0 && !std::count(allowed_[i].begin(), allowed_[i].end(), branch[i])) return false;
      return true;
    });
  }

  const Question& q_;
  std::int64_t c_;
  Membership result_;
  std::unique_ptr<ExactCone> cone_;
  std::vector<std::vector<int>> allowed_;  // per edge: options whose closed piece contains the candidate
};

}  // namespace

std::vector<Membership> in_cell(const Question& q) {
  std::vector<Membership> out;
  for (std::int64_t c = 0; c < q.candidates.count; ++c) {
    if (q.edges.complete) {
      out.push_back(CellTest(q, c).run());
    } else {
      Membership m;
      m.reason = "edges: more units at a kink than the budget enumerates";
      out.push_back(m);
    }
  }
  return out;
}

namespace {

// The piece on at a candidate, or next to it on the side of the input for the pinned unit; -1 undecided.
int piece_near_candidate(const Question& q, NodeId id, std::int64_t c, std::int64_t k) {
  const net::Node& node = q.point.network().node(id);
  auto value = [&](NodeId in, std::int64_t e) -> const Interval& {
    const bool moved = in == q.suffix.at || q.suffix.moves[std::size_t(in)];
    return moved ? q.values.of[std::size_t(in)][std::size_t(c * q.point.network().node(in).size() + e)]
                 : q.point.bound(in, e);
  };
  if (const auto* a = std::get_if<net::Activation>(&node.op)) {
    const auto pieces = pieces_at(a->curve(k), value(node.inputs[0], k));
    if (pieces.size() == 1) return pieces[0];
    const int on = q.point.branch().choice[std::size_t(id)][std::size_t(k)];
    if (q.candidates.pinned.empty()) return -1;
    const auto& pin = q.candidates.pinned[std::size_t(c)];  // the one unit that moves straight from its piece to 0
    const bool is_pinned = pin.node == node.inputs[0] && pin.element == k;
    return is_pinned && pieces.size() == 2 && std::count(pieces.begin(), pieces.end(), on) ? on : -1;
  }
  const auto from = candidates(q.point.ready(), id, k);
  const auto* max = std::get_if<net::Max>(&node.op);
  const bool minimum = max && max->minimum;
  for (std::size_t slot = 0; slot < from.size(); ++slot) {
    bool wins = true;
    for (std::size_t other = 0; other < from.size() && wins; ++other) {
      if (other == slot) continue;
      const Interval &x = value(from[slot].first, from[slot].second), &y = value(from[other].first, from[other].second);
      wins = minimum ? x.hi < y.lo : x.lo > y.hi;
    }
    if (wins) return int(slot);
  }
  return -1;
}

}  // namespace

std::vector<Membership> in_linear_region(const Question& q, const std::vector<Membership>& cell) {
  std::vector<Membership> out(cell.size());
  std::vector<std::int64_t> asked;
  for (std::size_t c = 0; c < cell.size(); ++c) {
    if (cell[c].answer == Answer::inside)
      out[c] = cell[c];
    else
      asked.push_back(std::int64_t(c));
  }
  if (asked.empty()) return out;
  const net::Network& network = q.point.network();
  const std::int64_t size = network.node(q.suffix.at).size();
  std::vector<Interval> here, there;
  if (q.edges.none()) {
    here = suffix_gradient(q.point, q.suffix, 1, network.output(), q.target, choice_of(q.point.branch()));
    there = suffix_gradient(q.point, q.suffix, std::int64_t(asked.size()), network.output(), q.target,
                            [&](NodeId id, std::int64_t a, std::int64_t k) {
                              return piece_near_candidate(q, id, asked[std::size_t(a)], k);
                            });
  }
  const bool affordable = suffix_cost(q.point.ready(), q.suffix) * 40 <= q.exact_budget;
  for (std::size_t a = 0; a < asked.size(); ++a) {
    Membership& m = out[std::size_t(asked[a])];
    for (std::int64_t k = 0; k < size && !here.empty(); ++k) {
      const Interval& g = there[a * std::size_t(size) + std::size_t(k)];
      if (!disjoint(here[std::size_t(k)], g)) continue;
      m.answer = Answer::outside, m.element = k, m.at_input = here[std::size_t(k)], m.at_candidate = g;
      break;
    }
    if (m.answer == Answer::outside) continue;
    if (const auto quick = here.empty() ? std::nullopt : walk_enclosed(q, asked[a], here)) {
      m = *quick;
      continue;
    }
    const auto* exact = affordable && q.exact ? q.exact(asked[a]) : nullptr;
    if (exact) {
      m = walk_segment(q, *exact);
      continue;
    }
    const auto bracket = affordable && q.bracket ? q.bracket(asked[a]) : std::nullopt;
    if (bracket)
      m = walk_segment(q, bracket->end, bracket->sure);
    else
      m.reason = affordable ? "the root is not exactly known" : "budget: the segment's pieces were not enumerated";
  }
  return out;
}

}  // namespace lrproof::region
