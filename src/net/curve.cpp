#include "net/curve.hpp"

namespace lrproof::net {

using num::Rational;

Curve relu_curve() { return {{Rational(0)}, {Rational(0), Rational(1)}, {Rational(0), Rational(0)}}; }

Curve leaky_curve(const Rational& slope) {
  if (slope == Rational(1)) return {{}, {Rational(1)}, {Rational(0)}};
  return {{Rational(0)}, {slope, Rational(1)}, {Rational(0), Rational(0)}};
}

Curve abs_curve() { return {{Rational(0)}, {Rational(-1), Rational(1)}, {Rational(0), Rational(0)}}; }

Curve clip_curve(const std::optional<Rational>& low, const std::optional<Rational>& high) {
  if (low && high && !(*low < *high)) return {{}, {Rational(0)}, {*high}};
  Curve curve;
  if (low) {
    curve.kinks.push_back(*low);
    curve.slopes.push_back(Rational(0));
    curve.intercepts.push_back(*low);
  }
  curve.slopes.push_back(Rational(1));
  curve.intercepts.push_back(Rational(0));
  if (high) {
    curve.kinks.push_back(*high);
    curve.slopes.push_back(Rational(0));
    curve.intercepts.push_back(*high);
  }
  return curve;
}

Curve hard_sigmoid_curve(const Rational& alpha, const Rational& beta) {
  if (alpha.is_zero()) return {{}, {Rational(0)}, {num::max(Rational(0), num::min(Rational(1), beta))}};
  const Rational at_zero = -beta / alpha, at_one = (Rational(1) - beta) / alpha;
  if (alpha.sign() > 0) return {{at_zero, at_one}, {Rational(0), alpha, Rational(0)}, {Rational(0), beta, Rational(1)}};
  return {{at_one, at_zero}, {Rational(0), alpha, Rational(0)}, {Rational(1), beta, Rational(0)}};
}

}  // namespace lrproof::net
