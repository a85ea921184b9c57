#include <doctest/doctest.h>

#include <filesystem>

#include "nets.hpp"
#include "oracle/file.hpp"
#include "oracle/point.hpp"

using namespace lrproof::oracle;
using test::Builder;

namespace {

std::vector<Exact> outputs(const std::string& bytes, const std::vector<double>& x) {
  auto read = read_model(bytes);
  REQUIRE_MESSAGE(read.value.has_value(), read.error);
  Budget budget;
  std::vector<Exact> input(x.begin(), x.end());
  const Point point(*read.value, input, budget);
  std::vector<Exact> all;
  const int out = read.value->output();
  for (long e = 0; e < read.value->node(out).size(); ++e) all.push_back(point.at<Exact>(out, e));
  for (long e = 0; e < long(all.size()); ++e) {
    CHECK(Exact(point.at<Enclosure>(out, e).lo) <= all[std::size_t(e)]);
    CHECK(all[std::size_t(e)] <= Exact(point.at<Enclosure>(out, e).hi));
  }
  return all;
}

}  // namespace

TEST_CASE("dense layers, a bias absorbed, a relu") {
  Builder net({1, 2});
  net.tensor("w", {2, 2}, {1, 2, 3, 4}).tensor("c", {2}, {0.5F, -100});
  net.node("MatMul", {"x", "w"}, "fc");
  net.node("Add", {"fc", "c"}, "plus");
  net.node("Relu", {"plus"}, "act");
  const auto bytes = net.bytes("act");
  CHECK(outputs(bytes, {1, 1}) == std::vector<Exact>{Exact(9, 2), 0});
  const auto model = *read_model(bytes).value;
  CHECK(model.find("fc") == 1);
  CHECK(model.find("plus") == -1);
}

TEST_CASE("convolution with stride and padding, a max pool, an average pool") {
  Builder net({1, 1, 3, 3});
  net.tensor("k", {1, 1, 2, 2}, {1, 0, 0, 1}).tensor("b", {1}, {1});
  auto& conv = net.node("Conv", {"x", "k", "b"}, "conv");
  Builder::integers(conv, "pads", {1, 0, 0, 0});
  Builder::integers(conv, "strides", {1, 1});
  Builder::integers(net.node("MaxPool", {"conv"}, "max"), "kernel_shape", {2, 2});
  net.node("GlobalAveragePool", {"conv"}, "mean");
  // rows of conv: [x01, x02], [x00+x11, x01+x12], [x10+x21, x11+x22], each plus 1
  const std::vector<double> x{1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(outputs(net.bytes("conv"), x) == std::vector<Exact>{3, 4, 7, 9, 13, 15});
  CHECK(outputs(net.bytes("max"), x) == std::vector<Exact>{9, 15});
  CHECK(outputs(net.bytes("mean"), x) == std::vector<Exact>{Exact(17, 2)});
}

TEST_CASE("a batch norm maps its mean to its beta, live and folded") {
  Builder net({1, 2});
  net.gemm("x", "fc", 2, 2, {1, 1, 2, -1}, {0, 1});
  net.tensor("g", {2}, {2, -3}).tensor("be", {2}, {0.25F, 7}).tensor("m", {2}, {3, 1}).tensor("v", {2}, {2, 5});
  net.node("BatchNormalization", {"fc", "g", "be", "m", "v"}, "norm");
  const auto bytes = net.bytes("norm");
  CHECK(outputs(bytes, {1, 2}) == std::vector<Exact>{Exact(1, 4), 7});
  const auto folded = canonize(*read_model(bytes).value, {{"batchnorm-into-affine", {"fc", "norm"}}});
  REQUIRE(folded.value.has_value());
  Budget budget;
  for (double a : {0.0, 1.5, -2.0}) {
    const Point point(*folded.value, {Exact(a), Exact(3)}, budget);
    const auto live = outputs(bytes, {a, 3});
    CHECK(point.at<Exact>(folded.value->output(), 0) == live[0]);
    CHECK(point.at<Exact>(folded.value->output(), 1) == live[1]);
  }
  CHECK(!canonize(*read_model(bytes).value, {{"batchnorm-into-affine", {"norm", "fc"}}}).value);
  CHECK(!canonize(*read_model(bytes).value, {{"another", {"fc", "norm"}}}).value);
}

TEST_CASE("moves: transpose, slice, concat, pad") {
  Builder net({1, 2, 3});
  Builder::integers(net.node("Transpose", {"x"}, "t"), "perm", {0, 2, 1});
  Builder::integer(net.node("Concat", {"t", "t"}, "c"), "axis", 1);
  net.node("Flatten", {"c"}, "f");
  CHECK(outputs(net.bytes("f"), {1, 2, 3, 4, 5, 6}) == std::vector<Exact>{1, 4, 2, 5, 3, 6, 1, 4, 2, 5, 3, 6});
}

TEST_CASE("bytes that are no model are one sentence") {
  CHECK(!read_model("").value);
  CHECK(!read_model("no model at all").value);
  Builder net({1, 2});
  net.gemm("x", "fc", 2, 3, {1, 2, 3, 4, 5, 6}, {0, 0});
  CHECK(!read_model(net.bytes("fc")).value);
  CHECK(!read_model(net.bytes("nowhere")).value);
  Builder good({1, 2});
  good.gemm("x", "fc", 2, 2, {1, 2, 3, 4}, {0, 0});
  const std::string bytes = good.bytes("fc");
  for (std::size_t length = 0; length < bytes.size(); ++length)
    (void)read_model(std::string_view(bytes).substr(0, length));
}

TEST_CASE("the models of the tests are read") {
  const std::filesystem::path folder = std::filesystem::path(LRPROOF_SOURCE_DIR) / "tests" / "models";
  if (!std::filesystem::exists(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".onnx") continue;
    const auto bytes = read_bytes(entry.path().string());
    const auto model = read_model(*bytes.value);
    CHECK_MESSAGE(model.value.has_value(), entry.path().string() << ": " << model.error);
  }
}
