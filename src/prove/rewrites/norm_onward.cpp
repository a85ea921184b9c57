// A norm (and a ReLU behind it) that went on into the affine node behind: the numbers of that node are recomputed apart
// from the rewrite. Scales and shifts come from the stored parameters of the norm (NET-3), the channel of every element
// on the way from what net::Linear reads, output element by output element. A threshold is not compared with a formula:
// both sides of max(s x + h, 0) = S c(x) + H are continuous and piecewise linear, so they are equal everywhere when
// they are equal at all kinks and at one point beyond the outermost ones.
#include <algorithm>
#include <set>

#include "net/batch_norm.hpp"
#include "net/curve.hpp"
#include "net/linear.hpp"
#include "prove/instance.hpp"

namespace lrproof::prove {

namespace {

using net::NodeId;
using num::Rational;

std::string quote(const std::string& name) { return "'" + name + "'"; }

/// S y + H per channel of the norm.
struct Maps {
  std::vector<Rational> scale, shift;
};

Maps maps_of(const net::BatchNorm& norm) {
  Maps maps;
  for (std::size_t c = 0; c < norm.gamma.size(); ++c) {
    const Rational s(net::nearest_scale(norm.gamma.rational(c), norm.variance.rational(c) + norm.epsilon));
    maps.scale.push_back(s);
    maps.shift.push_back(norm.beta.rational(c) - s * norm.mean.rational(c));
  }
  return maps;
}

bool is_relu(const net::Node& node) {
  const auto* a = std::get_if<net::Activation>(&node.op);
  return a && std::ranges::all_of(a->curves, [](const auto& curve) { return curve == net::relu_curve(); });
}

/// max(s x + h, 0) = S c(x) + H for all x?
bool same_threshold(const net::Curve& curve, const Rational& s, const Rational& h, const Rational& scale,
                    const Rational& shift) {
  if (!net::is_continuous(curve)) return false;
  std::vector<Rational> points = curve.kinks;
  points.push_back(s.is_zero() ? Rational(0) : -h / s);
  const auto [least, greatest] = std::ranges::minmax_element(points);
  const Rational below = *least - Rational(1), above = *greatest + Rational(1);
  points.push_back(below), points.push_back(above);
  return std::ranges::all_of(points, [&](const Rational& x) {
    const auto piece = net::piece_at(curve, x);
    return num::max(s * x + h, Rational(0)) == scale * (curve.slopes[piece] * x + curve.intercepts[piece]) + shift;
  });
}

struct Onward {
  const net::Network &before, &after;
  const std::vector<std::string>& nodes;  // affine, norm, [relu], what lies between
  InstanceCheck check;
  Maps maps;
  std::vector<std::int32_t> channel;  // of every element of the affine node's operand

  bool fail(std::string why) {
    check.fault = std::move(why);
    return false;
  }
  const net::Node& old_node(const std::string& name) const { return before.node(before.find(name)); }
  const net::Node& new_node(const std::string& name) const { return after.node(after.find(name)); }

  // The matched nodes are one line of data flow, before and after.
  bool chain() {
    std::vector<std::string> line(nodes.begin() + 1, nodes.end());
    line.push_back(nodes[0]);
    for (const auto& name : line)
      if (before.find(name) < 0 || (name != nodes[1] && after.find(name) < 0))
        return fail("node " + quote(name) + " is missing");
    const auto* norm = std::get_if<net::BatchNorm>(&old_node(nodes[1]).op);
    if (!norm) return fail("node " + quote(nodes[1]) + " is no batch norm");
    maps = maps_of(*norm);
    const NodeId source = old_node(nodes[1]).inputs[0];
    for (std::size_t k = 1; k < line.size(); ++k) {
      const auto &was = old_node(line[k]), &is = new_node(line[k]);
      const auto& below = k == 1 ? before.node(source).name : line[k - 1];
      if (was.inputs != std::vector<NodeId>{before.find(line[k - 1])} || is.inputs.size() != 1 ||
          after.node(is.inputs[0]).name != below)
        return fail("node " + quote(line[k]) + " reads something else");
      if (was.shape != is.shape) return fail("node " + quote(line[k]) + " has another shape");
    }
    check.footprint.matched = nodes;
    check.footprint.made.assign(line.begin() + 1, line.end());
    check.footprint.carries[nodes[0]] = nodes[0];
    return true;
  }

