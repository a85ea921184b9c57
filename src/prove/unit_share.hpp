#pragma once
// Shares of one affine layer, or of two, at given numbers: the relevance engine on a network of just that.
#include <optional>
#include <string>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::prove {

/// dense: one unit that reads every input. convolution: three inputs, one zero of padding before them, a kernel of two
/// weights, stride 1: three units that read (a1), (a1, a2) and (a2, a3), and share w and b.
enum class Shape { dense, convolution };
constexpr std::size_t kConvInputs = 3, kConvKernel = 2;

/// z_j = sum of w a over the taps of unit j + b, with the bounds that a box rule reads.
struct Layer {
  std::vector<num::Rational> a, w;
  num::Rational b, low, high;
  Shape shape = Shape::dense;

  std::size_t units() const { return shape == Shape::dense ? 1 : kConvInputs; }
  /// The weight of unit j at input i, as an index into w; nothing where unit j does not read it.
  std::optional<std::size_t> tap(std::size_t j, std::size_t i) const;
  std::vector<num::Rational> z() const;  ///< by unit
  std::string text() const;              ///< "a = (1, 2), w = (1, -1), b = 0"
};

std::string list_text(const std::vector<num::Rational>& values);  ///< "(1, 2)"

struct Shares {
  std::vector<num::Rational> of;   ///< R_i for R_j = 1 at every unit
  bool vanishes = false;           ///< a denominator with an open gate is 0
  bool nonzero_over_zero = false;  ///< ... and one of its numerators is not
};

/// Nothing where the engine does not evaluate the rule over rationals.
std::optional<Shares> shares_of(const rule::AffineRule& rule, const Layer& layer);

/// y = W2 (W1 x + b1) + b2, one output. dense: W1 is w1, row-major; convolution: w1 is the kernel, b1 its one bias.
struct TwoLayers {
  std::vector<num::Rational> x, w1, b1, w2;
  num::Rational b2, low, high;
  Shape shape = Shape::dense;

  /// Hidden unit k by itself.
  Layer hidden(std::size_t k) const;
  Layer merged() const;
  std::string text() const;
};
std::optional<Shares> shares_of(const rule::AffineRule& rule, const TwoLayers& layers);

}  // namespace lrproof::prove
