#pragma once
// Random small networks through the public constructor: every operation, dyadic and non-dyadic constants.
#include <random>

#include "net/batch_norm.hpp"
#include "net/network.hpp"

namespace lrproof::net::testing {

using num::Constants;
using num::Rational;
using Random = std::mt19937_64;

inline Constants draw(Random& random, std::int64_t count, bool dyadic = true) {
  std::vector<Rational> values;
  for (std::int64_t k = 0; k < count; ++k)
    values.push_back(Rational(long(random() % 33) - 16, dyadic ? 8L : long(random() % 6) + 1));
  return Constants::from_rationals(std::move(values));
}

inline Curve relu_curve(const Rational& slope = Rational(0)) {
  return {{Rational(0)}, {slope, Rational(1)}, {Rational(0), Rational(0)}};
}

inline Node dense(Random& random, const std::string& name, NodeId from, std::int64_t in, std::int64_t out) {
  return {name, "Gemm", Dense{draw(random, in * out), draw(random, out), in, out, 1}, {from}, {1, out}};
}
inline Node relu(const std::string& name, NodeId from, const Shape& shape) {
  return {name, "Relu", Activation{"relu", {relu_curve()}, {}}, {from}, shape};
}

/// x[1, 2, 5, 4] -> conv (padded, strided) -> norm -> relu -> (grouped conv + skip) -> relu -> max pool -> average
/// pool -> flatten -> dense -> relu -> dense[3]
inline Network conv_network(Random& random) {
  std::vector<Node> n;
  n.push_back({"x", "Input", Input{}, {}, {1, 2, 5, 4}});
  n.push_back({"c1",
               "Conv",
               Conv{draw(random, 4 * 2 * 9), draw(random, 4), {{3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}}, 1, false},
               {0},
               {1, 4, 5, 4}});
  auto positive = draw(random, 4);
  for (auto& v : positive.approx.edit()) v = v * v + 0.5;
  auto norm = make_batch_norm(draw(random, 4), draw(random, 4), draw(random, 4), positive, *Rational::parse("1e-5"));
  n.push_back({"n1", "BatchNormalization", *norm, {1}, {1, 4, 5, 4}});
  n.push_back(relu("r1", 2, {1, 4, 5, 4}));
  n.push_back(
      {"c2",
       "Conv",
       Conv{draw(random, 4 * 2 * 9, false), draw(random, 4), {{3, 3}, {1, 1}, {1, 1}, {0, 2}, {2, 0}}, 2, false},
       {3},
       {1, 4, 5, 4}});
  n.push_back({"s", "Add", Add{{1, 1}}, {4, 3}, {1, 4, 5, 4}});
  n.push_back(relu("r2", 5, {1, 4, 5, 4}));
  n.push_back({"mp", "MaxPool", MaxPool{{{2, 2}, {2, 1}, {1, 1}, {1, 0}, {0, 1}}}, {6}, {1, 4, 3, 4}});
  n.push_back({"ap",
               "AveragePool",
               AveragePool{{{3, 2}, {1, 2}, {1, 1}, {1, 0}, {1, 0}}, random() % 2 == 0},
               {7},
               {1, 4, 3, 2}});
  n.push_back({"f", "Flatten", Reshape{}, {8}, {1, 24}});
  n.push_back(dense(random, "d1", 9, 24, 6));
  n.push_back(relu("r3", 10, {1, 6}));
  n.push_back(dense(random, "d2", 11, 6, 3));
  return *Network::create(std::move(n), {12});
}

/// x[1, n] -> dense -> relu -> ... -> dense[m]
inline Network mlp(Random& random, const Shape& widths) {
  std::vector<Node> n;
  n.push_back({"x", "Input", Input{}, {}, {1, widths[0]}});
  for (std::size_t k = 1; k < widths.size(); ++k) {
    n.push_back(dense(random, "fc" + std::to_string(k), NodeId(n.size()) - 1, widths[k - 1], widths[k]));
    if (k + 1 < widths.size()) n.push_back(relu("relu" + std::to_string(k), NodeId(n.size()) - 1, {1, widths[k]}));
  }
  const auto last = NodeId(n.size()) - 1;
  return *Network::create(std::move(n), {last});
}

inline std::vector<Rational> point(Random& random, std::int64_t size) {
  std::vector<Rational> x;
  for (std::int64_t k = 0; k < size; ++k) x.push_back(Rational(long(random() % 129) - 64, 32L));
  return x;
}

}  // namespace lrproof::net::testing
