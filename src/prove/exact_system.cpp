#include "prove/exact_system.hpp"

namespace lrproof::prove {

using num::Rational;

std::optional<std::vector<Rational>> solve_system(std::vector<std::vector<Rational>> m, std::vector<Rational> b) {
  const std::size_t n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t best = n;
    for (std::size_t i = k; i < n; ++i)
      if (!m[i][k].is_zero() && (best == n || m[i][k].bits() < m[best][k].bits())) best = i;
    if (best == n) return std::nullopt;
    std::swap(m[k], m[best]), std::swap(b[k], b[best]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k || m[i][k].is_zero()) continue;
      const Rational factor = -(m[i][k] / m[k][k]);
      for (std::size_t j = k; j < n; ++j) m[i][j].add_product(factor, m[k][j]);
      b[i].add_product(factor, b[k]);
    }
  }
  for (std::size_t k = 0; k < n; ++k) b[k] /= m[k][k];
  return b;
}

}  // namespace lrproof::prove
