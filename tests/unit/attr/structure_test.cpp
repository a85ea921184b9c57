// Fan-out, maxima, padding, named activation rules, and what is refused.
#include "attr/attribute.hpp"
#include "attr/gradient.hpp"
#include "net/linear.hpp"
#include "samples.hpp"

using namespace lrproof;
using namespace lrproof::samples;

namespace {

std::vector<std::string> map_of(const net::Network& network, const rule::Assignment& assignment,
                                const std::vector<double>& x, const std::vector<Rational>& start) {
  const auto values = values_of<Rational>(network, x, 1);
  std::vector<std::string> out;
  const auto relevance = attr::propagate<Rational>(network, assignment, values, start);
  for (const Rational& r : relevance.of[0]) out.push_back(r.to_string());
  return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("fan-out adds, and Add(x, x) is two edges") {
  const auto network = read("input x[1, 2]\ns = add(x, x)\noutput s\n");
  const auto assignment = everywhere(network, lrp0(), named(Kind::pass), named(Kind::winner));
  CHECK(map_of(network, assignment, {3, -1}, {6, 1}) == Strings{"6", "1"});
  const auto minus = read("input x[1, 1]\na = scale(x) mul [3] add [0]\ns = sub(a, x)\noutput s\n");
  CHECK(map_of(minus, everywhere(minus, lrp0(), named(Kind::pass), named(Kind::winner)), {2}, {4}) == Strings{"4"});
  attr::Trace<Rational> trace;
  const auto values = values_of<Rational>(minus, {2}, 1);
  const auto r = attr::propagate<Rational>(minus, everywhere(minus, lrp0(), named(Kind::pass), named(Kind::winner)),
                                           values, {Rational(4)}, {}, {}, &trace);
  CHECK(r.of[1][0] == Rational(6));
}

TEST_CASE("ties of a maximum split equally; proportional needs a sum") {
  const auto network = read("input x[1, 1, 2, 2]\np = max-pool(x)  kernel [2, 2]  strides [2, 2]\noutput p\n");
  auto rules = [&](Kind kind) { return everywhere(network, lrp0(), named(Kind::pass), named(kind)); };
  CHECK(map_of(network, rules(Kind::winner), {1, 5, 5, 0}, {1}) == Strings{"0", "1/2", "1/2", "0"});
  CHECK(map_of(network, rules(Kind::gradient), {1, 5, 4, 0}, {1}) == Strings{"0", "1", "0", "0"});
  CHECK(map_of(network, rules(Kind::proportional), {1, 5, 4, 0}, {1}) == Strings{"1/10", "1/2", "2/5", "0"});
  CHECK(map_of(network, rules(Kind::proportional), {0, 0, 0, 0}, {1}) == Strings{"0", "0", "0", "0"});
}

TEST_CASE("Signs fix a branch: one winner of a tie, the right piece at a kink") {
  struct Right : attr::Signs<Rational> {
    int piece(net::NodeId, std::int64_t, std::int64_t, const Rational&, const attr::Pieces<Rational>&) const override {
      return 1;
    }
    bool winners(net::NodeId, std::int64_t, std::int64_t, std::span<const Rational> c, bool,
                 std::vector<int>& out) const override {
      out.assign(1, int(c.size()) - 1);
      return true;
    }
  };
  const auto network = read("input x[1, 2]\na = relu(x)\nm = max(a, x)\noutput m\n");
  const auto values = values_of<Rational>(network, {0, 0}, 1);
  CHECK(attr::gradient<Rational>(network, values, {1, 1}).of[0][0] == Rational(1, 2));
  CHECK(attr::gradient<Rational>(network, values, {1, 1}, Right()).of[0][0] == Rational(1));
  CHECK(attr::gradient<Rational>(network, values, {1, 1}, Right()).of[1][0] == Rational(0));
}

TEST_CASE("at a kink the constant piece is taken") {
  const auto network = read("input x[1, 3]\na = hard-tanh(x)\noutput a\n");
  const auto values = values_of<Rational>(network, {-1, 0, 1}, 1);
  const auto g = attr::gradient<Rational>(network, values, {1, 1, 1});
  CHECK(g.of[0] == std::vector<Rational>{0, 1, 0});
}

TEST_CASE("a padded convolution equals its dense matrix under every group of factors") {
  Builder b(11, {1, 2, 4, 4});
  const auto conv = b.finish(b.conv(0, 3, window(3, 2, 1, 2)));
  const auto& op = std::get<net::Conv>(conv.node(1).op);
  const std::int64_t out = conv.output_size(), w = conv.node(1).shape[3], plane = conv.node(1).shape[2] * w;
  net::Dense dense{{}, {}, 32, out, 1};
  dense.weight.approx.edit().assign(std::size_t(out * 32), 0);
  for (std::int64_t j = 0; j < out; ++j) {
    dense.bias.approx.push_back(op.bias.approx[std::size_t(j / plane)]);
    for (std::int64_t c = 0; c < 2; ++c)
      for (std::int64_t p = 0; p < 3; ++p)
        for (std::int64_t q = 0; q < 3; ++q) {
          const std::int64_t y = j % plane / w * 2 - 1 + p, x = j % w * 2 - 1 + q;
          if (y < 0 || x < 0 || y >= 4 || x >= 4) continue;
          dense.weight.approx.edit()[std::size_t(j * 32 + (c * 4 + y) * 4 + x)] =
              op.weight.approx[std::size_t(((j / plane * 2 + c) * 3 + p) * 3 + q)];
        }
  }
  Builder d(11, {1, 32});
  const auto matrix = d.finish(d.add(dense, {0}));
  const auto x = random_inputs(conv, 3, 1);
  std::vector<Rational> start;
  for (std::int64_t k = 0; k < out; ++k) start.push_back(Rational(long(k) - 5));
  const rule::Rule split = affine({{Rational(1),
                                    Gate::always,
                                    {{1, Phi::pos, Psi::pos}, {1, Phi::neg, Psi::neg}, {1, Phi::one, Psi::square}},
                                    {{1, Chi::pos}},
                                    plain()}});
  const rule::Rule pass = named(Kind::pass);
  CHECK(map_of(conv, everywhere(conv, split, pass, pass), x, start) ==
        map_of(matrix, everywhere(matrix, split, pass, pass), x, start));
  CHECK(map_of(conv, everywhere(conv, lrp0(), pass, pass), x, start) ==
        map_of(matrix, everywhere(matrix, lrp0(), pass, pass), x, start));
}

TEST_CASE("flat counts the inputs that are there: padding is no input") {
  const auto network =
      read("input x[1, 1, 2, 2]\nc = conv(x)  weight [[[[1, 1], [1, 1]]]]  bias [0]  pads [1, 1, 0, 0]\noutput c\n");
  const rule::Rule flat = affine({{Rational(1), Gate::always, {{1, Phi::one, Psi::one}}, {}, plain()}});
  CHECK(map_of(network, everywhere(network, flat, flat, flat), {1, 2, 3, 4}, {1, 0, 0, 4}) ==
        Strings{"2", "1", "1", "1"});
}

TEST_CASE("named rules of activations") {
  const auto network = read("input x[1, 4]\na = relu(x)\noutput a\n");
  auto map = [&](Kind kind, const char* p, std::vector<Rational> start) {
    return map_of(network, everywhere(network, lrp0(), named(kind, p), named(Kind::winner)), {1, 2, -3, 4}, start);
  };
  CHECK(map(Kind::pass, "0", {1, -1, 1, 1}) == Strings{"1", "-1", "1", "1"});
  CHECK(map(Kind::gradient, "0", {1, -1, 1, 1}) == Strings{"1", "-1", "0", "1"});
  CHECK(map(Kind::guided_backprop, "0", {1, -1, 1, 1}) == Strings{"1", "0", "0", "1"});
  CHECK(map(Kind::deconvnet, "0", {1, -1, 1, 1}) == Strings{"1", "0", "1", "1"});
  CHECK(map(Kind::ratio, "1", {1, -1, 1, 1}) == Strings{"1/2", "-2/3", "0", "4/5"});
  CHECK(map(Kind::rectgrad, "50", {1, 1, 1, 1}) == Strings{"0", "1", "0", "1"});
  CHECK(map(Kind::rectgrad, "100", {1, 1, 1, 1}) == Strings{"0", "0", "0", "0"});
  CHECK(map(Kind::zero, "0", {1, 1, 1, 1}) == Strings{"0", "0", "0", "0"});
  const auto smooth = everywhere(network, lrp0(), named(Kind::beta_smooth, "10"), named(Kind::winner));
  const auto r = attr::propagate<double>(network, smooth, values_of<double>(network, {1, 2, -3, 4}, 1), {1, 1, 1, 1});
  CHECK(r.of[0][0] == doctest::Approx(1 / (1 + std::exp(-10.0))));
  const auto refused = attr::supported<Rational>(network, smooth, {});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "attr.no-exact-value");
}

TEST_CASE("what cannot be run is refused with the node's name") {
  const auto network = random_network(1, false);
  const rule::Rule box = affine({{Rational(1), Gate::always, {{1, Phi::low, Psi::pos}}, {}, plain()}});
  const auto assignment = everywhere(network, box, named(Kind::pass), named(Kind::winner));
  const auto no_bounds = attr::supported<double>(network, assignment, {});
  REQUIRE_FALSE(no_bounds.ok());
  CHECK(no_bounds.error().code == "attr.no-bounds");
  CHECK_FALSE(attr::supported<double>(network, assignment, {{1, 2, 3}, {}}).ok());
  CHECK_FALSE(attr::supported<double>(
                  network, everywhere(network, named(Kind::pass), named(Kind::pass), named(Kind::winner)), {})
                  .ok());
  CHECK_FALSE(attr::supported<double>(network, everywhere(network, lrp0(), lrp0(), named(Kind::winner)), {}).ok());
  auto missing = everywhere(network, lrp0(), named(Kind::pass), named(Kind::winner));
  missing.of.back().reset();
  CHECK(attr::supported<double>(network, missing, {}).error().code == "attr.no-rule");
}

TEST_CASE("attribute: three precisions agree, chunks do not matter, a bad target is told") {
  const auto network = random_network(3, false);
  const auto assignment = everywhere(network, lrp0(), named(Kind::pass), named(Kind::winner));
  const auto x = random_inputs(network, 8, 5);
  attr::Request request;
  request.inputs = x, request.batch = 5, request.precision = attr::Precision::exact, request.chunk = 2;
  const auto exact = attr::attribute(network, assignment, request);
  REQUIRE(exact.ok());
  CHECK(exact->exact.size() == 5 * 50);
  request.precision = attr::Precision::double_, request.chunk = 5;
  const auto fine = attr::attribute(network, assignment, request);
  REQUIRE(fine.ok());
  CHECK(fine->targets == exact->targets);
  double largest = 0, apart = 0;
  for (std::size_t k = 0; k < fine->relevance.size(); ++k) {
    largest = std::max(largest, std::abs(exact->relevance[k]));
    apart = std::max(apart, std::abs(fine->relevance[k] - exact->relevance[k]));
  }
  CHECK(apart <= 1e-10 * largest);
  request.targets = {0, 0, 0, 3, 0};
  const auto bad = attr::attribute(network, assignment, request);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().code == "attr.target");
}
