#pragma once
// The oracle's own numbers: GMP rationals where truth is asked, and outward-rounded pairs of doubles where a sign or a
// gap is enough. A Sum collects products; for rationals it keeps dyadic products as one integer, so no gcd is spent.
#include <gmpxx.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lrproof::oracle {

using Exact = mpq_class;

/// Thrown and caught inside the oracle only: a question cost more than its budget.
struct Spent {};
/// Thrown and caught inside the oracle only: a question this oracle does not answer, with the reason.
struct NotCovered {
  std::string why;
};

/// Counted multiply-adds, so that an answer does not depend on the machine.
struct Budget {
  long enclosure = 2'000'000'000;
  long exact = 60'000'000;
};

/// lo <= true value <= hi.
struct Enclosure {
  double lo = 0, hi = 0;
};

inline double below(double v) {
  return v - (std::fabs(v) * std::numeric_limits<double>::epsilon() + std::numeric_limits<double>::denorm_min());
}
inline double above(double v) {
  return v + (std::fabs(v) * std::numeric_limits<double>::epsilon() + std::numeric_limits<double>::denorm_min());
}
inline bool is_zero(const Enclosure& a) { return a.lo == 0 && a.hi == 0; }
inline Enclosure whole_line() {
  return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
}
inline Enclosure outward(double lo, double hi) {
  if (std::isnan(lo) || std::isnan(hi)) return whole_line();
  return {below(lo), above(hi)};
}
inline Enclosure operator+(const Enclosure& a, const Enclosure& b) {
  if (is_zero(a)) return b;
  if (is_zero(b)) return a;
  return outward(a.lo + b.lo, a.hi + b.hi);
}
inline Enclosure operator-(const Enclosure& a) { return {-a.hi, -a.lo}; }
inline Enclosure operator-(const Enclosure& a, const Enclosure& b) { return a + (-b); }
inline Enclosure operator*(const Enclosure& a, const Enclosure& b) {
  if (is_zero(a) || is_zero(b)) return {};
  const double p = a.lo * b.lo, q = a.lo * b.hi, r = a.hi * b.lo, s = a.hi * b.hi;
  if (std::isnan(p + q + r + s)) return whole_line();
  return outward(std::min(std::min(p, q), std::min(r, s)), std::max(std::max(p, q), std::max(r, s)));
}
inline Enclosure operator/(const Enclosure& a, const Enclosure& b) {
  if (is_zero(a)) return {};
  if (b.lo <= 0 && b.hi >= 0) return whole_line();
  const double p = a.lo / b.lo, q = a.lo / b.hi, r = a.hi / b.lo, s = a.hi / b.hi;
  if (std::isnan(p + q + r + s)) return whole_line();
  return outward(std::min(std::min(p, q), std::min(r, s)), std::max(std::max(p, q), std::max(r, s)));
}

/// An enclosure of q: exact when q is a double.
inline Enclosure enclose(const Exact& q) {
  const double v = q.get_d();  // truncated towards zero
  const auto den = q.get_den_mpz_t();
  const bool short_dyadic = mpz_sizeinbase(q.get_num_mpz_t(), 2) <= 53 && mpz_size(den) <= 8 &&
                            mpz_scan1(den, 0) + 1 == mpz_sizeinbase(den, 2);
  if (short_dyadic) return {v, v};
  if (!std::isfinite(v)) return whole_line();
  if (Exact(v) == q) return {v, v};
  return {below(v), above(v)};
}

template <class N>
N convert(const Exact& q);
template <>
inline Exact convert<Exact>(const Exact& q) {
  return q;
}
template <>
inline Enclosure convert<Enclosure>(const Exact& q) {
  return enclose(q);
}

/// 0 and 1, without a rational where none is needed: they stand in the innermost loops.
template <class N>
N zero() {
  return N(0);
}
template <class N>
N one() {
  return N(1);
}
template <>
inline Enclosure zero<Enclosure>() {
  return {};
}
template <>
inline Enclosure one<Enclosure>() {
  return {1, 1};
}

inline bool is_zero(const Exact& a) { return sgn(a) == 0; }
/// -1, 0, 1, or 2 when the enclosure cannot tell.
inline int sign_of(const Exact& a) { return sgn(a); }
inline int sign_of(const Enclosure& a) {
  if (a.lo > 0) return 1;
  if (a.hi < 0) return -1;
  return is_zero(a) ? 0 : 2;
}
inline Exact positive_part(const Exact& a) { return sgn(a) > 0 ? a : Exact(0); }
inline Exact negative_part(const Exact& a) { return sgn(a) < 0 ? a : Exact(0); }
inline Enclosure positive_part(const Enclosure& a) { return {std::max(a.lo, 0.0), std::max(a.hi, 0.0)}; }
inline Enclosure negative_part(const Enclosure& a) { return {std::min(a.lo, 0.0), std::min(a.hi, 0.0)}; }
inline Exact larger(const Exact& a, const Exact& b) { return a < b ? b : a; }
inline Enclosure larger(const Enclosure& a, const Enclosure& b) { return {std::max(a.lo, b.lo), std::max(a.hi, b.hi)}; }

