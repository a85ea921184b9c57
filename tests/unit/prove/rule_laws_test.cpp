// Laws of rules by themselves: the table of the published rules against what their papers say of them, rules of one's
// own that break one law each, and proofs for every fan-in against random units of fan-in 4 and 5.
#include <doctest/doctest.h>

#include <map>
#include <random>

#include "prove/rule_laws.hpp"
#include "prove/smt/identity.hpp"
#include "prove/smt/rule_law.hpp"
#include "prove/unit_share.hpp"
#include "rule/ruleset_file.hpp"
#include "times.hpp"

using namespace lrproof;
using num::Rational;

namespace {

const doctest::skip kLong(!prove::testing::kCounts);  // under sanitizers: the rest of the file runs the same code

rule::AffineRule named(const std::string& rule) {
  const auto rules =
      rule::parse_ruleset("[ruleset]\n[[assign]]\nto = { op = \"linear\" }\nrule = \"" + rule + "\"\n", "test");
  REQUIRE(rules.ok());
  return std::get<rule::AffineRule>(rules->assigns[0].rule.body);
}
rule::AffineRule own(const std::string& body) {
  const auto rules = rule::parse_ruleset(
      "[ruleset]\n[[assign]]\nto = { op = \"linear\" }\nrule = \"own\"\n[rule.own]\n" + body, "test");
  REQUIRE(rules.ok());
  return std::get<rule::AffineRule>(rules->assigns[0].rule.body);
}
std::string term(const std::string& rest) { return "[[rule.own.term]]\n" + rest; }

// One letter per law: y proved, n refuted, ? unknown, - rejected.
std::string letters(const rule::AffineRule& rule) {
  std::string text;
  for (const auto& answer : prove::audit_rule(rule)) text += "yn?-"[int(answer.verdict)];
  return text;
}
char letter(const rule::AffineRule& rule, const std::string& law) {
  const auto laws = prove::rule_laws();
  for (std::size_t k = 0; k < laws.size(); ++k)
    if (laws[k].name == law) return letters(rule)[k];
  FAIL("no law " << law);
  return ' ';
}

}  // namespace

TEST_CASE("the published rules") {
  static_assert(int(claim::Verdict::proved) == 0 && int(claim::Verdict::refuted) == 1);
  static_assert(int(claim::Verdict::unknown) == 2 && int(claim::Verdict::rejected) == 3);
  // conserves, conserves unbiased, positive, denominators, continuous shares, continuous relu, homogeneous, unit scale,
  // input scale, dead input, zero weight, merge, gradient x input, root
  CHECK(letters(named("lrp-0")) == "nynnnnyyyyyyy-");
  CHECK(letters(named("epsilon")) == "nnnynynnyyynn-");
  CHECK(letters(named("gamma")) == "nynynyyyyyynn-");
  CHECK(letters(named("z-plus")) == "nyyynyyyyyynn-");
  CHECK(letters(named("alpha-beta")) == "nynynnyyyyynn-");
  CHECK(letters(named("w-square")) == "yyyyyyyynnynn-");
  CHECK(letters(named("flat")) == "yyyyyyyyynnyn-");
  CHECK(letters(named("box")) == "yyyynnnynnynn-");
  CHECK(letters(named("dtd-x")) == "yynnnnyyyyynny");
  CHECK(letters(named("dtd-z-plus")) == "yyyynnyyyyynny");
  CHECK(letters(named("dtd-w2")) == "yyyyyyyynnynny");
  CHECK(letters(named("dtd-gamma")) == "yynnnnyyyyynny");
  CHECK(letters(named("dtd-zb")) == "yyyynnnynnynny");
  CHECK(letters(named("dtd-zero")) == "nynnnnyyyyyyyy");
}

