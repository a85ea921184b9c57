#pragma once
// Sums of stored numbers times exact ones, in machine words. Stored numbers are floats: over one power of two they are
// integers of a word, mostly. A dyadic number is cut into pieces of fewer bits than a word; then a sum of hundreds of
// products needs two words a piece, no allocation and no common denominator. What does not fit says so, and is left to
// Rational.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "num/scalar.hpp"

namespace lrproof::num {

/// of[k] 2^exponent, |of[k]| < 2^bits <= 2^62.
struct Integers {
  std::vector<std::int64_t> of;
  long exponent = 0;
  int bits = 0;
};
/// Values as sums of such integers, largest first: trained weights of inputs that were always 0 are tiny, and one power
/// of two does not do for all. Empty: some are no doubles, or too far apart.
std::vector<Integers> integers_of(const Constants& values);

/// sum_k weight_k g_k for many outputs at once: g is fixed first, then terms are added.
class MachineSums {
 public:
  /// Nothing where g is not dyadic, or spreads too far. `terms`: at most that many in a sum.
  static std::optional<MachineSums> make(const Integers& weights, const std::vector<const Rational*>& g,
                                         std::size_t terms, std::size_t outputs);

  /// sum[output] += weight g_k, for all pieces of g_k
  void add(std::size_t output, std::int64_t weight, std::size_t k) {
    for (std::size_t p = 0; p < pieces_; ++p)
      sum_[output * pieces_ + p] += static_cast<Wide>(weight) * piece_[k * pieces_ + p];
  }
  Rational value(std::size_t output) const;

 private:
  __extension__ typedef __int128 Wide;
  std::size_t pieces_ = 1;
  int piece_bits_ = 0;
  long exponent_ = 0;                // of the lowest piece of a sum
  std::vector<std::int64_t> piece_;  // by k, lowest first
  std::vector<Wide> sum_;            // by output
};

}  // namespace lrproof::num
