#include "prove/rewrites/forms.hpp"

#include <algorithm>

namespace lrproof::prove {

using net::Curve;
using num::Rational;

Form Forms::element(int tensor, std::int64_t index) {
  const auto [place, fresh] = elements_.try_emplace({tensor, index}, std::int32_t(atoms_.size()));
  if (fresh) atoms_.push_back({tensor, index, -1, Rational()});
  --steps_;
  return {{{place->second, Rational(1)}}, Rational(0)};
}

void Forms::add(const Rational& factor, const Form& form) {
  if (factor.is_zero() || spent()) return;
  steps_ -= std::int64_t(form.terms.size()) + 1;
  if (sums_.size() < atoms_.size()) sums_.resize(atoms_.size()), touched_.resize(atoms_.size());
  for (const auto& [atom, coefficient] : form.terms) {
    const auto at = std::size_t(atom);
    if (!touched_[at]) touched_[at] = 1, order_.push_back(atom);
    sums_[at].add_product(factor, coefficient);
  }
  constant_.add_product(factor, form.constant);
}

Form Forms::sum() {
  Form out;
  std::ranges::sort(order_);
  for (const auto atom : order_) {
    const auto at = std::size_t(atom);
    if (!sums_[at].is_zero()) out.terms.emplace_back(atom, std::move(sums_[at]));
    sums_[at] = Rational(), touched_[at] = 0;
  }
  order_.clear();
  out.constant = std::move(constant_), constant_ = Rational();
  return out;
}

// Units are at least 0, so a sum of them with coefficients of one sign is bounded on one side.
int Forms::base_of(Form form) {
  const auto [place, fresh] = known_bases_.try_emplace(form.terms, int(bases_.size()));
  if (!fresh) return place->second;
  bool units = true, up = true, down = true;
  for (const auto& [atom, coefficient] : form.terms) {
    units = units && atoms_[std::size_t(atom)].base >= 0;
    up = up && coefficient.sign() > 0, down = down && coefficient.sign() < 0;
  }
  Base base{std::move(form), {}, {}};
  if (units && up) base.low = Rational(0);
  if (units && down) base.high = Rational(0);
  bases_.push_back(std::move(base));
  return place->second;
}

/// relu(base - kink)
Form Forms::unit(int base, const Rational& kink) {
  const Base& of = bases_[std::size_t(base)];
  if (of.high && kink >= *of.high) return {};
  if (of.low && kink <= *of.low) {
    Form out = of.form;
    out.constant -= kink;
    return out;
  }
  const auto [place, fresh] = units_.try_emplace({base, kink}, std::int32_t(atoms_.size()));
  if (fresh) atoms_.push_back({-1, 0, base, kink});
  --steps_;
  return {{{place->second, Rational(1)}}, Rational(0)};
}

// form = a u + sum d_k relu(u - t_k) + c for the base u of its last unit, where it is so. What u is made of stands
// before every unit of u.
std::optional<Forms::OneVariable> Forms::by_units(const Form& form) const {
  int base = -1;
  for (const auto& [atom, coefficient] : form.terms)
    if (atoms_[std::size_t(atom)].base >= 0) base = atoms_[std::size_t(atom)].base;
  if (base < 0) return std::nullopt;
  std::map<Rational, Rational> bends;
  std::vector<std::pair<std::int32_t, Rational>> rest;
  for (const auto& term : form.terms) {
    const Atom& atom = atoms_[std::size_t(term.first)];
    if (atom.base == base)
      bends.emplace(atom.kink, term.second);
    else
      rest.push_back(term);
  }
  const auto& u = bases_[std::size_t(base)].form.terms;
  if (!rest.empty() && rest.size() != u.size()) return std::nullopt;
  const Rational slope = rest.empty() ? Rational(0) : rest[0].second;
  for (std::size_t k = 0; k < rest.size(); ++k)
    if (rest[k].first != u[k].first || rest[k].second != slope * u[k].second) return std::nullopt;
  OneVariable out{base, {{}, {slope}, {form.constant}}};
  for (const auto& [kink, bend] : bends) {
    out.curve.kinks.push_back(kink);
    out.curve.slopes.push_back(out.curve.slopes.back() + bend);
    out.curve.intercepts.push_back(out.curve.intercepts.back() - bend * kink);
  }
  return out;
}

Forms::OneVariable Forms::one_variable(const Form& form) {
  if (auto found = by_units(form)) return std::move(*found);
  const Rational lead = form.terms[0].second;
  Form base;
  for (const auto& [atom, coefficient] : form.terms) base.terms.emplace_back(atom, coefficient / lead);
  steps_ -= std::int64_t(form.terms.size());
  return {base_of(std::move(base)), {{}, {lead}, {form.constant}}};
}

Form Forms::curve(const Curve& curve, const Form& of) {
  if (spent()) return {};
  if (of.terms.empty()) {
    const auto piece = net::piece_at(curve, of.constant);
    return {{}, curve.slopes[piece] * of.constant + curve.intercepts[piece]};
  }
  const auto inner = one_variable(of);
  const auto whole = net::composed(curve, inner.curve);
  std::vector<Form> units;
  for (const auto& kink : whole.kinks) units.push_back(unit(inner.base, kink));
  add(whole.slopes[0], bases_[std::size_t(inner.base)].form);
  add(whole.intercepts[0]);
  for (std::size_t k = 0; k < units.size(); ++k) add(whole.slopes[k + 1] - whole.slopes[k], units[k]);
  return sum();
}

Form Forms::larger(const Form& a, const Form& b) {
  add(Rational(1), a), add(Rational(-1), b);
  const Form above = curve({{Rational(0)}, {Rational(0), Rational(1)}, {Rational(0), Rational(0)}}, sum());
  add(Rational(1), b), add(Rational(1), above);
  return sum();
}

Rational Forms::value(const Form& form, const std::vector<Rational>& atoms) const {
  Rational out = form.constant;
  for (const auto& [atom, coefficient] : form.terms) out.add_product(coefficient, atoms[std::size_t(atom)]);
  return out;
}

// Values of all atoms: small fractions for the elements, spread wider from seed to seed.
std::vector<Rational> Forms::point(unsigned seed) const {
  std::vector<Rational> values;
  unsigned state = seed * 2654435761u + 12345u;
  const Rational spread(long(seed % 4 == 3 ? 1000 : seed % 4 == 2 ? 20 : 3), long(seed % 3 + 1));
  for (const Atom& atom : atoms_) {
    state = state * 1664525u + 1013904223u;
    if (atom.base < 0)
      values.push_back(Rational(long(state >> 24) - 128, 64L) * spread);
    else
      values.push_back(num::max(Rational(0), value(bases_[std::size_t(atom.base)].form, values) - atom.kink));
  }
  return values;
}

std::vector<Forms::Coordinate> Forms::difference(const Form& a, const Form& b, Rational& of_a, Rational& of_b) const {
  std::vector<char> matters(atoms_.size());
  for (const Form* form : {&a, &b})
    for (const auto& term : form->terms) matters[std::size_t(term.first)] = 1;
  for (std::size_t k = atoms_.size(); k-- > 0;)
    if (matters[k] && atoms_[k].base >= 0)
      for (const auto& term : bases_[std::size_t(atoms_[k].base)].form.terms) matters[std::size_t(term.first)] = 1;
  for (unsigned seed = 0; seed < 256; ++seed) {
    const auto values = point(seed);
    of_a = value(a, values), of_b = value(b, values);
    if (of_a == of_b) continue;
    std::vector<Coordinate> out;
    for (std::size_t k = 0; k < atoms_.size(); ++k)
      if (matters[k] && atoms_[k].base < 0) out.push_back({atoms_[k].tensor, atoms_[k].index, values[k]});
    return out;
  }
  return {};
}

}  // namespace lrproof::prove
