// Witnesses by hand, and each of them spoilt in one field: a replay that accepts a spoilt witness convinces nobody.
#include "oracle/replay.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "nets.hpp"
#include "oracle/number.hpp"

using namespace lrproof::oracle;
using nlohmann::json;
using test::Builder;

namespace {

const char* const kRules =
    "[[assign]]\nto = { op = \"dense\" }\nrule = \"own\"\n[[assign]]\nto = { op = \"activation\" }\nrule = \"pass\"\n";

// x -> fc1 (2 units) -> relu -> fc2 (2 outputs): z1 = x0 + x1 - 1, z2 = 3 x0 - x1; f0 = h1 - h2 + 2, f1 = h1.
std::string net_bytes() {
  Builder net({1, 2});
  net.gemm("x", "fc1", 2, 2, {1, 1, 3, -1}, {-1, 0});
  net.node("Relu", {"fc1"}, "act");
  net.gemm("act", "fc2", 2, 2, {1, -1, 1, 0}, {2, 0});
  return net.bytes("fc2");
}

std::string own(const std::string& term, const std::string& direction) {
  std::string text = std::string(kRules) + "[[rule.own.term]]\n" + term + "\n";
  if (!direction.empty()) text += "[rule.own.root]\ndirection = \"" + direction + "\"\n";
  return text;
}

struct World {
  std::string bytes = net_bytes();
  std::vector<double> x{2, 1};  // z = (2, 5), f = (-1, 2)
  std::string domain = "0,4";
  Session open() {
    Material material;
    material.model = bytes;
    material.rules = {
        {"lrp", own("numerator = \"a*w\"\nbias = \"b\"", "")},
        {"eps", own("numerator = \"a*w\"\nbias = \"b\"\nstabilizer = { kind = \"signed\", epsilon = 1 }", "")},
        {"w2", own("numerator = \"w^2\"", "w")},
        {"dx", own("numerator = \"a*w\"", "a")}};
    material.domain = domain;
    material.input = [this](long k) { return k == 0 ? std::optional(x) : std::nullopt; };
    auto session = Session::open(std::move(material));
    REQUIRE_MESSAGE(session.value.has_value(), session.error);
    return std::move(*session.value);
  }
};

json finding(const std::string& check, const std::string& rules, const std::string& verdict, long target,
             const json& witness, const json& place = json::object()) {
  json where = place;
  where["target"] = std::to_string(target);
  return {
      {"check", check},
      {"rule_set", rules},
      {"verdict", verdict},
      {"place", where},
      {"exemplars",
       {{{"verdict", verdict}, {"place", {{"input", 0}, {"neuron", -1}, {"target", target}}}, {"witness", witness}}}}};
}

Verdict ask(const json& finding) {
  World world;
  auto session = world.open();
  const auto answers = session.replay(finding.dump());
  REQUIRE(answers.size() == 1);
  INFO(answers[0].why);
  return answers[0].verdict;
}

json spoilt(json from, const char* field, json value) {
  from["exemplars"][0]["witness"][field] = std::move(value);
  return from;
}

json pair(const char* exact) { return json::array({exact, exact}); }

}  // namespace

