// Scaled units leave the function as it is, whatever lies between the layers; brute force at random points.
#include "net/rescale.hpp"

#include <doctest/doctest.h>

#include "net/evaluate.hpp"
#include "net/text.hpp"

using namespace lrproof;
using num::Rational;

namespace {

net::Network read(const std::string& text) {
  auto network = net::parse_network(text, "test.net");
  REQUIRE_MESSAGE(network.ok(), (network ? std::string() : network.error().text()));
  return *network;
}

std::vector<Rational> output(const net::Network& network, const std::vector<Rational>& x) {
  return net::evaluate<Rational>(network, x, 1).of[std::size_t(network.output())];
}

void same_function(const net::Network& network, const std::string& layer, std::int64_t units) {
  const auto id = network.find(layer);
  REQUIRE(net::rescalable_units(network, id) == units);
  std::vector<Rational> factors;
  for (std::int64_t k = 0; k < units; ++k) factors.emplace_back(k * 3 + 2, 3 - k % 2);
  const auto other = net::rescaled(network, id, factors);
  REQUIRE(other.ok());
  CHECK(other->node(id).op != network.node(id).op);
  for (long seed = 0; seed < 20; ++seed) {
    std::vector<Rational> x;
    for (long i = 0; i < network.input_size(); ++i)
      x.emplace_back((i * 7 + seed * 5 + seed * i) % 13 - 6, 1 + seed % 3);
    CHECK(output(network, x) == output(*other, x));
  }
}

}  // namespace

TEST_CASE("units of dense layers") {
  const auto network = read(
      "input x[3]\n"
      "a = dense(x) weight [[1, 2, -1], [3, -1, 0.5]] bias [1, -2]\n"
      "h = relu(a)\n"
      "y = dense(h) weight [[1, -3], [2, 5]] bias [1, 0]\n"
      "output y");
  same_function(network, "a", 2);
  CHECK(net::rescalable_units(network, network.find("y")) == 0);
  CHECK(net::rescalable_units(network, network.find("h")) == 0);
}

TEST_CASE("channels of convolutions: groups, padding, pools, a reshape, a bias for each element") {
  const auto network = read(
      "input x[1, 2, 4]\n"
      "a = conv(x) weight [[[1, -2]], [[3, 1]], [[1, 1]], [[0, -1]]] bias [1, -1, 2, 0] groups 2 pads [1, 1]\n"
      "r = leaky-relu(a) alpha 1/4\n"
      "b = conv(r) weight [[[1, 2], [-1, 3]], [[2, 1], [1, -1]]] groups 2 pads [1, 0]\n"
      "s = relu(b)\n"
      "m = max-pool(s) kernel [2]\n"
      "p = average-pool(m) kernel [2] pads [1, 1]\n"
      "f = reshape(p) shape [1, 10]\n"
      "y = dense(f) weight [[1, 2, 3, -4, 5, 6, -7, 8, 9, 1]]\n"
      "output y");
  same_function(network, "a", 4);
  same_function(network, "b", 2);
}

TEST_CASE("what scaling does not pass") {
  const auto none = [](const std::string& middle) {
    const auto network = read("input x[1, 2]\na = dense(x) weight [[1, 2], [3, -1]]\n" + middle + "\noutput y");
    return net::rescalable_units(network, network.find("a")) == 0;
  };
  CHECK_FALSE(none("h = relu(a)\ny = dense(h) weight [[1, 1]]"));
  CHECK(none("h = clip(a) min 0 max 6\ny = dense(h) weight [[1, 1]]"));
  CHECK(none("h = relu(a)\ns = add(h, a)\ny = dense(s) weight [[1, 1]]"));
  CHECK(none("h = relu(a)\ny = dense(h) weight [[1, 1]]\noutput h"));
  CHECK(none("h = scale(a) mul [1, 2] add 1\ny = dense(h) weight [[1, 1]]"));
  CHECK(none("y = relu(a)"));
}