  bool thresholds(const std::string& name) {
    const auto* activation = std::get_if<net::Activation>(&new_node(name).op);
    if (!activation || !is_relu(old_node(name))) return fail("node " + quote(name) + " is no ReLU that became a curve");
    Maps rest = maps;  // what goes on; where s = 0 the curve is a constant and nothing is left of the norm
    std::set<std::pair<std::size_t, const net::Curve*>> seen;
    for (std::size_t c = 0; c < maps.scale.size(); ++c)
      if (maps.scale[c].is_zero()) rest.scale[c] = Rational(1), rest.shift[c] = Rational(0);
    const net::Linear norm(before, before.find(nodes[1]));
    for (std::int64_t e = 0; e < norm.out_size(); ++e) {
      std::size_t c = 0;
      norm.taps(e, [&](std::int64_t, std::int64_t weight) { c = std::size_t(weight); });
      const auto& curve = activation->curve(e);
      if (!seen.emplace(c, &curve).second) continue;
      if (!same_threshold(curve, maps.scale[c], maps.shift[c], rest.scale[c], rest.shift[c]))
        return fail("node " + quote(name) + ": the curve of element " + std::to_string(e) + " is not that of channel " +
                    std::to_string(c));
      ++check.numbers;
    }
    maps = std::move(rest);
    return true;
  }

