// The formula of a relevance map: what the exact engine says, at the point and wherever the conditions hold.
#include "attr/symbolic.hpp"

#include "attr/start.hpp"
#include "num/symbol_text.hpp"
#include "rule/ruleset_file.hpp"
#include "samples.hpp"

using namespace lrproof;
using namespace lrproof::samples;

namespace {

attr::Options box() { return {{Rational(-2)}, {Rational(2)}}; }

std::vector<Rational> truth(const net::Network& network, const rule::Assignment& assignment, rule::Start start,
                            std::int64_t target, const std::vector<Rational>& x) {
  const auto values = net::evaluate<Rational>(network, x, 1);
  const auto from = attr::start_relevance<Rational>(network, values, start, {target});
  auto map = attr::propagate<Rational>(network, assignment, values, from, {}, box()).of[0];
  map.resize(x.size());
  return map;
}

// Points at a distance around x, most of them on its cell when that is small.
std::vector<Rational> near(const std::vector<Rational>& x, std::mt19937& random, long scale) {
  auto out = x;
  for (auto& v : out) v += Rational(long(random() % 2001) - 1000, 1000 * scale);
  return out;
}

struct Tally {
  int inside = 0, outside = 0, differ_outside = 0;
};

bool holds(const attr::Symbolic& formula, const std::vector<Rational>& values) {
  for (const auto& c : formula.conditions())
    if (!c.allows(values[std::size_t(c.expression->number)])) return false;
  return true;
}

// At one other point: the formula is the exact map if the conditions hold; else nothing is claimed.
void compare_at(const attr::Symbolic& formula, const std::vector<Rational>& x, const std::vector<Rational>& exact,
                Tally& tally) {
  const auto values = formula.expressions->evaluate(x);
  if (!values) return void(++tally.outside);
  bool same = true;
  for (std::size_t k = 0; k < exact.size(); ++k)
    same = same && num::Expressions::value_of(formula.map[k], *values) == exact[k];
  if (!holds(formula, *values)) {
    ++tally.outside, tally.differ_outside += !same;
    return;
  }
  ++tally.inside;
  CHECK(same);
}

std::vector<Rational> sample(const net::Network& network, unsigned seed) {
  std::vector<Rational> x;
  for (const double v : random_inputs(network, seed, 1)) x.emplace_back(v);
  return x;
}

void compare(const net::Network& network, const rule::Assignment& assignment, rule::Start start, unsigned seed,
             Tally& tally) {
  const auto x = sample(network, seed);
  const auto formula = attr::symbolic(network, assignment, {x, -1, start, box()});
  REQUIRE_MESSAGE(formula.ok(), (formula.ok() ? std::string() : formula.error().text()));
  const auto exact = truth(network, assignment, start, formula->target, x);
  for (std::size_t k = 0; k < exact.size(); ++k) CHECK(formula->map[k].value() == exact[k]);
  const auto again = formula->expressions->evaluate(x);
  REQUIRE(again.has_value());
  CHECK(holds(*formula, *again));
  std::mt19937 random(seed);
  for (const long scale : {1L, 1000L, 1000000L}) {
    const auto there = near(x, random, scale);
    compare_at(*formula, there, truth(network, assignment, start, formula->target, there), tally);
  }
}

net::Network small(unsigned seed) {
  Builder b(seed, {1, 3});
  int t = b.relu(b.dense(0, 4));
  t = b.activation(b.dense(t, 3), "leaky-relu", net::leaky_curve(Rational(1, 4)));
  return b.finish(b.dense(t, 2));
}

}  // namespace

TEST_CASE("every shipped rule set: the formula is the exact map, at the point and where its conditions hold") {
  Tally tally;
  int formulas = 0;
  for (const std::string& name : rule::shipped_rulesets()) {
    INFO(name);
    if (name == "zennit-beta-smooth") continue;
    const auto rules = rule::load_ruleset(name);
    REQUIRE(rules.ok());
    for (unsigned seed = 1; seed <= 3; ++seed) {
      INFO(seed);
      const auto network = small(seed);
      const auto assignment = rule::assign(*rules, network);
      REQUIRE(assignment.ok());
      if (!attr::supported<num::Symbol>(network, *assignment, box()).ok()) continue;
      compare(network, *assignment, rules->start, seed, tally), ++formulas;
    }
  }
  CHECK(formulas > 100);
  CHECK(tally.inside > formulas);
  CHECK(tally.outside > 20);
  CHECK(tally.differ_outside > 10);
}

TEST_CASE("every operation: the formula of a network with norms, skips, pools, maxima") {
  Tally tally;
  for (const char* name : {"lrp-0", "lrp-epsilon", "lrp-gamma", "lrp-alpha2-beta1", "dtd-z-plus", "rectgrad"}) {
    INFO(name);
    const auto rules = rule::load_ruleset(name);
    REQUIRE(rules.ok());
    for (unsigned seed = 1; seed <= 2; ++seed) {
      const auto network = random_network(seed, seed == 2);
      const auto assignment = rule::assign(*rules, network);
      REQUIRE(assignment.ok());
      compare(network, *assignment, rule::Start::contrast, seed, tally);
    }
  }
  CHECK(tally.inside >= 12);
}

