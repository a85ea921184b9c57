// Norms that go on: every rewritten network is the same function at rational points, exactly.
#include <doctest/doctest.h>

#include "net/evaluate.hpp"
#include "rewritten.hpp"

using namespace lrproof;
using namespace lrproof::canon::testing;
using num::Rational;

namespace {

/// All outputs equal at inputs of small rationals on both sides of every threshold of these networks.
void same_function(const net::Network& a, const net::Network& b) {
  REQUIRE(a.outputs().size() == b.outputs().size());
  for (int seed = 1; seed < 8; ++seed) {
    std::vector<Rational> x;
    for (int k = 0; k < a.input_size(); ++k) x.emplace_back(long((k * 7 + seed * 5) % 13 - 6), long(seed % 3 + 1));
    const auto left = net::evaluate<Rational>(a, x, 1), right = net::evaluate<Rational>(b, x, 1);
    for (std::size_t k = 0; k < a.outputs().size(); ++k)
      CHECK(left.of[std::size_t(a.outputs()[k])] == right.of[std::size_t(b.outputs()[k])]);
  }
}

/// One application of `rewrite` to the text, told as `nodes`; what is left has no norm, and again changes nothing.
net::Network once(const std::string& text, const std::string& rewrite, const Words& nodes) {
  CAPTURE(text);
  const auto before = read(text);
  auto out = canonized(before, {rewrite});
  REQUIRE(out.steps.size() == 1);
  CHECK(out.steps[0].nodes == nodes);
  CHECK(out.near_misses.empty());
  for (const auto& node : out.network.nodes()) CHECK(!std::holds_alternative<net::BatchNorm>(node.op));
  same_function(before, out.network);
  const auto again = canonized(out.network, usual());
  CHECK(again.steps.empty());
  CHECK(again.network.nodes() == out.network.nodes());
  const auto printed = read(net::print_network(out.network));
  CHECK(printed.nodes() == out.network.nodes());
  return std::move(out.network);
}

std::string reason(const std::string& text, const std::string& rewrite) {
  CAPTURE(text);
  const auto out = canonized(read(text), {rewrite});
  CHECK(out.steps.empty());
  return out.near_misses.empty() ? "" : out.near_misses[0].reason;
}

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

// A positive, a negative and a zero scale; the zero one with a level above 0.
const std::string kNorm3 =
    " = batch-norm(x)  gamma [2, -3, 0]  beta [1, 1/3, 1/2]  mean [0.5, -1, 2]  variance [1, 3, 2]  epsilon 1e-5\n";
const std::string kNorm2 =
    " = batch-norm(x)  gamma [2, -3]  beta [1, 1/3]  mean [0.5, -1]  variance [1, 3]  epsilon 1e-5\n";
const std::string kDense = "y = dense(n)  weight [[1, -2, 0.1], [3, 0, 1]]  bias [1, 2]\noutput y";

}  // namespace

TEST_CASE("a norm goes on into a dense node or a convolution that reads no padding") {
  const Words step{"y", "n"};
  const char* rewrite = "batchnorm-into-next-affine";
  once("input x[1, 3]\nn" + kNorm3 + kDense, rewrite, step);
  once("input x[1, 3]\nn" + kNorm3 + "y = dense(n)  weight [[1, -2, 0.1]]\noutput y", rewrite, step);
  const std::string plane = "input x[1, 2, 4, 3]\nn" + kNorm2;
  once(plane + "y = conv(n)  weight [[[[1, 2], [3, 4]], [[0, 1], [-1, 5]]]]  bias [3]\noutput y", rewrite, step);
  once(plane + "y = conv(n)  weight [[[[1, 2]]], [[[3, 4]]], [[[5, 6]]], [[[7, 8]]]]  groups 2\noutput y", rewrite,
       step);
  once(
      plane + "y = conv(n)  weight [[[[1, 2], [3, 4]], [[0, 1], [-1, 5]]]]  strides [2, 1]  dilations [2, 2]\noutput y",
      rewrite, step);
  once(plane + "y = conv-transpose(n)  weight [[[[2]]], [[[1/3]]]]\noutput y", rewrite, step);
  // Padding that no window reaches, and the same padding in every window.
  once("input x[1, 2, 4]\nn" + kNorm2 + "y = conv(n)  weight [[[1, 2], [3, 4]]]  pads [0, 1]  strides [2]\noutput y",
       rewrite, step);
  const auto one =
      once("input x[1, 2, 1]\nn" + kNorm2 + "y = conv(n)  weight [[[1, 2, 3], [4, 5, 6]]]  pads [1, 1]\noutput y",
           rewrite, step);
  CHECK(std::get<net::Conv>(one.node(one.find("y")).op).bias.size() == 1);
}

