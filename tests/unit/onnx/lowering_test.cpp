// Each family of operators becomes the nodes we say, and has the values that pencil and paper give.
#include <doctest/doctest.h>

#include <cfloat>

#include "build_model.hpp"

using namespace lrproof;
using namespace lrproof::onnx::testing;
using Words = std::vector<std::string>;

namespace {

net::Network network_of(const Draft& draft) {
  auto model = draft.import();
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
  return std::move(model->network);
}

/// One operator from x to y.
Draft one(const std::string& op, std::vector<std::int64_t> input, std::vector<std::string> constants = {},
          std::vector<Attribute> attributes = {}) {
  Draft draft;
  draft.input = std::move(input);
  std::vector<std::string> inputs{"x"};
  inputs.insert(inputs.end(), constants.begin(), constants.end());
  draft.with({op, inputs, {"y"}, std::move(attributes), "node"});
  return draft;
}

}  // namespace

TEST_CASE("a product takes the constant that is added to it as its bias") {
  Draft draft;
  draft.input = {1, 2};
  draft.reals("w", {2, 2}, {1, 2, 3, 4}).reals("b", {2}, {10, -1});
  draft.with({"MatMul", {"x", "w"}, {"m"}, {}, "fc"}).with({"Add", {"b", "m"}, {"y"}, {}, "bias"});
  const auto network = network_of(draft);
  CHECK(summary(network) == "x:input fc:dense");
  CHECK(exact(network, {1, 1}) == Words{"14", "5"});
}

TEST_CASE("a product that others read keeps its own value") {
  Draft draft;
  draft.input = {1, 2};
  draft.reals("w", {2, 2}, {1, 2, 3, 4}).reals("b", {2}, {10, -1});
  draft.with({"MatMul", {"x", "w"}, {"m"}, {}, "fc"}).with({"Sub", {"m", "b"}, {"s"}, {}, "minus"});
  draft.with({"Add", {"s", "m"}, {"y"}, {}, "join"});
  const auto network = network_of(draft);
  CHECK(summary(network) == "x:input fc:dense minus:scale join:add");
  CHECK(exact(network, {1, 1}) == Words{"-2", "13"});
  draft.operators.pop_back();
  draft.outputs = {"s", "m"};
  CHECK(summary(network_of(draft)) == "x:input fc:dense minus:scale");
}

TEST_CASE("a constant in front: c - W x is a scale of its own, c x is one too, 1/3 is exact") {
  Draft draft;
  draft.input = {1, 2};
  draft.reals("w", {2, 2}, {1, 2, 3, 4}).reals("b", {2}, {10, -1});
  draft.with({"MatMul", {"x", "w"}, {"m"}, {}, "fc"}).with({"Sub", {"b", "m"}, {"y"}, {}, "minus"});
  CHECK(exact(network_of(draft), {1, 1}) == Words{"6", "-7"});
  auto third = one("Div", {1, 2}, {"c"});
  third.reals("c", {}, {3});
  CHECK(exact(network_of(third), {1, 6}) == Words{"1/3", "2"});
}

TEST_CASE("Gemm with its attributes") {
  auto draft = one("Gemm", {1, 2}, {"w", "c"}, {real("alpha", 0.5), real("beta", 2), integer("transB", 1)});
  draft.reals("w", {2, 2}, {1, 2, 3, 4}).reals("c", {2}, {1, -1});
  const auto network = network_of(draft);
  CHECK(summary(network) == "x:input node:dense");
  CHECK(exact(network, {2, 4}) == Words{"7", "9"});
}

TEST_CASE("a stored factor on the left turns the operand") {
  auto draft = one("MatMul", {2, 2});
  draft.operators[0].inputs = {"w", "x"};
  draft.reals("w", {1, 2}, {1, 10});
  const auto network = network_of(draft);
  CHECK(exact(network, {1, 2, 3, 4}) == Words{"31", "42"});
  CHECK(network.node(network.output()).name == "node");
  CHECK(network.node(network.output()).shape == net::Shape{1, 2});
}

TEST_CASE("convolution: padding, groups, the bias that follows") {
  auto draft = one("Conv", {1, 2, 3}, {"w"}, {list("pads", {1, 0}), integer("group", 2)});
  draft.operators[0].outputs = {"c"};
  draft.reals("w", {2, 1, 2}, {1, 10, 1, -1}).reals("b", {1, 2, 1}, {100, 0});
  draft.with({"Add", {"c", "b"}, {"y"}, {}, "bias"});
  const auto network = network_of(draft);
  CHECK(summary(network) == "x:input node:conv");
  CHECK(exact(network, {1, 2, 3, 4, 5, 6}) == Words{"110", "121", "132", "-4", "-1", "-1"});
}

