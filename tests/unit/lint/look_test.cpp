// What the linter says of bounds and denominators, against evaluation at many inputs; and its whole table.
#include "lint/look.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>

#include "claim/check.hpp"
#include "net/text.hpp"
#include "prove/at_point.hpp"
#include "rule/ruleset_file.hpp"

using namespace lrproof;
using claim::Verdict;

namespace {

std::string numbers(std::mt19937& random, int count) {
  std::string text;
  for (int k = 0; k < count; ++k) text += (k ? ", " : "") + std::to_string(int(random() % 9) - 4);
  return "[" + text + "]";
}

std::string rows(std::mt19937& random, int out, int in) {
  std::string text;
  for (int k = 0; k < out; ++k) text += (k ? ", " : "") + numbers(random, in);
  return "[" + text + "]";
}

/// A residual network of small whole weights.
net::Network drawn(std::mt19937& random) {
  const std::string text = "input x[2]\nf = dense(x)  weight " + rows(random, 3, 2) + "  bias " + numbers(random, 3) +
                           "\nh = relu(f)\ng = dense(h)  weight " + rows(random, 3, 3) + "  bias " +
                           numbers(random, 3) + "\ns = add(h, g)\ny = dense(s)  weight " + rows(random, 2, 3) +
                           "  bias " + numbers(random, 2) + "\noutput y\n";
  auto network = net::parse_network(text, "net");
  REQUIRE(network.ok());
  return *network;
}

rule::RuleSet rules(const std::string& affine) {
  auto read =
      rule::parse_ruleset("[[assign]]\nto = { op = \"affine\" }\nrule = \"r\"\n[[rule.r.term]]\n" + affine, "r");
  REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().text()));
  return *read;
}

lint::Subject subject_of(const net::Network& network, const rule::RuleSet& set, int low, int high) {
  lint::Subject subject;
  subject.network = &network;
  subject.cases.push_back({set, rule::survey(set, network)});
  subject.domain.low = num::Rational(low), subject.domain.high = num::Rational(high);
  return subject;
}

/// Exact values at a grid of inputs of the domain.
std::vector<std::vector<num::Rational>> grid(int low, int high) {
  std::vector<std::vector<num::Rational>> out;
  for (int a = 0; a <= 8; ++a)
    for (int b = 0; b <= 8; ++b)
      out.push_back({num::Rational(low) + num::Rational(a * (high - low), 8),
                     num::Rational(low) + num::Rational(b * (high - low), 8)});
  return out;
}

const char* const kRules[] = {
    "numerator = \"a*w\"\nbias = \"b\"",
    "numerator = \"a*w\"",
    "numerator = \"a*pos(w)\"\nbias = \"b\"",
    "numerator = \"a*(w + 1/4*pos(w))\"\nbias = \"b\"",
    "numerator = \"pos(a)*pos(w) + neg(a)*neg(w)\"\nbias = \"b\"",
    "numerator = \"a*w\"\nbias = \"b\"\nstabilizer = { kind = \"unsigned\", epsilon = \"1/8\" }"};

}  // namespace

TEST_CASE("bounds of denominators hold at every input of a grid, and trials are exact there") {
  std::mt19937 random(5);
  for (int round = 0; round < 12; ++round) {
    const auto network = drawn(random);
    for (const char* formula : kRules) {
      const auto set = rules(formula);
      const auto subject = subject_of(network, set, -1, 1);
      lint::Look look(subject);
      const net::Evaluator<num::Interval> ready(network);
      for (const auto& x : grid(-1, 1)) {
        const region::Point point(ready, x);
        for (net::NodeId id = 1; id < network.size(); ++id) {
          const auto* rule = look.affine_at(0, id);
          if (!rule) continue;
          const auto* parts = look.bounds_of_terms(0, id);
          REQUIRE(parts != nullptr);
          for (std::int64_t j = 0; j < network.node(id).size(); ++j) {
            const auto d = prove::exact_denominator(point, id, rule->terms[0], j, subject.domain);
            const auto& bound = (*parts)[0].d[std::size_t(j)];
            CHECK(num::Rational(bound.lo) <= d);
            CHECK(d <= num::Rational(bound.hi));
          }
        }
      }
      CHECK(look.trials().size() > 100);
      for (const auto& trial : look.trials())
        for (const double x : trial.x) CHECK((-1 <= x && x <= 1));
    }
  }
}

namespace {

/// Does a grid of inputs contradict a proof at the node? One question per lint rule, asked of exact values.
bool contradicted(const net::Network& network, const std::string& check, net::NodeId id, const rule::AffineRule& rule,
                  const region::Point& point, const root::Domain& domain) {
  const auto& node = network.node(id);
  bool bad = false;
  for (std::int64_t j = 0; j < node.size(); ++j) {
    const auto d = prove::exact_denominator(point, id, rule.terms[0], j, domain);
    if (check == "A014") bad = bad || d.sign() < 0;
    if (check == "A015") bad = bad || d.is_zero();
    if (check == "A013") bad = bad || point.exact(id, j).sign() < 0;
    if (check == "A005") bad = bad || point.exact(node.inputs[0], j).sign() * point.exact(node.inputs[1], j).sign() < 0;
  }
  if (check == "A012")
    for (const auto in : node.inputs)
      for (std::int64_t k = 0; k < network.node(in).size(); ++k) bad = bad || point.exact(in, k).sign() < 0;
  return bad;
}

}  // namespace

TEST_CASE("no input of a grid contradicts what is proved") {
  std::mt19937 random(9);
  std::map<std::string, int> proved, refuted;
  for (int round = 0; round < 40; ++round) {
    const auto network = drawn(random);
    for (const char* formula : kRules) {
      const auto set = rules(formula);
      const int low = round % 2 ? 0 : -1;
      const auto subject = subject_of(network, set, low, 1);
      const net::Evaluator<num::Interval> ready(network);
      for (const auto& finding : lint::lint(subject)) {
        ++(finding.verdict == Verdict::proved ? proved : refuted)[finding.check];
        if (finding.verdict != Verdict::proved) continue;
        CHECK(finding.trust == claim::Trust::asserted);
        CHECK(finding.level == claim::Level::none);
        const auto id = network.find(finding.place.node);
        const auto& rule = subject.cases[0].survey.assignment.of[std::size_t(id)];
        if (!rule || !std::holds_alternative<rule::AffineRule>(rule->body)) continue;
        for (const auto& x : grid(low, 1)) {
          const region::Point point(ready, x);
          CHECK_FALSE(
              contradicted(network, finding.check, id, std::get<rule::AffineRule>(rule->body), point, subject.domain));
        }
      }
    }
  }
  for (const char* check : {"A005", "A012", "A013", "A014", "A015"}) {
    CAPTURE(check);
    CHECK(proved[check] > 0);
    CHECK(refuted[check] > 0);
  }
}

TEST_CASE("every row with a level has an answer, and no other") {
  for (const auto& check : claim::checks()) {
    CAPTURE(check.id);
    CHECK(lint::can_answer(check.id) == (claim::is_lint(check) && check.level != claim::Level::none));
  }
}
