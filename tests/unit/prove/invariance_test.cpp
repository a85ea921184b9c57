// inv.rescale against brute force: what is proved holds under random positive factors at every unit, at random inputs.
#include <doctest/doctest.h>

#include "attr/start.hpp"
#include "net/rescale.hpp"
#include "prove/at_point.hpp"
#include "times.hpp"
#include "tiny_scope.hpp"

using namespace lrproof;
using namespace lrproof::prove;
using namespace lrproof::prove::testing;

namespace {

std::vector<Rational> map_of(const net::Network& network, const prop::RuleCase& rules, const std::vector<Rational>& x) {
  const auto values = net::evaluate<Rational>(network, x, 1);
  const auto start = attr::start_relevance<Rational>(network, values, rules.rules.start, {0});
  auto map = attr::propagate<Rational>(network, rules.assignment, values, start).of[0];
  return map.empty() ? std::vector<Rational>(x.size()) : map;
}

}  // namespace

TEST_CASE("what is proved of scaled units holds for all factors, and a witness is one") {
  const std::vector<std::string> rules{"lrp-0",
                                       "z-plus",
                                       "w-square",
                                       "flat",
                                       "alpha-beta",
                                       "{ name = \"epsilon\", epsilon = \"1/4\" }",
                                       "{ name = \"gamma\", gamma = \"1/4\" }"};
  Random random(11);
  int proved = 0, refuted = 0;
  for (int round = 0; round < times(140); ++round) {
    CAPTURE(round);
    const net::Network network = tiny(random);
    prop::Subject subject = subject_of(network, rules[std::size_t(round) % rules.size()]);
    subject.settings.checks = {"inv.rescale"};
    const Shared shared(subject);
    const auto x = random_input(random);
    AtPoint at(shared, x, 0);
    for (const auto& o : prop::obligations(subject)) {
      Tally tally;
      decide_invariance(at, o, tally);
      CAPTURE(o.node);
      refuted += tally.counts.refuted > 0;
      if (tally.counts.refuted) {
        REQUIRE(tally.exemplars.size() == 1);
        const auto& w = tally.exemplars[0].witness;
        std::vector<Rational> factors(std::size_t(net::rescalable_units(network, o.node)), Rational(1));
        for (std::size_t k = 0; k < factors.size(); ++k)
          if (w.indices.at("unit") < 0 ? k % 2 == 0 : long(k) == w.indices.at("unit")) factors[k] = Rational(2);
        const auto other = net::rescaled(network, o.node, factors);
        REQUIRE(other.ok());
        const auto e = std::size_t(w.indices.at("element"));
        CHECK(map_of(network, subject.cases[0], x)[e] != map_of(*other, subject.cases[0], x)[e]);
      }
      if (!tally.counts.proved) continue;
      ++proved;
      for (int n = 0; n < 5; ++n) {
        std::vector<Rational> factors;
        for (std::int64_t k = 0; k < net::rescalable_units(network, o.node); ++k)
          factors.emplace_back(long(random() % 7) + 1, long(random() % 4) + 1);
        const auto other = net::rescaled(network, o.node, factors);
        REQUIRE(other.ok());
        const auto there = random_input(random);
        CHECK(map_of(network, subject.cases[0], there) == map_of(*other, subject.cases[0], there));
      }
    }
  }
  MESSAGE("proved " << proved << ", refuted " << refuted);
  if (!kCounts) return;
  CHECK(proved > 50);
  CHECK(refuted > 20);
}