TEST_CASE("a rule that breaks one law, and its twin that keeps it") {
  const std::string plus = "numerator = \"pos(a)*pos(w) + neg(a)*neg(w)\"\n";
  CHECK(letter(own(term(plus)), "conserves") == 'y');
  CHECK(letter(own(term(plus + "share = \"1/2\"\n")), "conserves") == 'n');
  CHECK(letter(own(term(plus + "gate = \"z > 0\"\n")), "conserves") == 'n');
  CHECK(letter(own(term(plus + "gate = \"z > 0\"\n") + term(plus + "gate = \"z <= 0\"\n")), "conserves") == 'y');
  CHECK(letter(own(term(plus + "bias = \"pos(b)\"\n")), "positive") == 'y');
  CHECK(letter(own(term(plus + "bias = \"b\"\n")), "positive") == 'n');
  CHECK(letter(own(term(plus + "bias = \"neg(b)\"\n")), "positive") == 'n');
  CHECK(letter(own(term(plus + "bias = \"-neg(b)\"\n")), "positive") == 'y');
  CHECK(letter(own(term("numerator = \"pos(a)*neg(w) + neg(a)*pos(w)\"\n")), "positive") ==
        'y');  // both sides negative
  CHECK(letter(own(term("numerator = \"a*abs(w)\"\n")), "positive") == 'n');
  CHECK(letter(own("premises = [\"a >= 0\"]\n" + term("numerator = \"a*abs(w)\"\n")), "positive") == 'y');
  // The box numerator is one-sided only inside its bounds.
  const std::string box = "numerator = \"a*w - low*pos(w) - high*neg(w)\"\n";
  CHECK(letter(own("premises = [\"low <= a <= high\"]\n" + term(box)), "positive") == 'y');
  CHECK(letter(own(term("numerator = \"a*w - low*neg(w) - high*pos(w)\"\n")), "positive") == 'n');
  // Unsigned stabilisers vanish where a negative sum meets epsilon; clipped ones do not.
  const auto stabilised = [](const char* kind) {
    return own(term("numerator = \"a*w\"\nbias = \"b\"\nstabilizer = { kind = \"" + std::string(kind) +
                    "\", epsilon = 1 }\n"));
  };
  CHECK(letter(stabilised("unsigned"), "denominators") == 'n');
  CHECK(letter(stabilised("clip"), "denominators") == 'y');
  CHECK(letter(stabilised("zero-only"), "denominators") == 'y');
  // Behind a gate the sign of z can keep d off 0; without the gate, or with too little bias, it does not.
  const std::string more = "numerator = \"a*w + pos(a)*pos(w) + neg(a)*neg(w)\"\n";
  CHECK(letter(own(term(more + "bias = \"b\"\ngate = \"z > 0\"\n")), "denominators") == 'y');
  CHECK(letter(own(term(more + "bias = \"b\"\n")), "denominators") == 'n');
  CHECK(letter(own(term(more + "gate = \"z > 0\"\n")), "denominators") == 'n');
  CHECK(letter(own(term("numerator = \"a*w\"\nbias = \"b\"\n")), "gradient x input") == 'y');
  CHECK(letter(own(term("numerator = \"2*a*w\"\nbias = \"2*b\"\n")), "gradient x input") == 'y');
  CHECK(letter(own(term("numerator = \"2*a*w\"\nbias = \"b\"\n")), "gradient x input") == 'n');
  CHECK(letter(own(term("numerator = \"a*w + a*pos(w)\"\nbias = \"b\"\n")), "gradient x input") == 'n');
  CHECK(letter(own(term("numerator = \"1\"\n")), "merge") == 'y');
  CHECK(letter(own(term("numerator = \"1\"\nshare = 2\n")), "merge") == 'n');
  CHECK(letter(own(term("numerator = \"a*w\"\n") + "[rule.own.root]\ndirection = \"a*(1 + (w >= 0))\"\n"), "root") ==
        'n');
  CHECK(letter(own(term("numerator = \"a*w\"\n") + "[rule.own.root]\ndirection = \"a\"\n"), "root") == 'y');
  CHECK(letter(own(term("numerator = \"a*w\"\n") + "[rule.own.root]\ndirection = \"w\"\n"), "root") == 'n');
  CHECK(letter(own(term("numerator = \"a*pos(w)\"\n") + "[rule.own.root]\ndirection = \"a*(w >= 0)\"\n"), "root") ==
        'y');
}

TEST_CASE("an epsilon that counts at 0 only") {
  const auto at_zero = [](const std::string& rest) {
    return own(term(rest + "stabilizer = { kind = \"zero-only\", epsilon = \"1/8\" }\n"));
  };
  const auto aw = at_zero("numerator = \"a*w\"\nbias = \"b\"\n");
  CHECK(letters(aw) == "nynynnnnyyyny-");
  CHECK(letters(at_zero("numerator = \"a*w\"\n")) == "nynynnnnyyynn-");
  CHECK(letters(at_zero("numerator = \"1\"\n")) == "yyyyyyyyynnyn-");
  CHECK(letters(at_zero("numerator = \"w^2\"\n")) == "nyyyyyyynnynn-");
  CHECK(letters(at_zero("numerator = \"pos(a)*pos(w) + neg(a)*neg(w)\"\n")) == "nnyynnyyyyynn-");
  CHECK(letters(at_zero("numerator = \"pos(a)*pos(w) + neg(a)*neg(w)\"\nbias = \"b\"\n")) == "nnnynnnnyyynn-");
  CHECK(letter(at_zero("numerator = \"1\"\nbias = \"b^2\"\n"), "conserves") == 'n');
}

