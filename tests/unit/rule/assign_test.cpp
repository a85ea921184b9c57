#include <doctest/doctest.h>

#include <map>

#include "net/text.hpp"
#include "rule/ruleset_file.hpp"

using namespace lrproof;
using namespace lrproof::rule;

namespace {

const char* const kNet = R"(input x[1, 1, 2, 2]
c1 = conv(x)  weight [[[[1, 2], [3, 4]]]]  bias [1]  strides [1, 1]  pads [0, 0, 1, 1]  dilations [1, 1]  groups 1
n1 = batch-norm(c1)  gamma [1]  beta [0]  mean [0]  variance [1]  epsilon 1e-5
r1 = relu(n1)
p1 = max-pool(r1)  kernel [2, 2]  strides [2, 2]  pads [0, 0, 0, 0]
f1 = reshape(p1)  shape [1, 1]
d1 = dense(f1)  weight [[1], [2]]  bias [0, 1]
r2 = abs(d1)
d2 = dense(r2)  weight [[1, 1], [1, 2]]  bias [0, 1]
s1 = add(d1, d2)
output s1
)";

net::Network network(const std::string& text = kNet) {
  auto result = net::parse_network(text, "net");
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
  return *result;
}

RuleSet rules(const std::string& text) {
  auto result = parse_ruleset(text, "my.toml");
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
  return *result;
}

std::string rule_at(const Assignment& assignment, const net::Network& n, const std::string& name) {
  const auto& rule = assignment.of[std::size_t(n.find(name))];
  return rule ? rule->name : "";
}

std::string pick(const std::string& to, const std::string& rule, const std::string& node) {
  const auto n = network();
  auto result =
      assign(rules("[ruleset]\nunmatched = \"gradient\"\n[[assign]]\nto = " + to + "\nrule = \"" + rule + "\"\n"), n);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
  return rule_at(*result, n, node);
}

base::Diagnostic error_of(const std::string& text) {
  auto result = assign(rules(text), network());
  REQUIRE_FALSE(result.ok());
  return result.error();
}

}  // namespace

TEST_CASE("every shipped rule set assigns on a net with conv, norm, pool, dense and add") {
  const auto n = network();
  for (const auto& name : shipped_rulesets()) {
    CAPTURE(name);
    auto rs = load_ruleset(name);
    REQUIRE(rs.ok());
    auto result = assign(*rs, n);
    if (!result.ok() && rs->dialect == "innvestigate") {
      CHECK(result.error().code == "rules.unmatched");
      CHECK(result.error().text().find("'n1'") != std::string::npos);
      rs->unmatched = Unmatched::gradient;
      result = assign(*rs, n);
    }
    REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
    CHECK(rule_at(*result, n, "x") == "");
    CHECK(rule_at(*result, n, "f1") == "");
    for (const char* node : {"c1", "n1", "r1", "p1", "d1", "r2", "d2", "s1"}) CHECK(rule_at(*result, n, node) != "");
    const bool falls_back = rs->dialect == "zennit" || rs->dialect == "torchlrp" || rs->dialect == "lxt";
    CHECK(result->unmatched[std::size_t(n.find("p1"))] == falls_back);
  }
}

TEST_CASE("selectors") {
  CHECK(pick("{ op = \"conv\" }", "lrp-0", "c1") == "lrp-0");
  CHECK(pick("{ op = \"linear\" }", "lrp-0", "d2") == "lrp-0");
  CHECK(pick("{ op = \"linear\", first = true }", "lrp-0", "d1") == "gradient");
  CHECK(pick("{ op = \"linear\", last = true }", "lrp-0", "d2") == "lrp-0");
  CHECK(pick("{ op = \"linear\", index = 1 }", "lrp-0", "d1") == "lrp-0");
  CHECK(pick("{ op = \"linear\", index = 9 }", "lrp-0", "d1") == "gradient");
  CHECK(pick("{ name = \"d?\" }", "lrp-0", "d1") == "lrp-0");
  CHECK(pick("{ op = \"affine\" }", "lrp-0", "s1") == "lrp-0");
  CHECK(pick("{ op = \"affine\" }", "lrp-0", "n1") == "lrp-0");
  CHECK(pick("{ op = \"activation\" }", "pass", "r2") == "pass");
  CHECK(pick("{ op = \"relu\" }", "pass", "r2") == "gradient");
  CHECK(pick("{ op = \"abs\" }", "pass", "r2") == "pass");
  CHECK(pick("{ fan_in = 4, op = \"conv\" }", "lrp-0", "c1") == "lrp-0");
  CHECK(pick("{ fan_in = 2, op = \"dense\" }", "lrp-0", "d1") == "gradient");
  CHECK(pick("{ op = \"softmax\" }", "gradient", "d1") == "gradient");
  CHECK(pick("{}", "zero", "p1") == "zero");
}

