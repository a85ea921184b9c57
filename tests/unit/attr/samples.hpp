#pragma once
// Random networks and rules as values, for the tests of attr.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "attr/relevance.hpp"
#include "net/batch_norm.hpp"
#include "net/curve.hpp"
#include "net/shape.hpp"
#include "net/text.hpp"

namespace lrproof::samples {

using num::Rational;
using rule::Chi;
using rule::Gate;
using rule::Phi;
using rule::Psi;
using Kind = rule::NamedRule::Kind;

/// Grows a network node by node, shapes inferred.
struct Builder {
  std::vector<net::Node> nodes;
  std::mt19937 random;

  explicit Builder(unsigned seed, net::Shape input) : random(seed) {
    nodes.push_back({"x", "Input", net::Input{}, {}, std::move(input)});
  }
  const net::Shape& shape(int id) const { return nodes[std::size_t(id)].shape; }
  int add(net::Op op, std::vector<net::NodeId> inputs, net::Shape declared = {}) {
    std::vector<net::Shape> shapes;
    for (const auto id : inputs) shapes.push_back(shape(id));
    auto inferred = net::infer_shape(op, shapes, declared);
    REQUIRE_MESSAGE(inferred.ok(), (inferred.ok() ? std::string() : inferred.error().text()));
    nodes.push_back(
        {std::string("n").append(std::to_string(nodes.size())), net::op_word(op), std::move(op), inputs, *inferred});
    return int(nodes.size()) - 1;
  }
  double number(int low = -512, int high = 512) {
    return double(std::uniform_int_distribution<int>(low, high)(random)) / 256;
  }
  num::Constants numbers(std::int64_t count, int low = -512, int high = 512) {
    num::Constants out;
    for (std::int64_t k = 0; k < count; ++k) out.approx.push_back(number(low, high));
    return out;
  }
  int dense(int from, std::int64_t out) {
    const std::int64_t in = shape(from).back();
    return add(net::Dense{numbers(in * out), numbers(out), in, out, net::element_count(shape(from)) / in}, {from});
  }
  int conv(int from, std::int64_t out, net::Window window, std::int64_t groups = 1, bool transposed = false) {
    const std::int64_t in = shape(from)[1], taps = net::element_count(window.kernel);
    return add(net::Conv{numbers(in * out / groups * taps), numbers(out), std::move(window), groups, transposed},
               {from});
  }
  int norm(int from) {
    const std::int64_t c = shape(from)[1];
    auto bn = net::make_batch_norm(numbers(c), numbers(c), numbers(c), numbers(c, 100, 900), *Rational::parse("1e-5"));
    REQUIRE(bn.ok());
    return add(*bn, {from});
  }
  int activation(int from, const std::string& kind, net::Curve curve) {
    return add(net::Activation{kind, {std::move(curve)}, {}}, {from});
  }
  int relu(int from) { return activation(from, "relu", net::relu_curve()); }
  int flatten(int from) { return add(net::Reshape{}, {from}, {1, net::element_count(shape(from))}); }
  net::Network finish(int output) {
    auto network = net::Network::create(nodes, {output});
    REQUIRE_MESSAGE(network.ok(), (network.ok() ? std::string() : network.error().text()));
    return *network;
  }
};

inline net::Window window(std::int64_t kernel, std::int64_t stride, std::int64_t begin, std::int64_t end,
                          std::int64_t dilation = 1) {
  return {{kernel, kernel}, {stride, stride}, {dilation, dilation}, {begin, begin}, {end, end}};
}

/// Conv (padded, strided, dilated, grouped), batch norm, fan-out, add, both pools, concat, select with repeats and
/// padding, maximum with a stored tensor, dense layers. curved: also leaky, hard-tanh, abs, transposed convolution.
/// norms = false: without the batch norm.
inline net::Network random_network(unsigned seed, bool curved, bool norms = true) {
  Builder b(seed, {1, 2, 5, 5});
  int t = b.conv(0, 4, window(3, 1 + seed % 2, 1, seed % 3 == 0 ? 2 : 1), 2);
  if (norms) t = b.norm(t);
  const int trunk = curved ? b.activation(t, "leaky-relu", net::leaky_curve(Rational(1, 4))) : b.relu(t);
  int branch = b.conv(trunk, 4, window(2, 1, 1, 1, 2), seed % 2 ? 4 : 1);
  branch = b.add(net::AveragePool{window(2, 1, 1, 0), seed % 2 == 0}, {branch});
  if (curved) branch = b.activation(branch, "hard-tanh", net::clip_curve(Rational(-1), Rational(1)));
  const int back = b.conv(branch, 4, window(1, 1, 0, 0));
  int sum = b.add(net::Add{{1, seed % 2 ? 1 : -1}}, {trunk, back});
  sum = b.relu(sum);
  const int top = b.add(net::MaxPool{window(2, 1, 1, 0)}, {sum});
  const int mean = b.add(net::AveragePool{window(2, 1, 1, 0)}, {sum});
  t = b.add(net::Concat{1}, {top, mean});
  if (curved) t = b.conv(t, 4, window(3, 2, 1, 1), 2, true);
  net::Select select;
  const std::int64_t size = net::element_count(b.shape(t));
  for (int k = 0; k < 24; ++k) select.index.push_back(k % 7 == 3 ? -1 : std::int64_t(b.random() % unsigned(size)));
  select.fill = Rational(1, 2);
  t = b.add(select, {t}, {1, 24});
  t = b.dense(t, 6);
  t = curved ? b.activation(t, "abs", net::abs_curve()) : b.relu(t);
  const int stored = b.add(net::Constant{b.numbers(6, 0, 512)}, {}, {1, 6});
  t = b.add(net::Max{curved}, {t, stored});
  return b.finish(b.dense(t, 3));
}

inline std::vector<double> random_inputs(const net::Network& network, unsigned seed, std::int64_t batch) {
  Builder b(seed + 1000, {1});
  return b.numbers(batch * network.input_size()).approx;
}

template <num::Scalar S>
net::Values<S> values_of(const net::Network& network, const std::vector<double>& inputs, std::int64_t batch) {
  std::vector<S> x;
  for (const double v : inputs) x.push_back(num::from_double<S>(v));
  return net::evaluate<S>(network, x, batch);
}

inline rule::Stabilizer plain() { return {}; }
inline rule::Stabilizer signed_by(const char* epsilon) {
  return {rule::Stabilizer::Kind::signed_, *Rational::parse(epsilon), 1, false};
}
inline rule::Stabilizer zero_only(const char* epsilon) {
  return {rule::Stabilizer::Kind::zero_only, *Rational::parse(epsilon), 1, false};
}
inline rule::Rule affine(std::vector<rule::Term> terms) { return {"test", rule::AffineRule{std::move(terms), {}, {}}}; }
inline rule::Rule named(Kind kind, const char* parameter = "0") {
  return {"test", rule::NamedRule{kind, *Rational::parse(parameter)}};
}
inline rule::Rule lrp0() {
  return affine({{Rational(1), Gate::always, {{1, Phi::a, Psi::w}}, {{1, Chi::b}}, plain()}});
}

/// The same rule at every affine node, one at every activation, one at every maximum.
inline rule::Assignment everywhere(const net::Network& network, const rule::Rule& linear, const rule::Rule& activation,
                                   const rule::Rule& maximum) {
  rule::Assignment out;
  out.unmatched.assign(network.nodes().size(), false);
  for (const auto& node : network.nodes()) {
    out.of.emplace_back();
    if (net::is_affine(node.op)) out.of.back() = linear;
    if (std::holds_alternative<net::Activation>(node.op)) out.of.back() = activation;
    if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op))
      out.of.back() = maximum;
  }
  return out;
}

/// iNNvestigate puts another linear map in the place of a batch norm; its files have no rule for one where that shows.
inline bool norms_for(const rule::RuleSet& rules) {
  if (rules.dialect != "innvestigate") return true;
  return std::any_of(rules.assigns.begin(), rules.assigns.end(),
                     [](const rule::Assign& a) { return a.to.op == "batch-norm"; });
}

inline net::Network read(const std::string& text) {
  auto network = net::parse_network(text, "test");
  REQUIRE_MESSAGE(network.ok(), (network.ok() ? std::string() : network.error().text()));
  return *network;
}

}  // namespace lrproof::samples
