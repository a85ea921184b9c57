#include <doctest/doctest.h>

#include "net/evaluate.hpp"
#include "rewritten.hpp"

using namespace lrproof;
using namespace lrproof::canon::testing;
using num::Rational;

namespace {

canon::Rewritten fold(const net::Network& network) { return canonized(network, {"batchnorm-into-affine"}); }

std::vector<Rational> value(const net::Network& network, std::vector<Rational> x) {
  return net::evaluate<Rational>(network, x, 1).of[std::size_t(network.output())];
}

/// Equal at points of a grid of small rationals, exactly.
void same_function(const net::Network& a, const net::Network& b) {
  for (int seed = 1; seed < 6; ++seed) {
    std::vector<Rational> x;
    for (int k = 0; k < a.input_size(); ++k) x.emplace_back(long((k * 7 + seed * 5) % 13 - 6), long(seed));
    CHECK(value(a, x) == value(b, x));
  }
}

constexpr const char* kNorm2 = "gamma [2, -3]  beta [1, 1/3]  mean [0.5, -1]  variance [1, 3]  epsilon 1e-5";

}  // namespace

TEST_CASE("a norm folds into dense, grouped and transposed convolutions without changing the function") {
  const std::string norm = std::string(" = batch-norm(a)  ") + kNorm2 + "\n";
  for (const std::string affine : {
           "input x[1, 3]\na = dense(x)  weight [[1, -2, 0.1], [3, 0, 1]]  bias [1, 2]\n",
           "input x[1, 3]\na = dense(x)  weight [[1, -2, 0.1], [3, 0, 1]]\n",
           "input x[1, 1, 3, 3]\na = conv(x)  weight [[[[1, 2], [3, 4]]], [[[0, 1], [-1, 5]]]]  pads [1, 0, 0, 1]\n",
           "input x[1, 4, 3]\na = conv(x)  weight [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]  groups 2  bias [3, 4]\n",
           "input x[1, 4, 3]\na = conv-transpose(x)  weight [[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]]  groups 2\n",
           "input x[1, 2, 3]\na = conv-transpose(x)  weight [[[1, 2], [0, 1]], [[3, 4], [5, 5]]]  strides [2]\n",
       }) {
    const auto before = read(affine + "n" + norm + "y = relu(n)\noutput y");
    const auto out = fold(before);
    CHECK(out.steps.size() == 1);
    CHECK(out.steps[0].nodes == std::vector<std::string>{"a", "n"});
    CHECK(out.network.size() == before.size() - 1);
    CHECK(out.network.find("n") == -1);
    CHECK(out.near_misses.empty());
    same_function(before, out.network);
  }
}

TEST_CASE("chains fold to a fixed point, and folding again changes nothing") {
  const auto before = read(std::string("input x[1, 2]\na = dense(x)  weight [[1, 2], [3, 4]]\nn1 = batch-norm(a)  ") +
                           kNorm2 + "\nn2 = batch-norm(n1)  " + kNorm2 + "\noutput n2");
  const auto out = fold(before);
  CHECK(out.network.size() == 2);
  REQUIRE(out.steps.size() == 2);
  CHECK(out.steps[0].nodes == std::vector<std::string>{"a", "n1"});
  CHECK(out.steps[1].nodes == std::vector<std::string>{"a", "n2"});
  same_function(before, out.stages[0]);
  same_function(before, out.network);
  const auto again = fold(out.network);
  CHECK(again.steps.empty());
  CHECK(again.network.nodes() == out.network.nodes());
}

TEST_CASE("near misses say why") {
  const std::string norm = std::string("  ") + kNorm2 + "\n";
  const auto reason = [&](const std::string& text) {
    const auto out = fold(read(text));
    CHECK(out.steps.empty());
    REQUIRE(out.near_misses.size() == 1);
    return out.near_misses[0].reason;
  };
  const std::string dense = "input x[1, 2]\na = dense(x)  weight [[1, 2], [3, 4]]\n";
  CHECK(reason("input x[1, 2]\nn = batch-norm(x)" + norm + "output n").find("no affine layer") != std::string::npos);
  CHECK(reason(dense + "s = add(a, x)\nn = batch-norm(s)" + norm + "output n").find("'s', a add") != std::string::npos);
  CHECK(reason(dense + "n = batch-norm(a)" + norm + "s = add(n, a)\noutput s").find("2 times") != std::string::npos);
  CHECK(reason(dense + "n = batch-norm(a)" + norm + "output n, a").find("also an output") != std::string::npos);
  CHECK(reason("input x[1, 2, 3]\na = dense(x)  weight [[1, 2, 3], [4, 5, 6]]\nn = batch-norm(a)" + norm + "output n")
            .find("channel axis") != std::string::npos);
  CHECK(reason("input x[1, 1]\na = dense(x)  weight [[1e300]]\n"
               "n = batch-norm(a)  gamma [1e300] beta [0] mean [0] variance [1]\noutput n")
            .find("beyond the range") != std::string::npos);
}

TEST_CASE("an unknown pass is told with the nearest known one") {
  const auto network = read("input x[1]\noutput x");
  const auto out = canon::canonize(network, {"batch-norm-into-affine"});
  REQUIRE(!out.ok());
  CHECK(out.error().hint == "did you mean 'batchnorm-into-affine'?");
  CHECK(canon::canonize(network, {}).ok());
}