TEST_CASE("reshapes and averages over full windows lie between, and keep their names") {
  const Words flat{"y", "n", "f"};
  const char* rewrite = "batchnorm-into-next-affine";
  once(
      "input x[1, 2, 2, 1]\nn" + kNorm2 + "f = reshape(n)  shape [1, 4]\ny = dense(f)  weight [[1, 2, 3, 4]]\noutput y",
      rewrite, flat);
  once("input x[1, 2, 2, 3]\nn" + kNorm2 +
           "p = average-pool(n)  kernel [2, 2]  strides [1, 1]  pads [0, 1, 0, 0]\nf = reshape(p)  shape [1, 6]\n"
           "y = dense(f)  weight [[1, 2, 3, 4, 5, 6]]\noutput y",
       rewrite, {"y", "n", "p", "f"});
  once("input x[1, 2, 2, 3]\nn" + kNorm2 +
           "f = reshape(n)  shape [1, 2, 6]\ny = conv(f)  weight [[[1, 2], [3, 4]]]\noutput y",
       rewrite, flat);
}

TEST_CASE("a norm in front of zero padding leaves a bias map") {
  const Words step{"y", "n"};
  const char* rewrite = "batchnorm-into-padded-conv";
  const std::string plane = "input x[1, 2, 4, 3]\nn" + kNorm2;
  const std::string weight = "weight [[[[1, 2], [3, 4]], [[0, 1], [-1, 5]]]]  bias [3]  ";
  const auto out = once(plane + "y = conv(n)  " + weight + "pads [1, 1, 1, 1]\noutput y", rewrite, step);
  CHECK(std::get<net::Conv>(out.node(out.find("y")).op).bias.size() == 20);
  once(plane + "y = conv(n)  " + weight + "pads [2, 0, 0, 1]  strides [2, 1]\noutput y", rewrite, step);
  once(plane + "y = conv(n)  " + weight + "pads [2, 1, 1, 2]  dilations [3, 2]  strides [1, 2]\noutput y", rewrite,
       step);
  once(
      plane +
          "y = conv(n)  weight [[[[1, 2]]], [[[3, 4]]], [[[5, 6]]], [[[7, 8]]]]  groups 2  pads [0, 1, 0, 0]\noutput y",
      rewrite, step);
  once("input x[1, 2, 5]\nn" + kNorm2 + "y = conv(n)  weight [[[1, 2, 3], [4, 5, 6]]]  pads [1, 2]\noutput y", rewrite,
       step);
  const std::string line =
      "input x[1, 4, 3]\nn = batch-norm(x)  gamma [2, -3, 0, 1]  beta [1, 1/3, 1/2, 0]  mean [0.5, "
      "-1, 2, 3]  variance [1, 3, 2, 1]  epsilon 1e-5\n";
  once(line +
           "y = conv-transpose(n)  weight [[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[1, 0, 1]]]  groups 2  strides "
           "[2]\noutput y",
       rewrite, step);
  once(line +
           "y = conv-transpose(n)  weight [[[1, 2, 3], [0, 1, 0]], [[4, 5, 6], [1, 1, 1]], [[7, 8, 9], [0, 0, 2]], "
           "[[1, 0, 1], [5, 5, 5]]]  strides [2]  pads [1, 0]  dilations [2]\noutput y",
       rewrite, step);
}

TEST_CASE("a bias map takes up a norm on either side of its convolution") {
  const std::string conv =
      "y = conv(n)  weight [[[1, 2, 3], [4, 5, 6]], [[0, 1, 0], [1, 0, 2]]]  bias [1, 2]  pads [1, 1]\n";
  const std::string last = "m = batch-norm(y)  gamma [-1, 2]  beta [3, 4]  mean [1, 0]  variance [2, 3]  epsilon 1\n";
  const auto before = read("input x[1, 2, 4]\nn0" + kNorm2 +
                           "n = batch-norm(n0)  gamma [1, 3]  beta [-1, 2]  mean [4, 0]  variance "
                           "[5, 6]  epsilon 1\n" +
                           conv + last + "output m");
  auto out = canonized(before, {"batchnorm-into-padded-conv"});
  CHECK(out.steps.size() == 2);
  same_function(before, out.network);
  out = canonized(out.network, {"batchnorm-into-affine"});
  CHECK(out.network.size() == 2);
  same_function(before, out.network);
  // In the usual order the second norm goes into the convolution first.
  out = canonized(before, usual());
  REQUIRE(out.steps.size() == 3);
  CHECK(out.steps[0].rewrite == "batchnorm-into-affine");
  same_function(before, out.network);
}

