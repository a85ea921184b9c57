#include "net/product.hpp"

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include "kernel/gemm.hpp"
#include "num/symbol.hpp"

namespace lrproof::net {

using num::Interval;

namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
void floating(const T* a, bool at, const T* b, bool bt, T* c, std::int64_t m, std::int64_t k, std::int64_t n) {
  const Eigen::Map<const Matrix<T>> A(a, at ? k : m, at ? m : k), B(b, bt ? n : k, bt ? k : n);
  Eigen::Map<Matrix<T>> C(c, m, n);
  if (at && bt)
    C.noalias() = A.transpose() * B.transpose();
  else if (at)
    C.noalias() = A.transpose() * B;
  else if (bt)
    C.noalias() = A * B.transpose();
  else
    C.noalias() = A * B;
}

template <class S>
void plain(const S* a, bool at, const S* b, bool bt, S* c, std::int64_t m, std::int64_t k, std::int64_t n) {
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      S sum(0);
      for (std::int64_t l = 0; l < k; ++l)
        num::add_product(sum, a[at ? l * m + i : i * k + l], b[bt ? j * k + l : l * n + j]);
      c[i * n + j] = std::move(sum);
    }
}

// Midpoints, radii, and the smallest nonzero magnitude among them.
struct Split {
  std::vector<double> mid, rad;
  double smallest = std::numeric_limits<double>::infinity();
  bool bounded = true, thin = true;
};

Split split(const Interval* v, std::int64_t count) {
  Split s;
  s.mid.resize(std::size_t(count)), s.rad.resize(std::size_t(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const auto k = std::size_t(i);
    if (v[i].lo == v[i].hi && std::isfinite(v[i].lo)) {
      s.mid[k] = v[i].lo;
    } else {
      s.mid[k] = v[i].lo / 2 + v[i].hi / 2;
      s.rad[k] = Interval::above(std::max(v[i].hi - s.mid[k], s.mid[k] - v[i].lo));
      s.bounded = s.bounded && std::isfinite(s.mid[k]) && std::isfinite(s.rad[k]);
      s.thin = false;
    }
    const double magnitude = std::abs(s.mid[k]);
    if (magnitude > 0 && magnitude < s.smallest) s.smallest = magnitude;
    if (s.rad[k] > 0 && s.rad[k] < s.smallest) s.smallest = s.rad[k];
  }
  return s;
}

std::vector<double> magnitudes(const std::vector<double>& v) {
  std::vector<double> out(v.size());
  for (std::size_t k = 0; k < v.size(); ++k) out[k] = std::abs(v[k]);
  return out;
}

// Sum over A = Am +- Ar, B = Bm +- Br of k products: |AB - fl(Am Bm)| <= |Am| (Br + gamma |Bm|) + Ar (|Bm| + Br).
void enclosed(const Interval* a, bool at, const Interval* b, bool bt, Interval* c, std::int64_t m, std::int64_t k,
              std::int64_t n) {
  const Split A = split(a, m * k), B = split(b, k * n);
  if (!A.bounded || !B.bounded) return plain(a, at, b, bt, c, m, k, n);
  const double gamma = double(k + 8) * 0x1p-52, inflate = 1 + double(2 * k + 32) * 0x1p-52;
  std::vector<double> mid(std::size_t(m * n)), rad(std::size_t(m * n));
  floating(A.mid.data(), at, B.mid.data(), bt, mid.data(), m, k, n);
  const auto size_a = magnitudes(A.mid);
  auto reach = magnitudes(B.mid);
  for (std::size_t i = 0; i < reach.size(); ++i)  // gamma |Bm| must not underflow to 0: |Am| may be huge
    reach[i] = (reach[i] > 0 ? std::max(reach[i] * gamma, 1e-300) : 0.0) + B.rad[i];
  floating(size_a.data(), at, reach.data(), bt, rad.data(), m, k, n);
  if (!A.thin) {
    auto size_b = magnitudes(B.mid);
    for (std::size_t i = 0; i < size_b.size(); ++i) size_b[i] += B.rad[i];
    std::vector<double> more(std::size_t(m * n));
    floating(A.rad.data(), at, size_b.data(), bt, more.data(), m, k, n);
    for (std::size_t i = 0; i < rad.size(); ++i) rad[i] += more[i];
  }
  const bool may_underflow = A.smallest * B.smallest < 1e-280;
  for (std::size_t i = 0; i < rad.size(); ++i) {
    double r = rad[i] * inflate;
    if (may_underflow) r += double(k + 1) * 1e-320;
    if (r == 0 && mid[i] == 0)
      c[i] = Interval();
    else if (std::isfinite(mid[i]) && std::isfinite(r))
      c[i] = Interval(Interval::below(mid[i] - r), Interval::above(mid[i] + r));
    else
      c[i] = Interval::everything();
  }
}

}  // namespace

template <num::Scalar S>
void product(const S* a, bool at, const S* b, bool bt, S* c, std::int64_t m, std::int64_t k, std::int64_t n) {
  if constexpr (std::same_as<S, float>)
    if (m * k * n > (1 << 15) && kernel::gemm(a, at, b, bt, c, m, k, n)) return;
  if constexpr (num::kFloating<S>)
    floating(a, at, b, bt, c, m, k, n);
  else if constexpr (std::same_as<S, Interval>)
    enclosed(a, at, b, bt, c, m, k, n);
  else
    plain(a, at, b, bt, c, m, k, n);
}

template void product(const float*, bool, const float*, bool, float*, std::int64_t, std::int64_t, std::int64_t);
template void product(const double*, bool, const double*, bool, double*, std::int64_t, std::int64_t, std::int64_t);
template void product(const Interval*, bool, const Interval*, bool, Interval*, std::int64_t, std::int64_t,
                      std::int64_t);
template void product(const num::Rational*, bool, const num::Rational*, bool, num::Rational*, std::int64_t,
                      std::int64_t, std::int64_t);
template void product(const num::Symbol*, bool, const num::Symbol*, bool, num::Symbol*, std::int64_t, std::int64_t,
                      std::int64_t);

}  // namespace lrproof::net
