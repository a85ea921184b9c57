// Operators outside NET-4 stay in the graph by name and have their values in floating point (NET-5).
#include <doctest/doctest.h>

#include <cmath>

#include "build_model.hpp"

using namespace lrproof;
using namespace lrproof::onnx::testing;

namespace {

std::vector<double> at(const Draft& draft, const std::vector<double>& x) {
  const auto model = draft.import();
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
  CHECK(model->network.first_opaque() >= 0);
  return value(model->network, x);
}

void near(const std::vector<double>& got, const std::vector<double>& wanted) {
  REQUIRE(got.size() == wanted.size());
  for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k] == doctest::Approx(wanted[k]).epsilon(1e-12));
}

Draft one(const std::string& op, std::vector<std::int64_t> input, std::vector<Attribute> attributes = {}) {
  Draft draft;
  draft.opset = 20;
  draft.input = std::move(input);
  draft.with({op, {"x"}, {"y"}, std::move(attributes), "node"});
  return draft;
}

}  // namespace

TEST_CASE("elementwise values by hand") {
  near(at(one("Sigmoid", {1, 2}), {0, -1000}), {0.5, 0});
  near(at(one("Tanh", {1, 1}), {1}), {std::tanh(1.0)});
  near(at(one("Softplus", {1, 2}), {0, 1000}), {std::log(2.0), 1000});
  near(at(one("HardSwish", {1, 3}), {-4, 3, 1}), {0, 3, 1.0 / 6 + 0.5});
  near(at(one("Gelu", {1, 2}), {0, 1}), {0, 0.8413447460685429});
  near(at(one("Elu", {1, 2}, {real("alpha", 2)}), {-1, 3}), {2 * std::expm1(-1.0), 3});
  near(at(one("ThresholdedRelu", {1, 3}, {real("alpha", 1)}), {0.5, 1, 2}), {0, 0, 2});
}

TEST_CASE("Softmax over an axis, and over all that follow it before opset 13") {
  near(at(one("Softmax", {1, 2}, {integer("axis", 1)}), {0, std::log(3.0)}), {0.25, 0.75});
  near(at(one("Softmax", {1, 2, 2}, {integer("axis", 1)}), {0, 0, 0, 0}), {0.5, 0.5, 0.5, 0.5});
  auto old = one("Softmax", {1, 2, 2}, {integer("axis", 1)});
  old.opset = 12;
  near(at(old, {0, 0, 0, 0}), {0.25, 0.25, 0.25, 0.25});
  near(at(one("LogSoftmax", {1, 2}), {0, 0}), {-std::log(2.0), -std::log(2.0)});
}

TEST_CASE("products and quotients of variables") {
  Draft square;
  square.with({"Mul", {"x", "x"}, {"y"}});
  near(at(square, {1, -2, 3}), {1, 4, 9});
  Draft inverse;
  inverse.reals("c", {}, {6}).with({"Div", {"c", "x"}, {"y"}});
  near(at(inverse, {1, -2, 3}), {6, -3, 2});
  Draft gram;
  gram.input = {2, 2};
  gram.with({"Transpose", {"x"}, {"t"}}).with({"MatMul", {"x", "t"}, {"y"}});
  near(at(gram, {1, 2, 3, 4}), {5, 11, 11, 25});
}

TEST_CASE("norms over the sample") {
  auto layer = one("LayerNormalization", {1, 2}, {real("epsilon", 0)});
  layer.operators[0].inputs = {"x", "s", "b"};
  layer.reals("s", {2}, {2, 1}).reals("b", {2}, {0, 1});
  near(at(layer, {1, 3}), {-2, 2});
  auto instance = one("InstanceNormalization", {1, 2, 2}, {real("epsilon", 0)});
  instance.operators[0].inputs = {"x", "s", "s"};
  instance.reals("s", {2}, {1, 2});
  near(at(instance, {1, 3, 4, 8}), {0, 2, 0, 4});
}
