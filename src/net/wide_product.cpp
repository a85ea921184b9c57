// Compiled without contraction of a * b + c: what is exact below would no longer be.
#include "net/wide_product.hpp"

namespace lrproof::net {

using num::Wide;

namespace {

constexpr std::int64_t kColumns = WideColumns::kColumns;
constexpr std::int64_t kLane = 8;

// Sums of one row and kLane columns. s + c is the sum but for the rounding of c, at most gamma_2k times the sum of what
// goes into c: of |q|, the errors of s, and of the errors of the products, which the caller has put into the radii.
struct Sums {
  double s[kLane] = {}, c[kLane] = {}, q[kLane] = {}, r[kLane] = {};
};

[[gnu::always_inline]] inline void add_products(Sums& sums, const double* hi, const double* lo, std::int64_t k,
                                                const double* xh, const double* xl, const double* xr) {
  for (std::int64_t l = 0; l < k; ++l) {
    const double w = hi[l], v = lo ? lo[l] : 0, size = w < 0 ? -w : w;
    const double *h = xh + l * kColumns, *t = xl + l * kColumns, *rad = xr + l * kColumns;
    for (std::int64_t n = 0; n < kLane; ++n) {
      const double p = w * h[n];
      const double e = __builtin_fma(v, h[n], __builtin_fma(w, t[n], __builtin_fma(w, h[n], -p)));
      const double s = sums.s[n] + p, z = s - sums.s[n];
      const double q = (sums.s[n] - (s - z)) + (p - z);
      sums.s[n] = s;
      sums.c[n] += q + e;
      sums.q[n] += q < 0 ? -q : q;
      sums.r[n] = __builtin_fma(size, rad[n], sums.r[n]);
    }
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2,fma"))) void add_products_fma(Sums& sums, const double* hi, const double* lo,
                                                          std::int64_t k, const double* xh, const double* xl,
                                                          const double* xr) {
  add_products(sums, hi, lo, k, xh, xl, xr);
}
bool has_fma() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
}
#endif

void add(Sums& sums, const double* hi, const double* lo, std::int64_t k, const double* xh, const double* xl,
         const double* xr) {
#if defined(__x86_64__) && defined(__GNUC__)
  if (has_fma()) return add_products_fma(sums, hi, lo, k, xh, xl, xr);
#endif
  add_products(sums, hi, lo, k, xh, xl, xr);
}

}  // namespace

WideColumns::WideColumns(std::int64_t rows) : hi(std::size_t(rows * kColumns)), lo(hi.size()), rad(hi.size()) {}

void WideColumns::set(std::int64_t row, std::int64_t column, const Wide& value) {
  const auto at = std::size_t(row * kColumns + column);
  hi[at] = value.hi, lo[at] = value.lo, rad[at] = value.rad;
}

// With u = 2^-53: a product leaves out v t and what weights are off, at most 2 u^2 |w x|; its error e is at most 3 u
// |w x| and rounded by at most 6 u^2 |w x|; e goes through 2k additions, which lose at most 2k u 3u |w x| more. So
// every product has an error of (8 + 6k) u^2 |w| |x|, which is added to |w| times the radius of x.
void wide_product(const Pairs& weights, std::int64_t m, std::int64_t k, WideColumns& columns, std::int64_t used,
                  Wide* out, std::int64_t stride) {
  const double each = double(16 + 8 * k) * 0x1p-106, of_q = double(2 * k + 16) * 0x1p-53;
  const double inflate = 1 + double(k + 64) * 0x1p-51, lost = double(k + 1) * 0x1p-900;
  for (std::size_t i = 0; i < columns.rad.size(); ++i)
    columns.rad[i] = (columns.rad[i] + each * std::abs(columns.hi[i])) * (1 + 0x1p-50) * 1.0000001;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t from = 0; from < used; from += kLane) {
      Sums sums;
      const double* lo = weights.lo.empty() ? nullptr : weights.lo.data() + i * k;
      add(sums, weights.hi.data() + i * k, lo, k, columns.hi.data() + from, columns.lo.data() + from,
          columns.rad.data() + from);
      for (std::int64_t n = 0; n < kLane && from + n < used; ++n) {
        const double rad = (sums.r[n] + of_q * sums.q[n]) * inflate + lost;
        out[i * stride + from + n] = Wide::normal(sums.s[n], sums.c[n], rad);
      }
    }
}

}  // namespace lrproof::net
