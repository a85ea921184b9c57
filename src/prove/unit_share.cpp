#include "prove/unit_share.hpp"

#include "attr/relevance.hpp"
#include "prove/tap_form.hpp"

namespace lrproof::prove {

using num::Rational;

namespace {

net::Node input_of(std::size_t size) { return {"x", "Input", net::Input{}, {}, {1, std::int64_t(size)}}; }

net::Node dense_of(const std::string& name, std::vector<Rational> w, std::vector<Rational> b, net::NodeId from) {
  const auto out = std::int64_t(b.size()), in = std::int64_t(w.size()) / out;
  return {name,
          "Gemm",
          net::Dense{num::Constants::from_rationals(std::move(w)), num::Constants::from_rationals(std::move(b)), in,
                     out, 1},
          {from},
          {1, out}};
}

struct Run {
  std::vector<Rational> shares;
  attr::Trace<Rational> trace;
  net::Values<Rational> values;
};

// The engine with the same rule at every layer, R = 1 at the one output.
std::optional<Run> run(const rule::AffineRule& rule, std::vector<net::Node> nodes, const std::vector<Rational>& x,
                       const attr::Options& options) {
  const auto top = net::NodeId(nodes.size()) - 1;
  auto network = net::Network::create(std::move(nodes), {top});
  LRPROOF_INVARIANT(network.ok(), "a network of affine layers");
  rule::Assignment assignment;
  assignment.of.resize(std::size_t(top) + 1), assignment.unmatched.resize(std::size_t(top) + 1);
  for (net::NodeId id = 1; id <= top; ++id) assignment.of[std::size_t(id)] = rule::Rule{"rule", rule};
  if (!attr::supported<Rational>(*network, assignment, options)) return std::nullopt;
  Run run;
  run.values = net::evaluate<Rational>(*network, x, 1);
  const auto relevance = attr::propagate<Rational>(*network, assignment, run.values, {Rational(1)},
                                                   attr::Signs<Rational>(), options, &run.trace);
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

Rational Unit::z() const {
  Rational sum = b;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * w[i];
  return sum;
}

std::string list_text(const std::vector<Rational>& values) {
  std::string text;
  for (const auto& v : values) text += (text.empty() ? "" : ", ") + v.to_string();
  return "(" + text + ")";
}

std::string Unit::text() const { return "a = " + list_text(a) + ", w = " + list_text(w) + ", b = " + b.to_string(); }

std::optional<Shares> shares_of(const rule::AffineRule& rule, const Unit& unit) {
  const auto made = run(rule, {input_of(unit.a.size()), dense_of("z", unit.w, {unit.b}, 0)}, unit.a,
                        attr::Options{{unit.low}, {unit.high}});
  if (!made) return std::nullopt;
  Shares shares{made->shares, some_vanishes(rule, *made, 1), false};
  const auto& terms = made->trace.of[1].terms;
  for (std::size_t t = 0; t < terms.size(); ++t) {
    if (!rule::opens(rule.terms[t].gate, num::sign_of(unit.z())) || !terms[t].divisor[0].is_zero()) continue;
    for (std::size_t i = 0; i < unit.a.size(); ++i) {
      const TapClass c{int(unit.a[i].sign()), int(unit.w[i].sign())};
      if (!value(numerator_on(rule.terms[t], c), unit.a[i], unit.w[i], unit.low, unit.high).is_zero())
        shares.nonzero_over_zero = true;
    }
  }
  return shares;
}

Unit TwoLayers::merged() const {
  Unit unit{x, std::vector<Rational>(x.size()), b2, low, high};
  for (std::size_t k = 0; k < w2.size(); ++k) {
    unit.b += w2[k] * b1[k];
    for (std::size_t i = 0; i < x.size(); ++i) unit.w[i] += w2[k] * w1[k * x.size() + i];
  }
  return unit;
}

std::optional<Shares> shares_of(const rule::AffineRule& rule, const TwoLayers& layers) {
  const auto made =
      run(rule,
          {input_of(layers.x.size()), dense_of("h", layers.w1, layers.b1, 0), dense_of("y", layers.w2, {layers.b2}, 1)},
          layers.x, attr::Options{{layers.low}, {layers.high}});
  if (!made) return std::nullopt;
  return Shares{made->shares, some_vanishes(rule, *made, 1) || some_vanishes(rule, *made, 2), false};
}

}  // namespace lrproof::prove
