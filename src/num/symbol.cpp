#include "num/symbol.hpp"

#include "base/result.hpp"

namespace lrproof::num {
namespace {

using Kind = Expression::Kind;

bool is_value(const Symbol& s, int value) {
  if (!s.is_constant()) return false;
  return value == 0 ? s.value().is_zero() : s.value() == Rational(value);
}

Expressions& owner(const Symbol& a, const Symbol& b) {
  return a.is_constant() ? *b.expression()->owner : *a.expression()->owner;
}

// What t * e is made of, when e is a constant times something.
const Expression* scaled(const Symbol& s) {
  if (s.is_constant() || s.expression()->kind != Kind::multiply) return nullptr;
  return s.expression()->left.is_constant() ? s.expression() : nullptr;
}
bool is_negated(const Symbol& s) {
  const Expression* e = scaled(s);
  return e && is_value(e->left, -1);
}
bool same(const Symbol& a, const Symbol& b) { return !a.is_constant() && a.expression() == b.expression(); }

// s, when it is something over `divisor`: that this is not 0 has been asked when the quotient was made.
const Expression* quotient_by(const Symbol& s, const Symbol& divisor) {
  if (s.is_constant() || s.expression()->kind != Kind::divide) return nullptr;
  return same(s.expression()->right, divisor) ? s.expression() : nullptr;
}

// Decides about s: a factor that is a constant only turns the sides round.
void decide(const Symbol& s, bool negative, bool zero, bool positive) {
  if (s.is_constant()) return;
  if (const Expression* e = scaled(s)) {
    const bool turned = e->left.value().sign() < 0;
    return decide(e->right, turned ? positive : negative, zero, turned ? negative : positive);
  }
  s.expression()->owner->decide(s.expression(), negative, zero, positive);
}

// a - b for a comparison, always the same way round, so that one condition stands for both.
struct Difference {
  Symbol of;
  bool turned = false;
};
Difference difference(const Symbol& a, const Symbol& b) {
  if (a.is_constant()) return {b - a, true};
  if (b.is_constant()) return {a - b, false};
  const bool turned = a.expression()->number < b.expression()->number;
  return {turned ? b - a : a - b, turned};
}

}  // namespace

const Rational& Symbol::value() const { return expression_ ? expression_->value : constant_; }

Symbol Symbol::operator-() const { return Symbol(-1) * *this; }

Symbol operator+(const Symbol& a, const Symbol& b) {
  if (a.is_constant() && b.is_constant()) return a.value() + b.value();
  if (is_value(a, 0)) return b;
  if (is_value(b, 0)) return a;
  if (is_negated(b)) return a - scaled(b)->right;
  return owner(a, b).make(Kind::add, a, b, a.value() + b.value());
}

Symbol operator-(const Symbol& a, const Symbol& b) {
  if (b.is_constant()) return a + Symbol(-b.value());
  if (is_value(a, 0)) return -b;
  if (same(a, b)) return 0;
  if (is_negated(b)) return a + scaled(b)->right;
  return owner(a, b).make(Kind::subtract, a, b, a.value() - b.value());
}

Symbol operator*(const Symbol& a, const Symbol& b) {
  if (a.is_constant() && b.is_constant()) return a.value() * b.value();
  if (is_value(a, 0) || is_value(b, 0)) return 0;
  if (is_value(a, 1)) return b;
  if (is_value(b, 1)) return a;
  if (b.is_constant()) return b * a;
  if (const Expression* e = scaled(b)) return Symbol(a * e->left) * e->right;
  if (const Expression* e = scaled(a)) return e->left * Symbol(e->right * b);
  if (const Expression* e = quotient_by(b, a)) return e->left;
  if (const Expression* e = quotient_by(a, b)) return e->left;
  return owner(a, b).make(Kind::multiply, a, b, a.value() * b.value());
}

Symbol operator/(const Symbol& a, const Symbol& b) {
  LRPROOF_INVARIANT(!b.value().is_zero(), "division by zero");
  if (b.is_constant()) return Symbol(Rational(1) / b.value()) * a;
  decide(b, true, false, true);
  if (is_value(a, 0)) return 0;
  if (same(a, b)) return 1;
  if (const Expression* e = scaled(b)) return Symbol(Rational(1) / e->left.value()) * (a / e->right);
  if (const Expression* e = scaled(a)) return e->left * (e->right / b);
  if (!a.is_constant() && a.expression()->kind == Kind::multiply) {
    if (same(a.expression()->left, b)) return a.expression()->right;
    if (same(a.expression()->right, b)) return a.expression()->left;
  }
  return owner(a, b).make(Kind::divide, a, b, a.value() / b.value());
}

bool operator<(const Symbol& a, const Symbol& b) {
  const Difference d = difference(a, b);
  return d.turned ? is_positive(d.of) : is_negative(d.of);
}

bool operator==(const Symbol& a, const Symbol& b) { return is_zero(difference(a, b).of); }

Sign sign_of(const Symbol& v) {
  const int sign = v.value().sign();
  decide(v, sign<0, sign == 0, sign> 0);
  return Sign(sign);
}
bool is_zero(const Symbol& v) {
  const bool zero = v.value().is_zero();
  decide(v, !zero, zero, !zero);
  return zero;
}
bool is_nothing(const Symbol& v) { return is_value(v, 0); }
bool is_positive(const Symbol& v) {
  const bool positive = v.value().sign() > 0;
  decide(v, !positive, !positive, positive);
  return positive;
}
bool is_negative(const Symbol& v) {
  const bool negative = v.value().sign() < 0;
  decide(v, negative, !negative, !negative);
  return negative;
}
void add_product(Symbol& s, const Symbol& a, const Symbol& b) { s += a * b; }
double to_double(const Symbol& v) { return v.value().to_double(); }

template <>
Symbol negative_part<Symbol>(const Symbol& v) {
  return is_positive(v) ? Symbol(0) : v;
}

Symbol largest(std::span<const Symbol> candidates) {
  std::size_t best = 0;
  for (std::size_t k = 1; k < candidates.size(); ++k)
    if (candidates[best].value() < candidates[k].value()) best = k;
  for (std::size_t k = 0; k < candidates.size(); ++k)
    if (k != best) LRPROOF_INVARIANT(!(candidates[best] < candidates[k]), "the largest is smaller than another");
  return candidates[best];
}

void winners(std::span<const Symbol> candidates, bool minimum, std::vector<int>& out) {
  out.clear();
  std::size_t best = 0;
  for (std::size_t k = 1; k < candidates.size(); ++k) {
    const int order = Rational::compare(candidates[best].value(), candidates[k].value());
    if (minimum ? order > 0 : order < 0) best = k;
  }
  for (std::size_t k = 0; k < candidates.size(); ++k) {
    const Symbol &one = minimum ? candidates[best] : candidates[k], &other = minimum ? candidates[k] : candidates[best];
    if (k != best && one < other) continue;
    LRPROOF_INVARIANT(k == best || one == other, "a winner is beaten by another");
    out.push_back(int(k));
  }
}

const char* Condition::relation() const {
  if (negative) return positive ? "!=" : zero ? "<=" : "<";
  return positive ? (zero ? ">=" : ">") : "=";
}

Expressions::Expressions(std::vector<Rational> point) : point_(std::move(point)) {
  for (std::size_t k = 0; k < point_.size(); ++k) {
    all_.push_back({Kind::variable, std::int64_t(k), std::int64_t(k), {}, {}, point_[k], this});
    variables_.push_back(&all_.back());
  }
}

const void* Expressions::identity(const Symbol& s) {
  if (!s.is_constant()) return s.expression();
  return &constants_.try_emplace(s.value(), '\0').first->second;
}

Symbol Expressions::make(Kind kind, const Symbol& left, const Symbol& right, Rational value) {
  Key key{kind, identity(left), identity(right)};
  const bool commutes = kind == Kind::add || kind == Kind::multiply;
  if (commutes && std::less<const void*>()(key.right, key.left)) std::swap(key.left, key.right);
  const auto [at, fresh] = known_.try_emplace(key, nullptr);
  if (fresh) {
    all_.push_back({kind, size(), -1, left, right, std::move(value), this});
    at->second = &all_.back();
  }
  return Symbol(at->second);
}

void Expressions::decide(const Expression* e, bool negative, bool zero, bool positive) {
  const auto [at, fresh] = condition_of_.try_emplace(e, conditions_.size());
  if (fresh) conditions_.push_back({e, true, true, true});
  Condition& c = conditions_[at->second];
  c.negative = c.negative && negative, c.zero = c.zero && zero, c.positive = c.positive && positive;
}

const Rational& Expressions::value_of(const Symbol& s, const std::vector<Rational>& values) {
  return s.is_constant() ? s.value() : values[std::size_t(s.expression()->number)];
}

std::optional<std::vector<Rational>> Expressions::evaluate(const std::vector<Rational>& at) const {
  std::vector<Rational> values;
  values.reserve(all_.size());
  for (const Expression& e : all_) {
    if (e.kind == Kind::variable) {
      values.push_back(at[std::size_t(e.variable)]);
      continue;
    }
    const Rational &a = value_of(e.left, values), &b = value_of(e.right, values);
    if (e.kind == Kind::divide && b.is_zero()) return std::nullopt;
    values.push_back(e.kind == Kind::add        ? a + b
                     : e.kind == Kind::subtract ? a - b
                     : e.kind == Kind::multiply ? a * b
                                                : a / b);
  }
  return values;
}

}  // namespace lrproof::num
