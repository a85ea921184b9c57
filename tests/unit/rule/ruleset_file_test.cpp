#include "rule/ruleset_file.hpp"

#include <doctest/doctest.h>

using namespace lrproof;
using namespace lrproof::rule;
using num::Rational;

namespace {

base::Diagnostic error_of(const std::string& text) {
  auto result = parse_ruleset(text, "f.toml");
  REQUIRE_FALSE(result.ok());
  return result.error();
}

/// The only rule of a file that assigns one rule.
Rule rule_of(const std::string& rule, const std::string& more = "") {
  auto result = parse_ruleset("[[assign]]\nto = {}\nrule = " + rule + "\n" + more, "f.toml");
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : result.error().text()));
  return result->assigns.front().rule;
}

const AffineRule& affine(const Rule& rule) { return std::get<AffineRule>(rule.body); }

void check_round_trip(const std::string& text) {
  auto once = parse_ruleset(text, "f.toml");
  REQUIRE_MESSAGE(once.ok(), (once.ok() ? "" : once.error().text()));
  const std::string printed = print_ruleset(*once);
  auto twice = parse_ruleset(printed, "other.toml");
  REQUIRE_MESSAGE(twice.ok(), (twice.ok() ? "" : twice.error().text() + "\n" + printed));
  CHECK(print_ruleset(*twice) == printed);
  REQUIRE(twice->assigns.size() == once->assigns.size());
  for (std::size_t k = 0; k < once->assigns.size(); ++k) {
    CHECK(twice->assigns[k].to == once->assigns[k].to);
    CHECK(twice->assigns[k].rule == once->assigns[k].rule);
  }
  CHECK(twice->name == once->name);
  CHECK(twice->low == once->low);
}

const std::string kContractExample = R"toml([ruleset]
name = "my-epsilon-plus"
dialect = "reference"
source = "..."
start = "value"                 # value | one | contrast
unmatched = "error"             # error | gradient | pass
canonize = ["batchnorm-into-affine", "residual-sum"]

[[assign]]
to = { op = "conv" }            # op, name (glob), index (execution order), first/last, fan_in
rule = "my-rule"

[[assign]]
to = { op = "dense" }
rule = { name = "epsilon", epsilon = 1e-6 }

[rule.my-rule]                  # a rule of one's own
[[rule.my-rule.term]]
share = 1
numerator = "pos(a)*pos(w) + neg(a)*neg(w)"
bias = "pos(b)"
stabilizer = { kind = "signed", epsilon = 1e-6, zero_sign = 1 }
[rule.my-rule.root]             # optional: the DTD root direction it claims to come from
direction = "a * (w >= 0)"
)toml";

}  // namespace

TEST_CASE("a rule file is a value") {
  auto rules = parse_ruleset(kContractExample, "f.toml");
  REQUIRE_MESSAGE(rules.ok(), (rules.ok() ? "" : rules.error().text()));
  CHECK(rules->name == "my-epsilon-plus");
  CHECK(rules->canonize == std::vector<std::string>{"batchnorm-into-affine", "residual-sum"});
  CHECK(rules->unmatched == Unmatched::error);
  REQUIRE(rules->assigns.size() == 3);  // activations pass: said by nobody, part of the value
  CHECK(rules->assigns[2].to == Selector{.op = "activation"});
  CHECK(rules->assigns[2].rule.name == "pass");
  CHECK(rules->assigns[0].line == 9);
  CHECK(rules->assigns[0].to.op == "conv");
  const auto& mine = affine(rules->assigns[0].rule);
  REQUIRE(mine.terms.size() == 1);
  CHECK(mine.terms[0].stabilizer.epsilon == Rational(1, 1000000));
  REQUIRE(mine.root);
  CHECK(mine.root->parts == std::vector<Direction::Part>{{1, Phi::a, Direction::Side::w_nonneg}});
  CHECK(affine(rules->assigns[1].rule).terms[0].stabilizer.epsilon == Rational(1, 1000000));
  check_round_trip(kContractExample);
}

TEST_CASE("activations pass unless a file says otherwise or leaves nothing to say") {
  const auto count = [](const std::string& text) { return parse_ruleset(text, "f.toml")->assigns.size(); };
  CHECK(count("") == 1);
  CHECK(count("[ruleset]\nunmatched = \"gradient\"\n") == 0);
  CHECK(count("[[assign]]\nto = {}\nrule = \"zero\"\n") == 1);
  CHECK(count("[[assign]]\nto = { op = \"activation\" }\nrule = \"gradient\"\n") == 1);
  CHECK(count("[[assign]]\nto = { op = \"relu\" }\nrule = \"gradient\"\n") == 2);
}

