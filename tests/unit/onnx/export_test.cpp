// Networks written as model files and read again.
#include <doctest/doctest.h>

#include "../net/random_network.hpp"
#include "build_model.hpp"
#include "net/curve.hpp"
#include "net/text.hpp"
#include "onnx/export.hpp"

using namespace lrproof;
using namespace lrproof::onnx::testing;
using num::Rational;

namespace {

onnx::Frame frame_for(const net::Network& network) {
  onnx::Frame frame;
  frame.input = {"in", network.input_shape(), network.input_shape()[0] == 1, "N"};
  for (std::size_t k = 0; k < network.outputs().size(); ++k)
    frame.outputs.push_back({"out" + std::to_string(k), network.node(network.outputs()[k]).shape, false, ""});
  return frame;
}

net::Network again(const net::Network& network, bool doubles = false) {
  auto frame = frame_for(network);
  frame.doubles = doubles;
  const auto bytes = onnx::export_network(network, frame);
  REQUIRE(bytes.ok());
  const auto read = onnx::import_model(*bytes, "again.onnx");
  REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().text()));
  CHECK(read->input.name == "in");
  CHECK(read->input.open == (network.input_shape()[0] == 1));
  CHECK(read->input.open_axis == (read->input.open ? "N" : ""));
  CHECK(read->doubles == doubles);
  return read->network;
}

/// The input's name comes from the file's input.
bool same_but_input_name(const net::Network& a, const net::Network& b) {
  auto nodes = a.nodes();
  nodes[0].name = b.node(0).name;
  return nodes == b.nodes() && a.outputs() == b.outputs();
}

net::Network one_node(net::Op op, const net::Shape& shape, const std::string& type) {
  std::vector<net::Node> nodes{{"in", "Input", net::Input{}, {}, shape}, {"n", type, std::move(op), {0}, shape}};
  return *net::Network::create(std::move(nodes), {1});
}

std::vector<Rational> values_at(const net::Network& network, const std::vector<Rational>& x) {
  const auto values = net::evaluate<Rational>(network, x, 1);
  return values.of[std::size_t(network.output())];
}

/// Equal at random points, exactly.
void equal_function(const net::Network& a, const net::Network& b) {
  net::testing::Random random(11);
  for (int k = 0; k < 8; ++k) {
    const auto x = net::testing::point(random, a.input_size());
    CHECK(values_at(a, x) == values_at(b, x));
  }
}

}  // namespace

TEST_CASE("export: models of others are read again as the same network") {
  for (const char* name :
       {"acasxu_1_1", "acasxu_3_3", "dnnv_conv_small_mnist", "dnnv_dronet", "dnnv_mnist_relu_3_50", "marabou_batchnorm",
        "marabou_conv_mp1", "marabou_fc_2-2-3", "marabou_linear2-3_bn1-linear3-1", "marabou_oneInput_twoBranches",
        "onnx_light_resnet50", "verix_mnist_10x2"}) {
    CAPTURE(name);
    const auto model = onnx::import_file(std::string(LRPROOF_SOURCE_DIR) + "/tests/models/" + name + ".onnx");
    REQUIRE(model.ok());
    CHECK(round_trips(*model) == "");
  }
}

TEST_CASE("export: random networks, float64 where a float32 would round") {
  net::testing::Random random(3);
  for (int k = 0; k < 20; ++k) {
    const auto network = k % 2 ? net::testing::conv_network(random) : net::testing::mlp(random, {4, 7, 5, 3});
    const auto round = onnx::rounded(network, k % 4 < 2);
    REQUIRE(round.ok());
    const auto back = again(round->network, k % 4 < 2);
    CHECK(same_but_input_name(round->network, back));
    CHECK((round->constants == 0) == (round->network.nodes() == network.nodes()));
  }
}

TEST_CASE("export: a constant is rounded to the nearest float32, halves to even, and told") {
  const Rational third(1, 3), half_way = Rational(1) + Rational::power_of_two(-24);
  const Rational above = half_way + Rational::power_of_two(-90);
  net::Scale scale{num::Constants::from_rationals({third, half_way, above}),
                   num::Constants::from_rationals({Rational(1), Rational(2), Rational(5)})};
  const auto round = onnx::rounded(one_node(scale, {1, 3}, "Mul"), false);
  REQUIRE(round.ok());
  CHECK(round->constants == 3);
  CHECK(round->nodes == std::vector<std::string>{"n"});
  const auto& held = std::get<net::Scale>(round->network.node(1).op).mul;
  CHECK(held.at<double>(0) == double(float(1.0 / 3)));
  CHECK(held.at<double>(1) == 1.0);
  CHECK(held.at<double>(2) == 1.0 + 0x1p-23);  // rounding through a double would give 1
  equal_function(round->network, again(round->network));
}

