#pragma once
// The Scalar concept. The meaning of a network, of a cell and of a rule is written once, over any Scalar:
//   float     speed, for pictures            double    speed, for reference
//   Interval  bounds that are proofs         Rational  the truth
//   Wide      bounds of twice the digits, for networks evaluated at one point (net:: alone)
//   Symbol    the truth as a formula, on the side of every decision where one point lies (num/symbol.hpp)
// What a scalar must offer: + - * /, conversion from a stored weight, a sign that may be "unknown", and add_product.
#include <concepts>
#include <vector>

#include "num/interval.hpp"
#include "num/pair.hpp"
#include "num/rational.hpp"
#include "num/shared_vector.hpp"
#include "num/wide.hpp"

namespace lrproof::num {

class Symbol;  // complete in num/symbol.hpp, which those who run over it include

template <class S>
concept Scalar = std::same_as<S, float> || std::same_as<S, double> || std::same_as<S, Interval> ||
                 std::same_as<S, Wide> || std::same_as<S, Rational> || std::same_as<S, Symbol>;

template <class S>
inline constexpr bool kExact = std::same_as<S, Rational> || std::same_as<S, Symbol>;
template <class S>
inline constexpr bool kFloating = std::same_as<S, float> || std::same_as<S, double>;

inline Sign sign_of(float v) { return v > 0 ? Sign::positive : v < 0 ? Sign::negative : Sign::zero; }
inline Sign sign_of(double v) { return v > 0 ? Sign::positive : v < 0 ? Sign::negative : Sign::zero; }
inline Sign sign_of(const Interval& v) { return v.sign(); }
inline Sign sign_of(const Wide& v) { return v.bounds().sign(); }
inline Sign sign_of(const Rational& v) { return Sign(v.sign()); }
Sign sign_of(const Symbol& v);

// A symbol remembers what it was asked, so each question asks no more than it needs.
/// Is it 0?
template <class S>
bool is_zero(const S& v) {
  return sign_of(v) == Sign::zero;
}
bool is_zero(const Symbol& v);
/// Is it nothing to go on with? A symbol: 0 wherever it is evaluated, which asks nothing.
template <class S>
bool is_nothing(const S& v) {
  return sign_of(v) == Sign::zero;
}
bool is_nothing(const Symbol& v);
template <class S>
bool is_positive(const S& v) {
  return sign_of(v) == Sign::positive;
}
bool is_positive(const Symbol& v);
template <class S>
bool is_negative(const S& v) {
  return sign_of(v) == Sign::negative;
}
bool is_negative(const Symbol& v);

/// A constant of the network or a rule as a scalar.
template <Scalar S>
S from_rational(const Rational& r) {
  if constexpr (kFloating<S>)
    return S(r.to_double());
  else
    return S(r);
}
template <Scalar S>
S from_double(double v) {
  return S(v);
}

inline void add_product(float& s, float a, float b) { s += a * b; }
inline void add_product(double& s, double a, double b) { s += a * b; }
inline void add_product(Interval& s, const Interval& a, const Interval& b) { s.add_product(a, b); }
inline void add_product(Wide& s, const Wide& a, const Wide& b) { s += a * b; }
inline void add_product(Rational& s, const Rational& a, const Rational& b) { s.add_product(a, b); }
void add_product(Symbol& s, const Symbol& a, const Symbol& b);

/// max(t, 0) and min(t, 0)
template <Scalar S>
S positive_part(const S& t) {
  if constexpr (std::same_as<S, Interval>)
    return Interval{std::max(t.lo, 0.0), std::max(t.hi, 0.0)};
  else
    return is_positive(t) ? t : S(0);
}
template <Scalar S>
S negative_part(const S& t) {
  if constexpr (std::same_as<S, Interval>)
    return Interval{std::min(t.lo, 0.0), std::min(t.hi, 0.0)};
  else
    return is_negative(t) ? t : S(0);
}
inline double to_double(float v) { return v; }
inline double to_double(double v) { return v; }
inline double to_double(const Interval& v) { return v.lo + (v.hi - v.lo) / 2; }
inline double to_double(const Wide& v) { return v.hi; }
inline double to_double(const Rational& v) { return v.to_double(); }
double to_double(const Symbol& v);

/// Stored constants, cheap to copy: doubles, and exact values where a double cannot hold them. Of the three forms
/// (doubles alone; nearest doubles and what is left of each, see num/pair.hpp; rationals beside their nearest doubles,
/// for 1/9 of an average pool) the first that holds all values is taken, so equal values compare equal.
struct Constants {
  SharedVector<double> approx;
  SharedVector<Rational> exact = {};  ///< empty or of the same length
  SharedVector<double> rest = {};     ///< empty or of the same length; empty where exact is not

  std::size_t size() const { return approx.size(); }
  bool empty() const { return approx.empty(); }
  bool all_double() const { return exact.empty() && rest.empty(); }
  Rational rational(std::size_t k) const {
    if (!rest.empty()) return Pair{approx[k], rest[k]}.rational();
    return exact.empty() ? Rational(approx[k]) : exact[k];
  }
  template <Scalar S>
  S at(std::size_t k) const {
    if constexpr (kFloating<S>)
      return S(approx[k]);
    else if constexpr (std::same_as<S, Interval>)
      return !rest.empty()   ? Pair{approx[k], rest[k]}.bounds()
             : exact.empty() ? Interval(approx[k])
                             : Interval(exact[k]);
    else if constexpr (std::same_as<S, Wide>)
      return exact.empty() ? Wide(approx[k], rest.empty() ? 0 : rest[k], 0) : Wide(exact[k]);
    else
      return rational(k);
  }
  template <Scalar S>
  std::vector<S> as() const {
    std::vector<S> out;
    out.reserve(size());
    for (std::size_t k = 0; k < size(); ++k) out.push_back(at<S>(k));
    return out;
  }
  /// Keeps exact values only where some of them is no double.
  static Constants from_rationals(std::vector<Rational> values);
  /// values[k] factors[of(k)], exactly: what folding a scale into weights gives.
  template <class Of>
  static Constants from_products(const Constants& values, const Constants& factors, Of of);
  friend bool operator==(const Constants&, const Constants&) = default;
};

template <class Of>
Constants Constants::from_products(const Constants& values, const Constants& factors, Of of) {
  const std::size_t size = values.size();
  const bool doubles = values.all_double() && factors.all_double();
  std::vector<double> nearest(doubles ? size : 0), rest(nearest.size());
  bool pairs = doubles, plain = true;
  for (std::size_t k = 0; k < size && pairs; ++k) {
    const auto product = exact_product(values.approx[k], factors.approx[of(k)]);
    pairs = product.has_value();
    if (!pairs) break;
    nearest[k] = product->nearest, rest[k] = product->rest;
    plain = plain && rest[k] == 0;
  }
  if (pairs) return {std::move(nearest), {}, plain ? std::vector<double>() : std::move(rest)};
  std::vector<Rational> products;
  products.reserve(size);
  for (std::size_t k = 0; k < size; ++k) products.push_back(values.rational(k) * factors.rational(of(k)));
  return from_rationals(std::move(products));
}

}  // namespace lrproof::num
