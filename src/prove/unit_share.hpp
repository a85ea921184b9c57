#pragma once
// Shares of one affine unit, or of two affine layers, at given numbers: the relevance engine on a network of just that.
#include <optional>
#include <string>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::prove {

/// z = w . a + b, with the bounds that a box rule reads.
struct Unit {
  std::vector<num::Rational> a, w;
  num::Rational b, low, high;
  num::Rational z() const;
  std::string text() const;  ///< "a = (1, 2), w = (1, -1), b = 0"
};

std::string list_text(const std::vector<num::Rational>& values);  ///< "(1, 2)"

struct Shares {
  std::vector<num::Rational> of;   ///< R_i for R_j = 1
  bool vanishes = false;           ///< a denominator with an open gate is 0
  bool nonzero_over_zero = false;  ///< ... and one of its numerators is not
};

/// Nothing where the engine does not evaluate the rule over rationals.
std::optional<Shares> shares_of(const rule::AffineRule& rule, const Unit& unit);

/// y = W2 (W1 x + b1) + b2, one output; w1 is row-major.
struct TwoLayers {
  std::vector<num::Rational> x, w1, b1, w2;
  num::Rational b2, low, high;
  Unit merged() const;
};
std::optional<Shares> shares_of(const rule::AffineRule& rule, const TwoLayers& layers);

}  // namespace lrproof::prove
