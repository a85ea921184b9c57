#include "oracle/relevance.hpp"

#include <doctest/doctest.h>

#include "nets.hpp"

using namespace lrproof::oracle;
using test::Builder;

namespace {

// A rule set that gives one rule to the dense layer, and passes relevance of a chosen size into it.
std::vector<Exact> map_of(const std::vector<float>& weight, float bias, const std::vector<double>& x,
                          const std::string& rule) {
  Builder net({1, 2});
  net.gemm("x", "fc", 1, 2, weight, {bias});
  const auto model = *read_model(net.bytes("fc")).value;
  const auto rules = read_rules("[ruleset]\nname = \"t\"\n[[assign]]\nto = { op = \"dense\" }\nrule = " + rule + "\n");
  REQUIRE_MESSAGE(rules.value.has_value(), rules.error);
  const auto assigned = assign(*rules.value, model);
  REQUIRE_MESSAGE(assigned.value.has_value(), assigned.error);
  Budget budget;
  const Point point(model, {Exact(x[0]), Exact(x[1])}, budget);
  const Explanation explanation(point, *assigned.value, "value", {Exact(-3), Exact(5)}, 0);
  std::vector<Exact> map;
  for (long i = 0; i < 2; ++i) {
    map.push_back(explanation.relevance<Exact>(0, i));
    const Enclosure near = explanation.relevance<Enclosure>(0, i);
    CHECK(Exact(near.lo) <= map.back());
    CHECK(map.back() <= Exact(near.hi));
  }
  return map;
}

using Map = std::vector<Exact>;

}  // namespace

TEST_CASE("one neuron under a negative bias, worked out by hand") {
  const std::vector<float> w{1, -1};  // z = -1, R = -1
  CHECK(map_of(w, -1, {1, 1}, "\"z-plus\"") == Map{-1, 0});
  CHECK(map_of(w, -1, {1, 1}, "\"alpha-beta\"") == Map{-2, Exact(1, 2)});
  CHECK(map_of(w, -1, {1, 1}, "{ name = \"gamma\", gamma = 0.25 }") == Map{Exact(2, 3), Exact(-5, 6)});
  CHECK(map_of(w, -1, {1, 1}, "\"w-square\"") == Map{Exact(-1, 2), Exact(-1, 2)});
  CHECK(map_of(w, -1, {1, 1}, "\"lrp-0\"") == Map{1, -1});
}

TEST_CASE("one neuron with signed inputs") {
  CHECK(map_of({2, -1}, 0.5F, {1, -2}, "\"z-plus\"") == Map{2, 2});
  CHECK(map_of({1, -2}, 0, {1, 2}, "\"gamma\"") == Map{Exact(3, 4), Exact(-15, 4)});
  CHECK(map_of({1, -1}, 0.5F, {2, 1}, "\"alpha-beta\"") == Map{Exact(12, 5), Exact(-3, 2)});
  CHECK(map_of({1, -1}, 0.5F, {2, 1}, "\"gamma\"") == Map{Exact(30, 17), Exact(-12, 17)});
}

TEST_CASE("epsilon is exact, and the box rule takes the bounds") {
  // z = 3, R = 3: a w R / (z + 1/4)
  CHECK(map_of({2, 1}, 0, {1, 1}, "{ name = \"epsilon\", epsilon = 0.25 }") == Map{Exact(24, 13), Exact(12, 13)});
  // a w - low w+ - high w-: 2 + 6 = 8 and -1 + 5 = 4; R = 1
  CHECK(map_of({2, -1}, 0, {1, 1}, "\"box\"") == Map{Exact(2, 3), Exact(1, 3)});
  CHECK(map_of({2, -1}, 0, {1, 1}, "\"flat\"") == Map{Exact(1, 2), Exact(1, 2)});
}

TEST_CASE("a vanished denominator gives nothing, never a number from nowhere") {
  CHECK(map_of({1, -1}, 0, {1, 1}, "\"lrp-0\"") == Map{0, 0});
  CHECK(map_of({0, 0}, 1, {1, 1}, "\"w-square\"") == Map{0, 0});
}

TEST_CASE("formulas are multiplied out, and wrong ones are one sentence") {
  CHECK(read_formula("a*(w + 1/4*pos(w))").value->size() == 2);
  CHECK(read_formula("0").value->empty());
  for (const char* wrong : {"a*a", "pos(", "w^3", "a +", "q", "a/w", "(((", "1/0"}) CHECK(!read_formula(wrong).value);
}

TEST_CASE("a skip connection adds relevance, a max splits ties") {
  Builder net({1, 2});
  net.gemm("x", "fc", 2, 2, {1, 0, 0, 1}, {0, 0});
  net.node("Add", {"fc", "x"}, "sum");
  net.node("Max", {"sum", "fc"}, "top");
  net.gemm("top", "out", 1, 2, {1, 1}, {0});
  const auto model = *read_model(net.bytes("out")).value;
  const auto rules = read_rules(
      "[[assign]]\nto = { op = \"affine\" }\nrule = \"lrp-0\"\n[[assign]]\nto = { op = \"max\" }\nrule = \"winner\"\n");
  const auto assigned = assign(*rules.value, model);
  REQUIRE(assigned.value.has_value());
  Budget budget;
  const Point point(model, {Exact(3), Exact(0)}, budget);
  const Explanation explanation(point, *assigned.value, "value", {}, 0);
  CHECK(explanation.relevance<Exact>(0, 0) == 6);
  CHECK(explanation.slope<Exact>(0, 0) == 2);
  CHECK(explanation.slope<Exact>(0, 1) == Exact(3, 2));  // the tie at 0 is split
  CHECK(point.edge(model.find("top"), 1));
}

TEST_CASE("causes add up: what a unit keeps is bias, stabiliser or vanished") {
  Builder net({1, 2});
  net.gemm("x", "fc", 1, 2, {2, 1}, {1});
  const auto model = *read_model(net.bytes("fc")).value;
  const auto assigned = assign(
      *read_rules("[[assign]]\nto = { op = \"dense\" }\nrule = { name = \"epsilon\", epsilon = \"1/2\" }\n").value,
      model);
  Budget budget;
  const Point point(model, {Exact(1), Exact(1)}, budget);
  const Explanation explanation(point, *assigned.value, "value", {}, 0);
  const auto causes = explanation.causes<Exact>(model.find("fc"), 0);  // z = 4, S = 9/2, R = 4
  CHECK(causes.bias == Exact(8, 9));
  CHECK(causes.stabilizer == Exact(4, 9));
  CHECK(Exact(explanation.relevance<Exact>(0, 0) + explanation.relevance<Exact>(0, 1) + causes.bias +
              causes.stabilizer) == 4);
}
