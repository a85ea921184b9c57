#pragma once
// The rules again, loop by loop over taps and in rationals: what the engine is compared with.
#include "net/linear.hpp"
#include "samples.hpp"

namespace lrproof::samples::slow {

struct Result {
  std::vector<std::vector<Rational>> of;     ///< relevance, batch 1
  std::vector<std::vector<Rational>> given;  ///< by node: what unit j gave to operands that are no stored tensors
};

inline Rational pos(const Rational& t) { return t.sign() > 0 ? t : Rational(); }
inline Rational neg(const Rational& t) { return t.sign() < 0 ? t : Rational(); }

inline Rational phi(Phi which, const Rational& a, const attr::Options& o) {
  switch (which) {
    case Phi::one:
      return 1;
    case Phi::a:
      return a;
    case Phi::pos:
      return pos(a);
    case Phi::neg:
      return neg(a);
    case Phi::low:
      return o.low[0];
    case Phi::high:
      return o.high[0];
  }
  return 0;
}
inline Rational psi(Psi which, const Rational& w) {
  switch (which) {
    case Psi::one:
      return 1;
    case Psi::w:
      return w;
    case Psi::pos:
      return pos(w);
    case Psi::neg:
      return neg(w);
    case Psi::square:
      return w * w;
    case Psi::pos_square:
      return pos(w) * pos(w);
    case Psi::neg_square:
      return neg(w) * neg(w);
    case Psi::abs:
      return w.sign() < 0 ? -w : w;
  }
  return 0;
}
inline Rational chi(Chi which, const Rational& b) {
  switch (which) {
    case Chi::b:
      return b;
    case Chi::pos:
      return pos(b);
    case Chi::neg:
      return neg(b);
    case Chi::square:
      return b * b;
    case Chi::pos_square:
      return pos(b) * pos(b);
    case Chi::neg_square:
      return neg(b) * neg(b);
  }
  return Rational();
}
inline bool open(Gate gate, const Rational& z) {
  switch (gate) {
    case Gate::always:
      return true;
    case Gate::positive:
      return z.sign() > 0;
    case Gate::negative:
      return z.sign() < 0;
    case Gate::non_negative:
      return z.sign() >= 0;
    case Gate::non_positive:
      return z.sign() <= 0;
  }
  return true;
}
inline Rational stabilized(const rule::Stabilizer& s, const Rational& d) {
  const int sign = d.sign() == 0 ? s.zero_sign : d.sign();
  const Rational up = sign > 0 ? s.epsilon : -s.epsilon;
  switch (s.kind) {
    case rule::Stabilizer::Kind::none:
      return d;
    case rule::Stabilizer::Kind::signed_:
      return d + up;
    case rule::Stabilizer::Kind::unsigned_:
      return d + s.epsilon;
    case rule::Stabilizer::Kind::clip:
      return num::abs(d) < s.epsilon ? up : d;
    case rule::Stabilizer::Kind::zero_only:
      return d.is_zero() ? s.epsilon : d;
  }
  return d;
}

/// One traversal at one sample. values: batch 1.
struct Walk {
  const net::Network& network;
  const rule::Assignment& assignment;
  const net::Values<Rational>& values;
  attr::Options options;
  Result out{};

  void give(net::NodeId node, std::int64_t j, net::NodeId to, std::int64_t i, const Rational& r) {
    auto& sink = out.of[std::size_t(to)];
    if (sink.empty()) sink.resize(std::size_t(network.node(to).size()));
    sink[std::size_t(i)] += r;
    if (!std::holds_alternative<net::Constant>(network.node(to).op)) out.given[std::size_t(node)][std::size_t(j)] += r;
  }
  const Rational& value(net::NodeId id, std::int64_t k) const { return values.of[std::size_t(id)][std::size_t(k)]; }

