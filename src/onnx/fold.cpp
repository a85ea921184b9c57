#include "onnx/fold.hpp"

#include <cmath>

namespace lrproof::onnx {

using base::Result;
using base::Status;
using num::Rational;

namespace {

bool is_test(Pair pair) { return pair >= Pair::equal; }

template <class T>
std::int64_t test(Pair pair, const T& a, const T& b) {
  switch (pair) {
    case Pair::equal:
      return a == b;
    case Pair::less:
      return a < b;
    case Pair::less_equal:
      return !(b < a);
    case Pair::greater:
      return b < a;
    case Pair::greater_equal:
      return !(a < b);
    case Pair::both:
      return !(a == T(0)) && !(b == T(0));
    default:
      return !(a == T(0)) || !(b == T(0));
  }
}

/// Two's complement, as the file's integer types have it: no overflow is undefined.
std::int64_t integer_pair(Pair pair, std::int64_t a, std::int64_t b, bool& undefined) {
  const auto u = std::uint64_t(a), v = std::uint64_t(b);
  switch (pair) {
    case Pair::add:
      return std::int64_t(u + v);
    case Pair::sub:
      return std::int64_t(u - v);
    case Pair::mul:
      return std::int64_t(u * v);
    case Pair::max:
      return std::max(a, b);
    case Pair::min:
      return std::min(a, b);
    case Pair::div:
      undefined = undefined || b == 0;
      return b == 0 ? 0 : b == -1 ? std::int64_t(0 - u) : a / b;
    case Pair::mod: {
      undefined = undefined || b == 0;
      const auto rest = b == 0 || b == -1 ? 0 : a % b;
      return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
    case Pair::pow: {
      undefined = undefined || b < 0;
      std::uint64_t power = 1, base = u;
      for (auto e = b < 0 ? 0 : v; e > 0; e >>= 1, base *= base)
        if (e & 1) power *= base;
      return std::int64_t(power);
    }
    default:
      return test(pair, a, b);
  }
}

Rational power(const Rational& a, const Rational& b, bool& undefined, bool& rounded) {
  const double exponent = b.to_double();
  if (b.is_double() && std::abs(exponent) <= 16 && exponent == std::floor(exponent)) {
    Rational product(1);
    for (int k = 0; k < int(std::abs(exponent)); ++k) product *= a;
    undefined = undefined || (exponent < 0 && product.is_zero());
    return exponent < 0 && !product.is_zero() ? Rational(1) / product : product;
  }
  const double value = std::pow(a.to_double(), exponent);
  rounded = true;
  undefined = undefined || !std::isfinite(value);
  return std::isfinite(value) ? Rational(value) : Rational(0);
}

Rational real_pair(Pair pair, const Rational& a, const Rational& b, bool& undefined, bool& rounded) {
  switch (pair) {
    case Pair::add:
      return a + b;
    case Pair::sub:
      return a - b;
    case Pair::mul:
      return a * b;
    case Pair::max:
      return num::max(a, b);
    case Pair::min:
      return num::min(a, b);
    case Pair::div:
      undefined = undefined || b.is_zero();
      return b.is_zero() ? Rational(0) : a / b;
    case Pair::pow:
      return power(a, b, undefined, rounded);
    default:
      undefined = true;
      return 0;
  }
}

}  // namespace

Result<Tensor> fold_pair(Site& site, Pair pair, const Tensor& a, const Tensor& b) {
  if (a.kind != b.kind && pair != Pair::pow) return site.error("onnx.type", "integers meet floating point numbers");
  const auto shape = broadcast(a.shape, b.shape);
  const auto count = shape ? checked_count(*shape) : std::nullopt;
  if (!count) return site.misshapen(net::to_string(a.shape) + " and " + net::to_string(b.shape) + " do not broadcast");
  LRPROOF_CHECK(site.spend(*count * 3));
  const auto from_a = broadcast_index(a.shape, *shape), from_b = broadcast_index(b.shape, *shape);
  const bool real = a.kind == Kind::real;
  if (real) LRPROOF_CHECK(site.finite(a));
  if (b.kind == Kind::real) LRPROOF_CHECK(site.finite(b));
  if (b.kind != a.kind && !real) return site.unsupported("of an integer by a floating point number");
  Tensor out{real && !is_test(pair) ? Kind::real : Kind::integer, *shape, {}, {}, site.name()};
  std::vector<Rational> reals;
  bool undefined = false, rounded = false;
  for (std::size_t k = 0; k < std::size_t(*count); ++k) {
    const auto i = std::size_t(from_a[k]), j = std::size_t(from_b[k]);
    if (!real) {
      out.integers.push_back(integer_pair(pair, a.integers[i], b.integers[j], undefined));
      continue;
    }
    const Rational right = b.kind == Kind::real ? b.reals.rational(j) : Rational(long(b.integers[j]));
    if (is_test(pair))
      out.integers.push_back(test(pair, a.reals.rational(i), right));
    else
      reals.push_back(real_pair(pair, a.reals.rational(i), right, undefined, rounded));
  }
  if (undefined) return site.error("onnx.undefined", "its value on constants is undefined (division by zero?)");
  if (rounded)
    site.draft().notes.push_back(site.op() + " of constants (node " + shown(site.name()) +
                                 ") is computed in double precision");
  if (out.kind == Kind::real) out.reals = num::Constants::from_rationals(std::move(reals));
  return out;
}

Status give_folded(Site& site, Pair pair) {
  LRPROOF_TRY(tensor, fold_pair(site, pair, *site.operand(0).constant, *site.operand(1).constant));
  return site.give(std::move(tensor));
}

}  // namespace lrproof::onnx
