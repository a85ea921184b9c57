#include "prove/share_limit.hpp"

#include <algorithm>

#include "prove/at_point.hpp"
#include "prove/tap_form.hpp"

namespace lrproof::prove {

using num::Rational;

namespace {

/// at + slope t for all small t > 0.
struct Near {
  Rational at, slope;
  int sign() const { return at.is_zero() ? int(slope.sign()) : int(at.sign()); }
};
Near operator+(const Near& x, const Near& y) { return {x.at + y.at, x.slope + y.slope}; }
Near operator*(const Near& x, const Rational& c) { return {x.at * c, x.slope * c}; }

/// pole / t + value + o(1)
struct Expansion {
  Rational pole, value;
};

Near numerator_near(const rule::Term& term, const Near& a, const Rational& w, const Layer& layer) {
  const TapForm form = numerator_on(term, {a.sign(), int(w.sign())});
  const Rational at = value(form, a.at, w, layer.low, layer.high);
  return {at, value(form, a.at + a.slope, w, layer.low, layer.high) - at};
}

Near stabilised(const rule::Stabilizer& s, const Near& d) {
  using Kind = rule::Stabilizer::Kind;
  const Near epsilon{s.epsilon, {}};
  const bool up = d.sign() > 0 || (d.sign() == 0 && s.zero_sign > 0);
  switch (s.kind) {
    case Kind::none:
      break;
    case Kind::signed_:
      return d + epsilon * Rational(up ? 1 : -1);
    case Kind::unsigned_:
      return d + epsilon;
    case Kind::clip: {
      const Near size = d * Rational(d.sign() < 0 ? -1 : 1);
      return (((size + epsilon * Rational(-1)).sign() > 0) ? size : epsilon) * Rational(up ? 1 : -1);
    }
    case Kind::zero_only:
      return d.sign() == 0 ? epsilon : d;
  }
  return d;
}

Expansion quotient(const Near& n, const Near& s) {
  if (!s.at.is_zero()) return {{}, n.at / s.at};
  return {n.at / s.slope, n.slope / s.slope};
}

class AlongLine {
 public:
  AlongLine(const rule::AffineRule& rule, const Layer& layer, const std::vector<Rational>& v)
      : rule_(rule), layer_(layer), sums_(v.size()) {
    for (std::size_t i = 0; i < v.size(); ++i) a_.push_back({layer.a[i], v[i]});
  }

  void add_unit(std::size_t j, Start start) {
    Near z{layer_.b, {}};
    for (std::size_t i = 0; i < a_.size(); ++i)
      if (const auto k = layer_.tap(j, i)) z = z + a_[i] * layer_.w[*k];
    if (start == Start::relu && z.sign() <= 0) return;
    for (const auto& term : rule_.terms)
      if (!term.share.is_zero() && rule::opens(term.gate, num::Sign(z.sign())))
        add_term(term, j, start == Start::relu ? z : Near{1, {}});
  }

  std::optional<std::vector<Limit>> limits() const {
    if (vanishes_) return {};
    std::vector<Limit> all;
    for (const auto& sum : sums_)
      all.push_back(sum.pole.is_zero() ? Limit{0, sum.value} : Limit{int(sum.pole.sign()), {}});
    return all;
  }

 private:
  void add_term(const rule::Term& term, std::size_t j, const Near& relevance) {
    Near d;
    for (const auto& part : term.bias) d.at += part.coefficient * factor_of_bias(part.chi, layer_.b);
    std::vector<Near> numerators(a_.size());
    for (std::size_t i = 0; i < a_.size(); ++i)
      if (const auto k = layer_.tap(j, i)) {
        numerators[i] = numerator_near(term, a_[i], layer_.w[*k], layer_);
        d = d + numerators[i];
      }
    const Near s = stabilised(term.stabilizer, d);
    vanishes_ = vanishes_ || s.sign() == 0;
    if (vanishes_) return;
    for (std::size_t i = 0; i < a_.size(); ++i) {
      if (!layer_.tap(j, i)) continue;
      const Expansion share = quotient(numerators[i] * term.share, s);
      // (pole / t + value + o(1)) (r0 + r1 t)
      sums_[i].pole += share.pole * relevance.at;
      sums_[i].value += share.value * relevance.at + share.pole * relevance.slope;
    }
  }

  const rule::AffineRule& rule_;
  const Layer& layer_;
  std::vector<Near> a_;
  std::vector<Expansion> sums_;
  bool vanishes_ = false;
};

}  // namespace

std::string list_text(const std::vector<Limit>& limits) {
  std::string text;
  for (const auto& limit : limits) {
    text += text.empty() ? "" : ", ";
    text += limit.infinite == 0 ? limit.value.to_string() : limit.infinite > 0 ? "infinity" : "-infinity";
  }
  return "(" + text + ")";
}

std::optional<std::vector<Limit>> limit_along(const rule::AffineRule& rule, const Layer& layer,
                                              const std::vector<Rational>& v, Start start) {
  if (std::any_of(rule.terms.begin(), rule.terms.end(), [](const auto& t) { return t.stabilizer.rms; })) return {};
  AlongLine line(rule, layer, v);
  for (std::size_t j = 0; j < layer.units(); ++j) line.add_unit(j, start);
  return line.limits();
}

}  // namespace lrproof::prove
