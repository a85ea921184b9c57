// The shipped formulas on single neurons, against numbers worked by hand from the published formulas.
#include <doctest/doctest.h>

#include "rule/ruleset_file.hpp"

using namespace lrproof;
using namespace lrproof::rule;
using num::Rational;

namespace {

struct Neuron {
  std::vector<Rational> a, w;
  Rational b, relevance, low = 0, high = 1;
};

Rational pos(const Rational& t) { return num::max(t, Rational(0)); }
Rational neg(const Rational& t) { return num::min(t, Rational(0)); }

Rational factor(Phi phi, const Rational& a, const Neuron& n) {
  switch (phi) {
    case Phi::one:
      return 1;
    case Phi::a:
      return a;
    case Phi::pos:
      return pos(a);
    case Phi::neg:
      return neg(a);
    case Phi::low:
      return n.low;
    case Phi::high:
      return n.high;
  }
  return 0;
}

Rational factor(Psi psi, const Rational& w) {
  switch (psi) {
    case Psi::one:
      return 1;
    case Psi::w:
      return w;
    case Psi::pos:
      return pos(w);
    case Psi::neg:
      return neg(w);
    case Psi::square:
      return w * w;
    case Psi::pos_square:
      return pos(w) * pos(w);
    case Psi::neg_square:
      return neg(w) * neg(w);
    case Psi::abs:
      return num::abs(w);
  }
  return 0;
}

Rational factor(Chi chi, const Rational& b) {
  return chi == Chi::b ? b : chi == Chi::pos ? pos(b) : chi == Chi::neg ? neg(b) : b * b;
}

/// Signed stabilizers and none: all that the shipped sets use.
Rational stabilized(const Stabilizer& s, const Rational& d) {
  if (s.kind == Stabilizer::Kind::none) return d;
  REQUIRE(s.kind == Stabilizer::Kind::signed_);
  return d.sign() < 0 || (d.is_zero() && s.zero_sign < 0) ? d - s.epsilon : d + s.epsilon;
}

std::vector<Rational> relevance(const AffineRule& rule, const Neuron& n) {
  Rational z = n.b;
  for (std::size_t i = 0; i < n.a.size(); ++i) z += n.a[i] * n.w[i];
  std::vector<Rational> out(n.a.size());
  for (const auto& term : rule.terms) {
    if ((term.gate == Gate::positive && z.sign() <= 0) || (term.gate == Gate::negative && z.sign() >= 0)) continue;
    std::vector<Rational> share(n.a.size());
    Rational d;
    for (std::size_t i = 0; i < n.a.size(); ++i) {
      for (const auto& p : term.numerator) share[i] += p.coefficient * factor(p.phi, n.a[i], n) * factor(p.psi, n.w[i]);
      d += share[i];
    }
    for (const auto& part : term.bias) d += part.coefficient * factor(part.chi, n.b);
    const Rational s = stabilized(term.stabilizer, d);
    if (s.is_zero()) continue;
    for (std::size_t i = 0; i < n.a.size(); ++i) out[i] += term.share * share[i] / s * n.relevance;
  }
  return out;
}

/// The rule that a shipped set gives to its op.
AffineRule shipped(const std::string& set, const std::string& op) {
  auto rules = load_ruleset(set);
  REQUIRE(rules.ok());
  for (const auto& assign : rules->assigns)
    if (assign.to.op == op && !assign.to.first) return std::get<AffineRule>(assign.rule.body);
  FAIL("no such assign");
  return {};
}

using Row = std::vector<Rational>;
const Neuron kA{{1, 1}, {1, -1}, -1, -1};
const Neuron kB{{1, -2}, {2, -1}, Rational(1, 2), Rational(9, 2)};
const Neuron kC{{1, 2}, {1, -2}, 0, -3};
const Neuron kD{{2, 1}, {1, -1}, Rational(1, 2), Rational(3, 2)};

void check_near(const Row& value, const Row& expected) {
  REQUIRE(value.size() == expected.size());
  for (std::size_t i = 0; i < value.size(); ++i) CHECK(num::abs(value[i] - expected[i]) < Rational(1, 100000));
}

}  // namespace

TEST_CASE("reference formulas on neurons, exactly") {
  CHECK(relevance(shipped("lrp-0", "affine"), kD) == Row{2, -1});
  CHECK(relevance(shipped("lrp-z-plus", "linear"), kA) == Row{-1, 0});
  CHECK(relevance(shipped("lrp-z-plus", "linear"), kB) == Row{2, 2});
  CHECK(relevance(shipped("lrp-gamma", "linear"), kA) == Row{Rational(2, 3), Rational(-5, 6)});
  CHECK(relevance(shipped("lrp-gamma", "linear"), kC) == Row{Rational(3, 4), Rational(-15, 4)});
  CHECK(relevance(shipped("lrp-gamma", "linear"), kD) == Row{Rational(30, 17), Rational(-12, 17)});
  CHECK(relevance(shipped("lrp-alpha2-beta1", "linear"), kD) == Row{Rational(12, 5), Rational(-3, 2)});
  CHECK(relevance(shipped("lrp-alpha2-beta1", "linear"), kA) == Row{-2, Rational(1, 2)});
  CHECK(relevance(shipped("lrp-w2", "linear"), kA) == Row{Rational(-1, 2), Rational(-1, 2)});
  CHECK(relevance(shipped("lrp-flat", "linear"), kB) == Row{Rational(9, 4), Rational(9, 4)});
  CHECK(relevance(shipped("dtd-z-plus", "linear"), kD) == Row{Rational(3, 2), 0});
  CHECK(relevance(shipped("dtd-zero", "linear"), kD) == Row{2, -1});
  CHECK(relevance(shipped("dtd-x", "linear"), kD) == Row{3, Rational(-3, 2)});
  CHECK(relevance(shipped("dtd-gamma", "linear"), kD) == Row{2, Rational(-1, 2)});
}

TEST_CASE("zennit's formulas differ from them by the stabilizer only") {
  check_near(relevance(shipped("zennit-epsilon-plus", "conv"), kA), {-1, 0});
  check_near(relevance(shipped("zennit-epsilon-plus", "conv"), kB), {2, 2});
  check_near(relevance(shipped("zennit-epsilon-gamma-box", "conv"), kA), {Rational(2, 3), Rational(-5, 6)});
  check_near(relevance(shipped("zennit-epsilon-gamma-box", "conv"), kC), {Rational(3, 4), Rational(-15, 4)});
  check_near(relevance(shipped("zennit-epsilon-alpha2-beta1", "conv"), kD), {Rational(12, 5), Rational(-3, 2)});
  CHECK_FALSE(relevance(shipped("zennit-epsilon-plus", "conv"), kB) == Row{2, 2});
  CHECK(relevance(shipped("zennit-epsilon-plus", "dense"), kD) ==
        Row{Rational(3) / (Rational(3, 2) + Rational(1, 1000000)),
            Rational(-3, 2) / (Rational(3, 2) + Rational(1, 1000000))});
}

TEST_CASE("the box rule needs no bias, and vanished denominators give nothing") {
  auto rules = load_ruleset("lrp-box");
  REQUIRE(rules.ok());
  const auto& box = std::get<AffineRule>(rules->assigns.front().rule.body);
  const Neuron n{{Rational(1, 2), Rational(1, 4)}, {2, -1}, 7, 1};
  CHECK(relevance(box, n) == Row{Rational(4, 7), Rational(3, 7)});
  CHECK(relevance(shipped("lrp-0", "affine"), Neuron{{1, 1}, {1, -1}, 0, 5}) == Row{0, 0});
}
