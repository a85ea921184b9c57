#include "net/curve.hpp"

#include <algorithm>

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

bool is_continuous(const Curve& curve) {
  for (std::size_t k = 0; k < curve.kinks.size(); ++k) {
    if (k > 0 && !(curve.kinks[k - 1] < curve.kinks[k])) return false;
    const auto& t = curve.kinks[k];
    if (curve.slopes[k] * t + curve.intercepts[k] != curve.slopes[k + 1] * t + curve.intercepts[k + 1]) return false;
  }
  return true;
}

std::size_t piece_at(const Curve& curve, const Rational& t) {
  std::size_t piece = 0;
  while (piece < curve.kinks.size() && t > curve.kinks[piece]) ++piece;
  return piece;
}

namespace {

// Where outer's kinks lie under each piece of inner, and inner's own.
std::vector<Rational> cuts(const Curve& outer, const Curve& inner) {
  std::vector<Rational> at = inner.kinks;
  for (std::size_t p = 0; p < inner.slopes.size(); ++p)
    for (const auto& kink : outer.kinks) {
      if (inner.slopes[p].is_zero()) continue;
      const Rational t = (kink - inner.intercepts[p]) / inner.slopes[p];
      const bool inside = (p == 0 || t > inner.kinks[p - 1]) && (p == inner.kinks.size() || t < inner.kinks[p]);
      if (inside) at.push_back(t);
    }
  std::ranges::sort(at);
  at.erase(std::unique(at.begin(), at.end()), at.end());
  return at;
}

}  // namespace

Curve composed(const Curve& outer, const Curve& inner) {
  const auto at = cuts(outer, inner);
  Curve out;
  for (std::size_t k = 0; k <= at.size(); ++k) {
    const Rational inside = at.empty()       ? Rational(0)
                            : k == 0         ? at[0] - Rational(1)
                            : k == at.size() ? at[k - 1] + Rational(1)
                                             : (at[k - 1] + at[k]) / Rational(2);
    const auto p = piece_at(inner, inside);
    const auto q = piece_at(outer, inner.slopes[p] * inside + inner.intercepts[p]);
    const Rational slope = outer.slopes[q] * inner.slopes[p];
    const Rational intercept = outer.slopes[q] * inner.intercepts[p] + outer.intercepts[q];
    if (k > 0 && slope == out.slopes.back() && intercept == out.intercepts.back()) continue;
    if (k > 0) out.kinks.push_back(at[k - 1]);
    out.slopes.push_back(slope);
    out.intercepts.push_back(intercept);
  }
  return out;
}

}  // namespace lrproof::net