TEST_CASE("the first assign that matches wins") {
  const auto n = network();
  auto result = assign(rules("[ruleset]\nunmatched = \"gradient\"\n"
                             "[[assign]]\nto = { name = \"d1\" }\nrule = \"flat\"\n"
                             "[[assign]]\nto = { op = \"dense\" }\nrule = \"z-plus\"\n"),
                       n);
  REQUIRE(result.ok());
  CHECK(rule_at(*result, n, "d1") == "flat");
  CHECK(rule_at(*result, n, "d2") == "z-plus");
  CHECK(result->unmatched[std::size_t(n.find("c1"))]);
  CHECK_FALSE(result->unmatched[std::size_t(n.find("d1"))]);
}

TEST_CASE("activations pass relevance through where nothing is said; other nodes are named") {
  const auto n = network("input x[1, 2]\nd = dense(x)  weight [[1, 1]]  bias [0]\nr = relu(d)\noutput r\n");
  auto result = assign(rules("[[assign]]\nto = { op = \"dense\" }\nrule = \"lrp-0\"\n"), n);
  REQUIRE(result.ok());
  CHECK(rule_at(*result, n, "r") == "pass");
  CHECK_FALSE(result->unmatched[std::size_t(n.find("r"))]);
  const auto error = error_of("[[assign]]\nto = { op = \"affine\" }\nrule = \"lrp-0\"\n");
  CHECK(error.code == "rules.unmatched");
  CHECK(error.sentence == "node 'p1' (max-pool) has no rule");
  CHECK(error.hint.find("op = \"max-pool\"") != std::string::npos);
}

TEST_CASE("names that match nothing") {
  auto error = error_of("[[assign]]\nto = { name = \"dd1\" }\nrule = \"lrp-0\"\n");
  CHECK(error.code == "rules.selector");
  CHECK(error.place == "my:1");
  CHECK(error.hint == "did you mean 'd1'?");
  error = error_of("[[assign]]\nto = { name = \"f1\" }\nrule = \"lrp-0\"\n");
  CHECK(error.hint == "'f1' is reshape");
}

TEST_CASE("rules that do not fit") {
  for (const auto& [to, rule] : {std::pair{"op = \"dense\"", "winner"},
                                 {"op = \"relu\"", "lrp-0"},
                                 {"name = \"d1\"", "pass"},
                                 {"op = \"add\"", "pass"},
                                 {"op = \"max-pool\"", "pass"},
                                 {"op = \"dense\"", "ratio"},
                                 {"op = \"abs\"", "guided-backprop"},
                                 {"op = \"max-pool\"", "flat"}}) {
    CAPTURE(to);
    CAPTURE(rule);
    CHECK(error_of(std::string("[[assign]]\nto = { ") + to + " }\nrule = \"" + rule + "\"\n").code == "rules.misfit");
  }
  CHECK(error_of("[ruleset]\nunmatched = \"pass\"\n").code == "rules.unmatched");
}

TEST_CASE("a survey goes on where an assignment stops, and agrees with it where it does not") {
  const auto n = network();
  const auto found = survey(rules("[[assign]]\nto = { name = \"dd1\" }\nrule = \"lrp-0\"\n"
                                  "[[assign]]\nto = { op = \"dense\" }\nrule = \"lrp-0\"\n"
                                  "[[assign]]\nto = { op = \"dense\", last = true }\nrule = \"flat\"\n"
                                  "[[assign]]\nto = { op = \"add\" }\nrule = \"winner\"\n"),
                            n);
  using Kind = Complaint::Kind;
  std::map<Kind, int> kinds;
  for (const auto& complaint : found.complaints) ++kinds[complaint.kind];
  CHECK(kinds[Kind::selector] == 1);
  CHECK(kinds[Kind::misfit] == 1);
  CHECK(kinds[Kind::unmatched] == 4);  // conv, norm, pool, add
  CHECK(found.reach[0].selected.empty());
  CHECK(found.reach[1].decided == std::vector<net::NodeId>{n.find("d1"), n.find("d2")});
  CHECK(found.reach[2].selected == std::vector<net::NodeId>{n.find("d2")});
  CHECK(found.reach[2].decided.empty());
  CHECK(found.by[std::size_t(n.find("d2"))] == 1);
  for (const auto& name : shipped_rulesets()) {
    CAPTURE(name);
    const auto shipped = load_ruleset(name);
    const auto assigned = assign(*shipped, n);
    const auto surveyed = survey(*shipped, n);
    CHECK(assigned.ok() == surveyed.complaints.empty());
    if (!assigned) continue;
    for (std::size_t id = 0; id < assigned->of.size(); ++id) {
      CHECK(assigned->of[id] == surveyed.assignment.of[id]);
      const bool decided = surveyed.by[id].has_value();
      CHECK(decided == (assigned->of[id].has_value() && !assigned->unmatched[id]));
    }
  }
}