TEST_CASE("LRP-0 reduces; epsilon does not, and its witness cannot be bent") {
  CHECK(ask(finding("gxi.reduces", "lrp", "proved", 0, {{"kind", "reduces"}})) == Verdict::accepted);
  CHECK(ask(finding("gxi.reduces", "eps", "proved", 0, {{"kind", "reduces"}})) == Verdict::rejected);
  CHECK(ask(finding("gxi.scaled", "lrp", "proved", 1, {{"kind", "scaled"}})) == Verdict::accepted);
  // target 1: f = h1 = 2, S = 3, R_h1 = 4/3; z1 = 2, S = 3, R_0 = 2 * 4/9; gradient x input = 2
  const json good =
      finding("gxi.reduces", "eps", "refuted", 1,
              {{"kind", "feature"}, {"feature", 0}, {"relevance", pair("8/9")}, {"gradient_x_input", pair("2")}});
  CHECK(ask(good) == Verdict::accepted);
  CHECK(ask(spoilt(good, "relevance", pair("-8/9"))) == Verdict::rejected);
  CHECK(ask(spoilt(good, "gradient_x_input", pair("3"))) == Verdict::rejected);
  CHECK(ask(spoilt(good, "feature", 1)) == Verdict::rejected);
  CHECK(ask(spoilt(good, "feature", 7)) == Verdict::rejected);
  CHECK(ask(spoilt(good, "relevance", json::array({"1", "0"}))) == Verdict::rejected);
  CHECK(ask(spoilt(good, "relevance", "none")) == Verdict::rejected);
  CHECK(ask(spoilt(good, "kind", "ratio")) == Verdict::rejected);
  json swapped = good;
  swapped["exemplars"][0]["place"]["target"] = 0;
  CHECK(ask(swapped) == Verdict::rejected);
  json foreign = good;
  foreign["rule_set"] = "lrp";
  CHECK(ask(foreign) == Verdict::rejected);
  json argmax = good;
  argmax["place"]["target"] = "argmax";
  CHECK(ask(argmax) == Verdict::accepted);
  argmax["place"]["target"] = "argmin";
  CHECK(ask(argmax) == Verdict::rejected);
  json away = good;
  away["exemplars"][0]["place"]["input"] = 3;
  CHECK(ask(away) == Verdict::rejected);
}

TEST_CASE("another model rejects the witness") {
  World world;
  Builder net({1, 2});
  net.gemm("x", "fc1", 2, 2, {1, 1, 3, -1}, {-1, 0});
  net.node("Relu", {"fc1"}, "act");
  net.gemm("act", "fc2", 2, 2, {1, -1, 2, 0}, {2, 0});
  world.bytes = net.bytes("fc2");
  auto session = world.open();
  const json good =
      finding("gxi.reduces", "eps", "refuted", 1,
              {{"kind", "feature"}, {"feature", 0}, {"relevance", pair("8/9")}, {"gradient_x_input", pair("2")}});
  CHECK(session.replay(good.dump())[0].verdict == Verdict::rejected);
}

TEST_CASE("bounds and ratios") {
  const json bound = finding(
      "gxi.bounded", "eps", "refuted", 1,
      {{"kind", "bound"}, {"feature", 0}, {"tau", {"1/2"}}, {"difference", pair("-10/9")}, {"output", pair("2")}});
  CHECK(ask(bound) == Verdict::accepted);
  CHECK(ask(spoilt(bound, "tau", {"1"})) == Verdict::rejected);
  CHECK(ask(spoilt(bound, "output", pair("1"))) == Verdict::rejected);
  CHECK(ask(spoilt(bound, "difference", pair("-1"))) == Verdict::rejected);
  const json within = finding("gxi.bounded", "eps", "proved", 1, {{"kind", "bounded"}, {"tau", {"1"}}});
  CHECK(ask(within) == Verdict::accepted);
  CHECK(ask(spoilt(within, "tau", {"1/100"})) == Verdict::rejected);
  // target 0 mixes both units: R = h1 part and h2 part shrink differently under epsilon
  const json ratio = finding("gxi.scaled", "eps", "refuted", 0, {{"kind", "ratio"}, {"feature", 0}, {"other", 1}});
  CHECK(ask(ratio) == Verdict::accepted);
  CHECK(ask(spoilt(ratio, "other", 0)) == Verdict::rejected);
  CHECK(ask(spoilt(ratio, "other", -1)) == Verdict::rejected);
}

