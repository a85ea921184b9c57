// One neuron, several libraries: the formulas published under the same names give these different numbers.
#include "samples.hpp"

using namespace lrproof;
using namespace lrproof::samples;

namespace {

struct Neuron {
  const char *weight, *bias, *input, *relevance;
};
const Neuron kA{"[1, -1]", "-1", "1 1", "-1"}, kB{"[2, -1]", "0.5", "1 -2", "4.5"}, kC{"[1, -2]", "0", "1 2", "-3"},
    kD{"[1, -1]", "0.5", "2 1", "1.5"};

std::string shares(const Neuron& neuron, const rule::Rule& rule) {
  const auto network = read(std::string("input x[1, 2]\ny = dense(x)  weight [") + neuron.weight + "]  bias [" +
                            neuron.bias + "]\noutput y\n");
  double a = 0, b = 0;
  REQUIRE(std::sscanf(neuron.input, "%lf %lf", &a, &b) == 2);
  rule::Assignment assignment;
  assignment.of = {std::nullopt, rule};
  assignment.unmatched = {false, false};
  const auto values = values_of<Rational>(network, {a, b}, 1);
  CHECK(values.of[1][0] == *Rational::parse(neuron.relevance));
  const auto r = attr::propagate<Rational>(network, assignment, values, values.of[1]);
  return r.of[0][0].to_string() + " " + r.of[0][1].to_string();
}

using Products = std::vector<rule::Product>;
using Bias = std::vector<rule::BiasPart>;
const Products kUp{{1, Phi::pos, Psi::pos}, {1, Phi::neg, Psi::neg}};
const Products kDown{{1, Phi::pos, Psi::neg}, {1, Phi::neg, Psi::pos}};
const Products kFast{{1, Phi::a, Psi::pos}};
const Bias kNone{}, kB1{{1, Chi::b}}, kBUp{{1, Chi::pos}}, kBDown{{1, Chi::neg}};

rule::Rule one(Products numerator, Bias bias, rule::Stabilizer s = plain()) {
  return affine({{Rational(1), Gate::always, std::move(numerator), std::move(bias), s}});
}
rule::Rule alpha2_beta1(Bias up, Bias down, rule::Stabilizer s = plain()) {
  return affine(
      {{Rational(2), Gate::always, kUp, std::move(up), s}, {Rational(-1), Gate::always, kDown, std::move(down), s}});
}
// Signs of inputs and of z choose which weights grow; the bias grows with them. At z = 0 nothing passes.
rule::Rule gamma_by_sign() {
  const Rational g(1, 4);
  return affine({{Rational(1),
                  Gate::positive,
                  {{1, Phi::a, Psi::w}, {g, Phi::pos, Psi::pos}, {g, Phi::neg, Psi::neg}},
                  {{1, Chi::b}, {g, Chi::pos}},
                  plain()},
                 {Rational(1),
                  Gate::negative,
                  {{1, Phi::a, Psi::w}, {g, Phi::pos, Psi::neg}, {g, Phi::neg, Psi::pos}},
                  {{1, Chi::b}, {g, Chi::neg}},
                  plain()}});
}
rule::Rule gamma_of_weights(Bias bias) {
  return one({{1, Phi::a, Psi::w}, {Rational(1, 4), Phi::a, Psi::pos}}, std::move(bias));
}

}  // namespace

TEST_CASE("z-plus in five libraries") {
  CHECK(shares(kA, one(kUp, kBUp)) == "-1 0");
  CHECK(shares(kA, one(kUp, kB1, zero_only("1e-7"))) == "-10000000 0");
  CHECK(shares(kA, one(kUp, kNone)) == "-1 0");
  CHECK(shares(kA, one(kFast, kB1, signed_by("1e-9"))) == "-1000000000 0");
  CHECK(shares(kA, one(kFast, kNone)) == "-1 0");
  CHECK(shares(kB, one(kUp, kBUp)) == "2 2");
  CHECK(shares(kB, one(kUp, kNone)) == "9/4 9/4");
  CHECK(shares(kB, one(kFast, kNone)) == "9/2 0");
  CHECK(shares(kB, one(kFast, kB1)) == "18/5 0");
}

TEST_CASE("alpha-beta: where the bias is counted") {
  CHECK(shares(kA, alpha2_beta1(kBUp, kBDown)) == "-2 1/2");
  CHECK(shares(kA, alpha2_beta1(kB1, kB1, zero_only("1e-7"))) == "-20000000 1/2");
  CHECK(shares(kD, alpha2_beta1(kBUp, kBDown)) == "12/5 -3/2");
  CHECK(shares(kD, alpha2_beta1(kB1, kB1)) == "12/5 -3");
}

