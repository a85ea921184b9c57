#include "num/scalar.hpp"

namespace lrproof::num {

std::optional<Pair> as_pair(const Rational& value) {
  const double nearest = value.to_double();
  if (!std::isfinite(nearest)) return std::nullopt;
  const Rational left = value - Rational(nearest);
  if (left.is_zero()) return Pair{nearest, 0};
  if (!left.is_dyadic()) return std::nullopt;
  const double rest = left.to_double();
  if (!std::isfinite(rest) || Rational(rest) != left) return std::nullopt;
  return Pair{nearest, rest};
}

Constants Constants::from_rationals(std::vector<Rational> values) {
  std::vector<double> nearest, rest;
  nearest.reserve(values.size());
  bool plain = true, pairs = true;
  for (const auto& v : values) {
    const auto pair = pairs ? as_pair(v) : std::nullopt;
    if (!pair) {
      pairs = false;
      nearest.push_back(v.to_double());
      continue;
    }
    nearest.push_back(pair->nearest);
    if (plain && pair->rest != 0) plain = false, rest.assign(nearest.size() - 1, 0);
    if (!plain) rest.push_back(pair->rest);
  }
  if (!pairs) return {std::move(nearest), std::move(values), {}};
  return {std::move(nearest), {}, std::move(rest)};
}

}  // namespace lrproof::num
