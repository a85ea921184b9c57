#pragma once
// The curves of the activations that have a name. Pieces of equal slope are joined: leaky-relu of slope 1 has no kink.
#include <optional>

#include "net/network.hpp"

namespace lrproof::net {

Curve relu_curve();
Curve leaky_curve(const num::Rational& slope);  ///< t for t > 0, slope t below
Curve abs_curve();
/// max(low, min(t, high)); an absent bound does not bind; low <= high.
Curve clip_curve(const std::optional<num::Rational>& low, const std::optional<num::Rational>& high);
/// max(0, min(1, alpha t + beta)), any alpha
Curve hard_sigmoid_curve(const num::Rational& alpha, const num::Rational& beta);

/// Do kinks ascend, and the pieces meet at each?
bool is_continuous(const Curve& curve);
/// The piece that t lies on; at a kink the one below.
std::size_t piece_at(const Curve& curve, const num::Rational& t);
/// outer(inner(t)), its pieces of equal slope joined.
Curve composed(const Curve& outer, const Curve& inner);

}  // namespace lrproof::net
