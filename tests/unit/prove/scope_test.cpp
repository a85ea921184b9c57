// Claims over cells and boxes: the layerwise search, Z3 alone and points must agree.
#include <doctest/doctest.h>

#include <random>

#include "prove/in_scope.hpp"
#include "prove/smt/root_script.hpp"
#include "prove/smt/script.hpp"
#include "rule/ruleset_file.hpp"

using namespace lrproof;
using namespace lrproof::prove;
using num::Rational;
using Random = std::mt19937_64;

namespace {

num::Constants small(Random& random, std::int64_t count) {
  std::vector<Rational> values;
  for (std::int64_t k = 0; k < count; ++k) values.push_back(Rational(long(random() % 9) - 4, 2L));
  return num::Constants::from_rationals(std::move(values));
}

// x[2] -> dense[3] -> relu -> dense[2] -> relu -> dense[1]
net::Network tiny(Random& random) {
  const net::Curve relu{{Rational(0)}, {Rational(0), Rational(1)}, {Rational(0), Rational(0)}};
  std::vector<net::Node> n;
  const auto dense = [&](const char* name, net::NodeId from, std::int64_t in, std::int64_t out) {
    n.push_back({name, "Gemm", net::Dense{small(random, in * out), small(random, out), in, out, 1}, {from}, {1, out}});
  };
  const auto act = [&](const char* name, net::NodeId from, std::int64_t size) {
    n.push_back({name, "Relu", net::Activation{"relu", {relu}, {}}, {from}, {1, size}});
  };
  n.push_back({"x", "Input", net::Input{}, {}, {1, 2}});
  dense("fc1", 0, 2, 3), act("h1", 1, 3), dense("fc2", 2, 3, 2), act("h2", 3, 2), dense("fc3", 4, 2, 1);
  return *net::Network::create(std::move(n), {5});
}

prop::Subject subject_of(const net::Network& network, const std::string& rule) {
  prop::Subject subject;
  subject.network = &network;
  subject.settings.scope = prop::ScopeKind::cell;
  subject.settings.domain = {Rational(-2), Rational(2)};
  const auto rules = rule::parse_ruleset("[ruleset]\nname = \"r\"\n[[assign]]\nto = { op = \"affine\" }\nrule = \"" +
                                             rule + "\"\n[[assign]]\nto = { op = \"activation\" }\nrule = \"pass\"\n",
                                         "r.toml");
  REQUIRE(rules);
  const auto assignment = rule::assign(*rules, network);
  REQUIRE(assignment);
  subject.cases.push_back({*rules, *assignment, root::asked_layers(network, *assignment)});
  return subject;
}

std::vector<Rational> random_input(Random& random) {
  return {Rational(long(random() % 61) - 30, 16L), Rational(long(random() % 61) - 30, 16L)};
}

}  // namespace

TEST_CASE("roots over a cell: search, Z3 alone, points") {
  Random random(7);
  int asked = 0, decided = 0, z3 = 0, programs = 0;
  const char* const rules[] = {"dtd-w2", "dtd-x", "dtd-zb", "dtd-z-plus", "dtd-gamma"};
  for (int round = 0; round < 1000; ++round) {
    const net::Network network = tiny(random);
    const prop::Subject subject = subject_of(network, rules[round % 5]);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty()) continue;
    const auto& layers = subject.cases[0].layers;
    RootPlace place;
    place.root_layer = int(random() % layers.size());
    place.unit =
        std::int64_t(random() % std::uint64_t(network.node(layers[std::size_t(place.root_layer)].node).size()));
    const Rational& z = centre.point().exact(layers[std::size_t(place.root_layer)].node, place.unit);
    if (z.is_zero()) continue;
    place.sign = z.sign(), place.least = num::abs(z) * Rational(1, 2);
    Region& region = scope.regions()[0];
    const RootSearch found = search_root(region, place, Start::unknown);
    ++asked, programs += int(found.programs);
    decided += found.always || found.never || (found.inside && found.outside) || found.empty;
    CAPTURE(round);
    CAPTURE(found.reason);
    CHECK_FALSE((found.always && found.outside));
    CHECK_FALSE((found.never && found.inside));
    using A = SmtAnswer::Answer;
    for (const bool outside : {true, false}) {
      const auto answer = ask_z3(root_script(region, place, outside), 400'000);
      z3 += answer.answer != A::unknown;
      if (outside ? found.always : found.never) CHECK(answer.answer != A::sat);
      if (outside ? found.outside.has_value() : found.inside.has_value()) CHECK(answer.answer != A::unsat);
    }
  }
  MESSAGE("asked " << asked << ", decided " << decided << ", of Z3's questions decided " << z3 << " of " << 2 * asked
                   << ", linear programs " << programs);
  CHECK(asked > 700);
  CHECK(decided * 10 > asked * 9);
}