TEST_CASE("a norm and a ReLU become a threshold, whatever the sign of the scale") {
  const auto out = once("input x[1, 3]\nn" + kNorm3 +
                            "r = relu(n)\ny = dense(r)  weight [[1, -2, 0.1], [3, 0, 1]]  bias [1, 2]\noutput y",
                        "batchnorm-relu-threshold", {"y", "n", "r"});
  const auto& curve = std::get<net::Activation>(out.node(out.find("r")).op);
  CHECK(curve.kind == "threshold-relu");
  REQUIRE(curve.curves.size() == 3);
  CHECK(curve.curves[0].slopes == std::vector<Rational>{Rational(0), Rational(1)});
  CHECK(curve.curves[1].slopes == std::vector<Rational>{Rational(1), Rational(0)});
  CHECK(curve.curves[2].kinks.empty());
  CHECK(curve.curves[2].intercepts == std::vector<Rational>{Rational(1, 2)});
  const std::string negative_level = " = batch-norm(x)  gamma [0, 0]  beta [-1, 0]  mean [7, 7]  variance [1, 1]\n";
  once("input x[1, 2]\nn" + negative_level + "r = relu(n)\ny = dense(r)  weight [[1, -2]]\noutput y",
       "batchnorm-relu-threshold", {"y", "n", "r"});
  once("input x[1, 2, 4, 3]\nn" + kNorm2 +
           "r = relu(n)\ny = conv(r)  weight [[[[1, 2], [3, 4]], [[0, 1], [-1, 5]]]]  pads [1, 0, 0, 1]\noutput y",
       "batchnorm-relu-threshold", {"y", "n", "r"});
  once("input x[1, 2, 1, 2]\nn" + kNorm2 +
           "r = relu(n)\nf = reshape(r)  shape [1, 4]\ny = dense(f)  weight [[1, 2, 3, 4]]\noutput y",
       "batchnorm-relu-threshold", {"y", "n", "r", "f"});
}

TEST_CASE("what is left of a norm goes on behind an average") {
  once("input x[1, 2, 2, 3]\nn" + kNorm2 +
           "r = relu(n)\np = global-average-pool(r)\nf = reshape(p)  shape [1, 2]\ny = dense(f)  weight [[1, 2], [3, "
           "4]]\noutput y",
       "batchnorm-relu-pool", {"y", "n", "r", "p", "f"});
  once("input x[1, 2, 3, 3]\nn" + kNorm2 +
           "r = relu(n)\np = average-pool(r)  kernel [2, 2]  pads [1, 1, 1, 1]  strides [2, 2]\n"
           "y = conv(p)  weight [[[[1, 2]], [[3, 4]]]]\noutput y",
       "batchnorm-relu-pool", {"y", "n", "r", "p"});
  CHECK(says(reason("input x[1, 2, 3, 3]\nn" + kNorm2 +
                        "r = relu(n)\np = average-pool(r)  kernel [2, 2]  pads [1, 1, 1, 1]  strides [2, 2]  "
                        "count-include-pad 1\n"
                        "y = conv(p)  weight [[[[1, 2]], [[3, 4]]]]\noutput y",
                    "batchnorm-relu-pool"),
             "counts padding"));
}

