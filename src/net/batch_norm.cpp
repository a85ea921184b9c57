#include "net/batch_norm.hpp"

#include <cmath>

namespace lrproof::net {

using num::Rational;

namespace {

// Is |gamma| / sqrt(v) >= t, for t >= 0: gamma^2 >= t^2 v.
bool at_least(const Rational& gamma_squared, const Rational& v, const Rational& t) {
  return t * t * v <= gamma_squared;
}

}  // namespace

double nearest_scale(const Rational& gamma, const Rational& v) {
  LRPROOF_INVARIANT(v.sign() > 0, "variance + epsilon is positive");
  if (gamma.is_zero()) return 0.0;
  const Rational squared = gamma * gamma;
  double below = std::abs(gamma.to_double()) / std::sqrt(v.to_double());
  if (!std::isfinite(below)) below = std::numeric_limits<double>::max();
  while (!at_least(squared, v, Rational(below))) below = std::nextafter(below, 0.0);
  for (double next = std::nextafter(below, HUGE_VAL); std::isfinite(next) && at_least(squared, v, Rational(next));
       next = std::nextafter(below, HUGE_VAL))
    below = next;
  const double above = std::nextafter(below, HUGE_VAL);
  double nearest = below;
  if (std::isfinite(above)) {
    const Rational middle = (Rational(below) + Rational(above)) / Rational(2);
    if (at_least(squared, v, middle)) nearest = above;
  }
  return gamma.sign() < 0 ? -nearest : nearest;
}

base::Result<BatchNorm> make_batch_norm(num::Constants gamma, num::Constants beta, num::Constants mean,
                                        num::Constants variance, Rational epsilon) {
  BatchNorm norm;
  std::vector<Rational> shifts;
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const Rational v = variance.rational(c) + epsilon;
    if (v.sign() <= 0)
      return base::Diagnostic{"net.variance", "channel " + std::to_string(c),
                              "batch normalisation with variance + epsilon = " + v.to_string() + " <= 0",
                              "variance + epsilon must be positive"};
    norm.scale.approx.push_back(nearest_scale(gamma.rational(c), v));
    shifts.push_back(beta.rational(c) - mean.rational(c) * Rational(norm.scale.approx.back()));
  }
  norm.shift = num::Constants::from_rationals(std::move(shifts));
  norm.gamma = std::move(gamma), norm.beta = std::move(beta), norm.mean = std::move(mean);
  norm.variance = std::move(variance), norm.epsilon = std::move(epsilon);
  return norm;
}

}  // namespace lrproof::net