  void affine_unit(net::NodeId id, std::int64_t j, const Rational& r, const net::Linear& linear) {
    const net::Node& node = network.node(id);
    auto place = [&](std::int64_t i) {
      std::size_t o = 0;
      while (i >= network.node(node.inputs[o]).size()) i -= network.node(node.inputs[o++]).size();
      return std::pair{node.inputs[o], i};
    };
    const auto& rule = *assignment.of[std::size_t(id)];
    if (const auto* plain_rule = std::get_if<rule::NamedRule>(&rule.body)) {
      if (plain_rule->kind == Kind::pass) give(id, j, node.inputs[0], j, r);
      if (plain_rule->kind == Kind::gradient)
        linear.taps(j, [&](std::int64_t i, std::int64_t w) {
          const auto [from, at] = place(i);
          give(id, j, from, at, linear.weights().rational(std::size_t(w)) * r);
        });
      return;
    }
    for (const rule::Term& term : std::get<rule::AffineRule>(rule.body).terms) {
      if (!open(term.gate, value(id, j))) continue;
      auto numerator = [&](std::int64_t i, std::int64_t w) {
        const auto [from, at] = place(i);
        Rational n;
        for (const auto& p : term.numerator)
          n += p.coefficient * phi(p.phi, value(from, at), options) *
               psi(p.psi, linear.weights().rational(std::size_t(w)));
        return n;
      };
      Rational d;
      linear.taps(j, [&](std::int64_t i, std::int64_t w) { d += numerator(i, w); });
      if (!linear.bias().empty())
        for (const auto& b : term.bias)
          d += b.coefficient * chi(b.chi, linear.bias().rational(std::size_t(linear.bias_of(j))));
      const Rational s = stabilized(term.stabilizer, d);
      if (s.is_zero()) continue;
      linear.taps(j, [&](std::int64_t i, std::int64_t w) {
        const auto [from, at] = place(i);
        give(id, j, from, at, term.share * numerator(i, w) / s * r);
      });
    }
  }
  /// Is output times relevance above the percentile of its layer, between neighbours linearly?
  bool stands_out(net::NodeId id, std::int64_t j, const Rational& percent) const {
    std::vector<Rational> products;
    for (std::int64_t k = 0; k < network.node(id).size(); ++k)
      products.push_back(value(id, k) * out.of[std::size_t(id)][std::size_t(k)]);
    const Rational own = products[std::size_t(j)];
    std::sort(products.begin(), products.end());
    Rational rest = percent * Rational(long(products.size()) - 1) / Rational(100);
    std::size_t below = 0;
    while (rest >= Rational(1)) rest = rest - Rational(1), ++below;
    const Rational& next = products[std::min(below + 1, products.size() - 1)];
    return own > products[below] + rest * (next - products[below]);
  }
  void activation_unit(net::NodeId id, std::int64_t j, const Rational& r) {
    const net::NodeId from = network.node(id).inputs[0];
    const auto& rule = std::get<rule::NamedRule>(assignment.of[std::size_t(id)]->body);
    const Rational& z = value(from, j);
    if (rule.kind == Kind::rectgrad && stands_out(id, j, rule.parameter)) give(id, j, from, j, r);
    if (rule.kind == Kind::pass) give(id, j, from, j, r);
    if (rule.kind == Kind::deconvnet) give(id, j, from, j, pos(r));
    if (rule.kind == Kind::guided_backprop && z.sign() > 0) give(id, j, from, j, pos(r));
    if (rule.kind == Kind::gradient) {
      const auto& curve = std::get<net::Activation>(network.node(id).op).curve(j);
      std::size_t piece = 0;
      while (piece < curve.kinks.size() && curve.kinks[piece] < z) ++piece;
      give(id, j, from, j, curve.slopes[piece] * r);
    }
  }
  void max_unit(net::NodeId id, std::int64_t j, const Rational& r,
                const std::vector<std::pair<net::NodeId, std::int64_t>>& read) {
    const auto kind = std::get<rule::NamedRule>(assignment.of[std::size_t(id)]->body).kind;
    Rational sum;
    long tied = 0;
    for (const auto& [from, i] : read) sum += value(from, i), tied += value(from, i) == value(id, j);
    for (const auto& [from, i] : read) {
      if (kind == Kind::proportional && !sum.is_zero()) give(id, j, from, i, value(from, i) / sum * r);
      if (kind != Kind::proportional && value(from, i) == value(id, j)) give(id, j, from, i, r / Rational(tied));
    }
  }
  std::vector<std::pair<net::NodeId, std::int64_t>> read_by(net::NodeId id, std::int64_t j) const {
    const net::Node& node = network.node(id);
    std::vector<std::pair<net::NodeId, std::int64_t>> read;
    if (std::holds_alternative<net::Max>(node.op)) {
      for (const auto from : node.inputs) read.emplace_back(from, j);
    } else if (const auto* pool = std::get_if<net::MaxPool>(&node.op)) {
      const auto& wide = network.node(node.inputs[0]).shape;
      const std::int64_t w = node.shape[3], plane = node.shape[2] * w;
      for (std::int64_t p = 0; p < pool->window.kernel[0]; ++p)
        for (std::int64_t q = 0; q < pool->window.kernel[1]; ++q) {
          const std::int64_t y = j % plane / w * pool->window.strides[0] - pool->window.pads_begin[0] + p;
          const std::int64_t x = j % w * pool->window.strides[1] - pool->window.pads_begin[1] + q;
          if (y >= 0 && x >= 0 && y < wide[2] && x < wide[3])
            read.emplace_back(node.inputs[0], (j / plane * wide[2] + y) * wide[3] + x);
        }
    } else if (const auto* select = std::get_if<net::Select>(&node.op)) {
      if (select->index[std::size_t(j)] >= 0) read.emplace_back(node.inputs[0], select->index[std::size_t(j)]);
    } else if (std::holds_alternative<net::Concat>(node.op)) {  // axis 1, batch 1: one operand after the other
      std::size_t o = 0;
      while (j >= network.node(node.inputs[o]).size()) j -= network.node(node.inputs[o++]).size();
      read.emplace_back(node.inputs[o], j);
    } else {
      read.emplace_back(node.inputs[0], j);
    }
    return read;
  }
  Result run(const std::vector<Rational>& start) {
    out.of.resize(network.nodes().size()), out.given.resize(network.nodes().size());
    out.of[std::size_t(network.output())] = start;
    for (net::NodeId id = network.output(); id > 0; --id) {
      const net::Node& node = network.node(id);
      if (out.of[std::size_t(id)].empty() || node.inputs.empty()) continue;
      out.given[std::size_t(id)].resize(std::size_t(node.size()));
      std::optional<net::Linear> linear;
      if (net::is_affine(node.op)) linear.emplace(network, id);
      for (std::int64_t j = 0; j < node.size(); ++j) {
        const Rational r = out.of[std::size_t(id)][std::size_t(j)];
        if (linear)
          affine_unit(id, j, r, *linear);
        else if (std::holds_alternative<net::Activation>(node.op))
          activation_unit(id, j, r);
        else if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op))
          max_unit(id, j, r, read_by(id, j));
        else
          for (const auto& [from, i] : read_by(id, j)) give(id, j, from, i, r);
      }
    }
    return std::move(out);
  }
};

}  // namespace lrproof::samples::slow
