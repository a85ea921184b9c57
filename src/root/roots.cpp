#include "root/roots.hpp"

namespace lrproof::root {

using num::Interval;
using num::Rational;
using num::Sign;
using Side = rule::Direction::Side;

const char* word(Kind kind) { return kind == Kind::hinge ? "hinge" : kind == Kind::relevance ? "relevance" : "fixed"; }

LayerRoots::LayerRoots(const region::Point& point, const Layer& layer, const Domain& domain, ExactRelevance exact)
    : point_(point), layer_(layer), domain_(domain), exact_(std::move(exact)) {}

template <class S>
S LayerRoots::at(std::int64_t in) const {
  if constexpr (std::same_as<S, Interval>)
    return point_.bound(layer_.tensor, in);
  else
    return point_.exact(layer_.tensor, in);
}

// v_ij over the receptive field: (element of T, v).
template <class S>
std::vector<std::pair<std::int64_t, S>> LayerRoots::direction(std::int64_t element) const {
  std::vector<std::pair<std::int64_t, S>> v;
  std::vector<S> coefficients;  // outside the loop: rounding a rational costs more than the rest
  for (const auto& part : layer_.direction.parts) coefficients.push_back(num::from_rational<S>(part.coefficient));
  const S low = domain_.low ? num::from_rational<S>(*domain_.low) : S(0);
  const S high = domain_.high ? num::from_rational<S>(*domain_.high) : S(0);
  const net::Linear& linear = point_.ready().linear(layer_.node);
  linear.taps(element, [&](std::int64_t in, std::int64_t w) {
    double weight = linear.weights().approx[std::size_t(w)];  // its sign is the exact weight's, unless it underflows
    if (weight == 0 && !linear.weights().all_double()) weight = linear.weights().rational(std::size_t(w)).sign();
    S sum(0);
    for (std::size_t p = 0; p < coefficients.size(); ++p) {
      const auto& part = layer_.direction.parts[p];
      if ((part.side == Side::w_nonneg && weight < 0) || (part.side == Side::w_neg && weight >= 0)) continue;
      S term = coefficients[p];
      switch (part.phi) {
        case rule::Phi::one:
          break;
        case rule::Phi::a:
          term = term * at<S>(in);
          break;
        case rule::Phi::pos:
          term = term * num::positive_part(at<S>(in));
          break;
        case rule::Phi::neg:
          term = term * num::negative_part(at<S>(in));
          break;
        case rule::Phi::low:
          term = term * low;
          break;
        case rule::Phi::high:
          term = term * high;
          break;
      }
      if (part.side == Side::w) term = term * linear.weights().at<S>(std::size_t(w));
      sum += term;
    }
    v.emplace_back(in, std::move(sum));
  });
  return v;
}

template <class S>
S LayerRoots::slope(std::int64_t element) const {
  const net::Linear& linear = point_.ready().linear(layer_.node);
  const auto v = direction<S>(element);
  S sum(0);
  std::size_t k = 0;
  linear.taps(element, [&](std::int64_t, std::int64_t w) {
    num::add_product(sum, linear.weights().at<S>(std::size_t(w)), v[k++].second);
  });
  return sum;
}

Unit LayerRoots::unit(std::int64_t element, const Interval& relevance) const {
  Unit u;
  u.element = element, u.relevance = relevance;
  u.z = point_.bound(layer_.node, element);
  if (point_.sign(layer_.node, element) == Sign::zero) {
    u.state = Unit::State::zero_activation;
    return u;
  }
  if (u.z.sign() == Sign::unknown) u.z = Interval(point_.exact(layer_.node, element));
  if (relevance.sign() == Sign::unknown) {
    const Rational* exact = exact_ ? exact_(layer_.node, element) : nullptr;
    if (!exact) {
      u.reason = "the sign of its relevance is out of reach";
      return u;
    }
    u.relevance = Interval(*exact);
  }
  if (u.relevance.is_zero()) {
    u.state = Unit::State::zero_relevance;
    return u;
  }
  u.state = Unit::State::asked;
  if (layer_.direction.zero) return u;
  u.slope = slope<Interval>(element);
  if (u.slope.sign() == Sign::unknown) u.slope = Interval(slope<Rational>(element));
  if (u.slope.is_zero()) u.state = Unit::State::no_root;
  return u;
}

Interval LayerRoots::t(const Unit& u, Kind kind) const {
  if (kind == Kind::fixed) return Interval(1.0);
  return (kind == Kind::hinge ? u.z : u.relevance) / u.slope;
}

region::Candidates LayerRoots::candidates(const std::vector<Unit>& units, Kind kind) const {
  const std::int64_t size = point_.network().node(layer_.tensor).size();
  const auto& a = point_.bounds().of[std::size_t(layer_.tensor)];
  region::Candidates out;
  out.count = std::int64_t(units.size());
  for (const Unit& u : units) {
    const auto begin = out.values.size();
    if (kind == Kind::fixed) {
      out.values.resize(begin + std::size_t(size));
      out.pinned.push_back({});
      continue;
    }
    out.values.insert(out.values.end(), a.begin(), a.end());
    const Interval step = t(u, kind);
    for (const auto& [in, v] : direction<Interval>(u.element)) {
      if (v.is_zero()) continue;
      out.values[begin + std::size_t(in)] -= step * v;
    }
    const bool hinge = kind == Kind::hinge;
    out.pinned.push_back(hinge ? region::Candidates::Pin{layer_.node, u.element} : region::Candidates::Pin{});
  }
  return out;
}

std::optional<std::vector<Rational>> LayerRoots::exact_root(const Unit& u, Kind kind) const {
  const std::int64_t size = point_.network().node(layer_.tensor).size();
  if (kind == Kind::fixed) return std::vector<Rational>(std::size_t(size));
  const Rational* drop = nullptr;
  if (kind == Kind::hinge)
    drop = &point_.exact(layer_.node, u.element);
  else
    drop = exact_ ? exact_(layer_.node, u.element) : nullptr;
  if (!drop) return std::nullopt;
  const Rational step = *drop / slope<Rational>(u.element);
  std::vector<Rational> root;
  for (std::int64_t k = 0; k < size; ++k) root.push_back(point_.exact(layer_.tensor, k));
  for (const auto& [in, v] : direction<Rational>(u.element)) root[std::size_t(in)] -= step * v;
  return root;
}

std::optional<region::Bracket> LayerRoots::bracket(const Unit& u, Kind kind) const {
  const Interval step = t(u, kind);
  if (kind == Kind::fixed || !step.is_bounded() || step.mignitude() == 0) return std::nullopt;
  const Rational far(step.lo > 0 ? step.hi : step.lo), near(step.lo > 0 ? step.lo : step.hi);
  region::Bracket bracket;
  const std::int64_t size = point_.network().node(layer_.tensor).size();
  for (std::int64_t k = 0; k < size; ++k) bracket.end.push_back(point_.exact(layer_.tensor, k));
  for (const auto& [in, v] : direction<Rational>(u.element)) bracket.end[std::size_t(in)] -= far * v;
  bracket.sure = near / far;
  return bracket;
}

}  // namespace lrproof::root