TEST_CASE("w-square with and without the squared bias") {
  CHECK(shares(kA, one({{1, Phi::one, Psi::square}}, {{1, Chi::square}})) == "-1/3 -1/3");
  CHECK(shares(kA, one({{1, Phi::one, Psi::square}}, kNone)) == "-1/2 -1/2");
}

TEST_CASE("gamma by sign and gamma of weights") {
  CHECK(shares(kA, gamma_by_sign()) == "2/3 -5/6");
  CHECK(shares(kA, gamma_of_weights(kB1)) == "5/3 -4/3");
  CHECK(shares(kC, gamma_by_sign()) == "3/4 -15/4");
  CHECK(shares(kC, gamma_of_weights(kB1)) == "15/11 -48/11");
  CHECK(shares(kD, gamma_by_sign()) == "30/17 -12/17");
  CHECK(shares(kD, gamma_of_weights(kB1)) == "15/8 -3/4");
  CHECK(shares(kD, gamma_of_weights({{1, Chi::b}, {Rational(1, 4), Chi::pos}})) == "30/17 -12/17");
}

TEST_CASE("gates at z = 0 and denominators that vanish give a share of 0, never NaN") {
  const Neuron flat{"[1, -1]", "0", "1 1", "0"};
  CHECK(shares(flat, gamma_by_sign()) == "0 0");
  const auto network = read("input x[1, 2]\ny = dense(x)  weight [[1, -1]]  bias [0]\noutput y\n");
  rule::Assignment assignment{{std::nullopt, lrp0()}, {false, false}};
  const auto exact =
      attr::propagate<Rational>(network, assignment, values_of<Rational>(network, {1, 1}, 1), {Rational(3)});
  CHECK(exact.of[0][0].is_zero());
  const auto rough = attr::propagate<float>(network, assignment, values_of<float>(network, {1, 1}, 1), {3.f});
  CHECK(rough.of[0][0] == 0.f);
  const auto bound =
      attr::propagate<num::Interval>(network, assignment, values_of<num::Interval>(network, {1, 1}, 1), {3.0});
  CHECK(bound.of[0][0].contains(0));
}

TEST_CASE("the unsigned stabiliser near zero: same z, the sign flips and the size triples") {
  const auto network = read("input x[1, 1]\ny = dense(x)  weight [[1]]  bias [0]\noutput y\n");
  auto share = [&](rule::Stabilizer::Kind kind) {
    rule::Stabilizer s{kind, *Rational::parse("1e-6"), 1, false};
    rule::Assignment assignment{{std::nullopt, one({{1, Phi::a, Psi::w}}, kNone, s)}, {false, false}};
    net::Values<Rational> values{1, {{*Rational::parse("-5e-7")}, {*Rational::parse("-5e-7")}}};
    return attr::propagate<Rational>(network, assignment, values, {Rational(1)}).of[0][0].to_string();
  };
  CHECK(share(rule::Stabilizer::Kind::signed_) == "1/3");
  CHECK(share(rule::Stabilizer::Kind::unsigned_) == "-1");
  CHECK(share(rule::Stabilizer::Kind::clip) == "1/2");
  CHECK(share(rule::Stabilizer::Kind::none) == "1");
}

TEST_CASE("epsilon scaled by the root mean square of the denominators") {
  const auto network = read("input x[1, 2]\ny = dense(x)  weight [[3, 0], [0, 4]]  bias [0, 0]\noutput y\n");
  rule::Stabilizer s = signed_by("1");
  s.rms = true;
  rule::Assignment assignment{{std::nullopt, one({{1, Phi::a, Psi::w}}, kNone, s)}, {false, false}};
  const double rms = std::sqrt(12.5);
  const auto exact = attr::propagate<Rational>(network, assignment, values_of<Rational>(network, {1, 1}, 1), {1, 1});
  CHECK(exact.of[0][0] == Rational(3) / (Rational(3) + Rational(rms)));
  const auto bound =
      attr::propagate<num::Interval>(network, assignment, values_of<num::Interval>(network, {1, 1}, 1), {1, 1});
  CHECK(bound.of[0][1].lo <= exact.of[0][1].lower());
  CHECK(bound.of[0][1].hi >= exact.of[0][1].upper());
  CHECK(bound.of[0][1].hi - bound.of[0][1].lo < 1e-12);
}
