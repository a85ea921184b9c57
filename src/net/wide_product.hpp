#pragma once
// Matrix products over num::Wide against weights of one or two doubles each, the work of difference_at.
// Sums of exact products by error-free transformations: T. Ogita, S. M. Rump, S. Oishi, Accurate sum and dot product,
// SIAM J. Sci. Comput. 26 (2005).
#include <cstdint>
#include <span>
#include <vector>

#include "num/wide.hpp"

namespace lrproof::net {

/// Numbers within 2^-105 of hi + lo, relatively; lo: empty, or as long.
struct Pairs {
  std::span<const double> hi, lo;
};

/// A few columns of the right operand, apart: [row][kColumns].
struct WideColumns {
  static constexpr std::int64_t kColumns = 16;
  std::vector<double> hi, lo, rad;
  explicit WideColumns(std::int64_t rows);
  void set(std::int64_t row, std::int64_t column, const num::Wide& value);
};

/// out[i * stride + j] = sum_l weights[i * k + l] column_j[l] for i < m and the first `used` columns. Spoils rad.
void wide_product(const Pairs& weights, std::int64_t m, std::int64_t k, WideColumns& columns, std::int64_t used,
                  num::Wide* out, std::int64_t stride);

}  // namespace lrproof::net
