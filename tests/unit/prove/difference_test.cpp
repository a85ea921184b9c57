// Two networks side by side: the same graph or not, and how far they are apart.
#include "prove/difference.hpp"

#include <doctest/doctest.h>

#include "../canon/rewritten.hpp"
#include "../net/random_network.hpp"
#include "net/curve.hpp"
#include "prove/apart.hpp"
#include "prove/equal.hpp"

using namespace lrproof;
using namespace lrproof::prove;
using lrproof::canon::testing::read;
using net::testing::Random;
using num::Interval;
using num::Rational;

namespace {

std::vector<Rational> value(const net::Network& network, const std::vector<Rational>& x) {
  return net::evaluate<Rational>(network, x, 1).of[std::size_t(network.output())];
}

/// Every weight of dense and convolution nodes moved a little, or one of them a lot.
net::Network moved(Random& random, const net::Network& network, const Rational& by) {
  auto nodes = network.nodes();
  for (auto& node : nodes) {
    num::Constants* weight = nullptr;
    if (auto* dense = std::get_if<net::Dense>(&node.op)) weight = &dense->weight;
    if (auto* conv = std::get_if<net::Conv>(&node.op)) weight = &conv->weight;
    if (!weight) continue;
    std::vector<Rational> values;
    for (std::size_t k = 0; k < weight->size(); ++k)
      values.push_back(weight->rational(k) + by * Rational(long(random() % 3) - 1));
    *weight = num::Constants::from_rationals(std::move(values));
  }
  return *net::Network::create(std::move(nodes), network.outputs());
}

net::Curve random_curve(Random& random) {
  net::Curve curve{{}, {Rational(long(random() % 5) - 2)}, {Rational(long(random() % 5) - 2)}};
  Rational at(-3);
  for (int k = 0; k < int(random() % 4); ++k) {
    at += Rational(1 + long(random() % 3), 2L);
    const Rational slope = curve.slopes.back() + Rational(1 + long(random() % 3));
    curve.intercepts.push_back(curve.intercepts.back() + (curve.slopes.back() - slope) * at);
    curve.kinks.push_back(at), curve.slopes.push_back(slope);
  }
  return curve;
}

}  // namespace

TEST_CASE("curves after one another") {
  Random random(1);
  for (int k = 0; k < 200; ++k) {
    const auto outer = random_curve(random), inner = random_curve(random);
    const auto both = net::composed(outer, inner);
    for (int t = -40; t <= 40; ++t) {
      const Rational at(t, 8L);
      CHECK(net::apply_curve(both, at) == net::apply_curve(outer, net::apply_curve(inner, at)));
    }
    for (std::size_t p = 0; p + 1 < both.slopes.size(); ++p) CHECK(!(both.slopes[p] == both.slopes[p + 1]));
  }
}

TEST_CASE("same graph: names, operand order, dead nodes and how element functions are written do not matter") {
  using namespace net;
  const auto constants = [](std::vector<Rational> v) { return num::Constants::from_rationals(std::move(v)); };
  const auto weight = constants({1, 2, 3, 4});
  const std::vector<Node> first{
      {"x", "Input", Input{}, {}, {1, 2}},
      {"a", "Gemm", Dense{weight, constants({5, 6}), 2, 2, 1}, {0}, {1, 2}},
      {"b", "Relu", Activation{"relu", {relu_curve()}, {}}, {1}, {1, 2}},
      {"c", "Add", Add{{1, -1}}, {2, 0}, {1, 2}},
  };
  const std::vector<Node> second{
      {"in", "Input", Input{}, {}, {1, 2}},
      {"dead", "Relu", Activation{"relu", {relu_curve()}, {}}, {0}, {1, 2}},
      {"p", "MatMul", Dense{weight, constants({0, 0}), 2, 2, 1}, {0}, {1, 2}},
      {"q", "Add", Scale{constants({1, 1}), constants({5, 6})}, {2}, {1, 2}},
      {"zero", "Constant", Constant{constants({0, 0})}, {}, {1, 2}},
      {"r", "Max", Max{}, {4, 3}, {1, 2}},
      {"s", "Sum", Add{{-1, 1}}, {0, 5}, {1, 2}},
  };
  const auto a = *Network::create(first, {3}), b = *Network::create(second, {6});
  CHECK(same_graph(a, b).same);
  auto other = second;
  std::get<Dense>(other[2].op).weight = constants({1, 2, 3, Rational(4) + Rational::power_of_two(-60)});
  CHECK(!same_graph(a, *Network::create(other, {6})).same);
  CHECK(same_graph(a, *Network::create(other, {6})).where == "p");
  other = second;
  std::get<Add>(other[6].op).signs = {1, 1};
  CHECK(!same_graph(a, *Network::create(other, {6})).same);
  other = second;
  std::get<Max>(other[5].op).minimum = true;
  CHECK(!same_graph(a, *Network::create(other, {6})).same);
}