TEST_CASE("transposed convolution spreads each input over the kernel") {
  auto draft = one("ConvTranspose", {1, 1, 2}, {"w"}, {list("strides", {2}), list("output_padding", {1})});
  draft.reals("w", {1, 1, 2}, {1, 10});
  CHECK(exact(network_of(draft), {1, 2}) == Words{"1", "10", "2", "20", "0"});
}

TEST_CASE("batch norm keeps its parameters") {
  auto draft = one("BatchNormalization", {1, 2, 1}, {"s", "b", "m", "v"}, {real("epsilon", 0.25)});
  draft.reals("s", {2}, {1, -1}).reals("b", {2}, {0, 1}).reals("m", {2}, {1, 0}).reals("v", {2}, {0, 3.75});
  const auto network = network_of(draft);
  CHECK(exact(network, {2, 4}) == Words{"2", "-1"});
  CHECK(std::get<net::BatchNorm>(network.node(1).op).variance.approx[1] == 3.75);
}

TEST_CASE("pooling") {
  auto largest = one("MaxPool", {1, 1, 4}, {}, {list("kernel_shape", {2}), list("strides", {2}), list("pads", {1, 1})});
  CHECK(exact(network_of(largest), {-1, -5, -2, -3}) == Words{"-1", "-2", "-3"});
  auto mean = one("AveragePool", {1, 1, 3}, {}, {list("kernel_shape", {3}), word("auto_pad", "SAME_UPPER")});
  CHECK(exact(network_of(mean), {1, 2, 4}) == Words{"3/2", "7/3", "3"});
  mean.operators[0].attributes.push_back(integer("count_include_pad", 1));
  CHECK(exact(network_of(mean), {1, 2, 4}) == Words{"1", "7/3", "2"});
  auto rounded = one("AveragePool", {1, 1, 4}, {},
                     {list("kernel_shape", {3}), list("strides", {2}), integer("ceil_mode", 1),
                      integer("count_include_pad", 1), list("pads", {1, 0})});
  CHECK(exact(network_of(rounded), {1, 2, 3, 4}) == Words{"1", "3"});
  auto global = one("GlobalAveragePool", {1, 2, 3});
  CHECK(exact(network_of(global), {1, 2, 3, 4, 5, 7}) == Words{"2", "16/3"});
}

TEST_CASE("reductions") {
  auto mean = one("ReduceMean", {1, 2, 2, 2}, {}, {list("axes", {2, -1}), integer("keepdims", 0)});
  const auto pooled = network_of(mean);
  CHECK(summary(pooled) == "x:input node/pool:average-pool node:reshape");
  CHECK(exact(pooled, {1, 2, 3, 4, 5, 6, 7, 9}) == Words{"5/2", "27/4"});
  auto sum = one("ReduceSum", {1, 2, 3}, {"a"});
  sum.integers("a", {1});
  CHECK(exact(network_of(sum), {1, 2, 3, 10, 20, 30}) == Words{"11", "22", "33"});
  auto least = one("ReduceMin", {2, 3}, {}, {list("axes", {1})});
  CHECK(exact(network_of(least), {1, -2, 3, 10, 20, 30}) == Words{"-2", "10"});
}

TEST_CASE("curves are exact: a float32 slope is the dyadic number it denotes") {
  CHECK(exact(network_of(one("LeakyRelu", {1, 2}, {}, {real("alpha", 0.5)})), {-3, 3}) == Words{"-3/2", "3"});
  CHECK(exact(network_of(one("LeakyRelu", {1, 1})), {-1})[0] == "-5368709/536870912");
  CHECK(exact(network_of(one("HardSigmoid", {1, 3}, {}, {real("alpha", 0.25), real("beta", 0.5)})), {-9, 1, 9}) ==
        Words{"0", "3/4", "1"});
  CHECK(exact(network_of(one("Abs", {1, 2})), {-3, 3}) == Words{"3", "3"});
  auto slopes = one("PRelu", {1, 2, 2}, {"s"});
  slopes.reals("s", {2, 1}, {0.5, 1});
  const auto network = network_of(slopes);
  CHECK(exact(network, {-2, 4, -2, 4}) == Words{"-1", "4", "-2", "4"});
  CHECK(std::get<net::Activation>(network.node(1).op).curve(2).kinks.empty());
}

