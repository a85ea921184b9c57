// Bad models: one diagnostic each, with a code, a place and a sentence.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <doctest/doctest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "build_model.hpp"

using namespace lrproof;
using namespace lrproof::onnx::testing;
namespace fs = std::filesystem;

namespace {

Draft relu() {
  Draft draft;
  draft.with({"Relu", {"x"}, {"y"}, {}, "r"});
  return draft;
}

Draft product(std::vector<std::int64_t> dims, std::vector<double> values) {
  Draft draft;
  draft.reals("w", std::move(dims), std::move(values)).with({"MatMul", {"x", "w"}, {"y"}, {}, "fc"});
  return draft;
}

std::string sentence(const base::Result<lrproof::onnx::Model>& result) { return result ? "" : result.error().text(); }
bool says(const base::Result<lrproof::onnx::Model>& result, const std::string& part) {
  return sentence(result).find(part) != std::string::npos;
}

/// A model whose one weight lies in a file beside it.
std::string with_external(const std::string& location, const std::string& offset, const std::string& length) {
  ::onnx::ModelProto model;
  model.ParseFromString(product({3, 1}, {1, 2, 3}).bytes());
  auto& tensor = *model.mutable_graph()->mutable_initializer(0);
  tensor.clear_float_data();
  tensor.set_data_location(::onnx::TensorProto::EXTERNAL);
  for (const auto& [key, text] : {std::pair("location", location), {"offset", offset}, {"length", length}}) {
    auto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(text);
  }
  return model.SerializeAsString();
}

}  // namespace

TEST_CASE("files that are no model") {
  CHECK(code(lrproof::onnx::import_model("", "m")) == "onnx.empty");
  CHECK(code(lrproof::onnx::import_model("hello, this is a text", "m")) == "onnx.not_onnx");
  CHECK(code(lrproof::onnx::import_model(std::string("\x08\x07", 2), "m")) == "onnx.not_onnx");
  CHECK(code(lrproof::onnx::import_file("/nowhere/at/all.onnx")) == "file.missing");
}

TEST_CASE("every truncation of a model is one diagnostic, most of them named so") {
  const auto bytes = product({3, 1}, {1, 2, 3}).bytes();
  int truncated = 0;
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    const auto result = lrproof::onnx::import_model(std::string_view(bytes).substr(0, k), "m");
    REQUIRE(!result.ok());
    truncated += result.error().code == "onnx.truncated";
  }
  CHECK(truncated > int(bytes.size()) / 2);
}

TEST_CASE("opsets outside the range, and none") {
  auto draft = relu();
  draft.opset = 6;
  CHECK(says(draft.import(), "not supported: opset 6"));
  draft.opset = 23;
  CHECK(code(draft.import()) == "onnx.opset");
}

TEST_CASE("operators we do not know, with the node's name") {
  Draft draft;
  draft.with({"QLinearConv", {"x"}, {"y"}, {}, "q1"});
  CHECK(code(draft.import()) == "onnx.unsupported");
  CHECK(says(draft.import(), "not supported: QLinearConv (node q1)"));
  draft.operators[0] = {"FusedMatMul", {"x"}, {"y"}, {}, "f", "com.microsoft"};
  CHECK(says(draft.import(), "com.microsoft::FusedMatMul"));
}

TEST_CASE("graphs that are none") {
  auto draft = relu();
  draft.operators[0].inputs = {"nothing"};
  CHECK(code(draft.import()) == "onnx.missing_tensor");
  draft.operators[0].inputs = {"y"};
  CHECK(code(draft.import()) == "onnx.cycle");
  draft = relu();
  draft.with({"Abs", {"x"}, {"y"}});
  CHECK(code(draft.import()) == "onnx.duplicate");
  draft = relu();
  draft.outputs = {};
  CHECK(code(draft.import()) == "onnx.no_output");
  draft = relu();
  draft.more_inputs = "mask";
  CHECK(says(draft.import(), "not supported: several inputs (x, mask)"));
}

TEST_CASE("an open axis that is not the batch, a fixed batch under a convolution") {
  auto draft = relu();
  draft.input = {1, 3, 0};
  CHECK(says(draft.import(), "axis 2 of input x is open ('N')"));
  Draft conv;
  conv.input = {4, 1, 3};
  conv.reals("w", {1, 1, 1}, {1}).with({"Conv", {"x", "w"}, {"y"}, {}, "c"});
  CHECK(says(conv.import(), "fixed batch of 4"));
}

