// Witnesses of root.constant by hand, each spoilt in one field.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nets.hpp"
#include "oracle/replay.hpp"

using namespace lrproof::oracle;
using nlohmann::json;
using test::Builder;

namespace {

// x -> fc1 (2 units) -> relu -> fc2 (1 output): z1 = x0 + x1 - 1, z2 = 3 x0 - x1; f = h1 - h2 + 2. At (2, 1): z = (2,
// 5), f = -1, gradient (1 - 3, 1 + 1) = (-2, 2).
std::string net_bytes(float second = -1) {
  Builder net({1, 2});
  net.gemm("x", "fc1", 2, 2, {1, 1, 3, -1}, {-1, 0});
  net.node("Relu", {"fc1"}, "act");
  net.gemm("act", "fc2", 1, 2, {1, second}, {2});
  return net.bytes("fc2");
}

struct World {
  std::string bytes = net_bytes();
  std::vector<double> x{2, 1};
  std::vector<GivenRoot> roots;

  Verdict ask(const json& finding) const {
    Material material;
    material.model = bytes, material.roots = roots;
    material.rules = {{"zero",
                       "[[assign]]\nto = { op = \"dense\" }\nrule = \"dtd-zero\"\n"
                       "[[assign]]\nto = { op = \"activation\" }\nrule = \"pass\"\n"}};
    material.input = [this](long k) { return k == 0 ? std::optional(x) : std::nullopt; };
    const auto session = Session::open(std::move(material));
    REQUIRE_MESSAGE(session.value.has_value(), session.error);
    const auto answers = session.value->replay(finding.dump());
    REQUIRE(answers.size() == 1);
    INFO(answers[0].why);
    return answers[0].verdict;
  }
};

json finding(const std::string& verdict, const json& witness, const std::string& scope = "point",
             const std::string& rules = "") {
  return {
      {"check", "root.constant"},
      {"rule_set", rules.empty() ? json(nullptr) : json(rules)},
      {"verdict", verdict},
      {"scope", {{"kind", scope}}},
      {"place", {{"target", "0"}}},
      {"exemplars",
       {{{"verdict", verdict}, {"place", {{"input", 0}, {"neuron", nullptr}, {"target", 0}}}, {"witness", witness}}}}};
}
json spoilt(json from, const char* field, json value) {
  from["exemplars"][0]["witness"][field] = std::move(value);
  return from;
}

// Root (1, 1) at x: z = (1, 2), f = 1; (1, 1) at act: f = 2. R = (-2 (2 - 1), 2 (1 - 1)) = (-2, 0); R at act = (2 - 1,
// -(5 - 1)).
World layers() { return {net_bytes(), {2, 1}, {{"x", "layer", {1, 1}, {}}, {"act", "layer", {1, 1}, {}}}}; }
const json kConstant{{"kind", "constant"}, {"tensors", "act | x"},    {"unresolved", {"2", "-1"}}, {"sum", {"-2"}},
                     {"output", {"-1"}},   {"output_at_root", {"1"}}, {"beyond_bounds", 0}};

void reject_spoilt(const World& world, const json& good, const std::vector<std::pair<const char*, json>>& changes) {
  for (const auto& [field, value] : changes) {
    CAPTURE(field);
    CAPTURE(value.dump());
    CHECK(world.ask(spoilt(good, field, value)) == Verdict::rejected);
  }
}

}  // namespace

TEST_CASE("constant roots: the proof and its numbers") {
  const World world = layers();
  const json good = finding("proved", kConstant);
  CHECK(world.ask(good) == Verdict::accepted);
  CHECK(world.ask(finding("proved", kConstant, "cell")) == Verdict::accepted);
  CHECK(world.ask(finding("proved", kConstant, "box")) != Verdict::accepted);
  reject_spoilt(world, good,
                {{"kind", "map"},
                 {"tensors", "x"},
                 {"unresolved", {"2", "0"}},
                 {"unresolved", {"2"}},
                 {"sum", {"2"}},
                 {"output", {"1"}},
                 {"output_at_root", {"0"}},
                 {"beyond_bounds", 1}});
  World outside = layers();
  outside.roots[0].constant = {-1, 1};  // z = (-1, -4)
  CHECK(outside.ask(good) == Verdict::rejected);
  World hidden = layers();
  hidden.roots[0].node = "act", hidden.roots.pop_back();
  CHECK(hidden.ask(good) == Verdict::rejected);  // no root at the input
}

