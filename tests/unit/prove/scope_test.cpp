// Claims over cells and boxes, decided three ways: the layerwise search, Z3 alone, and brute force over branches.
#include "net/text.hpp"
#include "prove/smt/reduction_script.hpp"
#include "prove/smt/root_script.hpp"
#include "prove/smt/script.hpp"
#include "times.hpp"
#include "tiny_scope.hpp"

#include <tbb/global_control.h>

using namespace lrproof;
using namespace lrproof::prove;
using namespace lrproof::prove::testing;

namespace {

std::vector<std::vector<bool>> signs_at(const AtPoint& at) {
  std::vector<std::vector<bool>> on(6);
  for (const net::NodeId id : {2, 4})
    for (const auto piece : at.point().branch().choice[std::size_t(id)]) on[std::size_t(id)].push_back(piece == 1);
  return on;
}

// The w-square root of a unit is an affine function of the input: its suffix is written out on the input's branch.
struct Brute {
  bool outside = false, inside = false;
};
Brute brute_w2(const net::Network& network, const AtPoint& at, net::NodeId layer, const RootPlace& place) {
  const auto on = signs_at(at);
  Maps m = maps_on(network, on);
  const auto& dense = std::get<net::Dense>(network.node(layer).op);
  Row z = m.of[std::size_t(layer)][std::size_t(place.unit)];
  Row scope = scaled(z, Rational(place.sign));
  scope.back() -= place.least;
  m.cell.push_back(scope);
  Rational square;
  std::vector<Row> root = m.of[std::size_t(layer - 1)];
  for (std::int64_t i = 0; i < dense.in; ++i) {
    const Rational w = dense.weight.rational(std::size_t(place.unit * dense.in + i));
    square += w * w;
  }
  for (std::int64_t i = 0; i < dense.in; ++i)
    root[std::size_t(i)] =
        sum(root[std::size_t(i)], z, -(dense.weight.rational(std::size_t(place.unit * dense.in + i)) / square));
  Brute out;
  std::vector<Row> stays;
  for (net::NodeId id = layer; id < 6; ++id) {
    if (id % 2 == 1) {
      root = dense_map(network, id, root);
      continue;
    }
    for (std::size_t k = 0; k < root.size(); ++k) {
      const bool up = on[std::size_t(id)][k];
      stays.push_back(up ? root[k] : scaled(root[k], Rational(-1)));
      out.outside = out.outside || feasible(m.cell, {scaled(stays.back(), Rational(-1))});
      if (!up) root[k] = Row(3);
    }
  }
  stays.insert(stays.end(), m.cell.begin(), m.cell.end());
  out.inside = feasible(stays, {});
  return out;
}

struct Count {
  int asked = 0, decided = 0, z3 = 0, kept = 0, brute = 0;
};

void compare(Z3& z3, Region& region, const RootPlace& place, const RootSearch& found, Count& count) {
  using A = SmtAnswer::Answer;
  for (const bool outside : {true, false}) {
    const auto script = root_script(region, place, outside);
    REQUIRE(script);
    const auto answer = ask_z3(script->text(), 400'000);
    count.z3 += answer.answer != A::unknown;
    // A Z3 that keeps the region between its questions: nothing else, and hardly less.
    const auto kept = z3.ask(*script, 400'000);
    count.kept += kept.answer != A::unknown;
    if (kept.answer != A::unknown && answer.answer != A::unknown) CHECK(kept.answer == answer.answer);
    if (kept.answer == A::unknown) CHECK_FALSE(kept.reason.empty());
    if (outside ? found.always : found.never) CHECK(answer.answer != A::sat);
    if (outside ? found.outside.has_value() : found.inside.has_value()) CHECK(answer.answer != A::unsat);
  }
}

}  // namespace

TEST_CASE("roots over a cell: the search, Z3 alone and brute force agree") {
  Random random(7);
  Count count;
  Z3 z3;
  const char* const rules[] = {"dtd-w2", "dtd-x", "dtd-zb", "dtd-z-plus", "dtd-gamma", "dtd-w2"};
  for (int round = 0; round < times(1000); ++round) {
    const net::Network network = tiny(random);
    const std::string rule = rules[round % 6];
    const prop::Subject subject = subject_of(network, rule);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty()) continue;
    const auto& layers = subject.cases[0].layers;
    RootPlace place;
    place.root_layer = int(random() % layers.size());
    const net::NodeId layer = layers[std::size_t(place.root_layer)].node;
    place.unit = std::int64_t(random() % std::uint64_t(network.node(layer).size()));
    const Rational& z = centre.point().exact(layer, place.unit);
    if (z.is_zero()) continue;
    place.sign = z.sign(), place.least = num::abs(z) * Rational(1, 2);
    Region& region = scope.regions()[0];
    const RootSearch found = search_root(region, place, Start::unknown);
    CAPTURE(round);
    CAPTURE(found.reason);
    ++count.asked;
    count.decided += found.always || found.never || (found.inside && found.outside) || found.empty;
    CHECK_FALSE((found.always && found.outside));
    CHECK_FALSE((found.never && found.inside));
    compare(z3, region, place, found, count);
    if (rule != "dtd-w2" || found.empty || found.no_root || !centre.point().ties().empty()) continue;
    const Brute brute = brute_w2(network, centre, layer, place);
    ++count.brute;
    if (found.always) CHECK_FALSE(brute.outside);
    if (found.never) CHECK_FALSE(brute.inside);
    if (found.outside) CHECK(brute.outside);
    if (found.inside) CHECK(brute.inside);
    if (found.reason.empty()) CHECK((found.always || found.never || (brute.inside && brute.outside)));
  }
  MESSAGE("asked " << count.asked << ", decided " << count.decided << ", Z3 decided " << count.z3 << " and "
                   << count.kept << " of " << 2 * count.asked << ", brute force " << count.brute);
  CHECK(count.asked > times(700));
  CHECK(count.brute > times(200));
  CHECK(count.kept * 50 > count.z3 * 49);
  CHECK(count.decided * 10 > count.asked * 9);
}

TEST_CASE("gradient x input over a cell: the lemma, Z3 alone and points agree") {
  Random random(5);
  int proved = 0, refuted = 0, z3 = 0;
  const char* const rules[] = {"lrp-0",
                               "{ name = \"epsilon\", epsilon = \"1/4\" }",
                               "{ name = \"gamma\", gamma = \"1/4\" }",
                               "z-plus",
                               "w-square",
                               "lrp-0"};
  for (int round = 0; round < 300; ++round) {
    const net::Network network = tiny(random);
    const prop::Subject subject = subject_of(network, rules[round % 6]);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty() || !centre.point().ties().empty()) continue;
    prop::Obligation o;
    o.check = "gxi.reduces";
    Tally tally;
    decide_in_scope(scope, o, tally);
    CAPTURE(round);
    proved += int(tally.counts.proved), refuted += int(tally.counts.refuted);
    const std::string script = reduction_script(scope.regions()[0], 0);
    if (script.empty()) continue;
    using A = SmtAnswer::Answer;
    const auto answer = ask_z3(script, 300'000);
    z3 += answer.answer != A::unknown;
    if (tally.counts.proved) CHECK(answer.answer != A::sat);
    // The centre takes its own side of every decision: where it is the witness, Z3 must find one too.
    if (tally.counts.refuted && !tally.exemplars[0].witness.numbers.count("at")) CHECK(answer.answer != A::unsat);
    if (!tally.counts.proved) continue;
    for (const auto& x : scope.samples(0)) {  // brute force: exact maps at points of the cell
      Tally one;
      decide_reduction(scope.at(x), o, one);
      CHECK(one.counts.refuted == 0);
    }
  }
  MESSAGE("proved " << proved << ", refuted " << refuted << ", Z3 decided " << z3);
  CHECK(proved > 60);
  CHECK(refuted > 60);
  CHECK(z3 > 150);
}

TEST_CASE("regions of a box: all of them, each once") {
  Random random(11);
  std::size_t regions = 0;
  for (int round = 0; round < 150; ++round) {
    const net::Network network = tiny(random);
    prop::Subject subject = subject_of(network, "dtd-w2");
    subject.settings.scope = prop::ScopeKind::box;
    subject.settings.radius = Rational(3, 4);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty() || !scope.incomplete().empty()) continue;
    regions += scope.regions().size();
    // Brute force: of all 2^5 branches, those whose polyhedron meets the box in full dimension.
    std::size_t full = 0;
    std::set<std::vector<Rational>> seen;
    for (int branch = 0; branch < 32; ++branch) {
      const std::vector<std::vector<bool>> on{
          {}, {}, {bool(branch & 1), bool(branch & 2), bool(branch & 4)}, {}, {bool(branch & 8), bool(branch & 16)}};
      Maps m = maps_on(network, on);
      bool flat = false;  // a unit that is 0 on the whole branch has two names for one piece
      for (const Row& row : m.cell)
        flat = flat || std::all_of(row.begin(), row.end(), [](const auto& v) { return v.is_zero(); });
      for (std::size_t k = 0; k < 2; ++k)
        for (const int side : {1, -1}) {
          Row row(3);
          row[k] = Rational(side);
          row[2] = *subject.settings.radius - Rational(side) * centre.point().x()[k];
          m.cell.push_back(row);
        }
      if (flat) {
        full = 0;
        break;
      }
      full += feasible({}, m.cell);
    }
    CAPTURE(round);
    if (full > 0) CHECK(scope.regions().size() == full);
  }
  CHECK(regions > 300);
}

