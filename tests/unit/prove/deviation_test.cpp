// Relevance against input times gradient over whole regions: bounds of their difference, and the claims that rest on
// them, against exact evaluation at many points, those on facets and in corners among them.
#include "prove/deviation.hpp"
#include "tiny_scope.hpp"

using namespace lrproof;
using namespace lrproof::prove;
using namespace lrproof::prove::testing;

namespace {

// Points of the closed region: samples, corners towards random directions, and where single units are 0.
std::vector<std::vector<Rational>> points_of(InScope& scope, std::size_t r, Random& random) {
  Region& region = scope.regions()[r];
  std::vector<std::vector<Rational>> points = scope.samples(r);
  points.push_back(region.polytope.interior);
  const auto reach = [&](const std::vector<Rational>& d) {  // as far as the closed region goes
    std::optional<Rational> far;
    const auto limit = [&](const Rational& room, const Rational& speed) {
      if (speed.sign() <= 0) return;
      const Rational t = room / speed;
      if (!far || t < *far) far = t;
    };
    const auto& p = region.polytope;
    for (const auto& row : p.rows) {
      Rational speed;
      for (std::size_t k = 0; k < d.size(); ++k) speed -= row.form.slope[k] * d[k];
      limit(row.form.at(p.interior), speed);
    }
    for (std::size_t k = 0; k < d.size(); ++k) {
      if (p.bounds[k].high) limit(*p.bounds[k].high - p.interior[k], d[k]);
      if (p.bounds[k].low) limit(p.interior[k] - *p.bounds[k].low, -d[k]);
    }
    std::vector<Rational> x = p.interior;
    for (std::size_t k = 0; far && k < d.size(); ++k) x[k] += *far * d[k];
    return x;
  };
  for (int n = 0; n < 12; ++n)
    points.push_back(reach({Rational(long(random() % 17) - 8), Rational(long(random() % 17) - 8)}));
  for (const OrientedRow& row : region.forms->rows()) points.push_back(reach({-row.form.slope[0], -row.form.slope[1]}));
  return points;
}

const char* const kRules[] = {
    "lrp-0",  "{ name = \"epsilon\", epsilon = \"1/16\" }",      "{ name = \"gamma\", gamma = \"1/4\" }",
    "z-plus", "{ name = \"epsilon\", epsilon = \"1/1000000\" }", "alpha-beta",
    "flat"};

// Networks of which some have no weight and bias below 0: there z-plus is LRP-0.
net::Network some_network(Random& random) {
  net::Network network = tiny(random);
  if (random() % 3 != 0) return network;
  std::vector<net::Node> nodes;
  for (net::NodeId id = 0; id < network.size(); ++id) {
    net::Node node = network.node(id);
    if (auto* dense = std::get_if<net::Dense>(&node.op))
      for (auto* constants : {&dense->weight, &dense->bias}) {
        std::vector<Rational> values;
        for (std::size_t k = 0; k < constants->size(); ++k) values.push_back(num::abs(constants->rational(k)));
        *constants = num::Constants::from_rationals(std::move(values));
      }
    nodes.push_back(std::move(node));
  }
  return *net::Network::create(std::move(nodes), {5});
}

struct Count {
  int known = 0, none = 0, points = 0;
};

// |R_i - x_i g_i| <= |x_i| |excess_i| at the point, on every branch that it belongs to.
void compare(InScope& scope, const std::vector<Rational>& x, const Deviation& found, bool except_vanished,
             Count& count) {
  AtPoint& at = scope.at(x);
  for (const Map& map : at.maps(0)) {
    if (except_vanished && !map.options.empty()) continue;  // excepted there: which denominators, the next test asks
    ++count.points;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const num::Interval have = map.relevance.of[0].empty() ? num::Interval() : map.relevance.of[0][i];
      const num::Interval slope = map.gradient[0].empty() ? num::Interval() : map.gradient[0][i];
      const num::Interval most = num::Interval(x[i]) * found.excess[i], is = have - num::Interval(x[i]) * slope;
      CHECK(is.lo <= most.hi + 1e-9);
      CHECK(is.hi >= most.lo - 1e-9);
    }
  }
}

}  // namespace

TEST_CASE("the excess over a region bounds the difference at every point of it") {
  Random random(23);
  Count count;
  for (int round = 0; round < 600; ++round) {
    const net::Network network = some_network(random);
    prop::Subject subject = subject_of(network, kRules[round % 7]);
    if (round % 2) subject.settings.scope = prop::ScopeKind::box, subject.settings.radius = Rational(1, 8);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty()) continue;
    CAPTURE(round);
    for (std::size_t r = 0; r < std::min<std::size_t>(scope.regions().size(), 3); ++r) {
      const Deviation found = deviation_over(scope.regions()[r], scope.bounds(r, 0), 0, false);
      if (!found.stops_at.empty()) continue;
      ++count.known, count.none += found.none();
      for (const auto& x : points_of(scope, r, random)) compare(scope, x, found, false, count);
    }
  }
  MESSAGE("known on " << count.known << " regions, 0 on " << count.none << ", compared at " << count.points
                      << " points");
  CHECK(count.known > 300);
  CHECK(count.none > 40);
  CHECK(count.points > 8000);
}

TEST_CASE("what is proved of gradient x input over a scope holds at every point of it") {
  Random random(29);
  std::map<std::string, std::array<int, 2>> answers;
  for (int round = 0; round < 600; ++round) {
    const net::Network network = some_network(random);
    prop::Subject subject = subject_of(network, kRules[round % 7]);
    subject.settings.tau = Rational(1, 4);
    if (round % 2) subject.settings.scope = prop::ScopeKind::box, subject.settings.radius = Rational(1, 8);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty()) continue;
    CAPTURE(round);
    for (const char* check : {"gxi.reduces", "gxi.strict", "gxi.scaled", "gxi.bounded"}) {
      prop::Obligation o;
      o.check = check;
      Tally tally;
      decide_in_scope(scope, o, tally);
      answers[check][0] += int(tally.counts.proved), answers[check][1] += int(tally.counts.refuted);
      if (!tally.counts.proved) continue;
      for (std::size_t r = 0; r < scope.regions().size(); ++r)
        for (const auto& x : points_of(scope, r, random)) {
          Tally one;
          decide_reduction(scope.at(x), o, one);
          CAPTURE(check);
          CHECK(one.counts.refuted == 0);
        }
    }
  }
  for (const auto& [check, count] : answers) {
    MESSAGE(check << ": proved " << count[0] << ", refuted " << count[1]);
    CHECK(count[0] > 20);
    CHECK(count[1] > 20);
  }
}
