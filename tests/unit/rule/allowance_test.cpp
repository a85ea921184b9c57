#include <doctest/doctest.h>

#include "rule/ruleset_file.hpp"

using namespace lrproof;
using namespace lrproof::rule;

namespace {

std::vector<Allowance> allowances(const std::string& text) {
  auto rules = parse_ruleset(text, "my.toml");
  REQUIRE_MESSAGE(rules.ok(), (rules.ok() ? "" : rules.error().text()));
  return rules->allowances;
}

const std::string kAssign = "[[assign]]\nto = { op = \"dense\" }\nrule = \"lrp-0\"\n";

}  // namespace

TEST_CASE("an allowance is of the assign in which it stands, or of the file") {
  const auto found =
      allowances("# lrproof: allow A010 the ledger is read\n" + kAssign +
                 "  # lrproof: allow A015   no output is 0 here  \n\n[[ assign ]]  # lrproof: allow A004 x\n"
                 "to = { op = \"add\" }\nrule = \"gradient\"\n[rule.mine]\n# lrproof: allow A016 all\n"
                 "[[rule.mine.term]]\nnumerator = \"w^2\"\n");
  REQUIRE(found.size() == 4);
  CHECK((found[0].check == "A010" && found[0].reason == "the ledger is read" && found[0].line == 1));
  CHECK(found[0].assign == 0);
  CHECK((found[1].check == "A015" && found[1].reason == "no output is 0 here" && found[1].line == 5));
  CHECK(found[1].assign == 2);
  CHECK((found[2].check == "A004" && found[2].line == 7 && found[2].assign == 7));
  CHECK((found[3].check == "A016" && found[3].assign == 0));
}

TEST_CASE("what stands in a string is no comment, and other comments are left alone") {
  const std::string name = "[ruleset]\nsource = ";
  const std::string mark = "# lrproof: allow A010 x";
  CHECK(allowances(name + "\"" + mark + "\"\n" + kAssign).empty());
  CHECK(allowances(name + "\"a \\\" " + mark + "\"\n" + kAssign).empty());
  CHECK(allowances(name + "'" + mark + "'\n" + kAssign).empty());
  CHECK(allowances(name + "\"\"\"\n" + mark + "\n\"\"\"\n" + kAssign).empty());
  CHECK(allowances(name + "'''\n" + mark + "\n'''\n" + kAssign).empty());
  CHECK(allowances("# lrproof is a tool\n# noqa: A010\n" + kAssign).empty());
  const auto behind = allowances(name + "\"\"\"\n\n\"\"\" " + mark + "\n" + kAssign);
  REQUIRE(behind.size() == 1);
  CHECK(behind[0].line == 4);
}

TEST_CASE("an allowance has an id and a reason") {
  for (const std::string comment :
       {"# lrproof: allow A010", "# lrproof: allow", "# lrproof: ignore A010 x", "#lrproof:"}) {
    CAPTURE(comment);
    const auto rules = parse_ruleset(kAssign + "  " + comment + "\n", "my.toml");
    REQUIRE_FALSE(rules.ok());
    CHECK(rules.error().code == "rules.allow");
    CHECK(rules.error().place == "my.toml:4:3");
  }
}
