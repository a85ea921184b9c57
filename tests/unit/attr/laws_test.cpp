// On random networks: the engine against the loop-by-loop text, the ledger, and the reduction to gradient times input.
#include "attr/gradient.hpp"
#include "attr/ledger.hpp"
#include "attr/start.hpp"
#include "rule/ruleset_file.hpp"
#include "slow.hpp"

using namespace lrproof;
using namespace lrproof::samples;

namespace {

struct Case {
  std::string name;
  rule::Rule linear, activation, maximum;
};

rule::Term term(Rational share, Gate gate, std::vector<rule::Product> n, std::vector<rule::BiasPart> b,
                rule::Stabilizer s) {
  return {std::move(share), gate, std::move(n), std::move(b), std::move(s)};
}

// Every factor, gate and stabiliser of the language somewhere.
std::vector<Case> cases() {
  const rule::Rule pass = named(Kind::pass), slope = named(Kind::gradient), winner = named(Kind::winner);
  const Rational g(1, 3);
  const auto signed_e = signed_by("1/8");
  auto kind = [](rule::Stabilizer::Kind k) { return rule::Stabilizer{k, Rational(1, 8), -1, false}; };
  using Kinds = rule::Stabilizer::Kind;
  std::vector<Case> out;
  out.push_back({"lrp-0", lrp0(), pass, winner});
  out.push_back({"gradient", slope, slope, winner});
  out.push_back({"proportional", lrp0(), pass, named(Kind::proportional)});
  out.push_back(
      {"epsilon", affine({term(1, Gate::always, {{1, Phi::a, Psi::w}}, {{1, Chi::b}}, signed_e)}), pass, winner});
  out.push_back({"no bias, clipped", affine({term(1, Gate::always, {{1, Phi::a, Psi::w}}, {}, kind(Kinds::clip))}),
                 pass, winner});
  out.push_back(
      {"alpha-beta",
       affine({term(2, Gate::always, {{1, Phi::pos, Psi::pos}, {1, Phi::neg, Psi::neg}}, {{1, Chi::pos}}, plain()),
               term(-1, Gate::always, {{1, Phi::pos, Psi::neg}, {1, Phi::neg, Psi::pos}}, {{1, Chi::neg}},
                    kind(Kinds::unsigned_))}),
       slope, winner});
  out.push_back(
      {"gamma",
       affine({term(1, Gate::positive, {{1, Phi::a, Psi::w}, {g, Phi::pos, Psi::pos}, {g, Phi::neg, Psi::neg}},
                    {{1, Chi::b}, {g, Chi::pos}}, plain()),
               term(1, Gate::negative, {{1, Phi::a, Psi::w}, {g, Phi::pos, Psi::neg}, {g, Phi::neg, Psi::pos}},
                    {{1, Chi::b}, {g, Chi::neg}}, plain())}),
       pass, winner});
  out.push_back({"squares",
                 affine({term(Rational(1, 2), Gate::non_negative, {{1, Phi::one, Psi::square}, {1, Phi::a, Psi::abs}},
                              {{1, Chi::square}}, kind(Kinds::zero_only)),
                         term(3, Gate::non_positive, {{1, Phi::one, Psi::pos_square}, {2, Phi::one, Psi::neg_square}},
                              {{1, Chi::pos_square}, {3, Chi::neg_square}}, plain())}),
                 named(Kind::guided_backprop), winner});
  out.push_back({"flat", affine({term(1, Gate::always, {{1, Phi::one, Psi::one}}, {}, plain())}),
                 named(Kind::deconvnet), winner});
  out.push_back(
      {"box",
       affine({term(1, Gate::always, {{1, Phi::a, Psi::w}, {-1, Phi::low, Psi::pos}, {-1, Phi::high, Psi::neg}}, {},
                    signed_e)}),
       pass, winner});
  return out;
}

attr::Options box() { return {{Rational(-2)}, {Rational(2)}}; }

// Engine = slow text, sample by sample; R_j = what unit j gave + causes, at every unit.
void compare(const net::Network& network, const rule::Assignment& assignment, unsigned seed) {
  REQUIRE(attr::supported<Rational>(network, assignment, box()).ok());
  const auto inputs = random_inputs(network, seed, 2);
  const auto values = values_of<Rational>(network, inputs, 2);
  const auto start = attr::start_relevance<Rational>(network, values, rule::Start::value, {0, 2});
  attr::Trace<Rational> trace;
  const auto fast = attr::propagate<Rational>(network, assignment, values, start, {}, box(), &trace);
  for (std::int64_t n = 0; n < 2; ++n) {
    net::Values<Rational> single{1, {}};
    for (net::NodeId id = 0; id < network.size(); ++id) {
      const auto row = values.at(id, n, network.node(id).size());
      single.of.emplace_back(row.begin(), row.end());
    }
    const std::vector<Rational> own(start.begin() + n * 3, start.begin() + n * 3 + 3);
    const auto truth = slow::Walk{network, assignment, single, box()}.run(own);
    for (net::NodeId id = 0; id < network.size(); ++id) {
      const auto& expected = truth.of[std::size_t(id)];
      if (expected.empty()) continue;
      std::size_t unequal = 0, unbalanced = 0;
      for (std::size_t k = 0; k < expected.size(); ++k) {
        const std::size_t at = std::size_t(n) * expected.size() + k;
        unequal += !(fast.of[std::size_t(id)][at] == expected[k]);
        if (id == 0 || truth.given[std::size_t(id)].empty()) continue;
        const auto& causes = trace.of[std::size_t(id)].causes;
        unbalanced += !(expected[k] == truth.given[std::size_t(id)][k] + attr::total_cause(causes, at));
      }
      REQUIRE(unequal == 0);
      REQUIRE(unbalanced == 0);
    }
  }
}

}  // namespace

