#include "prove/smt/reduction_script.hpp"

#include "attr/symbolic.hpp"
#include "prove/smt/script.hpp"

namespace lrproof::prove {

using num::Expression;
using num::Rational;
using num::Symbol;

namespace {

std::string name_of(const Symbol& s) {
  if (s.is_constant()) return smt_number(s.value());
  const Expression& e = *s.expression();
  const bool variable = e.kind == Expression::Kind::variable;
  return (variable ? "x" : "e") + std::to_string(variable ? e.variable : e.number);
}

const char* word(Expression::Kind kind) {
  switch (kind) {
    case Expression::Kind::add:
      return "+";
    case Expression::Kind::subtract:
      return "-";
    case Expression::Kind::multiply:
      return "*";
    case Expression::Kind::divide:
      return "/";
    case Expression::Kind::variable:
      break;
  }
  return "";
}

// A quotient is a number whose product with the divisor is the dividend, where the divisor is not 0. Returns the
// divisors.
std::vector<std::string> define(Script& script, const num::Expressions& all) {
  std::vector<std::string> divisors;
  for (std::int64_t k = 0; k < all.size(); ++k) {
    const Expression& e = all.at(k);
    if (e.kind == Expression::Kind::variable) continue;
    const std::string name = "e" + std::to_string(e.number), left = name_of(e.left), right = name_of(e.right);
    if (e.kind == Expression::Kind::divide) {
      script.declare(name);
      script.require("(or (= " + right + " 0.0) (= (* " + name + " " + right + ") " + left + "))");
      divisors.push_back(right);
    } else {
      script.define(name, std::string("(") + word(e.kind) + " " + left + " " + right + ")");
    }
  }
  return divisors;
}

std::string holds(const num::Condition& c) {
  const std::string relation = c.relation(), name = name_of(Symbol(c.expression));
  return relation == "!=" ? "(not (= " + name + " 0.0))" : "(" + relation + " " + name + " 0.0)";
}
// The expression has the sign, not 0, that it has at the region's own point.
std::string keeps_sign(const num::Condition& c) {
  const char* relation = c.expression->value.sign() < 0 ? "<" : ">";
  return std::string("(") + relation + " " + name_of(Symbol(c.expression)) + " 0.0)";
}

std::optional<attr::Symbolic> formula_of(Region& region, std::size_t rule_case) {
  const AtPoint& at = *region.at;
  const auto& subject = at.shared().subject;
  const auto& rules = subject.cases[rule_case];
  attr::SymbolicRequest request;
  request.input = at.point().x(), request.target = at.target(), request.start = rules.rules.start;
  if (subject.settings.domain.low) request.options.low = {*subject.settings.domain.low};
  if (subject.settings.domain.high) request.options.high = {*subject.settings.domain.high};
  auto formula = attr::symbolic(*subject.network, rules.assignment, request);
  if (!formula) return std::nullopt;
  return std::move(*formula);
}

void require_bounds(Script& script, const Region& region) {
  const auto& bounds = region.polytope.bounds;
  for (std::size_t k = 0; k < bounds.size(); ++k) {
    const std::string x = "x" + std::to_string(k);
    script.declare(x);
    if (bounds[k].low) script.require("(<= " + smt_number(*bounds[k].low) + " " + x + ")");
    if (bounds[k].high) script.require("(<= " + x + " " + smt_number(*bounds[k].high) + ")");
  }
}

std::vector<std::string> differences(Region& region, const attr::Symbolic& formula) {
  const AffineForm& f = region.forms->form(region.at->point().network().output(), region.at->target());
  std::vector<std::string> differ;
  for (std::size_t k = 0; k < formula.map.size(); ++k)
    differ.push_back("(not (= " + name_of(formula.map[k]) + " " + smt_product(f.slope[k], "x" + std::to_string(k)) +
                     "))");
  return differ;
}

}  // namespace

std::string reduction_script(Region& region, std::size_t rule_case) {
  const auto formula = formula_of(region, rule_case);
  if (!formula) return "";
  Script script("is the relevance of some feature not input times gradient?");
  require_bounds(script, region);
  for (const std::string& divisor : define(script, *formula->expressions))
    script.require("(not (= " + divisor + " 0.0))");
  for (const num::Condition& c : formula->conditions()) script.require(holds(c));
  script.require(smt_any(differences(region, *formula)));
  return script.text();
}

std::string reduction_everywhere_script(Region& region, std::size_t rule_case) {
  const auto formula = formula_of(region, rule_case);
  if (!formula) return "";
  Script script(
      "does a decision change in the region, a denominator vanish, or a feature not get input times gradient?");
  require_bounds(script, region);
  std::vector<std::string> wrong;
  for (const std::string& divisor : define(script, *formula->expressions)) wrong.push_back("(= " + divisor + " 0.0)");
  for (const auto& row : region.polytope.rows) {
    std::vector<std::string> terms{smt_number(row.form.constant)};
    for (std::size_t k = 0; k < row.form.slope.size(); ++k)
      if (!row.form.slope[k].is_zero()) terms.push_back(smt_product(row.form.slope[k], "x" + std::to_string(k)));
    script.require("(>= " + smt_sum(terms) + " 0.0)");
  }
  for (const num::Condition& c : formula->conditions()) {
    if (c.expression->value.is_zero()) return "";
    wrong.push_back("(not " + keeps_sign(c) + ")");
  }
  for (auto& differ : differences(region, *formula)) wrong.push_back(std::move(differ));
  script.require(smt_any(wrong));
  return script.text();
}

}  // namespace lrproof::prove