TEST_CASE("numbers are exact") {
  CHECK(affine(rule_of("{ name = \"epsilon\", epsilon = 0.1 }")).terms[0].stabilizer.epsilon == Rational(1, 10));
  CHECK(affine(rule_of("{ name = \"epsilon\", epsilon = 1e-300 }")).terms[0].stabilizer.epsilon ==
        *Rational::parse("1e-300"));
  CHECK(affine(rule_of("{ name = \"epsilon\", epsilon = \"1/3\" }")).terms[0].stabilizer.epsilon == Rational(1, 3));
  CHECK(affine(rule_of("\"epsilon\"")).terms[0].stabilizer.epsilon == Rational(1, 1000000));
  auto rules = parse_ruleset("[ruleset]\nlow = -0.1\nhigh = 0.30000000000000000000001\n", "f.toml");
  REQUIRE(rules.ok());
  CHECK(*rules->low == Rational(-1, 10));
  CHECK(*rules->high == *Rational::parse("0.30000000000000000000001"));
}

TEST_CASE("built-in rules are their formulas") {
  const auto gamma = affine(rule_of("{ name = \"gamma\", gamma = \"1/2\" }"));
  REQUIRE(gamma.terms.size() == 2);
  CHECK(gamma.terms[0].gate == Gate::positive);
  CHECK(gamma.terms[0].numerator == std::vector<Product>{{1, Phi::pos, Psi::w},
                                                         {Rational(1, 2), Phi::pos, Psi::pos},
                                                         {1, Phi::neg, Psi::w},
                                                         {Rational(1, 2), Phi::neg, Psi::neg}});
  CHECK(gamma.terms[1].bias == std::vector<BiasPart>{{1, Chi::b}, {Rational(1, 2), Chi::neg}});
  const auto ab = affine(rule_of("\"alpha-beta\""));
  REQUIRE(ab.terms.size() == 2);
  CHECK(ab.terms[0].share == Rational(2));
  CHECK(ab.terms[1].share == Rational(-1));
  CHECK(affine(rule_of("{ name = \"alpha-beta\", alpha = 1, beta = 0 }")).terms == affine(rule_of("\"z-plus\"")).terms);
  CHECK(affine(rule_of("\"dtd-zero\"")).root->zero);
  CHECK(affine(rule_of("\"dtd-w2\"")).root->parts == std::vector<Direction::Part>{{1, Phi::one, Direction::Side::w}});
  CHECK(affine(rule_of("\"dtd-z-plus\"")).premises ==
        std::vector<Premise>{Premise::inputs_nonnegative, Premise::output_positive});
  CHECK(std::get<NamedRule>(rule_of("\"beta-smooth\"").body).parameter == Rational(10));
}

TEST_CASE("what a formula says about itself") {
  CHECK(is_lrp0(affine(rule_of("\"lrp-0\""))));
  CHECK(is_lrp0(affine(rule_of("{ name = \"gamma\", gamma = 0 }"))));
  CHECK(is_lrp0(affine(rule_of("{ name = \"epsilon\", epsilon = 0 }"))));
  CHECK(is_lrp0(affine(rule_of("\"x\"",
                               "[[rule.x.term]]\nnumerator = \"2*pos(a)*w + 2*neg(a)*(pos(w)+neg(w))\"\n"
                               "bias = \"2*neg(b) + 2*pos(b)\"\n"))));
  for (const char* other :
       {"\"epsilon\"", "\"gamma\"", "\"z-plus\"", "\"alpha-beta\"", "\"dtd-x\"", "\"flat\"", "\"box\""})
    CHECK_FALSE(is_lrp0(affine(rule_of(other))));
  CHECK_FALSE(is_linear_in_relevance(rule_of("\"guided-backprop\"")));
  CHECK(is_linear_in_relevance(rule_of("\"pass\"")));
  CHECK(is_linear_in_relevance(rule_of("\"z-plus\"")));
  CHECK(needs_bounds(rule_of("\"box\"")));
  CHECK_FALSE(needs_bounds(rule_of("\"flat\"")));
}

TEST_CASE("equal names with different formulas print apart and come back") {
  check_round_trip(R"([[assign]]
to = { op = "conv", first = true }
rule = { name = "epsilon", epsilon = "1/4" }
[[assign]]
to = { name = "fc*", index = 2, fan_in = 3 }
rule = { name = "epsilon", epsilon = "1/3" }
[[assign]]
to = { op = "relu" }
rule = { name = "rectgrad", percentile = 97.5 }
[[assign]]
to = {}
rule = { name = "box", low = "-1/3", high = 1 }
[[rule.unused.term]]
numerator = "a"
)");
  check_round_trip("");
  check_round_trip(
      "[rule.x]\nname = \"pass\"\n[[rule.x.term]]\nnumerator = \"a\"\nbias = \"0\"\n"
      "stabilizer = { kind = \"zero-only\", epsilon = 1e-9, rms = true }\n"
      "[[assign]]\nto = {}\nrule = \"x\"\n");
}