TEST_CASE("a box is walked no further than asked, and alike by any number of threads") {
  Random random(12);
  int several = 0, lazy = 0;
  for (int round = 0; round < 40; ++round) {
    const net::Network network = tiny(random);
    prop::Subject subject = subject_of(network, "dtd-w2");
    subject.settings.scope = prop::ScopeKind::box;
    subject.settings.radius = Rational(3, 4);
    const Shared shared(subject);
    const auto x = random_input(random);
    std::vector<std::vector<std::vector<Rational>>> found;
    for (const std::size_t threads : {1, 4}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
      AtPoint centre(shared, x, 0);
      InScope scope(centre);
      if (!scope.impossible().empty()) continue;
      CHECK(scope.too_long().empty());
      CHECK(scope.has(0));
      const std::size_t first = scope.regions_made().size();
      found.emplace_back();
      for (const Region& region : scope.regions()) found.back().push_back(region.at->point().x());
      CHECK_FALSE(scope.has(found.back().size()));
      lazy += first < found.back().size();
      for (const auto& point : scope.points())
        for (std::size_t k = 0; k < point.size(); ++k) CHECK(num::abs(point[k] - x[k]) <= Rational(3, 4));
    }
    if (found.size() < 2) continue;
    CHECK(found[0] == found[1]);
    several += found[0].size() > 2;
  }
  CHECK(several > 10);
  CHECK(lazy > 10);
}