TEST_CASE("roots: inside, outside, and every field of the witness matters") {
  const json fc1 = {{"node", "fc1"}, {"kind", "hinge"}, {"notion", "cell"}};
  // unit 0, direction w = (1, 1): t = 2 / 2 = 1, root (1, 0), where z2 = 3 > 0: inside
  const json inside =
      finding("root.inside", "w2", "proved", 0, {{"kind", "inside"}, {"unit", 0}, {"t", pair("1")}}, fc1);
  CHECK(ask(inside) == Verdict::accepted);
  CHECK(ask(spoilt(inside, "t", pair("2"))) == Verdict::rejected);
  CHECK(ask(spoilt(inside, "unit", 5)) == Verdict::rejected);
  // unit 1, direction (3, -1): t = 5/10, root (1/2, 3/2), z1 = 1: inside as well
  CHECK(ask(finding("root.inside", "w2", "proved", 0, {{"kind", "inside"}, {"unit", 1}, {"t", pair("1/2")}}, fc1)) ==
        Verdict::accepted);
  // unit 1, direction x = (2, 1): t = 5 / (6 - 1) = 1, root 0, z1 = -1: outside
  const json escape = finding("root.inside", "dx", "refuted", 0,
                              {{"kind", "escape"},
                               {"unit", 1},
                               {"node", "act"},
                               {"element", 0},
                               {"at_input", pair("2")},
                               {"at_root", pair("-1")},
                               {"t", pair("1")}},
                              fc1);
  CHECK(ask(escape) == Verdict::accepted);
  CHECK(ask(spoilt(escape, "node", "fc1")) == Verdict::accepted);
  CHECK(ask(spoilt(escape, "node", "fc2")) == Verdict::rejected);
  CHECK(ask(spoilt(escape, "element", 1)) == Verdict::rejected);
  CHECK(ask(spoilt(escape, "at_input", pair("-2"))) == Verdict::rejected);
  CHECK(ask(spoilt(escape, "at_root", pair("1"))) == Verdict::rejected);
  CHECK(ask(spoilt(escape, "unit", 0)) == Verdict::rejected);
  json lie = inside;
  lie["rule_set"] = "dx";
  lie["exemplars"][0]["witness"]["unit"] = 1;
  CHECK(ask(lie) == Verdict::rejected);
  json kind = escape;
  kind["place"]["kind"] = "fixed";
  CHECK(ask(kind) == Verdict::rejected);
}

TEST_CASE("roots: linear region and domain") {
  const json fc1 = {{"node", "fc1"}, {"kind", "hinge"}, {"notion", "linear"}};
  // along x of unit 1, z1 = 3(1 - s) - 1 leaves at s = 2/3; beyond, the gradient of f0 loses (1, 1)
  const json gradient = finding("root.linear", "dx", "refuted", 0,
                                {{"kind", "gradient"},
                                 {"unit", 1},
                                 {"element", 1},
                                 {"s", {"5/6"}},
                                 {"at_input", pair("2")},
                                 {"at_point", pair("1")},
                                 {"t", pair("1")}},
                                fc1);
  CHECK(ask(gradient) == Verdict::accepted);
  CHECK(ask(spoilt(gradient, "s", {"1/2"})) == Verdict::rejected);
  CHECK(ask(spoilt(gradient, "s", {"3/2"})) == Verdict::rejected);
  CHECK(ask(spoilt(gradient, "at_point", pair("3"))) == Verdict::rejected);
  CHECK(ask(finding("root.linear", "dx", "proved", 0, {{"kind", "linear"}, {"unit", 1}, {"t", pair("1")}}, fc1)) ==
        Verdict::rejected);
  CHECK(ask(finding("root.linear", "w2", "proved", 0, {{"kind", "linear"}, {"unit", 0}, {"t", pair("1")}}, fc1)) ==
        Verdict::accepted);
  CHECK(ask(finding("root.domain", "w2", "proved", 0, {{"kind", "within"}, {"unit", 0}, {"t", pair("1")}}, fc1)) ==
        Verdict::accepted);
  // hinge f1 = 0 behind act: v = w = (1, 0), t = 2, root (0, 5): within relu's bound
  const json fc2 = {{"node", "fc2"}, {"kind", "hinge"}, {"notion", "cell"}};
  CHECK(ask(finding("root.domain", "w2", "proved", 1, {{"kind", "within"}, {"unit", 1}, {"t", pair("2")}}, fc2)) ==
        Verdict::accepted);
  // f0 = h1 - h2 + 2 = -1: v = (1, -1), t = -1/2, root (5/2, 9/2): within as well
  CHECK(ask(finding("root.domain", "w2", "refuted", 0,
                    {{"kind", "outside"}, {"unit", 0}, {"element", 0}, {"value", pair("5/2")}, {"low", {"0"}}}, fc2)) ==
        Verdict::rejected);
}