TEST_CASE("a norm behind a concat is one norm per operand") {
  const std::string parts = "input x[1, 2, 3]\na = conv(x)  weight [[[1], [2]]]  bias [1]\nb = relu(x)\n";
  const std::string norm =
      "n = batch-norm(c)  gamma [2, -3, 0]  beta [1, 1/3, 1/2]  mean [0.5, -1, 2]  variance [1, 3, 2]  epsilon 1e-5\n";
  const auto before = read(parts + "c = concat(a, b)  axis 1\n" + norm + "y = abs(n)\noutput y");
  auto out = canonized(before, {"concat-norm-split"});
  REQUIRE(out.steps.size() == 1);
  CHECK(out.steps[0].nodes == Words{"n", "c"});
  CHECK(out.network.find("c") < 0);
  CHECK(out.network.find("n.part2") >= 0);
  CHECK(net::op_word(out.network.node(out.network.find("n")).op) == "concat");
  same_function(before, out.network);
  out = canonized(before, usual());
  REQUIRE(out.steps.size() == 2);
  CHECK(out.steps[1].rewrite == "batchnorm-into-affine");
  CHECK(out.steps[1].nodes == Words{"a", "n.part1"});
  same_function(before, out.network);
  CHECK(canonized(out.network, usual()).steps.empty());
  // Another reader of the old concat keeps it, and so does an output; names that are taken are not taken again.
  const auto kept = read(parts + "n.part1 = abs(b)\nc = concat(a, b)  axis 1\n" + norm +
                         "z = abs(c)\nw = abs(n.part1)\noutput n, z, w, c");
  out = canonized(kept, {"concat-norm-split"});
  CHECK(out.network.find("c") >= 0);
  CHECK(out.network.find("n.part1.2") >= 0);
  same_function(kept, out.network);
  CHECK(says(reason("input x[1, 2, 3]\na = relu(x)\nc = concat(a, x)  axis 1\nn = batch-norm(c)  gamma [1, 1, 1, 1] "
                    "beta [0, 0, 0, "
                    "0] mean [0, 0, 0, 0] variance [1, 1, 1, 1]\ny = abs(n)\noutput y",
                    "concat-norm-split"),
             "no operand of 'c'"));
  CHECK(says(reason("input x[1, 2, 3]\na = conv(x)  weight [[[1], [2]], [[3], [4]]]\nc = concat(a, x)  axis 2\nn = "
                    "batch-norm(c)  "
                    "gamma [1, 1] beta [0, 0] mean [0, 0] variance [1, 1]\ny = abs(n)\noutput y",
                    "concat-norm-split"),
             "axis 2"));
}

TEST_CASE("near misses of norms that go on say why") {
  const char *next = "batchnorm-into-next-affine", *relu = "batchnorm-relu-threshold";
  const std::string start = "input x[1, 3]\nn" + kNorm3,
                    two = "y = dense(n)  weight [[1, -2, 0.1]]\nz = dense(n)  weight [[1, 0, 1]]\n";
  CHECK(says(reason(start + two + "output y, z", next), "read 2 times"));
  CHECK(says(reason(start + "y = dense(n)  weight [[1, -2, 0.1]]\noutput y, n", next), "also an output"));
  CHECK(reason(start + "y = abs(n)\noutput y", next).empty());
  CHECK(says(reason("input x[1, 2, 3]\nn" + kNorm2 + "y = dense(n)  weight [[1, 2, 3]]\noutput y", next),
             "several channels"));
  CHECK(says(reason("input x[1, 2, 3]\nn" + kNorm2 +
                        "f = reshape(n)  shape [1, 3, 2]\ny = conv(f)  weight [[[1], [2], [3]]]\noutput y",
                    next),
             "not the channel axis"));
  CHECK(says(reason("input x[1, 1]\nn = batch-norm(x)  gamma [1e300] beta [0] mean [0] variance [1]\ny = dense(n)  "
                    "weight [[1e300]]\noutput y",
                    next),
             "beyond the range"));
  const std::string act = start + "r = relu(n)\n";
  CHECK(says(reason(act + "y = dense(r)  weight [[1, -2, 0.1]]\nz = dense(r)  weight [[1, 0, 1]]\noutput y, z", relu),
             "'r' is read 2 times"));
  CHECK(
      says(reason(act + "y = dense(r)  weight [[1, -2, 0.1]]\nz = abs(n)\noutput y, z", relu), "also read by others"));
  CHECK(says(reason(act + "y = abs(r)\noutput y", relu), "a activation"));
  CHECK(says(reason(act + "output r", relu), "also an output"));
  CHECK(reason(start + "r = abs(n)\ny = dense(r)  weight [[1, -2, 0.1]]\noutput y", relu).empty());
  CHECK(says(reason("input x[1, 1]\nn = batch-norm(x)  gamma [1e-40] beta [1] mean [0] variance [1]\nr = relu(n)\ny = "
                    "dense(r)  weight [[1]]\noutput y",
                    relu),
             "range of a float"));
}