TEST_CASE("Clip is a relu, a clip, or nothing") {
  const auto kind = [](const net::Network& network) { return std::get<net::Activation>(network.node(1).op).kind; };
  auto relu = one("Clip", {1, 2}, {"low"});
  relu.reals("low", {}, {0});
  CHECK(kind(network_of(relu)) == "relu");
  auto both = one("Clip", {1, 3}, {"low", "high"});
  both.reals("low", {}, {-1}).reals("high", {}, {6});
  CHECK(kind(network_of(both)) == "clip");
  CHECK(exact(network_of(both), {-2, 2, 7}) == Words{"-1", "2", "6"});
  auto crossed = one("Clip", {1, 2}, {"high", "low"});
  crossed.reals("low", {}, {-1}).reals("high", {}, {6});
  CHECK(exact(network_of(crossed), {-2, 7}) == Words{"-1", "-1"});
  auto open = one("Clip", {1, 2});
  CHECK(summary(network_of(open)) == "x:input node:reshape");
  auto stated = one("Clip", {1, 2}, {"low", "high"});  // exporters write the ends of the floats for no bound
  stated.reals("low", {}, {-FLT_MAX}).reals("high", {}, {FLT_MAX});
  CHECK(summary(network_of(stated)) == "x:input node:reshape");
}

TEST_CASE("Max of a constant reads a constant node; operands are broadcast in front") {
  auto draft = one("Max", {1, 2, 2}, {"c"});
  draft.reals("c", {2, 1}, {0, 3});
  const auto network = network_of(draft);
  CHECK(summary(network) == "x:input node/constant:constant node:max");
  CHECK(exact(network, {-1, 2, 1, 4}) == Words{"0", "2", "3", "4"});
  Draft sum;
  sum.input = {2, 1};
  sum.with({"Transpose", {"x"}, {"t"}, {}, "t"}).with({"Add", {"x", "t"}, {"y"}, {}, "join"});
  const auto outer = network_of(sum);
  CHECK(summary(outer) == "x:input t:reshape join/expand:select join/expand#2:select join:add");
  CHECK(exact(outer, {1, 10}) == Words{"2", "11", "11", "20"});
}

TEST_CASE("moving elements") {
  CHECK(exact(network_of(one("Transpose", {2, 3}, {}, {list("perm", {1, 0})})), {1, 2, 3, 4, 5, 6}) ==
        Words{"1", "4", "2", "5", "3", "6"});
  auto slice = one("Slice", {1, 5}, {"s", "e", "a", "t"});
  slice.integers("s", {-1}).integers("e", {INT64_MIN}).integers("a", {1}).integers("t", {-2});
  CHECK(exact(network_of(slice), {1, 2, 3, 4, 5}) == Words{"5", "3", "1"});
  auto pad = one("Pad", {1, 2}, {"p", "v"});
  pad.integers("p", {0, 1, 0, -1}).reals("v", {}, {7});
  CHECK(exact(network_of(pad), {1, 2}) == Words{"7", "1"});
  auto gather = one("Gather", {1, 3}, {"i"}, {integer("axis", 1)});
  gather.integers("i", {-1}, true);
  CHECK(network_of(gather).node(1).shape == net::Shape{1});
  CHECK(exact(network_of(gather), {1, 2, 3}) == Words{"3"});
  Draft split;
  split.input = {1, 4};
  split.integers("sizes", {1, 3});
  split.with({"Split", {"x", "sizes"}, {"a", "b"}, {integer("axis", 1)}, "split"});
  split.with({"Concat", {"b", "a"}, {"y"}, {integer("axis", 1)}, "join"});
  const auto network = network_of(split);
  CHECK(summary(network) == "x:input split/0:select split:select join:concat");
  CHECK(exact(network, {1, 2, 3, 4}) == Words{"2", "3", "4", "1"});
}

TEST_CASE("names: the output's where the node has none, and never twice") {
  Draft draft;
  draft.with({"Relu", {"x"}, {"r"}, {}, ""}).with({"Abs", {"r"}, {"a"}, {}, "r"}).with({"Neg", {"a"}, {"y"}, {}, "x"});
  CHECK(summary(network_of(draft)) == "x:input r:activation r#2:activation x#2:scale");
}