TEST_CASE("every factor, gate, stabiliser and named rule equals the slow text; the ledger balances at every unit") {
  for (const Case& c : cases())
    for (unsigned seed = 1; seed <= 2; ++seed) {
      INFO(c.name << " seed " << seed);
      const auto network = random_network(seed, seed == 2);
      compare(network, everywhere(network, c.linear, c.activation, c.maximum), seed);
    }
}

TEST_CASE("every shipped rule set: the slow text, and the ledger exactly") {
  for (const std::string& name : rule::shipped_rulesets()) {
    INFO(name);
    if (name == "zennit-beta-smooth") continue;
    const auto rules = rule::load_ruleset(name);
    REQUIRE(rules.ok());
    const auto network = random_network(5, false, norms_for(*rules));
    const auto assignment = rule::assign(*rules, network);
    REQUIRE_MESSAGE(assignment.ok(), (assignment.ok() ? std::string() : assignment.error().text()));
    compare(network, *assignment, 5);
  }
}

TEST_CASE("GXI-2: LRP-0 with the bias is input times gradient at every tensor") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    const auto network = random_network(seed, false);
    const auto values = values_of<Rational>(network, random_inputs(network, seed, 2), 2);
    const auto start = attr::start_relevance<Rational>(network, values, rule::Start::value, {1, 0});
    std::vector<Rational> unit(start.size());
    unit[1] = 1, unit[3] = 1;
    const auto r = attr::propagate<Rational>(
        network, everywhere(network, lrp0(), named(Kind::pass), named(Kind::winner)), values, start);
    const auto g = attr::gradient<Rational>(network, values, unit);
    for (std::size_t id = 0; id < r.of.size(); ++id)
      for (std::size_t k = 0; k < r.of[id].size(); ++k) REQUIRE(r.of[id][k] == values.of[id][k] * g.of[id][k]);
  }
}

TEST_CASE("GXI-1, strict: a vanished denominator breaks the equation, and the ledger says where") {
  const auto network = read("input x[1, 2]\na = relu(x)\ny = dense(a)  weight [[1, -2]]  bias [0]\noutput y\n");
  const auto values = values_of<Rational>(network, {2, 1}, 1);
  attr::Trace<Rational> trace;
  const auto r = attr::propagate<Rational>(network, everywhere(network, lrp0(), named(Kind::pass), named(Kind::winner)),
                                           values, {Rational(5)}, {}, {}, &trace);
  CHECK(r.of[0][0].is_zero());
  CHECK(trace.of[2].causes.vanished[0] == Rational(5));
  const auto rows = attr::ledger<Rational>(network, 1, r, trace).rows;
  CHECK(rows[0].vanished == Rational(5));
  CHECK(rows[0].given.is_zero());
  CHECK_FALSE(rows[0].conserves);
  CHECK(rows[1].conserves);
}

TEST_CASE("a ledger row tells causes that only cancel") {
  const auto network = read("input x[1, 1]\ny = dense(x)  weight [[1], [1]]  bias [1, 1]\noutput y\n");
  const auto values = values_of<Rational>(network, {1}, 1);
  attr::Trace<Rational> trace;
  const auto r = attr::propagate<Rational>(network, everywhere(network, lrp0(), named(Kind::pass), named(Kind::winner)),
                                           values, {Rational(1), Rational(-1)}, {}, {}, &trace);
  const auto row = attr::ledger<Rational>(network, 1, r, trace).rows.at(0);
  CHECK(row.cancels());
  CHECK(row.bias.is_zero());
}

TEST_CASE("what no assignment matched is booked as unmatched") {
  const auto network = read("input x[1, 1]\ny = dense(x)  weight [[3]]  bias [0]\noutput y\n");
  auto assignment = everywhere(network, named(Kind::gradient), named(Kind::pass), named(Kind::winner));
  assignment.unmatched[1] = true;
  attr::Trace<Rational> trace;
  attr::propagate<Rational>(network, assignment, values_of<Rational>(network, {1}, 1), {Rational(1)}, {}, {}, &trace);
  CHECK(trace.of[1].causes.unmatched.at(0) == Rational(-2));
  CHECK(trace.of[1].causes.rule.empty());
}
