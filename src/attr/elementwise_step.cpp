#include <algorithm>
#include <cmath>

#include "attr/divide.hpp"
#include "attr/step.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {
namespace {

using num::Interval;
using num::Sign;
using Kind = rule::NamedRule::Kind;

// An activation's node, element by element. z: its input; f: its output.
template <num::Scalar S>
struct Elementwise {
  const Step<S>& step;
  const rule::NamedRule& rule;
  const std::vector<Pieces<S>>& pieces;
  const std::vector<S>& z;
  const std::vector<S>& f;

  std::int64_t element(std::size_t k) const { return std::int64_t(k) % step.size(); }
  std::int64_t sample(std::size_t k) const { return std::int64_t(k) / step.size(); }
  Sign sign_z(std::size_t k) const { return step.signs.sign(step.self().inputs[0], element(k), sample(k), z[k]); }

  S slope(std::size_t k) const {
    const auto& curve_of = std::get<net::Activation>(step.self().op).curve_of;
    const Pieces<S>& p = pieces[curve_of.empty() ? 0 : std::size_t(curve_of[std::size_t(element(k))])];
    const int piece = step.signs.piece(step.node, element(k), sample(k), z[k], p);
    if (piece >= 0) return p.slopes[std::size_t(piece)];
    if constexpr (std::same_as<S, Interval>) return slopes_met(z[k], p);
    LRPROOF_INVARIANT(false, "the piece of an activation is unknown to an exact scalar");
    return S(0);
  }
  static S slopes_met(const S& value, const Pieces<S>& p)
    requires std::same_as<S, Interval>
  {
    std::optional<Interval> out;
    for (std::size_t k = 0; k < p.slopes.size(); ++k) {
      if (k > 0 && surely_less(value, p.kinks[k - 1])) break;
      if (k < p.kinks.size() && surely_less(p.kinks[k], value)) continue;
      out = out ? hull(*out, p.slopes[k]) : p.slopes[k];
    }
    return out.value_or(Interval::everything());
  }
  S ratio(std::size_t k) const {
    const rule::Stabilizer signed_epsilon{rule::Stabilizer::Kind::signed_, rule.parameter, 1, false};
    const S epsilon = num::from_rational<S>(rule.parameter);
    return divide(S(step.incoming[k] * f[k]), z[k], sign_z(k), signed_epsilon, epsilon).value;
  }
  S guided(std::size_t k) const {
    const S kept = num::positive_part(step.incoming[k]);
    const Sign sign = sign_z(k);
    return sign == Sign::positive ? kept : sign == Sign::unknown ? some_of(kept) : S(0);
  }
  S smooth(std::size_t k) const {
    const S& r = step.incoming[k];
    if constexpr (num::kFloating<S>)
      return S(double(r) / (1 + std::exp(-rule.parameter.to_double() * double(z[k]))));
    else if constexpr (std::same_as<S, Interval>)
      return some_of(r);
    else
      LRPROOF_INVARIANT(false, "beta-smooth has no exact value");
    return S(0);
  }
  S share(std::size_t k) const {
    switch (rule.kind) {
      case Kind::gradient:
        return step.incoming[k] * slope(k);
      case Kind::ratio:
        return ratio(k);
      case Kind::guided_backprop:
        return guided(k);
      case Kind::deconvnet:
        return num::positive_part(step.incoming[k]);
      case Kind::beta_smooth:
        return smooth(k);
      default:
        LRPROOF_INVARIANT(false, "a rule that does not fit an activation reached the engine");
    }
    return S(0);
  }
};

// The given percentile of a layer's products, between neighbours linearly.
template <class S>
S percentile(std::vector<S> sorted, const num::Rational& percent) {
  std::sort(sorted.begin(), sorted.end());
  const num::Rational place = percent * num::Rational(long(sorted.size()) - 1) / num::Rational(100);
  const auto below = std::size_t(std::clamp(place.lower(), 0.0, double(sorted.size() - 1)));
  const auto above = std::min(below + 1, sorted.size() - 1);
  const S part = num::from_rational<S>(place - num::Rational(long(below)));
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

// RectGrad (Kim et al. 2019): relevance passes where activation times relevance is above the layer's percentile.
template <num::Scalar S>
void rectgrad_step(const Step<S>& step, const rule::NamedRule& rule) {
  const std::vector<S>& f = step.values.of[std::size_t(step.node)];
  const auto size = std::size_t(step.size());
  for (std::size_t first = 0; first < f.size(); first += size) {
    std::vector<S> product;
    for (std::size_t k = first; k < first + size; ++k) product.push_back(f[k] * step.incoming[k]);
    S threshold(0);
    if constexpr (!std::same_as<S, Interval>) threshold = percentile(product, rule.parameter);
    for (std::size_t k = first; k < first + size; ++k) {
      S share = some_of(step.incoming[k]);
      if constexpr (!std::same_as<S, Interval>)
        if (!(threshold < product[k - first])) share = S(0);
      (*step.sinks[0])[k] += share;
      step.book(step.rule_cause(), k, S(step.incoming[k] - share));
    }
  }
}

}  // namespace

template <num::Scalar S>
void activation_step(const Step<S>& step, const rule::NamedRule& rule, const std::vector<Pieces<S>>& pieces) {
  if (rule.kind == Kind::pass) return pass_step(step);
  if (rule.kind == Kind::zero) return zero_step(step);
  if (rule.kind == Kind::rectgrad) return rectgrad_step(step, rule);
  const Elementwise<S> unit{step, rule, pieces, step.operand_values(0), step.values.of[std::size_t(step.node)]};
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    if (num::is_nothing(step.incoming[k])) continue;
    const S share = unit.share(k);
    (*step.sinks[0])[k] += share;
    if (step.trace) step.book(step.rule_cause(), k, S(step.incoming[k] - share));
  }
}

