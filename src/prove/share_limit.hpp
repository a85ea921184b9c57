#pragma once
// One-sided limits of a layer's relevance at given numbers (RUL-7).
#include <optional>
#include <string>
#include <vector>

#include "prove/unit_share.hpp"

namespace lrproof::prove {

/// What enters at every unit: 1 (then R_i is the share), or relu(z_j).
enum class Start { one, relu };

/// A finite number, or beyond every bound with the given sign.
struct Limit {
  int infinite = 0;  ///< -1, 0 or 1
  num::Rational value;
  friend bool operator==(const Limit&, const Limit&) = default;
};
std::string list_text(const std::vector<Limit>& limits);  ///< "(1/2, infinity)"

/// R_i as t > 0 falls to 0, inputs a + t v; nothing where a denominator that is asked for is 0 all along (a jump of its
/// share is one of our making, RUL-2), or for a stabiliser scaled by a root mean square. For small t every input, z and
/// d keeps its sign and is linear in t, so a share is (n0 + n1 t) / (s0 + s1 t): its limit is n0 / s0, or, where s0 = 0
/// and s1 is not, n1 / s1 beside a pole n0 / (s1 t). Poles of several terms may cancel.
std::optional<std::vector<Limit>> limit_along(const rule::AffineRule& rule, const Layer& layer,
                                              const std::vector<num::Rational>& v, Start start);

}  // namespace lrproof::prove
