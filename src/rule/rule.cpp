// What can be said of a rule by looking at its formula. Two formulas are compared in the basis of parts: a = pos(a) +
// neg(a), w = pos(w) + neg(w), w^2 = pos(w)^2 + neg(w)^2, |w| = pos(w) - neg(w), b = pos(b) + neg(b). Products of parts
// are linearly independent as functions, so equal coefficients mean equal rules (GXI-2).
#include "rule/rule.hpp"

#include <algorithm>

namespace lrproof::rule {
namespace {

using num::Rational;
using Parts = std::map<std::pair<int, int>, Rational>;

std::vector<Phi> parts_of(Phi phi) {
  if (phi == Phi::a) return {Phi::pos, Phi::neg};
  return {phi};
}

std::vector<std::pair<Psi, int>> parts_of(Psi psi) {
  switch (psi) {
    case Psi::w:
      return {{Psi::pos, 1}, {Psi::neg, 1}};
    case Psi::square:
      return {{Psi::pos_square, 1}, {Psi::neg_square, 1}};
    case Psi::abs:
      return {{Psi::pos, 1}, {Psi::neg, -1}};
    default:
      return {{psi, 1}};
  }
}

void drop_zeros(Parts& parts) {
  std::erase_if(parts, [](const auto& entry) { return entry.second.is_zero(); });
}

Parts parts_of(const std::vector<Product>& numerator) {
  Parts out;
  for (const auto& product : numerator)
    for (const Phi phi : parts_of(product.phi))
      for (const auto& [psi, sign] : parts_of(product.psi))
        out[{int(phi), int(psi)}] += product.coefficient * Rational(sign);
  drop_zeros(out);
  return out;
}

Parts parts_of(const std::vector<BiasPart>& bias) {
  Parts out;
  for (const auto& part : bias) {
    if (part.chi == Chi::b) {
      out[{int(Chi::pos), 0}] += part.coefficient;
      out[{int(Chi::neg), 0}] += part.coefficient;
    } else {
      out[{int(part.chi), 0}] += part.coefficient;
    }
  }
  drop_zeros(out);
  return out;
}

bool stabilizes(const Stabilizer& s) { return s.kind != Stabilizer::Kind::none && !s.epsilon.is_zero(); }

}  // namespace

bool opens(Gate gate, num::Sign z) {
  switch (gate) {
    case Gate::always:
      return true;
    case Gate::positive:
      return z == num::Sign::positive;
    case Gate::negative:
      return z == num::Sign::negative;
    case Gate::non_negative:
      return z != num::Sign::negative;
    case Gate::non_positive:
      return z != num::Sign::positive;
  }
  return true;
}

std::optional<Rational> share_of_z(const Term& term) {
  const Parts numerator = parts_of(term.numerator), bias = parts_of(term.bias);
  if (numerator.size() != 4 || bias.size() != 2) return std::nullopt;
  const Rational c = numerator.begin()->second;
  for (const auto& [key, value] : numerator) {
    const bool of_input = key.first == int(Phi::pos) || key.first == int(Phi::neg);
    const bool of_weight = key.second == int(Psi::pos) || key.second == int(Psi::neg);
    if (!of_input || !of_weight || value != c) return std::nullopt;
  }
  const bool same = std::all_of(bias.begin(), bias.end(), [&](const auto& entry) {
    return (entry.first.first == int(Chi::pos) || entry.first.first == int(Chi::neg)) && entry.second == c;
  });
  return same ? std::optional(c) : std::nullopt;
}

bool is_lrp0(const AffineRule& rule) {
  Rational above, below;
  for (const auto& term : rule.terms) {
    if (stabilizes(term.stabilizer) || !share_of_z(term)) return false;
    if (opens(term.gate, num::Sign::positive)) above += term.share;
    if (opens(term.gate, num::Sign::negative)) below += term.share;
  }
  return above == Rational(1) && below == Rational(1);
}

bool is_linear_in_relevance(const Rule& rule) {
  const auto* named = std::get_if<NamedRule>(&rule.body);
  if (!named) return true;
  using Kind = NamedRule::Kind;
  return named->kind != Kind::guided_backprop && named->kind != Kind::deconvnet && named->kind != Kind::rectgrad;
}

bool needs_bounds(const Rule& rule) {
  const auto* affine = std::get_if<AffineRule>(&rule.body);
  if (!affine) return false;
  const auto reads = [](Phi phi) { return phi == Phi::low || phi == Phi::high; };
  for (const auto& term : affine->terms)
    for (const auto& product : term.numerator)
      if (reads(product.phi)) return true;
  if (affine->root)
    for (const auto& part : affine->root->parts)
      if (reads(part.phi)) return true;
  return std::count(affine->premises.begin(), affine->premises.end(), Premise::inputs_in_domain) > 0;
}

bool needs_bounds(const RuleSet& rules) {
  return std::any_of(rules.assigns.begin(), rules.assigns.end(), [](const Assign& a) { return needs_bounds(a.rule); });
}

}  // namespace lrproof::rule