TEST_CASE("an epsilon without sign is met by a unit whose sum is its negative") {
  for (const char* epsilon : {"1", "1/1000000"}) {
    const std::string body = "stabilizer = { kind = \"unsigned\", epsilon = \"" + std::string(epsilon) + "\" }\n";
    CHECK(letter(own(term("numerator = \"a*w\"\nbias = \"b\"\n" + body)), "denominators") == 'n');
    CHECK(letter(own(term("numerator = \"a\"\n" + body)), "denominators") == 'n');
    CHECK(letter(own(term("numerator = \"w^2\"\n" + body)), "denominators") == 'y');
  }
}

TEST_CASE("a law about nothing is not proved") {
  const std::string never = "premises = [\"a >= 0\"]\n", zero = "numerator = \"neg(a)*w\"\n";
  CHECK(letters(own(never + term(zero))) == "--------------");
  CHECK(letter(own(never + term(zero + "bias = \"b\"\n")), "conserves unbiased") == '-');
  CHECK(letter(own(term(zero)), "conserves unbiased") == 'y');  // without the premise there is something
  const std::string scaled = "stabilizer = { kind = \"signed\", epsilon = 1, rms = true }\n";
  CHECK(letter(own(never + term(zero + scaled)), "zero weight") == '-');
}

TEST_CASE("a stabiliser scaled by a root mean square is evaluated at one unit only") {
  const auto rule = own(term("numerator = \"a*w\"\nstabilizer = { kind = \"signed\", epsilon = 1, rms = true }\n"));
  CHECK(letter(rule, "homogeneous") == '?');
  CHECK(letter(rule, "zero weight") == 'y');
  CHECK(letter(rule, "gradient x input") == 'n');
  for (const auto& answer : prove::audit_rule_on_convolution(rule)) CHECK(answer.verdict != claim::Verdict::refuted);
}

TEST_CASE("Z3 is of the same opinion" * kLong) {
  if (prove::smt_version().empty()) return;
  int asked = 0, same = 0;
  std::vector<rule::AffineRule> rules;
  for (const char* name : {"lrp-0", "epsilon", "gamma", "z-plus", "alpha-beta", "w-square", "flat", "box"})
    rules.push_back(named(name));
  const std::string more = "numerator = \"a*w + pos(a)*pos(w) + neg(a)*neg(w)\"\nbias = \"b\"\n";
  rules.push_back(own(term(more + "gate = \"z > 0\"\n")));
  rules.push_back(own(term("numerator = \"neg(w)^2\"\nbias = \"b^2\"\n")));
  rules.push_back(own(term("numerator = \"pos(w)^2\"\nbias = \"pos(b)^2 - neg(b)^2\"\n")));
  rules.push_back(own("premises = [\"a >= 0\"]\n" + term("numerator = \"a*abs(w)\"\nbias = \"-neg(b)\"\n")));
  for (const auto& rule : rules)
    for (const auto& answer : prove::audit_rule(rule, {true, {}})) asked += answer.smt_asked, same += answer.smt_same;
  CHECK(asked == int(rules.size()) * 7 * 3);
  CHECK(same > asked * 9 / 10);
  const auto twin = own(term("numerator = \"a*w\"\nbias = \"b\"\nstabilizer = { kind = \"unsigned\", epsilon = 1 }\n"));
  CHECK(prove::smt_opinion(twin, prove::SmtLaw::denominators, 2) == prove::SmtOpinion::broken);
  CHECK(prove::smt_opinion(named("epsilon"), prove::SmtLaw::denominators, 2) == prove::SmtOpinion::holds);
}