TEST_CASE("a linear region may be larger than the cell: a unit the output ignores changes") {
  const json fc1 = {{"node", "fc1"}, {"kind", "hinge"}, {"notion", "linear"}};
  // target 1 ignores h2: unit 0 along x: t = 2/3, root (2/3, 1/3), z2 = 5/3: inside. Unit 1's change is not felt by f1,
  // but z1 is; so ask unit 0 only.
  CHECK(ask(finding("root.linear", "dx", "proved", 1, {{"kind", "linear"}, {"unit", 0}, {"t", pair("2/3")}}, fc1)) ==
        Verdict::accepted);
}

TEST_CASE("an output that is 0 in the cell, and one that cannot be") {
  // f0 = z1 - z2 + 2 = -2 x0 + 2 x1 + 1 on the cell: 0 at (1, 1/2), z1 = 1/2, z2 = 5/2
  const json point = finding("root.exists", "lrp", "proved", 0, {{"kind", "point"}, {"point", {"1", "1/2"}}});
  CHECK(ask(point) == Verdict::accepted);
  CHECK(ask(spoilt(point, "point", {"1", "1"})) == Verdict::rejected);
  CHECK(ask(spoilt(point, "point", {"-1", "-3/2"})) == Verdict::rejected);
  CHECK(ask(spoilt(point, "point", {"1"})) == Verdict::rejected);
  World narrow;
  narrow.domain = "1,2";
  auto session = narrow.open();
  // on [1,2]^2, f1 = x0 + x1 - 1 >= 1: (x0 - 1) + (x1 - 1) - f1 = -1
  const json farkas =
      finding("root.exists", "lrp", "refuted", 1,
              {{"kind", "farkas"}, {"rows", "low:0 low:1"}, {"multipliers", {"1", "1"}}, {"zero", {"-1"}}});
  CHECK(session.replay(farkas.dump())[0].verdict == Verdict::accepted);
  // the same with the output as a row: f1 <= 0
  json row = spoilt(farkas, "rows", "low:0 low:1 output<=");
  row["exemplars"][0]["witness"].erase("zero");
  row["exemplars"][0]["witness"]["multipliers"] = {"1", "1", "1"};
  CHECK(session.replay(row.dump())[0].verdict == Verdict::accepted);
  CHECK(session.replay(spoilt(row, "rows", "low:0 low:1 output>=").dump())[0].verdict == Verdict::rejected);
  CHECK(session.replay(spoilt(row, "rows", "low:0 act:1<= output<=").dump())[0].verdict == Verdict::rejected);
  CHECK(session.replay(spoilt(farkas, "multipliers", {"1", "2"}).dump())[0].verdict == Verdict::rejected);
  CHECK(session.replay(spoilt(farkas, "multipliers", {"-1", "-1"}).dump())[0].verdict == Verdict::rejected);
  CHECK(session.replay(spoilt(farkas, "rows", "low:0 high:1").dump())[0].verdict == Verdict::rejected);
  CHECK(session.replay(spoilt(farkas, "rows", "act:0 act:1").dump())[0].verdict == Verdict::rejected);
}

