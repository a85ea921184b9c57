#include "net/evaluate.hpp"

#include <doctest/doctest.h>

#include "net/linear.hpp"
#include "random_network.hpp"

using namespace lrproof;
using namespace lrproof::net;
using num::Interval;
using num::Rational;

TEST_CASE("a window's taps are its rows: apply, adjoint and taps agree, transposed convolution too") {
  testing::Random random(3);
  for (int round = 0; round < 12; ++round) {
    const bool transposed = round % 2;
    Window w{{2, 3}, {1 + round % 3, 2}, {1, 1 + round % 2}, {1, 0}, {0, 2}};
    const Shape wide{1, 4, 7, 9};
    Shape narrow{1, 6, 0, 0};
    for (std::size_t a = 0; a < 2; ++a)
      narrow[a + 2] =
          (wide[a + 2] + w.pads_begin[a] + w.pads_end[a] - (w.kernel[a] - 1) * w.dilations[a] - 1) / w.strides[a] + 1;
    const Shape& from = transposed ? narrow : wide;
    const Shape& to = transposed ? wide : narrow;
    std::vector<Node> n{
        {"x", "Input", Input{}, {}, from},
        {"c", "Conv", Conv{testing::draw(random, 6 * 2 * 6), testing::draw(random, to[1]), w, 2, transposed}, {0}, to}};
    auto network = Network::create(std::move(n), {1});
    REQUIRE(network.ok());
    const Linear linear(*network, 1);
    const auto weight = linear.weights().as<Rational>();
    const auto x = testing::point(random, linear.in_size()), g = testing::point(random, linear.out_size());
    std::vector<Rational> y(g.size()), back(x.size()), y2(g.size()), back2(x.size());
    linear.apply<Rational>(weight, x, y, 1);
    linear.apply_adjoint<Rational>(weight, g, back, 1);
    for (std::int64_t j = 0; j < linear.out_size(); ++j)
      linear.taps(j, [&](std::int64_t i, std::int64_t k) {
        y2[std::size_t(j)] += weight[std::size_t(k)] * x[std::size_t(i)];
        back2[std::size_t(i)] += weight[std::size_t(k)] * g[std::size_t(j)];
      });
    CHECK(y == y2);
    CHECK(back == back2);
  }
}

TEST_CASE("sums in machine words are the products that rationals make, forward and back") {
  testing::Random random(6);
  for (int round = 0; round < 40; ++round) {
    const std::int64_t in = 1 + random() % 9, out = 1 + random() % 9, rows = 1 + random() % 3;
    num::Constants weight;
    for (std::int64_t k = 0; k < in * out; ++k)
      weight.approx.push_back(
          std::ldexp(double(long(random() % 2001) - 1000), int(random() % (round % 4 ? 30 : 200)) - 90));
    std::vector<Node> n{
        {"x", "Input", Input{}, {}, {rows, in}},
        {"d", "Gemm", Dense{std::move(weight), testing::draw(random, out), in, out, rows}, {0}, {rows, out}}};
    auto network = Network::create(std::move(n), {1});
    REQUIRE(network.ok());
    const Linear linear(*network, 1);
    auto x = testing::point(random, linear.in_size()), g = testing::point(random, linear.out_size());
    for (auto* v : {&x, &g})
      for (auto& value : *v) value = Rational(value.to_double()) * Rational::power_of_two(long(random() % 90) - 45);
    const auto w = linear.weights().as<Rational>();
    std::vector<Rational> y(g.size()), back(x.size()), y2(g.size()), back2(x.size());
    linear.apply<Rational>(w, x, y, 1);
    linear.apply_adjoint<Rational>(w, g, back, 1);
    const bool fits = linear.apply_stored(x, y2, 1) && linear.apply_adjoint_stored(g, back2, 1);
    if (round % 4) REQUIRE(fits);
    if (fits) CHECK(y == y2);
    if (fits) CHECK(back == back2);
  }
}

TEST_CASE("intervals contain the exact values, doubles are near them, on every operation") {
  testing::Random random(5);
  for (int round = 0; round < 20; ++round) {
    const Network network = testing::conv_network(random);
    const auto x = testing::point(random, network.input_size());
    std::vector<Interval> xi(x.begin(), x.end());
    std::vector<double> xd;
    for (const auto& v : x) xd.push_back(v.to_double());
    const auto exact = evaluate<Rational>(network, x, 1);
    const auto bounds = evaluate<Interval>(network, xi, 1);
    const auto floats = evaluate<double>(network, xd, 1);
    for (NodeId id = 0; id < network.size(); ++id)
      for (std::size_t k = 0; k < exact.of[std::size_t(id)].size(); ++k) {
        const Rational& truth = exact.of[std::size_t(id)][k];
        const Interval& bound = bounds.of[std::size_t(id)][k];
        CHECK(bound.lo <= truth.lower());
        CHECK(truth.upper() <= bound.hi);
        CHECK(bound.hi - bound.lo < 1e-7);
        CHECK(std::abs(floats.of[std::size_t(id)][k] - truth.to_double()) < 1e-8);
      }
  }
}

TEST_CASE("the norm's scale is the nearest double and its mean goes to its beta") {
  auto norm = make_batch_norm({{2.0, -3.0}, {}}, {{0.25, 1.0}, {}}, {{0.1, 0.2}, {}}, {{4.0, 2.0}, {}}, Rational(0));
  REQUIRE(norm.ok());
  CHECK(norm->scale.approx[0] == 1.0);
  CHECK(norm->scale.approx[1] == -3.0 / std::sqrt(2.0));
  CHECK(norm->mean.rational(1) * Rational(norm->scale.approx[1]) + norm->shift.rational(1) == Rational(1));
  CHECK_FALSE(make_batch_norm({{1.0}, {}}, {{0.0}, {}}, {{0.0}, {}}, {{-1e-5}, {}}, *Rational::parse("1e-6")).ok());
}