template <num::Scalar S>
void pass_step(const Step<S>& step) {
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    (*step.sinks[0])[k] += step.incoming[k];
    if (step.is_constant(0)) step.book(&Causes<S>::constant, k, step.incoming[k]);
  }
}

template <num::Scalar S>
void zero_step(const Step<S>& step) {
  for (std::size_t k = 0; k < step.incoming.size(); ++k) step.book(step.rule_cause(), k, step.incoming[k]);
}

template <num::Scalar S>
void concat_step(const Step<S>& step, const net::Concat& concat) {
  std::int64_t before = 1, position = 0;
  for (std::int64_t k = 0; k < concat.axis; ++k) before *= step.self().shape[std::size_t(k)];
  const std::int64_t row = step.size() / before;
  for (std::size_t o = 0; o < step.sinks.size(); ++o) {
    const std::int64_t part = step.operand(o).size() / before;
    for (std::int64_t r = 0; r < before * step.values.batch; ++r)
      for (std::int64_t i = 0; i < part; ++i) {
        const auto k = std::size_t(r * row + position + i);
        (*step.sinks[o])[std::size_t(r * part + i)] += step.incoming[k];
        if (step.is_constant(o)) step.book(&Causes<S>::constant, k, step.incoming[k]);
      }
    position += part;
  }
}

template <num::Scalar S>
void structural_step(const Step<S>& step) {
  if (const auto* concat = std::get_if<net::Concat>(&step.self().op)) return concat_step(step, *concat);
  const auto* select = std::get_if<net::Select>(&step.self().op);
  if (!select) return pass_step(step);
  const std::int64_t from = step.operand(0).size();
  for (std::size_t k = 0; k < step.incoming.size(); ++k) {
    const std::int64_t sample = std::int64_t(k) / step.size(),
                       at = select->index[std::size_t(k) % std::size_t(step.size())];
    if (at >= 0) (*step.sinks[0])[std::size_t(sample * from + at)] += step.incoming[k];
    if (at < 0 || step.is_constant(0)) step.book(&Causes<S>::constant, k, step.incoming[k]);
  }
}

#define LRPROOF_INSTANTIATE(S)                                                                          \
  template void activation_step(const Step<S>&, const rule::NamedRule&, const std::vector<Pieces<S>>&); \
  template void structural_step(const Step<S>&);                                                        \
  template void pass_step(const Step<S>&);                                                              \
  template void zero_step(const Step<S>&)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(Interval);
LRPROOF_INSTANTIATE(num::Rational);
LRPROOF_INSTANTIATE(num::Symbol);

}  // namespace lrproof::attr
