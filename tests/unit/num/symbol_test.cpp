// Symbols: their algebra, what they simplify, what the trail keeps, and how they are written.
#include "num/symbol.hpp"

#include <doctest/doctest.h>

#include <random>

#include "num/symbol_text.hpp"

using namespace lrproof::num;

namespace {

// x = 2, y = -3, z = 1/2
struct Three {
  Expressions all{{Rational(2), Rational(-3), Rational(1, 2)}};
  Symbol x = all.variable(0), y = all.variable(1), z = all.variable(2);

  std::vector<std::string> conditions() const {
    std::vector<std::string> out;
    const Definitions text = written({});
    for (const Condition& c : all.conditions()) out.push_back(text.infix(c));
    return out;
  }
  Definitions written(const std::vector<Symbol>& wanted) const {
    return {all,
            {{x.expression(), "x"}, {y.expression(), "y"}, {z.expression(), "z"}},
            wanted,
            wanted.empty() ? all.conditions() : std::vector<Condition>{}};
  }
  std::string infix(const Symbol& s) const { return written({s}).infix(s); }
  std::string smt(const Symbol& s) const { return written({s}).smt(s); }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("symbols: constants fold, neutral elements vanish, equal parts are one") {
  Three t;
  CHECK((Symbol(2) * Symbol(3) + Symbol(1)).value() == Rational(7));
  CHECK((Symbol(2) / Symbol(3)).is_constant());
  CHECK((Symbol(0) * t.x).is_constant());
  CHECK((Symbol(1) * t.x).expression() == t.x.expression());
  CHECK((t.x + Symbol(0)).expression() == t.x.expression());
  CHECK((t.x - t.x).is_constant());
  CHECK((-(-t.x)).expression() == t.x.expression());
  CHECK((t.x * t.y).expression() == (t.y * t.x).expression());
  CHECK((t.x + t.y).expression() == (t.y + t.x).expression());
  CHECK((Symbol(2) * (Symbol(3) * t.x)).expression() == (Symbol(6) * t.x).expression());
  CHECK((t.x - (-t.y)).expression() == (t.x + t.y).expression());
  CHECK((t.x - t.y).value() == Rational(5));
  CHECK(t.all.conditions().empty());
}

TEST_CASE("symbols: division cancels and asks that the divisor is not 0") {
  Three t;
  CHECK((t.x * t.y / t.y).expression() == t.x.expression());
  CHECK((t.y * (t.x / t.y)).expression() == t.x.expression());
  CHECK((t.x / t.x).is_constant());
  CHECK((Symbol(3) * t.x / t.z).value() == Rational(12));
  CHECK((t.x / (Symbol(2) * t.z)).value() == Rational(2));
  CHECK(t.conditions() == Lines{"y != 0", "x != 0", "z != 0"});
  CHECK((Symbol(0) / (t.x + t.y)).is_constant());
  CHECK(t.conditions().back() == "x + y != 0");
}

TEST_CASE("symbols: the trail keeps each expression once, as narrow as what was asked of it") {
  Three t;
  CHECK(positive_part(t.x).expression() == t.x.expression());
  CHECK(positive_part(t.y).is_constant());
  CHECK(t.conditions() == Lines{"x > 0", "y <= 0"});
  CHECK(sign_of(Symbol(-2) * t.y) == Sign::positive);
  CHECK(t.conditions() == Lines{"x > 0", "y < 0"});
  CHECK_FALSE(t.x < t.y);
  CHECK(t.conditions().back() == "y - x <= 0");
  CHECK(t.y < t.x);
  CHECK(t.conditions().back() == "y - x < 0");
  CHECK(t.x > Symbol(1));
  CHECK(t.conditions().back() == "x - 1 > 0");
  CHECK(Symbol(1) < t.x);
  CHECK(sign_of(Symbol(-4)) == Sign::negative);
  CHECK(t.conditions().size() == 4);
}

TEST_CASE("symbols: the parts of 0 are those of its lower side") {
  Three t;
  const Symbol zero = t.x - Symbol(2);
  CHECK(positive_part(zero).is_constant());
  CHECK(negative_part(zero).expression() == zero.expression());
  CHECK(negative_part(t.x).is_constant());
  CHECK(t.conditions() == Lines{"x - 2 <= 0", "x > 0"});
}

TEST_CASE("symbols: at an edge the trail says so") {
  Three t;
  CHECK_FALSE(is_positive(t.x - Symbol(2)));
  CHECK_FALSE(t.all.conditions().back().is_edge());
  CHECK(sign_of(t.x - Symbol(2)) == Sign::zero);
  CHECK(t.all.conditions().back().is_edge());
  CHECK(t.conditions() == Lines{"x - 2 = 0"});
}

TEST_CASE("symbols: a winner is compared with each other candidate, losers with none") {
  Three t;
  const std::vector<Symbol> candidates{t.z, t.y, t.x};
  std::vector<int> best;
  winners(candidates, false, best);
  CHECK(best == std::vector<int>{2});
  CHECK(t.conditions() == Lines{"z - x < 0", "y - x < 0"});
  winners(candidates, true, best);
  CHECK(best == std::vector<int>{1});
  CHECK(largest(candidates).expression() == t.x.expression());
  const std::vector<Symbol> tied{t.x, t.y, Symbol(2)};
  winners(tied, false, best);
  CHECK(best == std::vector<int>{0, 2});
  CHECK(t.all.conditions().back().is_edge());
}

TEST_CASE("symbols: infix and SMT-LIB text") {
  Three t;
  CHECK(t.infix(t.x - Symbol(2) * t.y + Symbol(Rational(-1, 2))) == "x - 2*y - 1/2");
  CHECK(t.infix(Symbol(Rational(1, 2)) - t.x) == "1/2 - x");
  CHECK(t.infix((t.x + t.y) * (t.x - t.z)) == "(x + y)*(x - z)");
  CHECK(t.infix(t.x / (t.y * t.z)) == "x/(y*z)");
  CHECK(t.infix(t.x - (t.y - t.z)) == "x - (y - z)");
  CHECK(t.infix(-(t.x * t.y)) == "-x*y");
  CHECK(t.infix(Symbol(Rational(2, 3)) / t.x) == "(2/3)/x");
  CHECK(t.smt(t.x - Symbol(Rational(-1, 2)) * t.y + t.z) == "(+ |x| (- (* (- (/ 1.0 2.0)) |y|)) |z|)");
  CHECK(t.smt(Symbol(3) / t.x) == "(/ 3.0 |x|)");
  const Symbol sum = t.x + t.y, square = sum * sum;
  const Definitions text = t.written({square});
  REQUIRE(text.order().size() == 1);
  CHECK(text.infix_body(text.order()[0]) == "x + y");
  CHECK(text.infix(square) == "t1*t1");
}

TEST_CASE("symbols: random formulas at their point and elsewhere") {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    auto number = [&] { return Rational(long(random() % 9) - 4, long(random() % 3) + 1); };
    const std::vector<Rational> here{number(), number()}, there{number(), number()};
    Expressions all(here);
    std::vector<Symbol> made{all.variable(0), all.variable(1), Symbol(number())};
    std::vector<Rational> at_here{here[0], here[1], made[2].value()}, at_there{there[0], there[1], made[2].value()};
    bool defined = true;
    for (int step = 0; step < 12; ++step) {
      const auto a = random() % made.size(), b = random() % made.size();
      const auto op = random() % 4;
      if (op == 3 && at_here[b].is_zero()) continue;
      defined = defined && (op != 3 || !at_there[b].is_zero());
      auto apply = [&](const auto& p, const auto& q) {
        return op == 0 ? p + q : op == 1 ? p - q : op == 2 ? p * q : p / q;
      };
      made.push_back(apply(made[a], made[b]));
      at_here.push_back(apply(at_here[a], at_here[b]));
      at_there.push_back(defined ? apply(at_there[a], at_there[b]) : Rational(0));
    }
    for (std::size_t k = 0; k < made.size(); ++k) CHECK(made[k].value() == at_here[k]);
    const auto values = all.evaluate(there);
    if (!defined) continue;
    REQUIRE(values.has_value());
    for (std::size_t k = 0; k < made.size(); ++k) CHECK(Expressions::value_of(made[k], *values) == at_there[k]);
  }
}
