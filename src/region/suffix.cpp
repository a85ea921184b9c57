#include "region/suffix.hpp"

#include <algorithm>

namespace lrproof::region {

using net::NodeId;
using num::Interval;
using num::Rational;

Suffix make_suffix(const net::Network& network, NodeId at) {
  const auto n = std::size_t(network.size());
  std::vector<bool> needed(n), free(n);  // free: reachable from the input without passing T
  needed[std::size_t(network.output())] = true;
  for (NodeId id = network.output(); id > 0; --id)
    if (needed[std::size_t(id)])
      for (const NodeId in : network.node(id).inputs) needed[std::size_t(in)] = true;
  Suffix s;
  s.at = at;
  s.moves.resize(n);
  free[0] = at != 0;
  for (NodeId id = 1; id < network.size(); ++id) {
    if (id == at) continue;
    for (const NodeId in : network.node(id).inputs) {
      if (free[std::size_t(in)]) free[std::size_t(id)] = true;
      if (needed[std::size_t(id)] && (in == at || s.moves[std::size_t(in)])) s.moves[std::size_t(id)] = true;
    }
    if (s.moves[std::size_t(id)]) s.nodes.push_back(id);
  }
  s.cuts = !free[std::size_t(network.output())];
  return s;
}

net::Values<Interval> evaluate_suffix(const Point& point, const Suffix& suffix, const Candidates& candidates) {
  const net::Network& network = point.network();
  net::Values<Interval> values;
  values.batch = candidates.count;
  values.of.resize(std::size_t(network.size()));
  values.of[std::size_t(suffix.at)] = candidates.values;
  auto pin = [&](NodeId id) {
    for (std::size_t c = 0; c < candidates.pinned.size(); ++c)
      if (candidates.pinned[c].node == id)
        values
            .of[std::size_t(id)][c * std::size_t(network.node(id).size()) + std::size_t(candidates.pinned[c].element)] =
            Interval();
  };
  pin(suffix.at);
  for (const NodeId id : suffix.nodes) {
    const net::Node& node = network.node(id);
    std::vector<std::vector<Interval>> frozen(node.inputs.size());
    std::vector<std::span<const Interval>> operands;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      const auto in = std::size_t(node.inputs[k]);
      if (node.inputs[k] == suffix.at || suffix.moves[in]) {
        operands.emplace_back(values.of[in]);
        continue;
      }
      const auto& value = point.bounds().of[in];
      for (std::int64_t c = 0; c < candidates.count; ++c) frozen[k].insert(frozen[k].end(), value.begin(), value.end());
      operands.emplace_back(frozen[k]);
    }
    values.of[std::size_t(id)] = point.ready().node(id, operands, candidates.count);
    pin(id);
  }
  return values;
}

namespace {

// Adds the gradient at a node's output to its moved operands. S is Interval or Rational.
template <class S>
class Backward {
 public:
  Backward(const Point& point, const Suffix& suffix, std::int64_t count, NodeId node, std::int64_t element,
           const Choice& choice)
      : point_(point), network_(point.network()), suffix_(suffix), count_(count), choice_(choice) {
    gradient_.resize(std::size_t(network_.size()));
    auto& top = at(node);
    for (std::int64_t c = 0; c < count; ++c) top[std::size_t(c * network_.node(node).size() + element)] = S(1);
  }

  std::vector<S> run() {
    run_all();
    return std::move(at(suffix_.at));
  }

  // Every tensor's gradient; a node that nothing reaches stays empty.
  std::vector<std::vector<S>>& run_all() {
    for (auto id = suffix_.nodes.rbegin(); id != suffix_.nodes.rend(); ++id)
      if (!gradient_[std::size_t(*id)].empty()) step(*id);
    return gradient_;
  }

 private:
  std::vector<S>& at(NodeId id) {
    auto& g = gradient_[std::size_t(id)];
    if (g.empty()) g.resize(std::size_t(count_ * network_.node(id).size()));
    return g;
  }
  bool moved(NodeId id) const { return id == suffix_.at || suffix_.moves[std::size_t(id)]; }

