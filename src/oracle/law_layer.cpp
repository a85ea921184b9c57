#include "oracle/law_layer.hpp"

namespace lrproof::oracle {

namespace {

Near sum(const Near& x, const Near& y) { return {Exact(x.at + y.at), Exact(x.slope + y.slope)}; }
Near times(const Exact& c, const Near& x) { return {Exact(c * x.at), Exact(c * x.slope)}; }

Near phi(Phi phi, const Near& a, const Layer& layer) {
  switch (phi) {
    case Phi::one:
      return {1, 0};
    case Phi::a:
      return a;
    case Phi::pos:
      return a.sign() > 0 ? a : Near{};
    case Phi::neg:
      return a.sign() < 0 ? a : Near{};
    case Phi::low:
      return {layer.low, 0};
    case Phi::high:
      return {layer.high, 0};
  }
  return {};
}

Exact psi(Psi psi, const Exact& w) {
  switch (psi) {
    case Psi::one:
      return 1;
    case Psi::w:
      return w;
    case Psi::pos:
      return positive_part(w);
    case Psi::neg:
      return negative_part(w);
    case Psi::square:
      return w * w;
    case Psi::pos_square:
      return positive_part(w) * positive_part(w);
    case Psi::neg_square:
      return negative_part(w) * negative_part(w);
    case Psi::abs:
      return abs(w);
    case Psi::nonneg:
      return sgn(w) >= 0 ? 1 : 0;
    case Psi::negative:
      return sgn(w) < 0 ? 1 : 0;
  }
  return 0;
}

Exact chi(const Formula& formula, const Exact& b) {
  Exact sum;
  const Exact up = positive_part(b), down = negative_part(b);
  for (const Product& p : formula) switch (p.chi) {
      case Chi::one:
        sum += p.coefficient;
        break;
      case Chi::b:
        sum += p.coefficient * b;
        break;
      case Chi::pos:
        sum += p.coefficient * up;
        break;
      case Chi::neg:
        sum += p.coefficient * down;
        break;
      case Chi::square:
        sum += p.coefficient * b * b;
        break;
      case Chi::pos_square:
        sum += p.coefficient * up * up;
        break;
      case Chi::neg_square:
        sum += p.coefficient * down * down;
        break;
    }
  return sum;
}

Near formula_at(const Formula& formula, const Near& a, const Exact& w, const Layer& layer) {
  Near all;
  for (const Product& p : formula) all = sum(all, times(Exact(p.coefficient * psi(p.psi, w)), phi(p.phi, a, layer)));
  return all;
}

Near stabilised(const Stabilizer& s, const Near& d) {
  if (s.kind == "none") return d;
  if (s.rms) throw NotCovered{"a stabiliser scaled by a root mean square"};
  const Near epsilon{s.epsilon, 0};
  if (s.kind == "unsigned") return sum(d, epsilon);
  if (s.kind == "zero-only") return d.sign() == 0 ? epsilon : d;
  const int side = d.sign() == 0 ? s.zero_sign : d.sign();
  if (s.kind == "signed") return sum(d, times(side, epsilon));
  if (s.kind != "clip") throw NotCovered{"stabiliser '" + s.kind + "'"};
  const Near size = times(d.sign() < 0 ? -1 : 1, d);
  return times(side, sum(size, times(-1, epsilon)).sign() > 0 ? size : epsilon);
}

bool open(const std::string& gate, int z) {
  if (gate == "always") return true;
  if (gate == "z > 0") return z > 0;
  if (gate == "z < 0") return z < 0;
  if (gate == "z >= 0") return z >= 0;
  if (gate == "z <= 0") return z <= 0;
  throw NotCovered{"gate '" + gate + "'"};
}

// n / s r, where r does not grow without bound.
Amount part(const Near& n, const Near& s, const Near& r) {
  if (sgn(s.at) != 0) return {0, Exact(n.at / s.at * r.at)};
  const Exact pole = n.at / s.slope, rest = n.slope / s.slope;
  return {Exact(pole * r.at), Exact(rest * r.at + pole * r.slope)};
}

void spread_term(const Term& term, const Layer& layer, const Unit& unit, const std::vector<Near>& a, const Near& r,
                 Spread& result) {
  std::vector<Near> numerators;
  Near d{chi(term.bias, unit.bias), 0};
  bool some = false;
  for (const auto& [i, w] : unit.taps) {
    numerators.push_back(formula_at(term.numerator, a[i], w, layer));
    some = some || numerators.back().sign() != 0;
    d = sum(d, numerators.back());
  }
  const Near s = stabilised(term.stabilizer, d);
  if (s.sign() == 0) {
    result.vanishes = result.vanishes || sgn(term.share) != 0;
    result.nonzero_over_zero = result.nonzero_over_zero || some;
    return;
  }
  for (std::size_t k = 0; k < numerators.size(); ++k) {
    const Amount amount = part(times(term.share, numerators[k]), s, r);
    Amount& to = result.of[unit.taps[k].first];
    to.pole += amount.pole, to.at += amount.at;
  }
}

}  // namespace

Layer dense_layer(const std::vector<Exact>& w, const std::vector<Exact>& b, std::size_t inputs, const Exact& low,
                  const Exact& high) {
  Layer layer{{}, low, high};
  for (std::size_t j = 0; j < b.size(); ++j) {
    Unit unit{{}, b[j]};
    for (std::size_t i = 0; i < inputs; ++i) unit.taps.emplace_back(i, w.at(j * inputs + i));
    layer.units.push_back(std::move(unit));
  }
  return layer;
}

Layer convolution_layer(const std::vector<Exact>& kernel, const Exact& b, const Exact& low, const Exact& high) {
  const Exact &before = kernel.at(0), &here = kernel.at(1);
  return {{{{{0, here}}, b}, {{{0, before}, {1, here}}, b}, {{{1, before}, {2, here}}, b}}, low, high};
}

std::vector<Near> pre_activations(const Layer& layer, const std::vector<Near>& a) {
  std::vector<Near> all;
  for (const Unit& unit : layer.units) {
    Near z{unit.bias, 0};
    for (const auto& [i, w] : unit.taps) z = sum(z, times(w, a[i]));
    all.push_back(z);
  }
  return all;
}

Spread spread(const Rule& rule, const Layer& layer, const std::vector<Near>& a, const std::vector<Near>& relevance) {
  Spread result;
  result.of.resize(a.size());
  result.z = pre_activations(layer, a);
  for (std::size_t j = 0; j < layer.units.size(); ++j) {
    if (relevance[j].sign() == 0) continue;
    for (const Term& term : rule.terms)
      if (open(term.gate, result.z[j].sign())) spread_term(term, layer, layer.units[j], a, relevance[j], result);
  }
  return result;
}

Exact root_drop(const Rule& rule, const Layer& layer, const Exact& a, const Exact& w) {
  return w * formula_at(*rule.direction, {a, 0}, w, layer).at;
}

}  // namespace lrproof::oracle