TEST_CASE("an input element that is 0 has its formula on the lower side") {
  for (const char* name : {"dtd-z-plus", "lrp-alpha2-beta1", "lrp-0"}) {
    INFO(name);
    const auto rules = rule::load_ruleset(name);
    REQUIRE(rules.ok());
    Tally tally;
    int formulas = 0;
    for (unsigned seed = 1; seed <= 12; ++seed) {
      const auto network = small(seed);
      const auto assignment = rule::assign(*rules, network);
      const std::vector<Rational> x{Rational(1, 3), 0, Rational(-1, 2)};
      const auto formula = attr::symbolic(network, *assignment, {x, 1, rule::Start::value, {}});
      if (!formula.ok()) continue;  // a denominator to which that element alone contributes
      ++formulas;
      for (const long step : {-1L, 0L, 1L}) {
        const std::vector<Rational> there{x[0], Rational(step, 100000), x[2]};
        compare_at(*formula, there, truth(network, *assignment, rule::Start::value, 1, there), tally);
      }
    }
    CHECK(formulas >= 4);
    CHECK(tally.inside >= 2 * formulas);
    if (name == std::string("lrp-alpha2-beta1")) CHECK(tally.inside < 3 * formulas);  // it reads pos(x), neg(x)
  }
}

TEST_CASE("gates, clips, proportional shares and ratios as formulas") {
  const rule::Stabilizer clip{rule::Stabilizer::Kind::clip, Rational(1, 16), -1, false};
  const rule::Rule gated =
      affine({{Rational(1), Gate::positive, {{1, Phi::a, Psi::w}, {1, Phi::pos, Psi::pos}}, {{1, Chi::b}}, clip},
              {Rational(1), Gate::non_positive, {{1, Phi::a, Psi::w}}, {}, signed_by("1/4")}});
  Tally tally;
  for (unsigned seed = 1; seed <= 6; ++seed)
    for (const Kind kind : {Kind::ratio, Kind::guided_backprop, Kind::deconvnet, Kind::rectgrad}) {
      const auto network = small(seed);
      compare(network, everywhere(network, gated, named(kind, "1/8"), named(Kind::winner)), rule::Start::value, seed,
              tally);
    }
  CHECK(tally.inside > 24);
}

TEST_CASE("LRP-0 on a cell is written as the gradient times the input") {
  const auto network = small(3);
  const auto rules = rule::load_ruleset("lrp-0");
  REQUIRE(rules.ok());
  const auto x = sample(network, 3);
  const auto formula = attr::symbolic(network, *rule::assign(*rules, network), {x, 0, rule::Start::value, {}});
  REQUIRE(formula.ok());
  for (std::size_t k = 0; k < x.size(); ++k) {
    const auto* e = formula->map[k].expression();
    REQUIRE(e);
    CHECK(e->kind == num::Expression::Kind::multiply);
    CHECK(e->left.is_constant());
    CHECK(e->right.expression() == formula->expressions->variable(std::int64_t(k)).expression());
  }
}

TEST_CASE("no formula: at a kink, of a root mean square, of beta-smooth") {
  Builder b(1, {1, 2});
  const int t = b.add(net::Dense{num::Constants{{1, -1, 1, 1}, {}}, num::Constants{{0, 0}, {}}, 2, 2, 1}, {0});
  const auto network = b.finish(b.dense(b.relu(t), 2));
  const auto rules = rule::load_ruleset("lrp-epsilon");
  REQUIRE(rules.ok());
  const auto at_kink = attr::symbolic(network, *rule::assign(*rules, network), {{1, 1}, 0, rule::Start::value, {}});
  REQUIRE_FALSE(at_kink.ok());
  CHECK(at_kink.error().code == "attr.edge");
  CHECK(at_kink.error().place == "n1[0]");
  rule::Stabilizer rms = signed_by("1/4");
  rms.rms = true;
  const auto rooted = everywhere(network, affine({{Rational(1), Gate::always, {{1, Phi::a, Psi::w}}, {}, rms}}),
                                 named(Kind::pass), named(Kind::winner));
  const auto no_root = attr::symbolic(network, rooted, {{1, 2}, 0, rule::Start::value, {}});
  REQUIRE_FALSE(no_root.ok());
  CHECK(no_root.error().code == "attr.no-formula");
  const auto smooth = everywhere(network, lrp0(), named(Kind::beta_smooth, "1"), named(Kind::winner));
  CHECK_FALSE(attr::symbolic(network, smooth, {{1, 2}, 0, rule::Start::value, {}}).ok());
}