TEST_CASE("the ledger, denominators and premises") {
  const json fc1 = {{"node", "fc1"}};
  const json fc2 = {{"node", "fc2"}};
  // f1: unit 1 of fc2 has S = 3, R = 2, no bias: the stabiliser takes 2/3
  const json cause = finding("con.layer", "eps", "refuted", 1,
                             {{"kind", "cause"}, {"unit", 1}, {"cause", "stabilizer"}, {"amount", pair("2/3")}}, fc2);
  CHECK(ask(cause) == Verdict::accepted);
  CHECK(ask(spoilt(cause, "amount", pair("-2/3"))) == Verdict::rejected);
  CHECK(ask(spoilt(cause, "cause", "bias")) == Verdict::rejected);
  CHECK(ask(spoilt(cause, "unit", 0)) == Verdict::rejected);
  CHECK(ask(finding("con.layer", "lrp", "proved", 1, {{"kind", "conserved"}}, fc2)) == Verdict::accepted);
  CHECK(ask(finding("con.layer", "lrp", "proved", 1, {{"kind", "conserved"}}, fc1)) == Verdict::rejected);
  CHECK(ask(finding("con.total", "lrp", "refuted", 1,
                    {{"kind", "totals"}, {"below", pair("3")}, {"above", pair("2")}})) == Verdict::accepted);
  CHECK(ask(finding("con.total", "w2", "proved", 1, {{"kind", "conserved"}})) == Verdict::accepted);
  CHECK(ask(finding("con.total", "eps", "proved", 1, {{"kind", "conserved"}})) == Verdict::rejected);
  CHECK(ask(finding("pos.layer", "w2", "proved", 1, {{"kind", "positive"}}, fc1)) == Verdict::accepted);
  CHECK(ask(finding("pos.layer", "lrp", "proved", 1, {{"kind", "positive"}}, fc1)) == Verdict::rejected);
  CHECK(ask(finding("pos.layer", "lrp", "refuted", 0,
                    {{"kind", "negative"}, {"from", 1}, {"to", 1}, {"share", pair("-1/5")}}, fc1)) ==
        Verdict::accepted);
  CHECK(ask(finding("den.nonzero", "lrp", "proved", 0,
                    {{"kind", "nearest"}, {"unit", 0}, {"term", 0}, {"denominator", pair("2")}}, fc1)) ==
        Verdict::accepted);
  CHECK(ask(finding("den.nonzero", "lrp", "proved", 0,
                    {{"kind", "nearest"}, {"unit", 1}, {"term", 0}, {"denominator", pair("5")}}, fc1)) ==
        Verdict::rejected);
  CHECK(ask(finding("den.nonzero", "lrp", "refuted", 0, {{"kind", "zero"}, {"unit", 0}, {"term", 0}}, fc1)) ==
        Verdict::rejected);
  CHECK(ask(finding("pre.rule", "lrp", "proved", 0, {{"kind", "premise"}, {"premise", "a >= 0"}}, fc1)) ==
        Verdict::accepted);
  CHECK(ask(finding("pre.rule", "lrp", "refuted", 0,
                    {{"kind", "premise"}, {"premise", "f > 0"}, {"element", 0}, {"value", pair("-1")}}, fc2)) ==
        Verdict::accepted);
}

TEST_CASE("a unit on its kink is not decided by convention") {
  World world;
  world.x = {1, 3};  // z2 = 0: f0 feels it, f1 does not
  auto session = world.open();
  CHECK(session.replay(finding("gxi.reduces", "lrp", "proved", 1, {{"kind", "reduces"}}).dump())[0].verdict ==
        Verdict::accepted);
  // On the branch with z2 on, its denominator is used and 0: an exception of gxi.reduces, a failure of gxi.strict.
  CHECK(session.replay(finding("gxi.reduces", "lrp", "proved", 0, {{"kind", "reduces"}}).dump())[0].verdict ==
        Verdict::accepted);
  CHECK(session.replay(finding("gxi.strict", "lrp", "proved", 0, {{"kind", "reduces"}}).dump())[0].verdict ==
        Verdict::rejected);
  CHECK(
      session
          .replay(
              finding("gxi.strict", "lrp", "refuted", 0,
                      {{"kind", "feature"}, {"feature", 0}, {"relevance", pair("1")}, {"gradient_x_input", pair("-2")}})
                  .dump())[0]
          .verdict == Verdict::accepted);
}

TEST_CASE("hostile findings are answered") {
  World world;
  auto session = world.open();
  for (const char* text : {"", "[]", "{", "{\"exemplars\": 3}", "{\"exemplars\": [1, null, {}]}",
                           "{\"check\": \"gxi.reduces\", \"exemplars\": [{\"verdict\": \"refuted\", \"place\": 3}]}"})
    for (const Answer& answer : session.replay(text)) CHECK(answer.verdict != Verdict::accepted);
}
