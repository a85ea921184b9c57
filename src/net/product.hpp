#pragma once
// Matrix products over every Scalar. For intervals the product is taken in midpoint-radius form: one product of
// midpoints in doubles, one of magnitudes that bounds the radius together with every rounding error of the first
// (gamma_n bounds hold for any order of summation and with or without fused multiply-add), so bounds cost two
// ordinary matrix products.   S. M. Rump, Fast and parallel interval arithmetic, BIT 39 (1999).
#include <cstdint>

#include "num/scalar.hpp"

namespace lrproof::net {

/// C (m x n) = op(A) (m x k) op(B) (k x n), row-major; op transposes where the flag says so.
template <num::Scalar S>
void product(const S* a, bool a_transposed, const S* b, bool b_transposed, S* c, std::int64_t m, std::int64_t k,
             std::int64_t n);

/// The same where B is known exactly and A has few rows: about two products of doubles. False, and C of no use, where
/// there are more rows or a number is beyond the doubles.
bool product_with_doubles(const num::Interval* a, const double* b, bool b_transposed, num::Interval* c, std::int64_t m,
                          std::int64_t k, std::int64_t n);

}  // namespace lrproof::net