TEST_CASE("weights: NaN and infinity with tensor and index, sizes that do not fit") {
  const auto nan = product({3, 1}, {1, std::nan(""), 3}).import();
  CHECK(code(nan) == "onnx.nan");
  CHECK(says(nan, "tensor w holds nan at index 1"));
  CHECK(code(product({3, 1}, {1, 2, HUGE_VAL}).import()) == "onnx.nan");
  CHECK(code(product({3, 1}, {1, 2}).import()) == "onnx.tensor_size");
  CHECK(code(product({3, std::int64_t(1) << 40}, {1, 2}).import()) == "onnx.size");
  CHECK(code(product({3, -1}, {1, 2}).import()) == "onnx.size");
  CHECK(code(product({4, 1}, {1, 2, 3, 4}).import()) == "onnx.shape");
}

TEST_CASE("small files that ask for large tensors") {
  Draft draft;
  draft.integers("s", {1 << 14, 1 << 14}).with({"ConstantOfShape", {"s"}, {"c"}}).with({"Add", {"x", "c"}, {"y"}});
  CHECK(code(draft.import()) == "onnx.size");
  draft.stored[0].integers = {std::int64_t(1) << 62, 4};
  CHECK(code(draft.import()) == "onnx.size");
  Draft tile;
  tile.integers("r", {1 << 20, 1 << 20}).with({"Tile", {"x", "r"}, {"y"}});
  CHECK(code(tile.import()) == "onnx.size");
}

TEST_CASE("attributes and shapes that make no sense") {
  Draft draft;
  draft.input = {1, 1, 3};
  draft.with({"MaxPool", {"x"}, {"y"}, {list("kernel_shape", {5})}, "p"});
  CHECK(code(draft.import()) == "onnx.shape");
  draft.operators[0].attributes = {list("kernel_shape", {2}), list("strides", {0})};
  CHECK(code(draft.import()) == "onnx.window");
  draft.operators[0].attributes = {list("kernel_shape", {1}), list("pads", {2, 0})};
  CHECK(says(draft.import(), "sees padding only"));
  draft.operators[0].attributes = {integer("kernel_shape", 2)};
  CHECK(code(draft.import()) == "onnx.attribute");
  Draft concat;
  concat.with({"Concat", {"x", "x"}, {"y"}, {integer("axis", 7)}});
  CHECK(code(concat.import()) == "onnx.shape");
  Draft norm;
  norm.input = {1, 1, 2};
  norm.reals("a", {1}, {1}).reals("v", {1}, {-1});
  norm.with({"BatchNormalization", {"x", "a", "a", "a", "v"}, {"y"}, {}, "bn"});
  CHECK(says(norm.import(), "node bn"));
  CHECK(code(norm.import()) == "net.variance");
}

TEST_CASE("division by a stored zero") {
  Draft draft;
  draft.reals("c", {3}, {1, 0, 2}).with({"Div", {"x", "c"}, {"y"}, {}, "d"});
  CHECK(says(draft.import(), "is 0 at index 1"));
}

TEST_CASE("external data lies beside the model or is refused") {
  const auto folder = fs::temp_directory_path() / ("lrproof-external-" + std::to_string(::getpid()));
  fs::create_directories(folder / "sub");
  const auto path = (folder / "model.onnx").string();
  const float numbers[] = {9, 1, 2, 3};
  std::ofstream(folder / "weights.bin", std::ios::binary).write(reinterpret_cast<const char*>(numbers), 16);
  std::ofstream(folder.parent_path() / "lrproof-outside.bin", std::ios::binary).write("0123456789abcdef", 16);
  const auto read = [&](const char* file, const char* offset, const char* length) {
    return lrproof::onnx::import_model(with_external(file, offset, length), path);
  };
  const auto good = read("weights.bin", "4", "12");
  REQUIRE_MESSAGE(good.ok(), sentence(good));
  CHECK(exact(good->network, {1, 1, 1}) == std::vector<std::string>{"6"});
  CHECK(code(read("weights.bin", "8", "12")) == "onnx.external");
  CHECK(code(read("weights.bin", "4", "8")) == "onnx.external");
  CHECK(code(read("weights.bin", "18446744073709551615", "12")) == "onnx.external");
  CHECK(code(read("missing.bin", "0", "12")) == "onnx.external");
  CHECK(code(read("sub", "0", "12")) == "onnx.external");
  CHECK(says(read("../lrproof-outside.bin", "0", "12"), "does not lie beside the model"));
  CHECK(says(read("/etc/hostname", "0", "12"), "does not lie beside the model"));
  fs::create_symlink(folder.parent_path() / "lrproof-outside.bin", folder / "link.bin");
  CHECK(says(read("link.bin", "0", "12"), "does not lie beside the model"));
  fs::remove_all(folder);
  fs::remove(folder.parent_path() / "lrproof-outside.bin");
}

TEST_CASE("nesting without end") {
  ::onnx::ModelProto model;
  model.ParseFromString(relu().bytes());
  auto* graph = model.mutable_graph();
  for (int k = 0; k < 200; ++k) graph = graph->add_node()->add_attribute()->mutable_g();
  CHECK(code(lrproof::onnx::import_model(model.SerializeAsString(), "m")) == "onnx.not_onnx");
}
