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

// A quotient is a number whose product with the divisor is the dividend: the divisor is not 0.
void define(Script& script, const num::Expressions& all) {
  for (std::int64_t k = 0; k < all.size(); ++k) {
    const Expression& e = all.at(k);
    if (e.kind == Expression::Kind::variable) continue;
    const std::string name = "e" + std::to_string(e.number), left = name_of(e.left), right = name_of(e.right);
    if (e.kind == Expression::Kind::divide) {
      script.declare(name);
      script.require("(not (= " + right + " 0.0))");
      script.require("(= (* " + name + " " + right + ") " + left + ")");
    } else {
      script.define(name, std::string("(") + word(e.kind) + " " + left + " " + right + ")");
    }
  }
  for (const num::Condition& c : all.conditions()) {
    const std::string relation = c.relation(), name = name_of(Symbol(c.expression));
    script.require(relation == "!=" ? "(not (= " + name + " 0.0))" : "(" + relation + " " + name + " 0.0)");
  }
}

}  // namespace

std::string reduction_script(Region& region, std::size_t rule_case) {
  const AtPoint& at = *region.at;
  const auto& subject = at.shared().subject;
  const auto& rules = subject.cases[rule_case];
  attr::SymbolicRequest request;
  request.input = at.point().x(), request.target = at.target(), request.start = rules.rules.start;
  if (subject.settings.domain.low) request.options.low = {*subject.settings.domain.low};
  if (subject.settings.domain.high) request.options.high = {*subject.settings.domain.high};
  const auto formula = attr::symbolic(*subject.network, rules.assignment, request);
  if (!formula) return "";
  Script script("is the relevance of some feature not input times gradient?");
  const auto& bounds = region.polytope.bounds;
  for (std::size_t k = 0; k < bounds.size(); ++k) {
    const std::string x = "x" + std::to_string(k);
    script.declare(x);
    if (bounds[k].low) script.require("(<= " + smt_number(*bounds[k].low) + " " + x + ")");
    if (bounds[k].high) script.require("(<= " + x + " " + smt_number(*bounds[k].high) + ")");
  }
  define(script, *formula->expressions);
  const AffineForm& f = region.forms->form(at.point().network().output(), at.target());
  std::vector<std::string> differ;
  for (std::size_t k = 0; k < formula->map.size(); ++k)
    differ.push_back("(not (= " + name_of(formula->map[k]) + " " + smt_product(f.slope[k], "x" + std::to_string(k)) +
                     "))");
  script.require(smt_any(differ));
  return script.text();
}

}  // namespace lrproof::prove