TEST_CASE("a root outside its cell: the witness names the unit") {
  World world = layers();
  world.roots[0].constant = {0, 2};  // z = (1, -2)
  const json good = finding("refuted", {{"kind", "escape"},
                                        {"tensor", "x"},
                                        {"node", "act"},
                                        {"element", 1},
                                        {"at_input", {"5", "5"}},
                                        {"at_root", {"-2", "-2"}}});
  CHECK(world.ask(good) == Verdict::accepted);
  CHECK(world.ask(finding("proved", kConstant)) == Verdict::rejected);
  reject_spoilt(world, good,
                {{"tensor", "act"},
                 {"tensor", "fc1"},
                 {"element", 0},
                 {"element", 2},
                 {"at_input", {"4", "4"}},
                 {"at_root", {"2", "2"}},
                 {"above", 0},
                 {"from", "act"},
                 {"kind", "map"}});
  CHECK(layers().ask(good) == Verdict::rejected);
}

TEST_CASE("a root outside its cell where the output does not look is no proof either") {
  World world;  // f = h1 + 2: 4 at (2, 1), 3 at (0, 2), where the other unit is off; gradient (1, 1)
  world.bytes = net_bytes(0);
  world.roots = {{"x", "layer", {0, 2}, {}}};
  const json numbers{{"kind", "constant"}, {"tensors", "x"},          {"unresolved", {"3"}}, {"sum", {"1"}},
                     {"output", {"4"}},    {"output_at_root", {"3"}}, {"beyond_bounds", 0}};
  CHECK(world.ask(finding("proved", numbers)) == Verdict::rejected);
  world.roots[0].constant = {1, 1};  // z = (1, 2), f = 3 again
  CHECK(world.ask(finding("proved", numbers)) == Verdict::accepted);
}

TEST_CASE("roots for each unit at the input give another map") {
  World world = layers();
  world.roots[0] = {"x", "unit", {1, 1, 2, 1}, {}};  // R_0 = 1 (2 - 1) - 3 (2 - 2) = 1, not -2 (2 - 1) or -2 (2 - 2)
  const json good = finding("refuted", {{"kind", "map"},
                                        {"tensors", "act | x"},
                                        {"unresolved", {"2", "-4"}},
                                        {"sum", {"1"}},
                                        {"output", {"-1"}},
                                        {"output_at_root", {"1"}},
                                        {"beyond_bounds", 0},
                                        {"feature", 0},
                                        {"above", 0},
                                        {"relevance", {"1"}},
                                        {"gradient_x_difference", {"-2"}}});
  CHECK(world.ask(good) == Verdict::accepted);
  reject_spoilt(world, good,
                {{"feature", 1},
                 {"feature", 2},
                 {"above", 1},
                 {"above", 2},
                 {"relevance", {"-2"}},
                 {"gradient_x_difference", {"0"}},
                 {"unresolved", {"2", "4"}}});
  world.roots[0].constant = {1, 1, 1, 1};
  CHECK(world.ask(good) == Verdict::rejected);
  CHECK(world.ask(finding("proved", kConstant)) == Verdict::accepted);
}

TEST_CASE("a root function with a slope: half the map, and no proof over a cell") {
  World world = layers();
  world.roots[1] = {"act", "layer", {0, 0}, {0.5, 0, 0, 0.5}};
  const json good = finding("refuted", {{"kind", "map"},
                                        {"tensors", "act | x"},
                                        {"unresolved", {"1/2", "-1/2"}},
                                        {"sum", {"-1"}},
                                        {"output", {"-1"}},
                                        {"output_at_root", {"1"}},
                                        {"beyond_bounds", 0},
                                        {"feature", 0},
                                        {"relevance", {"-1"}},
                                        {"gradient_x_difference", {"-2"}}});
  CHECK(world.ask(good) == Verdict::accepted);
  CHECK(world.ask(finding("proved", kConstant)) == Verdict::rejected);
  CHECK(world.ask(finding("proved", kConstant, "cell")) == Verdict::not_covered);
}

TEST_CASE("the origin of a rule set: every layer's input, as the rules say") {
  World world;
  world.x = {1, 2};  // z = (2, 1); the origin gives z1 = -1
  const json good = finding("refuted",
                            {{"kind", "escape"},
                             {"tensor", "x"},
                             {"node", "act"},
                             {"element", 0},
                             {"at_input", {"2", "2"}},
                             {"at_root", {"-1", "-1"}}},
                            "point", "zero");
  CHECK(world.ask(good) == Verdict::accepted);
  json nobody = good;
  nobody["rule_set"] = nullptr;
  CHECK(world.ask(nobody) == Verdict::rejected);  // no roots are given
}
