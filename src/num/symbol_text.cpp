#include "num/symbol_text.hpp"

#include <algorithm>

namespace lrproof::num {
namespace {

using Kind = Expression::Kind;

bool is_sum(const Expression* e) { return e->kind == Kind::add || e->kind == Kind::subtract; }

bool is_minus_one(const Symbol& s) { return s.is_constant() && s.value() == Rational(-1); }

// How often each expression is read by another that is needed, or wanted itself.
std::vector<std::int64_t> uses_of(const Expressions& all, const std::vector<Symbol>& wanted,
                                  const std::vector<Condition>& conditions) {
  std::vector<std::int64_t> uses(std::size_t(all.size()), 0);
  auto use = [&](const Symbol& s) {
    if (!s.is_constant()) ++uses[std::size_t(s.expression()->number)];
  };
  for (const Symbol& s : wanted) use(s);
  for (const Condition& c : conditions) use(Symbol(c.expression));
  for (std::int64_t k = all.size(); k-- > 0;) {
    const Expression& e = all.at(k);
    if (uses[std::size_t(k)] == 0 || e.kind == Kind::variable) continue;
    use(e.left), use(e.right);
  }
  return uses;
}

// "p.0" or "(/ p.0 q.0)": decimals are reals in every solver.
std::string smt_constant(const Rational& value) {
  const bool negative = value.sign() < 0;
  const std::string text = abs(value).to_string();
  const auto bar = text.find('/');
  const std::string size =
      bar == std::string::npos ? text + ".0" : "(/ " + text.substr(0, bar) + ".0 " + text.substr(bar + 1) + ".0)";
  return negative ? "(- " + size + ")" : size;
}

}  // namespace

Definitions::Definitions(const Expressions& all, Names names, const std::vector<Symbol>& wanted,
                         const std::vector<Condition>& conditions)
    : names_(std::move(names)) {
  const auto uses = uses_of(all, wanted, conditions);
  long shared = 0;
  for (std::int64_t k = 0; k < all.size(); ++k) {
    const Expression& e = all.at(k);
    if (uses[std::size_t(k)] == 0 || e.kind == Kind::variable) continue;
    const bool named = names_.count(&e) > 0;
    const bool is_small = e.kind == Kind::multiply && e.left.is_constant() && is_named(e.right);
    if (!named && (uses[std::size_t(k)] < 2 || is_small)) continue;
    if (!named) names_[&e] = "t" + std::to_string(++shared);
    order_.push_back(&e);
  }
}

// A sum's terms; sums without a name that stand first in a sum are taken apart too, one after the other.
std::vector<Definitions::Term> Definitions::terms(const Expression* sum) const {
  std::vector<Term> out;
  Symbol rest{sum};
  do {
    const Expression* e = rest.expression();
    out.push_back({e->right, e->kind == Kind::subtract});
    rest = e->left;
  } while (!rest.is_constant() && !is_named(rest) && is_sum(rest.expression()));
  out.push_back({rest, false});
  std::reverse(out.begin(), out.end());
  return out;
}

std::string Definitions::infix_sum(const Expression* e) const {
  std::string out;
  for (const Term& term : terms(e)) {
    std::string text = infix(term.part);
    bool minus = term.minus;
    const bool nested = !term.part.is_constant() && !is_named(term.part) && is_sum(term.part.expression());
    if (nested) text = "(" + text + ")";
    if (text[0] == '-') minus = !minus, text.erase(0, 1);
    out += out.empty() ? (minus ? "-" : "") : (minus ? " - " : " + ");
    out += text;
  }
  return out;
}

// A factor; the first one may be a product itself.
std::string Definitions::factor(const Symbol& s, bool first) const {
  const std::string text = infix(s);
  if (is_named(s)) return text;
  const bool plain = s.is_constant() ? s.value().sign() >= 0 && text.find('/') == std::string::npos
                                     : first && !is_sum(s.expression()) && text[0] != '-';
  return plain ? text : "(" + text + ")";
}

std::string Definitions::infix_product(const Expression* e) const {
  if (e->kind == Kind::divide) return factor(e->left, true) + "/" + factor(e->right, false);
  if (is_minus_one(e->left)) return "-" + factor(e->right, true);
  const std::string left = e->left.is_constant() ? infix(e->left) : factor(e->left, true);
  return left + "*" + factor(e->right, false);
}

std::string Definitions::infix_body(const Expression* e) const {
  if (e->kind == Kind::variable) return name(e);
  return is_sum(e) ? infix_sum(e) : infix_product(e);
}

std::string Definitions::infix(const Symbol& s) const {
  if (s.is_constant()) return s.value().to_string();
  return is_named(s) ? name(s.expression()) : infix_body(s.expression());
}

std::string Definitions::smt_body(const Expression* e) const {
  if (e->kind == Kind::variable) return smt_name(name(e));
  if (e->kind == Kind::divide) return "(/ " + smt(e->left) + " " + smt(e->right) + ")";
  if (e->kind == Kind::multiply && is_minus_one(e->left)) return "(- " + smt(e->right) + ")";
  if (e->kind == Kind::multiply) return "(* " + smt(e->left) + " " + smt(e->right) + ")";
  std::string out = "(+";
  for (const Term& term : terms(e)) out += term.minus ? " (- " + smt(term.part) + ")" : " " + smt(term.part);
  return out + ")";
}

std::string Definitions::smt(const Symbol& s) const {
  if (s.is_constant()) return smt_constant(s.value());
  return is_named(s) ? smt_name(name(s.expression())) : smt_body(s.expression());
}

std::string Definitions::infix(const Condition& c) const {
  return infix(Symbol(c.expression)) + " " + c.relation() + " 0";
}

std::string Definitions::smt(const Condition& c) const {
  const std::string relation = c.relation(), sides = " " + smt(Symbol(c.expression)) + " 0.0)";
  return relation == "!=" ? "(not (=" + sides + ")" : "(" + relation + sides;
}

}  // namespace lrproof::num
