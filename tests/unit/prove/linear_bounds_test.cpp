#include "prove/linear_bounds.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace lrproof;
using num::Interval;
using num::Rational;
using prove::LinearBounds;

namespace {

using Random = std::mt19937_64;

num::Constants doubles(std::vector<double> values) {
  num::Constants c;
  c.approx = std::move(values);
  return c;
}

double sample(Random& random, double scale) { return scale * std::uniform_real_distribution<double>(-1, 1)(random); }

// x -> dense -> activation -> dense -> activation -> add with the first -> dense, weights of the given size.
net::Network network(Random& random, const net::Curve& curve, double scale) {
  std::vector<net::Node> n;
  const auto dense = [&](const char* name, net::NodeId from, std::int64_t in, std::int64_t out, double s) {
    std::vector<double> w, b;
    for (std::int64_t k = 0; k < in * out; ++k) w.push_back(sample(random, s));
    for (std::int64_t k = 0; k < out; ++k) b.push_back(sample(random, s));
    n.push_back({name, "Gemm", net::Dense{doubles(w), doubles(b), in, out, 1}, {from}, {1, out}});
  };
  n.push_back({"x", "Input", net::Input{}, {}, {1, 3}});
  dense("fc1", 0, 3, 5, scale);
  n.push_back({"h1", "Relu", net::Activation{"relu", {curve}, {}}, {1}, {1, 5}});
  dense("fc2", 2, 5, 5, 1);
  n.push_back({"h2", "Relu", net::Activation{"relu", {curve}, {}}, {3}, {1, 5}});
  n.push_back({"sum", "Add", net::Add{{1, -1}}, {4, 2}, {1, 5}});
  dense("fc3", 5, 5, 3, 1 / scale);
  return *net::Network::create(std::move(n), {6});
}

net::Curve relu() { return {{Rational(0)}, {Rational(0), Rational(1)}, {Rational(0), Rational(0)}}; }
// Neither convex nor concave, with kinks that are no doubles.
net::Curve stairs() {
  return {{Rational(-1L, 3L), Rational(1L, 3L)},
          {Rational(0), Rational(1), Rational(1L, 7L)},
          {Rational(-1L, 3L), Rational(0), Rational(1L, 3L) - Rational(1L, 21L)}};
}

// Exact values of every tensor at points of the box lie within its bounds, and sums above their lower bounds.
void compare(Random& random, const net::Network& network, const std::vector<Interval>& box) {
  const net::Evaluator<Interval> ready(network);
  const net::Evaluator<Rational> exact(network);
  const LinearBounds bounds(ready);
  const auto found = bounds.over(box);
  REQUIRE(found);
  prove::ElementSum sum{network.output(), {1, -1, 0.5}};
  const auto any = [&](net::NodeId, std::int64_t e, double factor, const Interval&) {
    return e % 2 ? factor * 0.3 : std::nan("");  // any slopes give a bound
  };
  const double least = bounds.least(*found, sum).least, other = bounds.least(*found, sum, any).least;
  for (int k = 0; k < 12; ++k) {
    std::vector<Rational> x;
    for (const Interval& side : box) {
      const double at = k == 0 ? side.lo : k == 1 ? side.hi : std::uniform_real_distribution<double>(0, 1)(random);
      x.emplace_back(k < 2 ? at : std::clamp(side.lo + at * (side.hi - side.lo), side.lo, side.hi));
    }
    const auto values = exact.run(x, 1);
    for (std::size_t id = 0; id < values.of.size(); ++id)
      for (std::size_t e = 0; e < values.of[id].size(); ++e) {
        CHECK(values.of[id][e] >= Rational((*found)[id][e].lo));
        CHECK(values.of[id][e] <= Rational((*found)[id][e].hi));
      }
    const auto& f = values.of.back();
    const Rational value = f[0] - f[1] + Rational(0.5) * f[2];
    CHECK(value >= Rational(least));
    CHECK(value >= Rational(other));
  }
}

}  // namespace

TEST_CASE("linear bounds hold at exact points, for weights of every size") {
  Random random(5);
  for (const double scale : {1.0, 0x1p60, 0x1p-60, 0x1p-1070, 0x1p-1074})
    for (int k = 0; k < 15; ++k) {
      const auto curve = k % 2 ? stairs() : relu();
      if (scale < 0x1p-1000) {  // the last layer cannot undo it
        auto nodes = network(random, curve, 1).nodes();
        for (double& w : std::get<net::Dense>(nodes[1].op).weight.approx.edit()) w *= scale;
        compare(random, *net::Network::create(nodes, {6}), {{-1, 1}, {-0.5, 2}, {0, 0}});
        continue;
      }
      const double wide = k % 3 == 0 ? 1e-3 : 1;
      std::vector<Interval> box;
      for (int i = 0; i < 3; ++i) {
        const double at = sample(random, 1);
        box.emplace_back(at - wide, at + wide);
      }
      compare(random, network(random, curve, scale), box);
    }
}

TEST_CASE("linear bounds are tighter than intervals, and meet the truth on a point") {
  Random random(7);
  double better = 0;
  for (int k = 0; k < 20; ++k) {
    const auto net = network(random, relu(), 1);
    const net::Evaluator<Interval> ready(net);
    const LinearBounds bounds(ready);
    const std::vector<Interval> box{{-0.5, 0.5}, {-0.5, 0.5}, {-0.5, 0.5}};
    const auto plain = ready.run(box, 1);
    const double mine = bounds.least(*bounds.over(box), {6, {1, -1, 0}}).least;
    better += mine > (plain.of[6][0] - plain.of[6][1]).lo;
    std::vector<Interval> point;
    std::vector<Rational> x;
    for (int i = 0; i < 3; ++i) point.emplace_back(sample(random, 1)), x.emplace_back(point.back().lo);
    const auto at = bounds.over(point);
    REQUIRE(at);
    const auto exact = net::evaluate<Rational>(net, std::span<const Rational>(x), 1);
    for (std::size_t e = 0; e < 3; ++e) {
      const Interval& f = (*at)[6][e];
      CHECK(Rational(f.lo) <= exact.of[6][e]);
      CHECK(Rational(f.hi) >= exact.of[6][e]);
      CHECK(f.hi - f.lo < 1e-12);
    }
  }
  CHECK(better >= 18);
}

TEST_CASE("an empty box, no number and cuts that exclude each other are refused or empty") {
  Random random(9);
  const auto net = network(random, relu(), 1);
  const net::Evaluator<Interval> ready(net);
  const LinearBounds bounds(ready);
  Interval backwards;
  backwards.lo = 1, backwards.hi = 0;
  CHECK_FALSE(bounds.over({{0, 1}, backwards, {0, 1}}));
  Interval none;
  none.lo = std::nan(""), none.hi = 1;
  CHECK_FALSE(bounds.over({{0, 1}, none, {0, 1}}));
  const std::vector<Interval> box{{0, 1}, {0, 1}, {0, 1}};
  auto within = prove::TensorBounds(7);
  within[1].assign(5, Interval::everything());
  within[1][2] = Interval(1e6, std::numeric_limits<double>::infinity());
  CHECK(LinearBounds::empty(*bounds.over(box, within)));
  CHECK_FALSE(LinearBounds::empty(*bounds.over(box)));
  const auto unbounded = bounds.over({{0, std::numeric_limits<double>::infinity()}, {0, 1}, {0, 1}});
  REQUIRE(unbounded);
  CHECK(bounds.least(*unbounded, {6, {1, -1, 0}}).least == -std::numeric_limits<double>::infinity());
}
