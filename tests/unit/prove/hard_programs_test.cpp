// Linear programs that doubles get wrong: the exact verdict must not.
#include <doctest/doctest.h>

#include "prove/polytope.hpp"

using namespace lrproof;
using namespace lrproof::prove;
using num::Rational;
using Answer = Slack::Answer;

namespace {

AffineForm form(std::vector<Rational> slope, Rational constant) { return {Slopes(std::move(slope)), constant}; }

// p x + y >= p + 2 - 1/4 and -p x + z >= -p + 2 - 1/4, with x within 2^-60 of 1: y + z >= 7/2, and 4 at (1, 2, 2).
// In doubles p + 2 - 1/4 is p + 2, and p x swallows what y and z add.
Polytope cancelling(const Rational& p) {
  Polytope polytope;
  polytope.bounds.assign(3, {Rational(-100), Rational(100)});
  const Rational one(1), quarter(1, 4), hair = Rational::power_of_two(-60);
  polytope.rows.push_back({form({p, one, {}}, -p - Rational(2) + quarter), "up"});
  polytope.rows.push_back({form({-p, {}, one}, p - Rational(2) + quarter), "down"});
  polytope.rows.push_back({form({one, {}, {}}, hair - one), "low"});
  polytope.rows.push_back({form({-one, {}, {}}, one + hair), "high"});
  polytope.interior = {Rational(1), Rational(2), Rational(2)};
  return polytope;
}

Rational sum_at(const Polytope& polytope, const AffineForm& asked, const Slack& slack, const std::vector<Rational>& x) {
  Rational sum;
  for (const auto& term : slack.combination) {
    const auto k = term.index;
    using Of = CombinationTerm::Of;
    REQUIRE(term.multiplier.sign() >= 0);
    if (term.of == Of::asked) sum += term.multiplier * asked.at(x);
    if (term.of == Of::row) sum += term.multiplier * polytope.rows[k].form.at(x);
    if (term.of == Of::low) sum += term.multiplier * (x[k] - *polytope.bounds[k].low);
    if (term.of == Of::high) sum += term.multiplier * (*polytope.bounds[k].high - x[k]);
  }
  return sum;
}

}  // namespace

TEST_CASE("a program whose rows cancel beyond 53 bits is decided exactly") {
  for (const long exponent : {53L, 80L}) {
    CAPTURE(exponent);
    const Polytope polytope = cancelling(Rational::power_of_two(exponent));
    REQUIRE(polytope.contains(polytope.interior));
    const Rational minus(-1);
    const AffineForm above = form({{}, minus, minus}, Rational(34, 10)),
                     below = form({{}, minus, minus}, Rational(42, 10));
    const Slack none = max_slack(polytope, above), some = max_slack(polytope, below);
    CHECK(none.answer != Answer::positive);
    CHECK(none.answer != Answer::touching);
    CHECK(some.answer != Answer::infeasible);
    CHECK(some.answer != Answer::touching);
    CHECK(none.answer == Answer::infeasible);
    CHECK(some.answer == Answer::positive);
    if (some.answer == Answer::positive) {
      CHECK(polytope.contains(some.point));
      CHECK(below.at(some.point).sign() > 0);
    }
    if (none.answer != Answer::infeasible) continue;
    CHECK(none.level.sign() < 0);  // the multipliers add up to it, wherever the sum is taken
    CHECK(sum_at(polytope, above, none, polytope.interior) == none.level);
    CHECK(sum_at(polytope, above, none, {Rational(3), Rational(-1), Rational(7)}) == none.level);
  }
}

TEST_CASE("rows told twice, rows of next to nothing and rows of 2^60 do not change the verdict") {
  for (const long scale : {0L, -140L, 60L}) {
    CAPTURE(scale);
    Polytope polytope;
    polytope.bounds.assign(2, {Rational(0), Rational(1)});
    const Rational s = Rational::power_of_two(scale), one(1);
    for (int twice = 0; twice < 2; ++twice) {
      polytope.rows.push_back({form({s, s}, -(s * Rational(1, 2))), "sum"});            // x + y >= 1/2
      polytope.rows.push_back({form({-s, s}, s * Rational(1, 4)), "left"});             // y >= x - 1/4
      polytope.rows.push_back({form({one, -one}, Rational(1, 4)), "right, unscaled"});  // y <= x + 1/4
    }
    polytope.interior = {Rational(1, 2), Rational(1, 2)};
    REQUIRE(polytope.contains(polytope.interior));
    // The least x is 1/8, where y is 3/8.
    CHECK(max_slack(polytope, form({-one, {}}, Rational(1, 8) - Rational(1, 1000))).answer == Answer::infeasible);
    CHECK(max_slack(polytope, form({-one, {}}, Rational(1, 8))).answer == Answer::touching);
    CHECK(max_slack(polytope, form({-one, {}}, Rational(1, 8) + Rational(1, 1000))).answer == Answer::positive);
  }
}

TEST_CASE("a box of one point") {
  Polytope polytope;
  polytope.bounds.assign(2, {Rational(1, 3), Rational(1, 3)});
  polytope.interior = {Rational(1, 3), Rational(1, 3)};
  const Rational one(1);
  CHECK(max_slack(polytope, form({one, one}, Rational(-2, 3))).answer == Answer::touching);
  CHECK(max_slack(polytope, form({one, one}, Rational(-1, 2))).answer == Answer::positive);
  CHECK(max_slack(polytope, form({one, one}, Rational(-3, 4))).answer == Answer::infeasible);
}