TEST_CASE("what is proved for every fan-in holds at fan-in 4 and 5" * kLong) {
  std::mt19937 random(3);
  const auto number = [&] { return Rational(long(random() % 13) - 6, 1L + long(random() % 3)); };
  std::vector<rule::AffineRule> rules;
  for (const char* name : {"lrp-0", "gamma", "z-plus", "alpha-beta", "w-square", "flat", "dtd-x", "dtd-w2"})
    rules.push_back(named(name));
  for (const char* numerator : {"a*w", "1", "w^2", "pos(a)*pos(w)"})
    rules.push_back(own(term("numerator = \"" + std::string(numerator) +
                             "\"\nstabilizer = { kind = \"zero-only\", epsilon = \"1/8\" }\n")));
  for (const auto& rule : rules) {
    CAPTURE(letters(rule));
    std::map<std::string, bool> proved;
    const auto answers = prove::audit_rule(rule);
    for (std::size_t k = 0; k < answers.size(); ++k)
      proved[prove::rule_laws()[k].name] = answers[k].verdict == claim::Verdict::proved;
    for (int round = 0; round < 60; ++round) {
      prove::Layer unit;
      for (int i = 0; i < 4 + round % 2; ++i) unit.a.push_back(number()), unit.w.push_back(number());
      unit.a[1] = Rational(0), unit.w[2] = Rational(0);
      if (round % 3) unit.b = number();
      const auto shares = prove::shares_of(rule, unit);
      REQUIRE(shares.has_value());
      const bool asked = !unit.z()[0].is_zero() && !shares->vanishes;
      Rational sum;
      for (std::size_t i = 0; i < unit.a.size(); ++i) {
        const Rational& s = shares->of[i];
        sum += s;
        if (proved["positive"]) CHECK(s.sign() >= 0);
        if (proved["zero weight"] && unit.w[i].is_zero()) CHECK(s.is_zero());
        if (proved["dead input"] && unit.a[i].is_zero()) CHECK(s.is_zero());
        if (proved["gradient x input"] && asked) CHECK(s * unit.z()[0] == unit.a[i] * unit.w[i]);
      }
      if (proved["denominators"]) CHECK_FALSE(shares->nonzero_over_zero);
      prove::Layer wide = unit, heavy = unit;
      for (auto& a : wide.a) a = a * Rational(3);
      for (auto& w : heavy.w) w = w * Rational(3);
      wide.b = heavy.b = unit.b * Rational(3);
      if (proved["homogeneous"]) CHECK(prove::shares_of(rule, wide)->of == shares->of);
      if (proved["unit scale"]) CHECK(prove::shares_of(rule, heavy)->of == shares->of);
      if (proved["conserves"] && asked) CHECK(sum == Rational(1));
      if (proved["conserves unbiased"] && asked && unit.b.is_zero()) CHECK(sum == Rational(1));
    }
  }
}

TEST_CASE("the published rules on a convolution: what its padding and its shared weights change" * kLong) {
  const auto laws = prove::rule_laws();
  const std::map<std::pair<std::string, std::string>, claim::Verdict> other{
      // One denominator of the unit beside the padding is 0: it reads one input.
      {{"alpha-beta", "conserves unbiased"}, claim::Verdict::rejected},
      // The one channel is scaled as a whole.
      {{"w-square", "input scale"}, claim::Verdict::proved},
      {{"dtd-w2", "input scale"}, claim::Verdict::proved},
      // Equal parts of one and of two inputs.
      {{"flat", "merge"}, claim::Verdict::refuted}};
  for (const char* name : {"lrp-0", "epsilon", "gamma", "z-plus", "alpha-beta", "w-square", "flat", "box", "dtd-x",
                           "dtd-z-plus", "dtd-w2", "dtd-gamma", "dtd-zb", "dtd-zero"}) {
    const auto rule = named(name);
    const auto dense = prove::audit_rule(rule), there = prove::audit_rule_on_convolution(rule);
    for (std::size_t k = 0; k < laws.size(); ++k) {
      CAPTURE(name);
      CAPTURE(laws[k].name);
      const auto found = other.find({name, laws[k].name});
      CHECK(there[k].verdict == (found == other.end() ? dense[k].verdict : found->second));
      if (there[k].verdict != claim::Verdict::refuted) continue;
      REQUIRE(there[k].witness.has_value());
      if (there[k].witness->layer) CHECK(there[k].witness->layer->shape == prove::Shape::convolution);
    }
  }
}

TEST_CASE("a convolution's taps are those of the network that is evaluated") {
  prove::Layer conv{{Rational(3), Rational(5), Rational(7)},
                    {Rational(2), Rational(11)},
                    Rational(1),
                    {},
                    {},
                    prove::Shape::convolution};
  CHECK(conv.z() == std::vector<Rational>{Rational(34), Rational(62), Rational(88)});
  // lrp-0: a_i times the sum of w / z over the units that read it.
  const auto shares = prove::shares_of(named("lrp-0"), conv);
  REQUIRE(shares.has_value());
  const auto part = [](long n, long d) { return Rational(n, d); };
  CHECK(shares->of == std::vector<Rational>{part(33, 34) + part(6, 62), part(55, 62) + part(10, 88), part(77, 88)});
}