  // Channels along the way; an average has the one channel of all that it reads, and shares that add up to 1.
  bool way(std::size_t first) {
    const net::Linear norm(before, before.find(nodes[1]));
    channel.assign(std::size_t(norm.out_size()), 0);
    for (std::int64_t e = 0; e < norm.out_size(); ++e)
      norm.taps(e, [&](std::int64_t, std::int64_t weight) { channel[std::size_t(e)] = std::int32_t(weight); });
    for (std::size_t k = first; k < nodes.size(); ++k) {
      const auto &was = old_node(nodes[k]), &is = new_node(nodes[k]);
      if (was.op != is.op || was.type != is.type) return fail("node " + quote(nodes[k]) + " changed");
      if (std::holds_alternative<net::Reshape>(was.op)) continue;
      if (!std::holds_alternative<net::AveragePool>(was.op))
        return fail("node " + quote(nodes[k]) + " is neither a reshape nor an average");
      if (!average(before.find(nodes[k]))) return false;
    }
    return true;
  }
  bool average(NodeId id) {
    const net::Linear pool(before, id);
    std::vector<std::int32_t> above(std::size_t(pool.out_size()), -1);
    for (std::int64_t e = 0; e < pool.out_size(); ++e) {
      bool one = true;
      std::int64_t count = 0, share = 0;
      auto& mine = above[std::size_t(e)];
      pool.taps(e, [&](std::int64_t in, std::int64_t weight) {
        if (mine < 0) mine = channel[std::size_t(in)], share = weight;
        one = one && mine == channel[std::size_t(in)] && weight == share;
        ++count;
      });
      if (!one || count == 0 || Rational(long(count)) * pool.weights().rational(std::size_t(share)) != Rational(1))
        return fail("the average " + quote(before.node(id).name) + " does not commute with a shift of its channels");
    }
    channel = std::move(above);
    return true;
  }
};

bool same_geometry(const net::Node& a, const net::Node& b) {
  if (a.shape != b.shape || a.type != b.type || a.op.index() != b.op.index()) return false;
  if (const auto* left = std::get_if<net::Dense>(&a.op)) {
    const auto& right = std::get<net::Dense>(b.op);
    return left->in == right.in && left->out == right.out && left->rows == right.rows && left->rows == 1;
  }
  const auto *left = std::get_if<net::Conv>(&a.op), *right = std::get_if<net::Conv>(&b.op);
  return left && left->window == right->window && left->groups == right->groups &&
         left->transposed == right->transposed && left->weight.size() == right->weight.size();
}

struct Numbers : Onward {
  // A convolution's weight multiplies one element of a channel at each position: axis 1 must be the norm's.
  bool channel_axis() {
    if (std::holds_alternative<net::Dense>(old_node(nodes[0]).op)) return true;
    const auto& operand = before.node(old_node(nodes[0]).inputs[0]);
    const auto plane = operand.size() / operand.shape[1];
    for (std::int64_t e = 0; e < operand.size(); ++e)
      if (channel[std::size_t(e)] != channel[std::size_t(e / plane * plane)])
        return fail("axis 1 of what " + quote(nodes[0]) + " reads is not the channel axis of the norm");
    return true;
  }
  // Weight by weight: each multiplies one channel. A weight under padding everywhere multiplies no input.
  bool weights(const net::Linear& was, const net::Linear& is) {
    std::vector<std::int32_t> of(std::size_t(was.weight_size()), -1);
    auto open = was.weight_size();
    for (const auto out : by_position(was))
      if (open > 0)
        was.taps(out, [&](std::int64_t in, std::int64_t weight) {
          if (auto& slot = of[std::size_t(weight)]; slot < 0) slot = channel[std::size_t(in)], --open;
        });
    for (std::size_t k = 0; k < of.size(); ++k) {
      if (of[k] < 0) continue;
      const auto right = maps.scale[std::size_t(of[k])] * was.weights().rational(k), found = is.weights().rational(k);
      if (found != right)
        return fail("node " + quote(nodes[0]) + ": weight " + std::to_string(k) + " is " + found.to_string() +
                    ", not " + right.to_string());
      ++check.numbers;
    }
    return true;
  }
  // Output elements, all channels of one position before the next position.
  std::vector<std::int64_t> by_position(const net::Linear& was) const {
    const auto channels = old_node(nodes[0]).shape[1], plane = was.out_size() / channels;
    std::vector<std::int64_t> order;
    for (std::int64_t p = 0; p < plane; ++p)
      for (std::int64_t c = 0; c < channels; ++c) order.push_back(c * plane + p);
    return order;
  }
  // Which positions have the same weights inside, by those of output channel 0: the window's geometry does not depend
  // on the channel.
  std::vector<std::size_t> border_classes(const net::Linear& was, std::int64_t plane) const {
    std::map<std::vector<std::int64_t>, std::size_t> known;
    std::vector<std::size_t> of;
    for (std::int64_t p = 0; p < plane; ++p) {
      std::vector<std::int64_t> inside;
      was.taps(p, [&](std::int64_t, std::int64_t weight) { inside.push_back(weight); });
      of.push_back(known.try_emplace(std::move(inside), known.size()).first->second);
    }
    return of;
  }
  Rational added(const net::Linear& was, std::int64_t out) const {
    Rational sum;
    was.taps(out, [&](std::int64_t in, std::int64_t weight) {
      sum.add_product(was.weights().rational(std::size_t(weight)), maps.shift[std::size_t(channel[std::size_t(in)])]);
    });
    return sum;
  }
  bool biases(const net::Linear& was, const net::Linear& is) {
    const bool dense = std::holds_alternative<net::Dense>(old_node(nodes[0]).op);
    const auto plane = dense ? 1 : was.out_size() / old_node(nodes[0]).shape[1], channels = was.out_size() / plane;
    const auto class_of = dense ? std::vector<std::size_t>{0} : border_classes(was, plane);
    for (std::int64_t c = 0; c < channels; ++c) {
      std::map<std::size_t, Rational> sums;
      for (std::int64_t p = 0; p < plane; ++p) {
        const auto out = c * plane + p;
        const auto [place, fresh] = sums.try_emplace(class_of[std::size_t(p)]);
        if (fresh) place->second = added(was, out);
        const auto right = was.bias().rational(std::size_t(was.bias_of(out))) + place->second;
        const auto found = is.bias().rational(std::size_t(is.bias_of(out)));
        if (found != right)
          return fail("node " + quote(nodes[0]) + ": the bias of output element " + std::to_string(out) + " is " +
                      found.to_string() + ", not " + right.to_string());
        ++check.numbers;
      }
    }
    return true;
  }
  // Both sides at some output elements and a deterministic rational input: guards the recomputation itself.
  bool points(const net::Linear& was, const net::Linear& is) {
    constexpr std::int64_t kPoints = 16;
    for (std::int64_t n = 0; n < std::min(kPoints, was.out_size()); ++n) {
      const auto out = n * (was.out_size() - 1) / std::max<std::int64_t>(1, kPoints - 1) % was.out_size();
      const auto at = [out](std::int64_t in) { return Rational(long((in * 11 + out * 5) % 17 - 8), 3L); };
      Rational before_sum = was.bias().rational(std::size_t(was.bias_of(out)));
      Rational after_sum = is.bias().rational(std::size_t(is.bias_of(out)));
      was.taps(out, [&](std::int64_t in, std::int64_t weight) {
        const auto c = std::size_t(channel[std::size_t(in)]);
        before_sum.add_product(was.weights().rational(std::size_t(weight)), maps.scale[c] * at(in) + maps.shift[c]);
      });
      is.taps(out, [&](std::int64_t in, std::int64_t weight) {
        after_sum.add_product(is.weights().rational(std::size_t(weight)), at(in));
      });
      if (before_sum != after_sum)
        return fail("node " + quote(nodes[0]) + ": output element " + std::to_string(out) + " changed its value");
      ++check.points;
    }
    return true;
  }
  bool all(bool threshold) {
    if (!chain() || (threshold && !thresholds(nodes[2])) || !way(threshold ? 3 : 2)) return false;
    if (!same_geometry(old_node(nodes[0]), new_node(nodes[0])))
      return fail("node " + quote(nodes[0]) + " changed more than its numbers");
    const net::Linear was(before, before.find(nodes[0])), is(after, after.find(nodes[0]));
    return channel_axis() && weights(was, is) && biases(was, is) && points(was, is);
  }
};

InstanceCheck check_norm(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes,
                         bool threshold) {
  Numbers numbers{{before, after, nodes, {}, {}, {}}};
  if (nodes.size() < (threshold ? 3U : 2U))
    numbers.fail("a matched node is missing");
  else
    numbers.all(threshold);
  return std::move(numbers.check);
}

}  // namespace

InstanceCheck check_norm_onward(const net::Network& before, const net::Network& after,
                                const std::vector<std::string>& nodes) {
  return check_norm(before, after, nodes, false);
}

InstanceCheck check_norm_relu_onward(const net::Network& before, const net::Network& after,
                                     const std::vector<std::string>& nodes) {
  return check_norm(before, after, nodes, true);
}

}  // namespace lrproof::prove