TEST_CASE("same graph: a stored operand of a sum is a line, as a file's reader has it") {
  const auto same = [](const std::string& a, const std::string& b) {
    const std::string head = "input x[1, 2]\nr = relu(x)\nc = constant  shape [1, 2]  value [1, 1/3]\n";
    return same_graph(read(head + a + "\noutput y"), read(head + b + "\noutput y")).same;
  };
  CHECK(same("y = add(x, c)", "y = scale(x)  add [1, 1/3]"));
  CHECK(same("y = sub(c, x)", "y = scale(x)  mul -1  add [1, 1/3]"));
  CHECK(same("y = add(c, x, c)  signs [1, 1, -1]", "y = scale(x)  mul 1"));
  CHECK(same("y = add(x, c, r)", "s = add(x, r)\ny = scale(s)  add [1, 1/3]"));
  CHECK(same("s = add(x, c)\ny = add(s, r)", "s = scale(x)  add [1, 1/3]\ny = add(r, s)"));
  CHECK(same("s = scale(c)  mul [-2, 3]  add 1\nt = relu(s)\ny = max(x, t)",
             "t = constant  shape [1, 2]  value [0, 2]\ny = max(t, x)"));
  CHECK(!same("s = scale(c)  mul [-2, 3]\ny = max(x, s)", "t = constant  shape [1, 2]  value [-2, 2]\ny = max(t, x)"));
  CHECK(!same("y = add(x, c)", "y = scale(x)  add [1, 1]"));
  CHECK(!same("y = sub(x, c)", "y = scale(x)  add [1, 1/3]"));
  CHECK(!same("y = add(x, c, c)", "y = scale(x)  add [1, 1/3]"));
  CHECK(!same("y = sub(c, x)", "y = scale(x)  add [1, 1/3]"));
}

TEST_CASE("difference over boxes holds the exact difference at every input of them") {
  Random random(7);
  for (int round = 0; round < 24; ++round) {
    const auto f = round % 3 ? net::testing::conv_network(random) : net::testing::mlp(random, {4, 6, 6, 3});
    const auto g = moved(random, f, Rational::power_of_two(-20));
    REQUIRE(not_aligned(f, g) == "");
    const Rational radius = round % 2 ? Rational(0) : Rational(1, 4);
    const auto centre = net::testing::point(random, f.input_size());
    std::vector<Interval> box;
    for (const auto& c : centre) box.push_back({(c - radius).lower(), (c + radius).upper()});
    const auto bounds = difference_over(f, g, box, 1);
    double most = 0;
    for (int k = 0; k < 6; ++k) {
      auto x = centre;
      for (auto& v : x) v += radius * Rational(long(random() % 9) - 4, 4L);
      const auto a = value(f, x), b = value(g, x);
      for (std::size_t j = 0; j < a.size(); ++j) {
        const Rational d = a[j] - b[j];
        CHECK(Rational(bounds[j].lo) <= d);
        CHECK(d <= Rational(bounds[j].hi));
        most = std::max(most, std::abs(d.to_double()));
      }
    }
    for (const auto& bound : bounds)
      if (radius.is_zero() && most > 0) CHECK(bound.magnitude() <= 1000 * most);
  }
}

TEST_CASE("difference at a point holds the exact one, and hardly more") {
  Random random(8);
  int tight = 0, asked = 0;
  for (int round = 0; round < 120; ++round) {
    CAPTURE(round);
    const auto f = round % 3 ? net::testing::conv_network(random) : net::testing::mlp(random, {4, 6, 6, 3});
    // Weights that are no doubles, moved by less than those of the other.
    const auto g = moved(random, f, Rational(1, 3) * Rational::power_of_two(-30));
    std::vector<double> x;
    std::vector<Rational> exact;
    for (std::int64_t k = 0; k < f.input_size(); ++k) {
      x.push_back(double(long(random() % 33) - 16) / 8);
      exact.emplace_back(x.back());
    }
    const auto at = difference_at(f, g, x);
    const auto here = value(f, exact), there = value(g, exact);
    REQUIRE(at.size() == here.size());
    for (std::size_t k = 0; k < at.size(); ++k) {
      const Rational d = here[k] - there[k];
      CHECK(!(d < Rational(at[k].lo)));
      CHECK(!(Rational(at[k].hi) < d));
      ++asked, tight += at[k].hi - at[k].lo <= 1e-12 * std::abs(d.to_double()) + 1e-25;
    }
  }
  CHECK(asked > 100);
  CHECK(tight * 10 > asked * 9);
}

TEST_CASE("far apart: a tolerance is proved over a box, or an input exceeds it") {
  Random random(9);
  const auto f = net::testing::mlp(random, {2, 6, 6, 2});
  const auto g = moved(random, f, Rational::power_of_two(-12));
  const auto difference = *difference_network(f, g);
  const std::vector<Interval> box(2, Interval(-1, 1));
  const auto plain = difference_over(f, g, box, 1);
  double bound = 0;
  for (const auto& d : plain) bound = std::max(bound, d.magnitude());
  const auto is_far = [&](const Rational& tolerance) {
    return [&, tolerance](const std::vector<Rational>& x) {
      const auto d = value(difference, x);
      return std::ranges::any_of(d, [&](const Rational& v) { return tolerance < num::abs(v); });
    };
  };
  const Rational wide(bound), none(0);
  const auto within = search_far(difference, box, wide, 1'000'000'000, is_far(wide));
  CHECK(within.kind == FarAnswer::Kind::within);
  CHECK(within.bound <= bound);
  const auto beyond = search_far(difference, box, none, 1'000'000'000, is_far(none));
  REQUIRE(beyond.kind == FarAnswer::Kind::beyond);
  CHECK(is_far(none)(beyond.at));
}

TEST_CASE("apart at an input: exactly, and only beyond the tolerance") {
  Random random(13);
  const auto f = net::testing::mlp(random, {3, 5, 2});
  const auto g = moved(random, f, Rational::power_of_two(-70));
  const ApartQuestion question{f, g, Rational(0), std::nullopt, {}, 0};
  const auto found = look_apart(question);
  REQUIRE(found.witness);  // doubles see nothing of it
  CHECK(value(f, found.witness->at) == found.witness->f);
  CHECK(value(g, found.witness->at) == found.witness->g);
  CHECK(!(found.witness->f == found.witness->g));
  ApartQuestion coarse{f, g, Rational(1, 1000), std::nullopt, {}, 0};
  CHECK(!look_apart(coarse).witness);
  ApartQuestion same{f, f, Rational(0), std::nullopt, {}, 0};
  CHECK(!look_apart(same).witness);
}