TEST_CASE("a file of many rules with one name prints and comes back in time") {
  std::string text;
  for (int k = 1; k <= 1000; ++k)
    text += "[[assign]]\nto = {}\nrule = { name = \"epsilon\", epsilon = \"1/" + std::to_string(k) + "\" }\n";
  auto rules = parse_ruleset(text, "f.toml");
  REQUIRE(rules.ok());
  const std::string printed = print_ruleset(*rules);
  CHECK(printed.find("[rule.epsilon-1000]") != std::string::npos);
  CHECK(print_ruleset(*parse_ruleset(printed, "f.toml")) == printed);
  for (int k = 0; k < 4000; ++k) text += "[[assign]]\nto = {}\nrule = \"zero\"\n";
  CHECK(error_of(text).sentence == "the file has 5000 assigns");
  CHECK(error_of("[[rule.x.term]]\nnumerator = \"a" + std::string(20000, ' ') + "\"\n").code == "rules.formula");
}

TEST_CASE("errors name line, column and what would be right") {
  auto error = error_of("[ruleset]\nnane = \"x\"\n");
  CHECK(error.place == "f.toml:2:1");
  CHECK(error.hint == "did you mean 'name'?");
  error = error_of("[[assign]]\nto = { op = \"desne\" }\nrule = \"lrp-0\"\n");
  CHECK(error.place == "f.toml:2:13");
  CHECK(error.hint == "did you mean 'dense'?");
  error = error_of("[[assign]]\nto = {}\nrule = \"z-pluss\"\n");
  CHECK(error.place == "f.toml:3:8");
  CHECK(error.code == "rules.unknown-rule");
  CHECK(error.hint == "did you mean 'z-plus'?");
  error = error_of("[[assign]]\nto = {}\nrule = { name = \"epsilon\", epsilom = 1 }\n");
  CHECK(error.place == "f.toml:3:28");
  CHECK(error.hint == "did you mean 'epsilon'?");
  error = error_of("[[assign]]\nto = {}\nrule = { name = \"alpha-beta\", alpha = 2, beta = 2 }\n");
  CHECK(error.place == "f.toml:3:8");
  CHECK(error.hint == "alpha - beta = 1");
  error = error_of("[[rule.x.term]]\nnumerator = \"a*wv\"\n");
  CHECK(error.place == "f.toml:2:16");
  CHECK(error.code == "rules.formula");
  CHECK(error_of("[rule.x]\n").code == "rules.missing");
  CHECK(error_of("[rule.pass]\n").code == "rules.value");
  CHECK(error_of("[[assign]]\nrule = \"lrp-0\"\n").code == "rules.missing");
  CHECK(error_of("[[assign]]\nto = {}\n").place == "f.toml:1:1");
}

TEST_CASE("values out of their range are errors at their place") {
  CHECK(error_of("[ruleset]\nlow = 1\nhigh = 0\n").place == "f.toml:3:8");
  CHECK(error_of("[ruleset]\nlow = inf\n").place == "f.toml:2:7");
  CHECK(error_of("[ruleset]\nlow = true\n").code == "rules.type");
  CHECK(error_of("[ruleset]\nstart = \"vale\"\n").hint == "did you mean 'value'?");
  CHECK(error_of("[ruleset]\ncanonize = \"x\"\n").hint == "it must be an array");
  CHECK(error_of("ruleset = 3\n").hint == "it must be a table");
  CHECK(error_of("assign = 3\n").hint == "it must be an array");
  CHECK(error_of("rule = 3\n").hint == "it must be a table");
  CHECK(error_of("[[assign]]\nto = { first = true, index = 1 }\nrule = \"lrp-0\"\n").code == "rules.value");
  CHECK(error_of("[[assign]]\nto = { index = -1 }\nrule = \"lrp-0\"\n").code == "rules.value");
  CHECK(error_of("[[assign]]\nto = {}\nrule = { name = \"epsilon\", epsilon = -1 }\n").code == "rules.value");
  CHECK(error_of("[[assign]]\nto = {}\nrule = { name = \"epsilon\", epsilon = \"x\" }\n").code == "rules.number");
  CHECK(error_of("[[assign]]\nto = {}\nrule = 7\n").code == "rules.type");
  const std::string term = "[[rule.x.term]]\nnumerator = \"a*w\"\n";
  CHECK(error_of(term + "stabilizer = { kind = \"signd\", epsilon = 1 }\n").hint == "did you mean 'signed'?");
  CHECK(error_of(term + "stabilizer = { kind = \"signed\" }\n").code == "rules.missing");
  CHECK(error_of(term + "stabilizer = { kind = \"signed\", epsilon = -1 }\n").place == "f.toml:3:43");
  CHECK(error_of(term + "stabilizer = { kind = \"none\", epsilon = 1 }\n").code == "rules.value");
  CHECK(error_of(term + "stabilizer = { kind = \"unsigned\", epsilon = 1, zero_sign = 1 }\n").code == "rules.value");
  CHECK(error_of(term + "stabilizer = { kind = \"clip\", epsilon = 1, zero_sign = 2 }\n").code == "rules.value");
  CHECK(error_of(term + "gate = \"z = 0\"\n").code == "rules.word");
  CHECK(error_of(term + "share = 0\n").code == "rules.value");
  CHECK(error_of("[[rule.x.term]]\nnumerator = \"a - a\"\n").code == "rules.value");
  CHECK(error_of("[rule.x]\npremises = [\"a > 0\"]\n" + term).hint == "did you mean 'a >= 0'?");
}