TEST_CASE("continuity: which stabiliser, gate and bias keep it" * kLong) {
  const std::string aw = "numerator = \"a*w\"\n", b = "bias = \"b\"\n";
  const auto stable = [](const std::string& kind) {
    return "stabilizer = { kind = \"" + kind + "\", epsilon = \"1/4\" }\n";
  };
  const std::string plus = "numerator = \"pos(a)*pos(w) + neg(a)*neg(w)\"\n";
  // One-sided sums over an epsilon of their own sign do not jump; over an epsilon that counts at 0 only they do.
  CHECK(letter(own(term(plus + stable("signed"))), "continuous shares") == 'y');
  CHECK(letter(own(term(plus + stable("unsigned"))), "continuous shares") == 'y');
  CHECK(letter(own(term(plus + stable("clip"))), "continuous shares") == 'y');
  CHECK(letter(own(term(plus + stable("zero-only"))), "continuous shares") == 'n');
  CHECK(letter(own(term(plus + "gate = \"z > 0\"\n" + stable("signed"))), "continuous shares") == 'n');
  CHECK(letter(own(term("numerator = \"pos(a)*neg(w) + neg(a)*pos(w)\"\n" + stable("signed"))), "continuous shares") ==
        'y');
  CHECK(letter(own(term("numerator = \"pos(a)*neg(w) + neg(a)*pos(w)\"\n" + stable("unsigned"))),
               "continuous shares") == 'n');
  // Behind a ReLU every epsilon but the one at 0 only does; the bias must be in the denominator.
  for (const char* kind : {"signed", "unsigned", "clip"})
    CHECK(letter(own(term(aw + b + stable(kind))), "continuous relu") == 'y');
  CHECK(letter(own(term(aw + b + stable("zero-only"))), "continuous relu") == 'n');
  CHECK(letter(own(term(aw + stable("signed"))), "continuous relu") == 'n');
  CHECK(letter(own(term(aw + b)), "continuous relu") == 'n');
  CHECK(letter(own(term(plus + "bias = \"pos(b)\"\n")), "continuous relu") == 'y');
  CHECK(letter(own(term(plus + "bias = \"b\"\n")), "continuous relu") == 'n');
  CHECK(letter(own(term(plus)), "continuous relu") == 'n');
  CHECK(letter(own(term("numerator = \"a*w\"\nbias = \"b\"\ngate = \"z < 0\"\n")), "continuous relu") == 'y');
  CHECK(letter(own(term("numerator = \"2*a*w + pos(a)*pos(w) + neg(a)*neg(w)\"\nbias = \"2*b + pos(b)\"\n")),
               "continuous relu") == 'y');
}

TEST_CASE("limits are where the engine's shares tend to, and what is proved continuous hardly moves") {
  std::mt19937 random(5);
  const auto number = [&] { return Rational(long(random() % 5) - 2); };
  const Rational t = Rational::power_of_two(-40), near = Rational::power_of_two(-8);
  for (const char* name : {"lrp-0", "epsilon", "gamma", "z-plus", "alpha-beta", "w-square", "dtd-x"}) {
    const auto rule = std::string(name) == "epsilon" ? own(term("numerator = \"a*w\"\nbias = \"b\"\nstabilizer = { "
                                                                "kind = \"signed\", epsilon = \"1/4\" }\n"))
                                                     : named(name);
    const bool proved = letter(rule, "continuous relu") == 'y';
    int finite = 0;
    for (int round = 0; round < 200; ++round) {
      prove::Layer layer{{}, {}, number(), Rational(-2), Rational(2)};
      if (round % 2) layer.shape = prove::Shape::convolution;
      std::vector<Rational> v;
      for (int i = 0; i < 3; ++i) layer.a.push_back(number()), v.push_back(number());
      for (std::size_t k = 0; k < (round % 2 ? prove::kConvKernel : 3); ++k) layer.w.push_back(number());
      prove::Layer moved = layer;
      for (std::size_t i = 0; i < 3; ++i) moved.a[i] += v[i] * t;
      const auto limit = prove::limit_along(rule, layer, v, prove::Start::one);
      const auto behind = prove::limit_along(rule, layer, v, prove::Start::relu);
      const auto shares = prove::shares_of(rule, moved);
      REQUIRE(shares.has_value());
      CHECK((limit.has_value() || shares->vanishes));
      if (limit)
        for (std::size_t i = 0; i < 3; ++i) {
          const Rational size = num::abs((*limit)[i].infinite ? shares->of[i] : shares->of[i] - (*limit)[i].value);
          CHECK(((*limit)[i].infinite ? size > Rational::power_of_two(20) : size < near));
          finite += (*limit)[i].infinite == 0;
        }
      if (!proved || !behind) continue;
      const auto back = prove::limit_along(rule, layer, std::vector<Rational>(3), prove::Start::relu);
      if (back) CHECK(*back == *behind);
    }
    CHECK(finite > 100);
  }
}
