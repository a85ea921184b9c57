// Networks that others made.
#include <doctest/doctest.h>

#include "build_model.hpp"

using namespace lrproof;
using namespace lrproof::onnx::testing;

namespace {

onnx::Model read(const std::string& name) {
  auto model = onnx::import_file(std::string(LRPROOF_SOURCE_DIR) + "/tests/models/" + name + ".onnx");
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
  return std::move(*model);
}

int count(const net::Network& network, const std::string& word) {
  int found = 0;
  for (const auto& node : network.nodes()) found += net::op_word(node.op) == word;
  return found;
}

}  // namespace

TEST_CASE("acasxu: seven layers, each product with its bias") {
  const auto model = read("acasxu_1_1");
  CHECK(model.opset == 10);
  CHECK(model.sha256.size() == 64);
  CHECK(model.input.shape == net::Shape{5});
  CHECK(count(model.network, "dense") == 7);
  CHECK(count(model.network, "activation") == 6);
  CHECK(model.network.size() == 14);
}

TEST_CASE("dronet: live norms, residual sums, a sigmoid in one branch") {
  const auto model = read("dnnv_dronet");
  CHECK(count(model.network, "batch-norm") == 6);
  CHECK(count(model.network, "conv") == 10);
  CHECK(count(model.network, "add") == 3);
  CHECK(count(model.network, "dense") == 2);
  REQUIRE(model.network.first_opaque() >= 0);
  CHECK(model.network.node(model.network.first_opaque()).type == "Sigmoid");
}

TEST_CASE("the convolutional network whose weights are Constant nodes") {
  const auto model = read("dnnv_conv_small_mnist");
  CHECK(count(model.network, "conv") == 3);
  CHECK(count(model.network, "constant") == 0);
  CHECK(model.network.first_opaque() == -1);
}

TEST_CASE("two branches over a fixed batch of two rows") {
  const auto model = read("marabou_oneInput_twoBranches");
  CHECK(model.input.shape == net::Shape{2, 6});
  CHECK(model.outputs.size() == 2);
  CHECK(model.notes.size() == 1);
}

TEST_CASE("the rest imports") {
  for (const char* name : {"acasxu_3_3", "dnnv_mnist_relu_3_50", "marabou_batchnorm", "marabou_conv_mp1",
                           "marabou_fc_2-2-3", "marabou_linear2-3_bn1-linear3-1", "verix_mnist_10x2"})
    CHECK(read(name).network.size() > 1);
  const auto large = read("onnx_light_resnet50");
  CHECK(count(large.network, "conv") == 53);
  CHECK(count(large.network, "batch-norm") == 53);
  CHECK(count(large.network, "add") == 16);
}