TEST_CASE("a walk of many inputs that could not end is not begun") {
  // 12 units, each with an input of its own, cut the box into 2^12 regions.
  constexpr int kInputs = 20, kUnits = 12;
  for (const char* offset : {"0", "1"}) {
    std::string text = "input x[" + std::to_string(kInputs) + "]\nu = dense(x)  weight [";
    std::string bias, ones;
    for (int j = 0; j < kUnits; ++j) {
      text += j ? ", [" : "[";
      for (int i = 0; i < kInputs; ++i) text += std::string(i ? ", " : "") + (i == j ? "1" : "0");
      text += "]", bias += std::string(j ? ", " : "") + offset, ones += j ? ", 1" : "1";
    }
    text += "]  bias [" + bias + "]\nr = relu(u)\ny = dense(r)  weight [[" + ones + "]]\noutput y\n";
    const auto network = net::parse_network(text, "test");
    REQUIRE(network);
    prop::Subject subject = subject_of(*network, "dtd-w2");
    subject.settings.scope = prop::ScopeKind::box;
    subject.settings.radius = Rational(1, 2);
    subject.settings.exact_budget = 10'000;
    const Shared shared(subject);
    AtPoint centre(shared, std::vector<Rational>(kInputs, Rational(1, 8)), 0);
    InScope scope(centre);
    const bool crossed = std::string(offset) == "0";
    CHECK(scope.too_long().empty() == !crossed);
    CHECK(scope.incomplete().empty() == !crossed);
    CHECK(scope.regions().size() == 1);
    if (crossed) CHECK(scope.too_long().find("12 units") != std::string::npos);
  }
}