  void step(NodeId id) {
    const net::Node& node = network_.node(id);
    const auto& g = gradient_[std::size_t(id)];
    if (net::is_affine(node.op)) return affine(id, node, g);
    if (const auto* a = std::get_if<net::Activation>(&node.op)) return activation(id, node, *a, g);
    if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op))
      return maximum(id, node, g);
    for (std::int64_t c = 0; c < count_; ++c)
      for (std::int64_t k = 0; k < node.size(); ++k) {
        const auto [in, element] = moved_from(network_, id, k);
        if (in >= 0 && moved(in))
          at(in)[std::size_t(c * network_.node(in).size() + element)] += g[std::size_t(c * node.size() + k)];
      }
  }

  void affine(NodeId id, const net::Node& node, const std::vector<S>& g) {
    const net::Linear& linear = point_.ready().linear(id);
    std::vector<S> down(std::size_t(count_ * linear.in_size()));
    if constexpr (std::same_as<S, Interval>)
      point_.ready().apply_adjoint(id, g, down, count_);
    else if (!linear.apply_adjoint_stored(g, down, count_))
      linear.apply_adjoint<S>(linear.weights().template as<S>(), g, down, count_);
    std::int64_t offset = 0;
    for (const NodeId in : node.inputs) {
      const std::int64_t size = network_.node(in).size();
      if (moved(in))
        for (std::int64_t c = 0; c < count_; ++c)
          for (std::int64_t k = 0; k < size; ++k)
            at(in)[std::size_t(c * size + k)] += down[std::size_t(c * linear.in_size() + offset + k)];
      offset += size;
    }
  }

  void activation(NodeId id, const net::Node& node, const net::Activation& a, const std::vector<S>& g) {
    if (!moved(node.inputs[0])) return;
    std::vector<S> slopes;  // of the first curve: the common case is one curve for all elements
    for (const auto& s : a.curves[0].slopes) slopes.push_back(num::from_rational<S>(s));
    auto& down = at(node.inputs[0]);
    for (std::int64_t c = 0; c < count_; ++c)
      for (std::int64_t k = 0; k < node.size(); ++k) {
        const auto e = std::size_t(c * node.size() + k);
        const int piece = choice_(id, c, k);
        const net::Curve& curve = a.curve(k);
        if (piece >= 0) {
          const S slope =
              a.curve_of.empty() ? slopes[std::size_t(piece)] : num::from_rational<S>(curve.slopes[std::size_t(piece)]);
          down[e] += g[e] * slope;
        } else if constexpr (std::same_as<S, Interval>) {
          Interval hull_of(curve.slopes[0]);
          for (const auto& s : curve.slopes) hull_of = hull(hull_of, Interval(s));
          down[e] += g[e] * hull_of;
        } else {
          LRPROOF_INVARIANT(false, "an exact gradient needs every piece");
        }
      }
  }

  void maximum(NodeId id, const net::Node& node, const std::vector<S>& g) {
    for (std::int64_t c = 0; c < count_; ++c)
      for (std::int64_t k = 0; k < node.size(); ++k) {
        const auto& value = g[std::size_t(c * node.size() + k)];
        const auto from = candidates(point_.ready(), id, k);
        const int winner = choice_(id, c, k);
        for (std::size_t slot = 0; slot < from.size(); ++slot) {
          const auto [in, element] = from[slot];
          if (!moved(in) || (winner >= 0 && int(slot) != winner)) continue;
          auto& down = at(in)[std::size_t(c * network_.node(in).size() + element)];
          if constexpr (std::same_as<S, Interval>)
            down += winner >= 0 ? value : value * Interval(0.0, 1.0);
          else
            down += value;
        }
      }
  }

  const Point& point_;
  const net::Network& network_;
  const Suffix& suffix_;
  std::int64_t count_;
  const Choice& choice_;
  std::vector<std::vector<S>> gradient_;
};

}  // namespace

std::vector<Interval> suffix_gradient(const Point& point, const Suffix& suffix, std::int64_t count, NodeId node,
                                      std::int64_t element, const Choice& choice) {
  return Backward<Interval>(point, suffix, count, node, element, choice).run();
}

