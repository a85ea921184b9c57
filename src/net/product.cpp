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
double gamma(std::int64_t k) { return double(k + 8) * 0x1p-52; }
double inflate(std::int64_t k) { return 1 + double(2 * k + 32) * 0x1p-52; }

// gamma v, which must not underflow to 0: what it is multiplied by may be huge.
double rounding_of(double v, double gamma) { return v > 0 ? std::max(v * gamma, 1e-300) : 0.0; }

constexpr std::int64_t kFew = 8;

// Few rows A against a large B: B is read once, piece by piece, and never stored as midpoints and radii.
class FewRows {
 public:
  FewRows(const Interval* a, std::int64_t m, std::int64_t k, std::int64_t n)
      : m_(m),
        k_(k),
        n_(n),
        mid_(std::size_t(m * k)),
        on_size_(mid_.size()),
        on_radius_(mid_.size()),
        sum_(std::size_t(m * n)),
        error_(sum_.size()) {
    const Split A = split(a, m * k);
    bounded_ = A.bounded, mid_ = A.mid;
    for (std::size_t i = 0; i < mid_.size(); ++i) {
      const double size = std::abs(mid_[i]);
      on_size_[i] = rounding_of(size, gamma(k)) + A.rad[i], on_radius_[i] = size + A.rad[i];
    }
  }

  /// False where a number is beyond the doubles.
  template <class B>  // Interval, or double: exactly that number
  bool run(const B* b, bool transposed, Interval* c) {
    if (!bounded_) return false;
    transposed ? rows(b) : columns(b);
    for (std::size_t i = 0; i < sum_.size(); ++i) {
      const double r = error_[i] * inflate(k_) + double(k_ + 1) * 1e-320;  // products that underflow
      if (!std::isfinite(sum_[i]) || !std::isfinite(r)) return false;
      const bool zero = sum_[i] == 0 && error_[i] == 0 && only_zeros(b, transposed, std::int64_t(i));
      c[i] = zero ? Interval() : Interval(Interval::below(sum_[i] - r), Interval::above(sum_[i] + r));
    }
    return true;
  }

 private:
  static constexpr std::int64_t kPiece = 256;
  using Column = Eigen::Map<const Eigen::VectorXd>;

  static bool is_zero(const Interval& v) { return v.is_zero(); }
  static bool is_zero(double v) { return v == 0; }
  void load(const Interval* b, std::int64_t count) {
    double widest = 0;
    for (std::int64_t l = 0; l < count; ++l) {
      const double middle = b[l].lo * 0.5 + b[l].hi * 0.5;
      piece_[l] = middle;
      piece_rad_[l] = std::max(b[l].hi - middle, middle - b[l].lo);
      widest = piece_rad_[l] > widest ? piece_rad_[l] : widest;
    }
    piece_mid_ = piece_, thin_ = widest == 0;
  }
  void load(const double* b, std::int64_t) { piece_mid_ = b; }
  template <class B>
  void rows(const B* b) {
    for (std::int64_t j = 0; j < n_; ++j)
      for (std::int64_t from = 0; from < k_; from += kPiece) {
        const std::int64_t count = std::min(kPiece, k_ - from);
        load(b + j * k_ + from, count);
        const Column mid(piece_mid_, count), rad(piece_rad_, count);
        for (std::int64_t i = 0; i < m_; ++i) {
          const std::int64_t a = i * k_ + from, to = i * n_ + j;
          sum_[std::size_t(to)] += Column(&mid_[std::size_t(a)], count).dot(mid);
          double error = Column(&on_size_[std::size_t(a)], count).dot(mid.cwiseAbs());
          if (!thin_) error += Column(&on_radius_[std::size_t(a)], count).dot(rad);
          error_[std::size_t(to)] += error;
        }
      }
  }
  template <class B>
  void columns(const B* b) {
    for (std::int64_t l = 0; l < k_; ++l) {
      if (all_zero(l)) continue;
      for (std::int64_t from = 0; from < n_; from += kPiece) {
        const std::int64_t count = std::min(kPiece, n_ - from);
        load(b + l * n_ + from, count);
        const Column mid(piece_mid_, count), rad(piece_rad_, count);
        for (std::int64_t i = 0; i < m_; ++i) {
          const auto a = std::size_t(i * k_ + l), to = std::size_t(i * n_ + from);
          if (mid_[a] == 0 && on_radius_[a] == 0) continue;
          Eigen::Map<Eigen::VectorXd> sum(&sum_[to], count), error(&error_[to], count);
          sum += mid_[a] * mid;
          error += on_size_[a] * mid.cwiseAbs();
          if (!thin_) error += on_radius_[a] * rad;
        }
      }
    }
  }
  bool all_zero(std::int64_t l) const {
    for (std::int64_t i = 0; i < m_; ++i)
      if (mid_[std::size_t(i * k_ + l)] != 0 || on_radius_[std::size_t(i * k_ + l)] != 0) return false;
    return true;
  }
  // A sum of nothing but zeros, and not of products too small for a double?
  template <class B>
  bool only_zeros(const B* b, bool transposed, std::int64_t at) const {
    const std::int64_t i = at / n_, j = at % n_;
    for (std::int64_t l = 0; l < k_; ++l) {
      const auto a = std::size_t(i * k_ + l);
      if ((mid_[a] != 0 || on_radius_[a] != 0) && !is_zero(b[transposed ? j * k_ + l : l * n_ + j])) return false;
    }
    return true;
  }

