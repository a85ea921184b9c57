// Intervals contain the truth whatever they cannot decide; doubles and floats are near it.
#include "attr/gradient.hpp"
#include "attr/ledger.hpp"
#include "attr/start.hpp"
#include "rule/ruleset_file.hpp"
#include "samples.hpp"

using namespace lrproof;
using namespace lrproof::samples;
using num::Interval;

namespace {

bool holds(const Interval& bound, const Rational& truth) {
  return bound.lo <= truth.lower() && truth.upper() <= bound.hi;
}

attr::Options box() { return {{Rational(-2)}, {Rational(2)}}; }

struct Found {
  std::size_t compared = 0, missed = 0;
  void see(const Interval& bound, const Rational& truth) { ++compared, missed += !holds(bound, truth); }
};

// Each radius: intervals around the inputs, as wide as that, against the rationals at the inputs.
void enclose(const net::Network& network, const rule::Assignment& assignment, unsigned seed,
             const std::vector<double>& radii) {
  const auto x = random_inputs(network, seed, 1);
  const std::vector<std::int64_t> targets{2};
  const auto exact = values_of<Rational>(network, x, 1);
  const auto exact_start = attr::start_relevance<Rational>(network, exact, rule::Start::contrast, targets);
  attr::Trace<Rational> true_trace;
  const auto truth = attr::propagate<Rational>(network, assignment, exact, exact_start, {}, box(), &true_trace);
  for (const double radius : radii) {
    std::vector<Interval> wide;
    for (const double v : x) wide.emplace_back(v - radius, v + radius / 2);
    const auto bound = net::evaluate<Interval>(network, wide, 1);
    const auto start = attr::start_relevance<Interval>(network, bound, rule::Start::contrast, targets);
    attr::Trace<Interval> trace;
    const auto found = attr::propagate<Interval>(network, assignment, bound, start, {}, box(), &trace);
    Found seen;
    for (std::size_t id = 0; id < truth.of.size(); ++id) {
      REQUIRE(truth.of[id].size() == found.of[id].size());
      for (std::size_t k = 0; k < truth.of[id].size(); ++k) {
        seen.see(found.of[id][k], truth.of[id][k]);
        if (id == 0) continue;
        seen.see(attr::total_cause(trace.of[id].causes, k), attr::total_cause(true_trace.of[id].causes, k));
        for (std::size_t t = 0; t < true_trace.of[id].terms.size(); ++t) {
          seen.see(trace.of[id].terms[t].d[k], true_trace.of[id].terms[t].d[k]);
          seen.see(trace.of[id].terms[t].m[k], true_trace.of[id].terms[t].m[k]);
        }
      }
    }
    CHECK(seen.compared > 500);
    CHECK(seen.missed == 0);
  }
}

}  // namespace

TEST_CASE("every shipped rule set: intervals contain the rationals, over a point and over a box") {
  for (const std::string& name : rule::shipped_rulesets()) {
    INFO(name);
    if (name == "zennit-beta-smooth") continue;
    const auto rules = rule::load_ruleset(name);
    REQUIRE(rules.ok());
    const auto network = random_network(7, false, norms_for(*rules));
    const auto assignment = rule::assign(*rules, network);
    REQUIRE(assignment.ok());
    enclose(network, *assignment, 7, {0.0, 1e-9, 0.05});
  }
}

TEST_CASE("curved activations, ratio, proportional and gates over intervals") {
  const rule::Stabilizer clip{rule::Stabilizer::Kind::clip, Rational(1, 16), -1, false};
  const rule::Rule gated =
      affine({{Rational(1), Gate::positive, {{1, Phi::a, Psi::w}, {1, Phi::pos, Psi::pos}}, {{1, Chi::b}}, clip},
              {Rational(1), Gate::non_positive, {{1, Phi::a, Psi::w}}, {}, signed_by("1/4")}});
  for (unsigned seed = 2; seed <= 4; seed += 2) {
    const auto network = random_network(seed, true);
    enclose(network, everywhere(network, gated, named(Kind::gradient), named(Kind::winner)), seed, {0.0, 1e-6, 0.1});
    enclose(network, everywhere(network, gated, named(Kind::ratio, "1/8"), named(Kind::proportional)), seed,
            {0.0, 1e-6, 0.1});
    enclose(network, everywhere(network, named(Kind::gradient), named(Kind::rectgrad, "50"), named(Kind::winner)), seed,
            {0.0, 1e-6, 0.1});
  }
}

TEST_CASE("doubles and floats are near the rationals for every shipped rule set") {
  for (const std::string& name : rule::shipped_rulesets()) {
    INFO(name);
    if (name == "zennit-beta-smooth") continue;
    const auto rules = rule::load_ruleset(name);
    REQUIRE(rules.ok());
    const auto network = random_network(9, false, norms_for(*rules));
    const auto assignment = rule::assign(*rules, network);
    REQUIRE(assignment.ok());
    const auto x = random_inputs(network, 9, 3);
    const std::vector<std::int64_t> targets{0, 1, 2};
    auto map = [&]<num::Scalar S>(S) {
      const auto values = values_of<S>(network, x, 3);
      const auto start = attr::start_relevance<S>(network, values, rule::Start::value, targets);
      std::vector<double> out;
      const auto relevance = attr::propagate<S>(network, *assignment, values, start, {}, box());
      for (const S& r : relevance.of[0]) out.push_back(num::to_double(r));
      return out;
    };
    const auto truth = map(Rational()), fine = map(double()), rough = map(float());
    double largest = 0, fine_error = 0, rough_error = 0;
    for (std::size_t k = 0; k < truth.size(); ++k) {
      largest = std::max(largest, std::abs(truth[k]));
      fine_error = std::max(fine_error, std::abs(fine[k] - truth[k]));
      rough_error = std::max(rough_error, std::abs(rough[k] - truth[k]));
    }
    CHECK(fine_error <= 1e-11 * largest);
    CHECK(rough_error <= 2e-3 * largest);
  }
}

TEST_CASE("a dead unit stays exactly dead over intervals; a sign-definite denominator keeps its sign") {
  const auto network =
      read("input x[1, 2]\na = relu(x)\ny = dense(a)  weight [[1, 2], [3, 4]]  bias [0, 0]\noutput y\n");
  const rule::Rule zplus = affine(
      {{Rational(1), Gate::always, {{1, Phi::pos, Psi::pos}, {1, Phi::neg, Psi::neg}}, {{1, Chi::pos}}, plain()}});
  const auto assignment = everywhere(network, zplus, named(Kind::pass), named(Kind::winner));
  const std::vector<Interval> dead{Interval(-2, -1), Interval(1, 2)};
  const auto values = net::evaluate<Interval>(network, dead, 1);
  attr::Trace<Interval> trace;
  const auto r = attr::propagate<Interval>(network, assignment, values, {Interval(1), Interval()}, {}, {}, &trace);
  CHECK(r.of[1][0].is_zero());
  CHECK(r.of[1][1].lo > 0.4);
  CHECK(r.of[1][1].is_bounded());
  const auto shut = net::evaluate<Interval>(network, std::vector<Interval>{Interval(-1, 1), Interval(-1, 1)}, 1);
  attr::propagate<Interval>(network, assignment, shut, {Interval(1), Interval(1)}, {}, {}, &trace);
  CHECK(trace.of[2].terms[0].d[0].lo >= 0);
}