TEST_CASE("export: a weight beyond float32 names node and tensor") {
  const auto network = one_node(
      net::Scale{num::Constants::from_rationals({Rational(1e39)}), num::Constants::from_rationals({Rational(1)})},
      {1, 1}, "Mul");
  const auto round = onnx::rounded(network, false);
  REQUIRE(!round.ok());
  CHECK(round.error().code == "onnx.overflow");
  CHECK(round.error().place == "node n");
  CHECK(round.error().sentence.find("factor") != std::string::npos);
  CHECK(onnx::rounded(network, true).ok());
}

TEST_CASE("export: curves that only a rewrite makes keep their function") {
  const auto largest = [](int at) {
    return net::Curve{{Rational(at)}, {Rational(0), Rational(1)}, {Rational(at), Rational(0)}};
  };
  const auto smallest = [](int at) {
    return net::Curve{{Rational(at)}, {Rational(1), Rational(0)}, {Rational(0), Rational(at)}};
  };
  const net::Curve flat{{}, {Rational(0)}, {Rational(3)}};
  const net::Curve bent{{Rational(-1), Rational(2)},
                        {Rational(2), Rational(-1), Rational(1, 2)},
                        {Rational(1), Rational(-2), Rational(-5)}};
  const std::vector<std::int32_t> per_channel{0, 0, 1, 1};
  for (const auto& curves : {std::vector{largest(1), largest(-2)}, std::vector{smallest(1), smallest(0)},
                             std::vector{largest(1), smallest(-1)}, std::vector{flat, smallest(2)},
                             std::vector{bent, largest(1)}, std::vector{bent, flat}}) {
    const auto network = one_node(net::Activation{"threshold-relu", curves, per_channel}, {1, 2, 2}, "Relu");
    const auto round = onnx::rounded(network, false);
    REQUIRE(round.ok());
    CHECK(round->constants == 0);
    CHECK(round->network.nodes() == network.nodes());
    equal_function(network, again(network));
  }
}

TEST_CASE("export: factors, divisors, summands and signs") {
  const auto constants = [](std::vector<Rational> v) { return num::Constants::from_rationals(std::move(v)); };
  const auto zeros = constants({Rational(0), Rational(0)});
  for (const auto& scale :
       {net::Scale{constants({Rational(1, 3), Rational(1, 7)}), zeros},
        net::Scale{constants({Rational(1), Rational(1)}), constants({Rational(2), Rational(3)})},
        net::Scale{constants({Rational(-1), Rational(-1)}), constants({Rational(2), Rational(3)})},
        net::Scale{constants({Rational(1, 3), Rational(1, 3)}), constants({Rational(2, 3), Rational(5, 3)})},
        net::Scale{constants({Rational(1), Rational(1)}), zeros}}) {
    const auto network = one_node(scale, {1, 2}, "Scaled");
    const auto round = onnx::rounded(network, false);
    REQUIRE(round.ok());
    CHECK(round->constants == 0);
    const auto back = again(network);
    CHECK(back.node(1).op == network.node(1).op);
  }
  const net::Scale both{constants({Rational(2), Rational(3)}), constants({Rational(5), Rational(7)})};
  equal_function(one_node(both, {1, 2}, "Mul"), again(one_node(both, {1, 2}, "Mul")));
}

TEST_CASE("export: any selection of elements, with and without a fill") {
  net::testing::Random random(5);
  for (int round = 0; round < 30; ++round) {
    net::Select select{{}, Rational(round % 3)};
    for (int k = 0; k < 12; ++k) select.index.push_back(std::int64_t(random() % 13) - (round % 2));
    for (auto& k : select.index) k = std::min<std::int64_t>(k, 11);
    std::vector<net::Node> nodes{{"in", "Input", net::Input{}, {}, {2, 6}}, {"n", "Gather", select, {0}, {3, 4}}};
    const auto network = *net::Network::create(std::move(nodes), {1});
    equal_function(network, again(network));
  }
}
