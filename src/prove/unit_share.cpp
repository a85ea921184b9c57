#include "prove/unit_share.hpp"

#include <algorithm>

#include "attr/relevance.hpp"
#include "prove/tap_form.hpp"

namespace lrproof::prove {

using num::Rational;

namespace {

net::Node input_of(std::size_t size, Shape shape) {
  net::Shape dims{1, std::int64_t(size)};
  if (shape == Shape::convolution) dims.insert(dims.begin(), 1);
  return {"x", "Input", net::Input{}, {}, dims};
}
net::Node flat_of(std::int64_t size, net::NodeId from) {
  return {"flat", "Reshape", net::Reshape{}, {from}, {1, size}};
}

net::Node dense_of(const std::string& name, std::vector<Rational> w, std::vector<Rational> b, net::NodeId from) {
  const auto out = std::int64_t(b.size()), in = std::int64_t(w.size()) / out;
  return {name,
          "Gemm",
          net::Dense{num::Constants::from_rationals(std::move(w)), num::Constants::from_rationals(std::move(b)), in,
                     out, 1},
          {from},
          {1, out}};
}
net::Node conv_of(const std::string& name, const std::vector<Rational>& kernel, const Rational& b, net::NodeId from) {
  const net::Window window{{std::int64_t(kConvKernel)}, {1}, {1}, {1}, {0}};
  return {name,
          "Conv",
          net::Conv{num::Constants::from_rationals(kernel), num::Constants::from_rationals({b}), window, 1, false},
          {from},
          {1, 1, std::int64_t(kConvInputs)}};
}

struct Run {
  std::vector<Rational> shares;
  attr::Trace<Rational> trace;
  net::Values<Rational> values;
};

// The root mean square of one unit is |d|; that of several is irrational, and would be rounded (NET-3).
bool rounds_a_root(const rule::AffineRule& rule, const net::Network& network) {
  const bool rms = std::any_of(rule.terms.begin(), rule.terms.end(), [](const auto& t) { return t.stabilizer.rms; });
  bool several = false;
  for (net::NodeId id = 1; id < net::NodeId(network.size()); ++id) several = several || network.node(id).size() > 1;
  return rms && several;
}

// The engine with the same rule at every affine layer, R = 1 at every output.
std::optional<Run> run(const rule::AffineRule& rule, std::vector<net::Node> nodes, const std::vector<Rational>& x,
                       const attr::Options& options) {
  const auto top = net::NodeId(nodes.size()) - 1;
  auto network = net::Network::create(std::move(nodes), {top});
  LRPROOF_INVARIANT(network.ok(), "a network of affine layers");
  rule::Assignment assignment;
  assignment.of.resize(std::size_t(top) + 1), assignment.unmatched.resize(std::size_t(top) + 1);
  for (net::NodeId id = 1; id <= top; ++id)
    if (!std::holds_alternative<net::Reshape>(network->node(id).op))
      assignment.of[std::size_t(id)] = rule::Rule{"rule", rule};
  if (!attr::supported<Rational>(*network, assignment, options) || rounds_a_root(rule, *network)) return std::nullopt;
  Run run;
  run.values = net::evaluate<Rational>(*network, x, 1);
  const std::vector<Rational> start(std::size_t(network->node(top).size()), Rational(1));
  const auto relevance =
      attr::propagate<Rational>(*network, assignment, run.values, start, attr::Signs<Rational>(), options, &run.trace);
  run.shares = relevance.of[0];
  run.shares.resize(x.size());
  return run;
}

bool some_vanishes(const rule::AffineRule& rule, const Run& run, std::size_t node) {
  const auto& terms = run.trace.of[node].terms;
  const auto& z = run.values.of[node];
  for (std::size_t t = 0; t < terms.size(); ++t)
    for (std::size_t j = 0; j < z.size(); ++j)
      if (rule::opens(rule.terms[t].gate, num::sign_of(z[j])) && terms[t].divisor[j].is_zero()) return true;
  return false;
}

}  // namespace

std::optional<std::size_t> Layer::tap(std::size_t j, std::size_t i) const {
  if (shape == Shape::dense) return i;
  // Output j stands over the inputs j - 1 and j; input -1 is the padding, which is no input (RUL-1).
  if (i + 1 == j) return 0;
  return i == j ? std::optional<std::size_t>(1) : std::nullopt;
}

std::vector<Rational> Layer::z() const {
  std::vector<Rational> sums(units(), b);
  for (std::size_t j = 0; j < units(); ++j)
    for (std::size_t i = 0; i < a.size(); ++i)
      if (const auto k = tap(j, i)) sums[j] += a[i] * w[*k];
  return sums;
}

std::string list_text(const std::vector<Rational>& values) {
  std::string text;
  for (const auto& v : values) text += (text.empty() ? "" : ", ") + v.to_string();
  return "(" + text + ")";
}

std::string Layer::text() const {
  const std::string weights = shape == Shape::dense ? ", w = " : ", kernel = ";
  return "a = " + list_text(a) + weights + list_text(w) + ", b = " + b.to_string();
}

std::optional<Shares> shares_of(const rule::AffineRule& rule, const Layer& layer) {
  const bool dense = layer.shape == Shape::dense;
  const auto made = run(rule,
                        {input_of(layer.a.size(), layer.shape),
                         dense ? dense_of("z", layer.w, {layer.b}, 0) : conv_of("z", layer.w, layer.b, 0)},
                        layer.a, attr::Options{{layer.low}, {layer.high}});
  if (!made) return std::nullopt;
  Shares shares{made->shares, some_vanishes(rule, *made, 1), false};
  const auto& terms = made->trace.of[1].terms;
  const auto z = layer.z();
  for (std::size_t t = 0; t < terms.size(); ++t)
    for (std::size_t j = 0; j < z.size(); ++j) {
      if (!rule::opens(rule.terms[t].gate, num::sign_of(z[j])) || !terms[t].divisor[j].is_zero()) continue;
      for (std::size_t i = 0; i < layer.a.size(); ++i) {
        const auto k = layer.tap(j, i);
        if (!k) continue;
        const TapClass c{int(layer.a[i].sign()), int(layer.w[*k].sign())};
        if (!value(numerator_on(rule.terms[t], c), layer.a[i], layer.w[*k], layer.low, layer.high).is_zero())
          shares.nonzero_over_zero = true;
      }
    }
  return shares;
}

Layer TwoLayers::hidden(std::size_t k) const {
  if (shape == Shape::dense) {
    const auto row = w1.begin() + std::ptrdiff_t(k * x.size());
    return {x, {row, row + std::ptrdiff_t(x.size())}, b1[k], low, high};
  }
  const Layer conv{x, w1, b1[0], low, high, shape};
  Layer unit{x, std::vector<Rational>(x.size()), b1[0], low, high};
  for (std::size_t i = 0; i < x.size(); ++i)
    if (const auto tap = conv.tap(k, i)) unit.w[i] = w1[*tap];
  return unit;
}

Layer TwoLayers::merged() const {
  Layer unit{x, std::vector<Rational>(x.size()), b2, low, high};
  for (std::size_t k = 0; k < w2.size(); ++k) {
    const Layer one = hidden(k);
    unit.b += w2[k] * one.b;
    for (std::size_t i = 0; i < x.size(); ++i) unit.w[i] += w2[k] * one.w[i];
  }
  return unit;
}

std::string TwoLayers::text() const {
  const bool dense = shape == Shape::dense;
  return "x = " + list_text(x) + (dense ? ", W1 = " : ", kernel = ") + list_text(w1) +
         (dense ? ", b1 = " + list_text(b1) : ", b1 = " + b1[0].to_string()) + ", w2 = " + list_text(w2) +
         ", b2 = " + b2.to_string();
}

std::optional<Shares> shares_of(const rule::AffineRule& rule, const TwoLayers& layers) {
  const auto size = std::int64_t(layers.w2.size());
  std::vector<net::Node> nodes{input_of(layers.x.size(), layers.shape)};
  if (layers.shape == Shape::dense) {
    nodes.push_back(dense_of("h", layers.w1, layers.b1, 0));
  } else {
    nodes.push_back(conv_of("h", layers.w1, layers.b1[0], 0));
    nodes.push_back(flat_of(size, 1));
  }
  const auto top = nodes.size();
  nodes.push_back(dense_of("y", layers.w2, {layers.b2}, net::NodeId(top) - 1));
  const auto made = run(rule, std::move(nodes), layers.x, attr::Options{{layers.low}, {layers.high}});
  if (!made) return std::nullopt;
  return Shares{made->shares, some_vanishes(rule, *made, 1) || some_vanishes(rule, *made, top), false};
}

}  // namespace lrproof::prove