std::vector<Rational> suffix_gradient_exact(const Point& point, const Suffix& suffix, NodeId node, std::int64_t element,
                                            const Choice& choice) {
  return Backward<Rational>(point, suffix, 1, node, element, choice).run();
}

std::vector<std::vector<Interval>> all_gradients(const Point& point, const Suffix& suffix, NodeId node,
                                                 std::int64_t element, const Choice& choice) {
  return std::move(Backward<Interval>(point, suffix, 1, node, element, choice).run_all());
}

Choice choice_of(const Branch& branch) {
  return [&branch](NodeId node, std::int64_t, std::int64_t element) {
    return int(branch.choice[std::size_t(node)][std::size_t(element)]);
  };
}

std::int64_t suffix_cost(const Ready& ready, const Suffix& suffix) {
  std::int64_t cost = 0;
  for (const NodeId id : suffix.nodes)
    if (net::is_affine(ready.network().node(id).op))
      cost += ready.linear(id).out_size() * ready.linear(id).fan_in(ready.linear(id).out_size() / 2);
  return cost;
}

namespace {

// The whole line's image under a continuous piecewise linear curve.
ElementBound range_of(const net::Curve& curve) {
  ElementBound range;
  const bool left_up = curve.slopes.front().sign() <= 0, right_up = curve.slopes.back().sign() >= 0;
  const bool left_down = curve.slopes.front().sign() >= 0, right_down = curve.slopes.back().sign() <= 0;
  for (std::size_t k = 0; k <= curve.kinks.size(); ++k) {
    if (k == curve.kinks.size() && k > 0) break;
    const Rational corner =
        curve.kinks.empty() ? curve.intercepts[0] : curve.slopes[k] * curve.kinks[k] + curve.intercepts[k];
    if (left_up && right_up) range.low = range.low ? num::min(*range.low, corner) : corner;
    if (left_down && right_down) range.high = range.high ? num::max(*range.high, corner) : corner;
  }
  return range;
}

ElementBound widest(const std::vector<ElementBound>& parts) {
  ElementBound all = parts[0];
  for (const auto& b : parts) {
    all.low = all.low && b.low ? std::optional(num::min(*all.low, *b.low)) : std::nullopt;
    all.high = all.high && b.high ? std::optional(num::max(*all.high, *b.high)) : std::nullopt;
  }
  return all;
}

}  // namespace

ElementBound producer_bound(const Ready& ready, NodeId id, std::int64_t element, const ElementBound& input) {
  const net::Network& network = ready.network();
  const net::Node& node = network.node(id);
  if (id == 0) return input;
  if (const auto* c = std::get_if<net::Constant>(&node.op)) {
    const Rational v = c->value.rational(std::size_t(element));
    return {v, v};
  }
  if (const auto* a = std::get_if<net::Activation>(&node.op)) return range_of(a->curve(element));
  std::vector<ElementBound> parts;
  if (std::holds_alternative<net::MaxPool>(node.op) || std::holds_alternative<net::Max>(node.op)) {
    for (const auto& [in, from] : candidates(ready, id, element))
      parts.push_back(producer_bound(ready, in, from, input));
    return widest(parts);
  }
  if (const auto* pool = std::get_if<net::AveragePool>(&node.op)) {
    if (pool->count_include_pad) parts.push_back({Rational(0), Rational(0)});
    ready.linear(id).taps(element, [&](std::int64_t from, std::int64_t) {
      parts.push_back(producer_bound(ready, node.inputs[0], from, input));
    });
    return parts.empty() ? ElementBound{} : widest(parts);
  }
  const bool structural = std::holds_alternative<net::Concat>(node.op) ||
                          std::holds_alternative<net::Select>(node.op) || std::holds_alternative<net::Reshape>(node.op);
  if (!structural) return {};
  const auto [in, from] = moved_from(network, id, element);
  if (in >= 0) return producer_bound(ready, in, from, input);
  const Rational fill = std::get<net::Select>(node.op).fill;
  return {fill, fill};
}

}  // namespace lrproof::region
