#include "attr/signs.hpp"

#include "num/symbol.hpp"

namespace lrproof::attr {
namespace {

using num::Interval;
using num::Sign;

// Does a lie strictly below b, strictly above it, at it, or can nobody tell?
template <num::Scalar S>
Sign order(const S& a, const S& b) {
  if constexpr (std::same_as<S, Interval>) {
    if (surely_less(a, b)) return Sign::negative;
    if (surely_less(b, a)) return Sign::positive;
    return a.lo == a.hi && b.lo == b.hi ? Sign::zero : Sign::unknown;
  } else {
    return a < b ? Sign::negative : b < a ? Sign::positive : Sign::zero;
  }
}

// The largest lower bound among the candidates decides who can be a winner at all.
bool interval_winners(std::span<const Interval> candidates, bool minimum, std::vector<int>& out) {
  auto turned = [&](std::size_t k) { return minimum ? -candidates[k] : candidates[k]; };
  double floor = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < candidates.size(); ++k) floor = std::max(floor, turned(k).lo);
  bool points = true;
  for (std::size_t k = 0; k < candidates.size(); ++k) {
    const Interval v = turned(k);
    if (v.hi < floor) continue;
    out.push_back(int(k));
    points = points && v.lo == v.hi;
  }
  return out.size() == 1 || points;
}

}  // namespace

template <num::Scalar S>
Pieces<S> pieces_of(const net::Curve& curve) {
  Pieces<S> out;
  for (const num::Rational& slope : curve.slopes) out.slopes.push_back(num::from_rational<S>(slope));
  for (std::size_t k = 0; k < curve.kinks.size(); ++k) {
    out.kinks.push_back(num::from_rational<S>(curve.kinks[k]));
    const bool right_is_flat = curve.slopes[k + 1].is_zero() && !curve.slopes[k].is_zero();
    out.at_kink.push_back(int(right_is_flat ? k + 1 : k));
  }
  return out;
}

template <num::Scalar S>
Sign Signs<S>::sign(net::NodeId, std::int64_t, std::int64_t, const S& value) const {
  return num::sign_of(value);
}

template <num::Scalar S>
Sign Signs<S>::denominator(net::NodeId, int, std::int64_t, std::int64_t, const S& d) const {
  return num::sign_of(d);
}

template <num::Scalar S>
int Signs<S>::piece(net::NodeId, std::int64_t, std::int64_t, const S& z, const Pieces<S>& pieces) const {
  for (std::size_t k = 0; k < pieces.kinks.size(); ++k) {
    switch (order(z, pieces.kinks[k])) {
      case Sign::negative:
        return int(k);
      case Sign::zero:
        return pieces.at_kink[k];
      case Sign::unknown:
        return -1;
      case Sign::positive:
        break;
    }
  }
  return int(pieces.kinks.size());
}

template <num::Scalar S>
bool Signs<S>::winners(net::NodeId, std::int64_t, std::int64_t, std::span<const S> candidates, bool minimum,
                       std::vector<int>& out) const {
  out.clear();
  if constexpr (std::same_as<S, Interval>) {
    return interval_winners(candidates, minimum, out);
  } else if constexpr (std::same_as<S, num::Symbol>) {
    return num::winners(candidates, minimum, out), true;
  } else {
    for (std::size_t k = 0; k < candidates.size(); ++k) {
      const S* best = out.empty() ? nullptr : &candidates[std::size_t(out.front())];
      const bool better = !best || (minimum ? candidates[k] < *best : *best < candidates[k]);
      if (better) out.assign(1, int(k));
      if (best && !better && candidates[k] == *best) out.push_back(int(k));
    }
    return true;
  }
}

template Pieces<float> pieces_of(const net::Curve&);
template Pieces<double> pieces_of(const net::Curve&);
template Pieces<Interval> pieces_of(const net::Curve&);
template Pieces<num::Rational> pieces_of(const net::Curve&);
template Pieces<num::Symbol> pieces_of(const net::Curve&);
template class Signs<float>;
template class Signs<double>;
template class Signs<Interval>;
template class Signs<num::Rational>;
template class Signs<num::Symbol>;

}  // namespace lrproof::attr