  std::int64_t m_, k_, n_;
  bool bounded_ = true, thin_ = true;
  std::vector<double> mid_, on_size_, on_radius_;  // of A; the last two are what |Bm| and Br count in the error
  std::vector<double> sum_, error_;
  const double* piece_mid_ = nullptr;  // of B, kPiece at a time
  alignas(32) double piece_[kPiece], piece_rad_[kPiece];
};

void enclosed(const Interval* a, bool at, const Interval* b, bool bt, Interval* c, std::int64_t m, std::int64_t k,
              std::int64_t n) {
  if (m <= kFew && !at) {
    if (!FewRows(a, m, k, n).run(b, bt, c)) plain(a, at, b, bt, c, m, k, n);
    return;
  }
  const Split A = split(a, m * k), B = split(b, k * n);
  if (!A.bounded || !B.bounded) return plain(a, at, b, bt, c, m, k, n);
  std::vector<double> mid(std::size_t(m * n)), rad(std::size_t(m * n));
  floating(A.mid.data(), at, B.mid.data(), bt, mid.data(), m, k, n);
  if (B.thin) {  // the second product carries all of it: (gamma |Am| + Ar) |Bm|
    auto reach = magnitudes(A.mid);
    for (std::size_t i = 0; i < reach.size(); ++i) reach[i] = rounding_of(reach[i], gamma(k)) + A.rad[i];
    floating(reach.data(), at, magnitudes(B.mid).data(), bt, rad.data(), m, k, n);
  } else {
    auto reach = magnitudes(B.mid);
    for (std::size_t i = 0; i < reach.size(); ++i) reach[i] = rounding_of(reach[i], gamma(k)) + B.rad[i];
    floating(magnitudes(A.mid).data(), at, reach.data(), bt, rad.data(), m, k, n);
  }
  if (!A.thin && !B.thin) {
    auto size_b = magnitudes(B.mid);
    for (std::size_t i = 0; i < size_b.size(); ++i) size_b[i] += B.rad[i];
    std::vector<double> more(std::size_t(m * n));
    floating(A.rad.data(), at, size_b.data(), bt, more.data(), m, k, n);
    for (std::size_t i = 0; i < rad.size(); ++i) rad[i] += more[i];
  }
  const bool may_underflow = A.smallest * B.smallest < 1e-280;
  for (std::size_t i = 0; i < rad.size(); ++i) {
    double r = rad[i] * inflate(k);
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

bool product_with_doubles(const Interval* a, const double* b, bool bt, Interval* c, std::int64_t m, std::int64_t k,
                          std::int64_t n) {
  return m <= kFew && FewRows(a, m, k, n).run(b, bt, c);
}

template void product(const float*, bool, const float*, bool, float*, std::int64_t, std::int64_t, std::int64_t);
template void product(const double*, bool, const double*, bool, double*, std::int64_t, std::int64_t, std::int64_t);
template void product(const Interval*, bool, const Interval*, bool, Interval*, std::int64_t, std::int64_t,
                      std::int64_t);
template void product(const num::Wide*, bool, const num::Wide*, bool, num::Wide*, std::int64_t, std::int64_t,
                      std::int64_t);
template void product(const num::Rational*, bool, const num::Rational*, bool, num::Rational*, std::int64_t,
                      std::int64_t, std::int64_t);
template void product(const num::Symbol*, bool, const num::Symbol*, bool, num::Symbol*, std::int64_t, std::int64_t,
                      std::int64_t);

}  // namespace lrproof::net
