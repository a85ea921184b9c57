#pragma once
// Internal to the oracle's replay of laws of rules: one affine layer by its formulas (RUL-1, RUL-2), at rationals and
// infinitely near to them.
#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

/// at + slope t, for every small enough t > 0.
struct Near {
  Exact at, slope;
  int sign() const { return sgn(at) != 0 ? sgn(at) : sgn(slope); }
};

struct Unit {
  std::vector<std::pair<std::size_t, Exact>> taps;  ///< input and weight
  Exact bias;
};
struct Layer {
  std::vector<Unit> units;
  Exact low, high;
};
Layer dense_layer(const std::vector<Exact>& w, const std::vector<Exact>& b, std::size_t inputs, const Exact& low,
                  const Exact& high);
/// Three units over (a1), (a1, a2), (a2, a3): what the zero of padding would add is no input.
Layer convolution_layer(const std::vector<Exact>& kernel, const Exact& b, const Exact& low, const Exact& high);

/// pole / t + at, up to what vanishes with t. At fixed inputs the pole is 0.
struct Amount {
  Exact pole, at;
  bool operator==(const Amount& other) const = default;
};

struct Spread {
  std::vector<Amount> of;          ///< by input
  std::vector<Near> z;             ///< by unit
  bool vanishes = false;           ///< some S(d) that is asked for is 0
  bool nonzero_over_zero = false;  ///< ... and a numerator over it is not
};

/// What the inputs get for `relevance`, by unit; units whose relevance is 0 are not asked. Throws NotCovered.
Spread spread(const Rule& rule, const Layer& layer, const std::vector<Near>& a, const std::vector<Near>& relevance);
std::vector<Near> pre_activations(const Layer& layer, const std::vector<Near>& a);
/// w v of the rule's root direction at one tap.
Exact root_drop(const Rule& rule, const Layer& layer, const Exact& a, const Exact& w);

}  // namespace lrproof::oracle