/// A running sum of products.
template <class N>
class Sum;

template <>
class Sum<Enclosure> {
 public:
  void add(const Enclosure& a) { value_ = value_ + a; }
  void add_product(const Enclosure& a, const Enclosure& b) { value_ = value_ + a * b; }
  Enclosure value() const { return value_; }
  long burden() const { return 0; }
  static void charge(Budget& budget, long count) {
    if ((budget.enclosure -= count) < 0) throw Spent{};
  }

 private:
  Enclosure value_;
};

template <>
class Sum<Exact> {
 public:
  void add(const Exact& a) { add_product(a, kOne()); }
  void add_product(const Exact& a, const Exact& b);
  Exact value() const;
  /// What one more product costs beyond a plain one: fractions without a common denominator grow, and so do their gcds.
  long burden() const {
    const long limbs = long(mpz_size(rest_.get_den_mpz_t()));
    return limbs * limbs / 16;
  }
  static void charge(Budget& budget, long count) {
    if ((budget.exact -= count) < 0) throw Spent{};
  }

 private:
  static const Exact& kOne();
  mpz_class dyadic_;  // dyadic_ / 2^shift_
  long shift_ = 0;
  Exact rest_;
};

/// The exact number that "-3", "0.1", "1e-6" or "2/3" denotes.
std::optional<Exact> read_exact(const std::string& text);
/// The double nearest to gamma / sqrt(variance), variance > 0.
double nearest_scale(const Exact& gamma, const Exact& variance);

/// Stored reals that never change, shared by their copies; what the file holds as floats is kept as floats.
class Reals {
 public:
  Reals() = default;
  Reals(std::vector<double> values) : wide_(std::make_shared<const std::vector<double>>(std::move(values))) {}
  Reals(std::vector<float> values) : narrow_(std::make_shared<const std::vector<float>>(std::move(values))) {}
  std::size_t size() const { return narrow_ ? narrow_->size() : wide_ ? wide_->size() : 0; }
  double operator[](std::size_t k) const { return narrow_ ? double((*narrow_)[k]) : (*wide_)[k]; }
  double at(std::size_t k) const {
    if (k >= size()) throw std::out_of_range("an index beyond a stored tensor");
    return (*this)[k];
  }
  std::vector<double> doubles() const {
    if (narrow_) return {narrow_->begin(), narrow_->end()};
    return wide_ ? *wide_ : std::vector<double>();
  }

 private:
  std::shared_ptr<const std::vector<float>> narrow_;
  std::shared_ptr<const std::vector<double>> wide_;
};

/// Constants, cheap to copy: stored reals, rationals, or stored reals each times one of a few factors; such a product
/// is formed when it is asked for.
class Numbers {
 public:
  Numbers() = default;
  explicit Numbers(Reals stored) : size_(long(stored.size())), stored_(std::move(stored)) {}
  explicit Numbers(std::vector<double> doubles) : Numbers(Reals(std::move(doubles))) {}
  explicit Numbers(const std::vector<Exact>& exact);
  long size() const { return size_; }
  template <class N>
  N at(long i) const;
  Exact exact(long i) const;
  int sign(long i) const;
  /// number i times factor[of[i]]
  Numbers times(const std::vector<Exact>& factor, std::vector<int> of) const;
  /// Is number i equal to nearest + rest? In integers where these are no longer than a product of two doubles.
  bool is(long i, double nearest, double rest) const;

 private:
  struct Values {
    std::vector<Exact> exact;
    std::vector<Enclosure> around;
    explicit Values(std::vector<Exact> values);
  };
  struct Factors {
    Values by;
    std::vector<int> of;
  };
  std::size_t factor_of(long i) const { return std::size_t(factors_->of[std::size_t(i)]); }
  Enclosure enclosed_product(long i) const;

  long size_ = 0;
  Reals stored_;
  std::shared_ptr<const Values> values_;    // instead of stored_
  std::shared_ptr<const Factors> factors_;  // of stored_
};
template <>
inline Exact Numbers::at<Exact>(long i) const {
  return exact(i);
}
template <>
inline Enclosure Numbers::at<Enclosure>(long i) const {
  if (values_) return values_->around[std::size_t(i)];
  if (factors_) return enclosed_product(i);
  const double v = stored_[std::size_t(i)];
  return {v, v};
}

}  // namespace lrproof::oracle
