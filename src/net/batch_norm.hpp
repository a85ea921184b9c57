#pragma once
// NET-3. gamma / sqrt(variance + epsilon) is irrational in general. A claim about a whole network takes s^ = the
// double nearest to it, and the shift beta - mean s^ exactly from s^, so that the norm maps its mean to its beta.
#include "net/network.hpp"

namespace lrproof::net {

/// The double nearest to gamma / sqrt(variance + epsilon), decided exactly; variance + epsilon > 0.
double nearest_scale(const num::Rational& gamma, const num::Rational& variance_plus_epsilon);

/// Fills scale and shift from the stored parameters; an error names the channel where variance + epsilon <= 0.
base::Result<BatchNorm> make_batch_norm(num::Constants gamma, num::Constants beta, num::Constants mean,
                                        num::Constants variance, num::Rational epsilon);

}  // namespace lrproof::net
