// What does not depend on the input is computed while reading, exactly.
#include <doctest/doctest.h>

#include "build_model.hpp"

using namespace lrproof;
using namespace lrproof::onnx::testing;
using Words = std::vector<std::string>;

TEST_CASE("exporters' spelling of Flatten folds into one reshape") {
  Draft draft;
  draft.input = {0, 2, 3};
  draft.integers("zero", {0}, true).integers("axis", {0}).integers("rest", {-1});
  draft.with({"Shape", {"x"}, {"s"}}).with({"Gather", {"s", "zero"}, {"n"}}).with({"Unsqueeze", {"n", "axis"}, {"u"}});
  draft.with({"Concat", {"u", "rest"}, {"to"}, {integer("axis", 0)}}).with({"Reshape", {"x", "to"}, {"y"}, {}, "flat"});
  const auto model = draft.import();
  REQUIRE(model.ok());
  CHECK(summary(model->network) == "x:input flat:reshape");
  CHECK(model->outputs[0].shape == net::Shape{1, 6});
}

TEST_CASE("arithmetic on weights is exact") {
  Draft draft;
  draft.input = {1, 1};
  draft.reals("a", {1, 1}, {1}).reals("b", {1, 1}, {3});
  draft.with({"Div", {"a", "b"}, {"third"}}).with({"MatMul", {"x", "third"}, {"y"}, {}, "fc"});
  const auto model = draft.import();
  REQUIRE(model.ok());
  CHECK(exact(model->network, {1}) == Words{"1/3"});
  CHECK(model->notes.empty());
}

TEST_CASE("a root of a weight is rounded, and a note says so") {
  Draft draft;
  draft.input = {1, 1};
  draft.reals("a", {1, 1}, {2});
  draft.with({"Sqrt", {"a"}, {"root"}, {}, "root"}).with({"MatMul", {"x", "root"}, {"y"}, {}, "fc"});
  const auto model = draft.import();
  REQUIRE(model.ok());
  CHECK(value(model->network, {1})[0] == std::sqrt(2.0));
  REQUIRE(model->notes.size() == 1);
  CHECK(model->notes[0].find("root") != std::string::npos);
}

TEST_CASE("Range, Equal, Where, Mul on integers give a shape") {
  Draft draft;
  draft.input = {1, 6};
  draft.integers("a", {0}, true).integers("b", {4}, true).integers("one", {1}, true);
  draft.integers("two", {2}, true).integers("three", {3}, true).integers("axis", {0});
  draft.with({"Range", {"a", "b", "one"}, {"r"}}).with({"Equal", {"r", "two"}, {"is"}});
  draft.with({"Where", {"is", "three", "one"}, {"w"}}).with({"Mul", {"w", "one"}, {"v"}});
  draft.integers("start", {1}).integers("end", {3});
  draft.with({"Slice", {"v", "start", "end", "axis"}, {"cut"}});
  draft.with({"ReduceProd", {"cut"}, {"p"}, {integer("keepdims", 1)}});
  draft.integers("open", {-1}).with({"Concat", {"p", "open"}, {"to"}, {integer("axis", 0)}});
  draft.with({"Reshape", {"x", "to"}, {"y"}});
  const auto model = draft.import();
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
  CHECK(model->outputs[0].shape == net::Shape{3, 2});
}

TEST_CASE("a constant condition chooses elements of variables") {
  Draft draft;
  draft.input = {1, 3};
  draft.integers("m", {1, 0, 1}).with({"Neg", {"x"}, {"n"}}).with({"Where", {"m", "x", "n"}, {"y"}});
  const auto model = draft.import();
  REQUIRE_MESSAGE(model.ok(), (model.ok() ? "" : model.error().text()));
  CHECK(exact(model->network, {1, 2, 3}) == Words{"1", "-2", "3"});
}

TEST_CASE(
    "an open batch axis is 1, a fixed one is part of the sample and noted, initializers may be listed as inputs") {
  Draft draft;
  draft.input = {0, 3};
  draft.listed_inputs = true;
  draft.reals("w", {3, 2}, {1, 2, 3, 4, 5, 6}).with({"MatMul", {"x", "w"}, {"y"}});
  auto model = draft.import();
  REQUIRE(model.ok());
  CHECK(model->input.shape == net::Shape{1, 3});
  CHECK(model->notes.empty());
  draft.input = {2, 3};
  model = draft.import();
  REQUIRE(model.ok());
  CHECK(model->input.shape == net::Shape{2, 3});
  CHECK(model->notes.size() == 1);
  draft.input = {3};
  model = draft.import();
  REQUIRE(model.ok());
  CHECK(exact(model->network, {1, 0, 1}) == Words{"6", "8"});
}

TEST_CASE("operators that no output needs are not read") {
  Draft draft;
  draft.with({"Relu", {"x"}, {"y"}}).with({"Nonsense", {"x"}, {"z"}});
  CHECK(code(draft.import()) == "");
}

TEST_CASE("nodes may stand in any order") {
  Draft draft;
  draft.with({"Relu", {"a"}, {"y"}, {}, "second"}).with({"Neg", {"x"}, {"a"}, {}, "first"});
  const auto model = draft.import();
  REQUIRE(model.ok());
  CHECK(summary(model->network) == "x:input first:scale second:activation");
}