TEST_CASE("a Z3 that lasts: what is given stays, questions go, budgets and errors are told") {
  using A = SmtAnswer::Answer;
  const auto about = [](const char* given, const char* asked) {
    Script script("is there one?");
    script.declare("x"), script.define("y", "(* x x)"), script.require(given);
    script.ask();
    script.declare("t"), script.require(asked);
    return script;
  };
  Z3 z3;
  CHECK(z3.ask(about("(<= x 2.0)", "(and (> y 4.5) (> x t) (> t 0.0))"), 300'000).answer == A::unsat);
  CHECK(z3.ask(about("(<= x 2.0)", "(and (= y 2.0) (= t x))"), 300'000).answer == A::sat);  // the last one is gone
  CHECK(z3.ask(about("(<= x 3.0)", "(and (> y 4.5) (> x t) (> t 0.0))"), 300'000).answer == A::sat);
  const auto broken = z3.ask(about("(<= x 2.0)", "(> nobody 4.5)"), 300'000);
  CHECK(broken.answer == A::unknown);
  CHECK(broken.reason.find("nobody") != std::string::npos);
  CHECK(z3.ask(about("(<= x 2.0)", "(and (> y 4.5) (> x t) (> t 0.0))"), 300'000).answer == A::unsat);
  const auto hard = about("(<= x 2.0)", "(and (= (* t t t x) (+ y t)) (< (+ (* t t x) (* x y t t)) (- 3.0)))");
  const auto stopped = z3.ask(hard, 100);
  CHECK(stopped.answer == A::unknown);
  CHECK(stopped.reason == "rlimit of 100 reached");
  CHECK(z3.ask(hard, 3'000'000).answer != A::unknown);
}

TEST_CASE("a combination adds up, or is seen not to") {
  Polytope p;
  p.bounds = {{Rational(0), Rational(1)}, {Rational(0), Rational(1)}};
  p.interior = {Rational(1, 2), Rational(1, 4)};
  p.rows.push_back({{{Rational(1), Rational(-1)}, Rational(0)}, "x >= y"});
  const RoundedForm beyond{{{Rational(-1), Rational(1)}, Rational(-1, 8)}};  // y >= x + 1/8
  const std::vector<AskedForm> above{beyond};
  Slack slack = max_slack(p, above);
  CHECK(slack.answer == Slack::Answer::infeasible);
  CHECK(adds_up(p, above, slack));
  slack.combination[0].multiplier += Rational(1, 1000);
  CHECK_FALSE(adds_up(p, above, slack));
  const AffineForm touching{{Rational(-1), Rational(1)}, Rational(0)};
  CHECK(max_slack(p, touching).answer == Slack::Answer::touching);
  const AffineForm below{{Rational(1), Rational(1)}, Rational(-19, 10)};
  const Slack point = max_slack(p, below);
  REQUIRE(point.answer == Slack::Answer::positive);
  CHECK(p.contains(point.point));
  CHECK(below.at(point.point).sign() > 0);
  CHECK(*lower_bound(p, {{Rational(1), Rational(2)}, Rational(3)}) == Rational(3));
}
