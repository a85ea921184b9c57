#include "num/rational.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <vector>

#include "base/result.hpp"

namespace lrproof::num {

namespace {

// A scratch integer: exact arithmetic runs in many threads, so it lives on the stack.
struct Scratch {
  mpz_t z;
  Scratch() { mpz_init(z); }
  ~Scratch() { mpz_clear(z); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

}  // namespace

Rational::Rational(double value) {
  mpz_init(n_), mpz_init(d_);
  LRPROOF_INVARIANT(std::isfinite(value), "a NaN or an infinity is no number");
  if (value == 0) return;
  int exponent = 0;
  const double mantissa = std::frexp(value, &exponent);
  mpz_set_d(n_, std::ldexp(mantissa, 53));
  e_ = exponent - 53;
  const auto zeros = mpz_scan1(n_, 0);
  mpz_tdiv_q_2exp(n_, n_, zeros);
  e_ += long(zeros);
}

Rational::Rational(long numerator, long denominator) {
  LRPROOF_INVARIANT(denominator != 0, "division by zero");
  mpz_init_set_si(n_, numerator);
  mpz_init_set_si(d_, denominator);
  normalise();
}

Rational Rational::power_of_two(long k) {
  Rational r(1L);
  r.e_ = k;
  return r;
}

Rational Rational::of_words(std::span<const Words> words, int bits, long exponent) {
  static_assert(GMP_LIMB_BITS == 64 && GMP_NAIL_BITS == 0);
  Rational r;
  for (std::size_t p = words.size(); p-- > 0;) {
    const Words& w = words[p];
    if (mpz_sgn(r.n_) != 0) mpz_mul_2exp(r.n_, r.n_, mp_bitcnt_t(bits));
    if (w.low == 0 && w.high == 0) continue;
    const mp_limb_t limbs[2] = {w.low, w.high};
    mpz_t size;
    mpz_roinit_n(size, limbs, w.high ? 2 : 1);
    if (w.negative)
      mpz_sub(r.n_, r.n_, size);
    else
      mpz_add(r.n_, r.n_, size);
  }
  r.e_ = r.is_zero() ? 0 : exponent;
  return r;
}

std::pair<long, long> Rational::span_of_bits() const {
  if (!is_dyadic()) return {1, 0};
  return {e_ + long(mpz_scan1(n_, 0)), e_ + long(mpz_sizeinbase(n_, 2))};
}

void Rational::cut(long exponent, int bits, std::span<std::int64_t> pieces) const {
  if (is_zero()) return std::fill(pieces.begin(), pieces.end(), 0);
  Scratch rest, piece;
  if (e_ >= exponent)
    mpz_mul_2exp(rest.z, n_, mp_bitcnt_t(e_ - exponent));
  else
    mpz_tdiv_q_2exp(rest.z, n_, mp_bitcnt_t(exponent - e_));
  for (auto& p : pieces) {
    mpz_tdiv_r_2exp(piece.z, rest.z, mp_bitcnt_t(bits));
    mpz_tdiv_q_2exp(rest.z, rest.z, mp_bitcnt_t(bits));
    p = mpz_get_si(piece.z);
  }
  LRPROOF_INVARIANT(mpz_sgn(rest.z) == 0, "a number is cut into as many pieces as it has");
}

void Rational::normalise() {
  if (mpz_sgn(n_) == 0) {
    mpz_set_ui(d_, 0), e_ = 0;
    return;
  }
  const auto n_zeros = mpz_scan1(n_, 0);
  if (n_zeros) mpz_tdiv_q_2exp(n_, n_, n_zeros), e_ += long(n_zeros);
  if (mpz_sgn(d_) == 0) return;
  if (mpz_sgn(d_) < 0) mpz_neg(d_, d_), mpz_neg(n_, n_);
  const auto zeros = mpz_scan1(d_, 0);
  if (zeros) mpz_tdiv_q_2exp(d_, d_, zeros), e_ -= long(zeros);
  Scratch common;
  mpz_gcd(common.z, n_, d_);
  if (mpz_cmp_ui(common.z, 1) > 0) mpz_divexact(n_, n_, common.z), mpz_divexact(d_, d_, common.z);
  if (mpz_cmp_ui(d_, 1) == 0) mpz_set_ui(d_, 0);
}

Rational& Rational::accumulate(const Rational& o, bool subtract) {
  if (o.is_zero()) return *this;
  if (is_zero()) {
    *this = o;
    if (subtract) mpz_neg(n_, n_);
    return *this;
  }
  const bool dyadic = is_dyadic() && o.is_dyadic();
  Scratch other;
  mpz_set(other.z, o.n_);
  if (!dyadic) {
    if (mpz_cmp(d_, o.d_) != 0) {
      Scratch scaled;  // cross-multiply by the other denominator; 0 stands for 1
      if (!o.is_dyadic()) mpz_mul(scaled.z, n_, o.d_), mpz_swap(scaled.z, n_);
      if (!is_dyadic()) mpz_mul(other.z, other.z, d_);
      if (is_dyadic())
        mpz_set(d_, o.d_);
      else if (!o.is_dyadic())
        mpz_mul(d_, d_, o.d_);
    }
  }
  if (e_ > o.e_) {
    mpz_mul_2exp(n_, n_, mp_bitcnt_t(e_ - o.e_));
    e_ = o.e_;
  } else if (o.e_ > e_) {
    mpz_mul_2exp(other.z, other.z, mp_bitcnt_t(o.e_ - e_));
  }
  if (subtract)
    mpz_sub(n_, n_, other.z);
  else
    mpz_add(n_, n_, other.z);
  if (!dyadic || mpz_sgn(n_) == 0) normalise();
  return *this;
}

Rational operator*(const Rational& a, const Rational& b) {
  Rational r;
  if (a.is_zero() || b.is_zero()) return r;
  mpz_mul(r.n_, a.n_, b.n_);
  r.e_ = a.e_ + b.e_;
  if (a.is_dyadic() && b.is_dyadic()) return r;
  if (a.is_dyadic())
    mpz_set(r.d_, b.d_);
  else if (b.is_dyadic())
    mpz_set(r.d_, a.d_);
  else
    mpz_mul(r.d_, a.d_, b.d_);
  r.normalise();
  return r;
}

Rational& Rational::operator*=(const Rational& o) { return *this = *this * o; }

Rational& Rational::operator/=(const Rational& o) {
  LRPROOF_INVARIANT(!o.is_zero(), "division by zero");
  if (is_zero()) return *this;
  Scratch numerator;
  mpz_set(numerator.z, n_);
  if (!o.is_dyadic()) mpz_mul(numerator.z, numerator.z, o.d_);
  if (is_dyadic())
    mpz_set(d_, o.n_);
  else
    mpz_mul(d_, d_, o.n_);
  mpz_swap(n_, numerator.z);
  e_ -= o.e_;
  normalise();
  return *this;
}

void Rational::add_product(const Rational& a, const Rational& b) {
  if (a.is_zero() || b.is_zero()) return;
  if (!is_dyadic() || !a.is_dyadic() || !b.is_dyadic()) {
    *this += a * b;
    return;
  }
  const long exponent = a.e_ + b.e_;
  if (is_zero()) {
    mpz_mul(n_, a.n_, b.n_);
    e_ = exponent;
  } else if (exponent >= e_) {
    if (exponent == e_) {
      mpz_addmul(n_, a.n_, b.n_);
    } else {
      Scratch product;
      mpz_mul(product.z, a.n_, b.n_);
      mpz_mul_2exp(product.z, product.z, mp_bitcnt_t(exponent - e_));
      mpz_add(n_, n_, product.z);
    }
  } else {
    mpz_mul_2exp(n_, n_, mp_bitcnt_t(e_ - exponent));
    e_ = exponent;
    mpz_addmul(n_, a.n_, b.n_);
  }
  if (mpz_sgn(n_) == 0) e_ = 0;
}

int Rational::compare(const Rational& a, const Rational& b) {
  if (a.sign() != b.sign()) return a.sign() < b.sign() ? -1 : 1;
  Rational difference = a;
  difference -= b;
  return difference.sign();
}

std::size_t Rational::bits() const { return mpz_sizeinbase(n_, 2) + (is_dyadic() ? 0 : mpz_sizeinbase(d_, 2)); }

std::string Rational::to_string() const {
  if (is_zero()) return "0";
  Scratch n, d;
  mpz_set(n.z, n_);
  if (is_dyadic())
    mpz_set_ui(d.z, 1);
  else
    mpz_set(d.z, d_);
  const auto zeros = mpz_scan1(n.z, 0);
  mpz_tdiv_q_2exp(n.z, n.z, zeros);
  const long e = e_ + long(zeros);
  if (e > 0) mpz_mul_2exp(n.z, n.z, mp_bitcnt_t(e));
  if (e < 0) mpz_mul_2exp(d.z, d.z, mp_bitcnt_t(-e));
  auto text = [](const mpz_t& z) {
    std::vector<char> buffer(mpz_sizeinbase(z, 10) + 2);
    return std::string(mpz_get_str(buffer.data(), 10, z));
  };
  return mpz_cmp_ui(d.z, 1) == 0 ? text(n.z) : text(n.z) + "/" + text(d.z);
}

// The value to 64 bits and a sticky bit, then one rounding to the 53 (or, below the normal range, fewer) bits kept.
double Rational::rounded(int direction) const {
  if (is_zero()) return 0.0;
  const bool negative = sign() < 0;
  Scratch q, rest;
  mpz_abs(q.z, n_);
  long exponent = e_;
  bool sticky = false;
  const long want = 66 + (is_dyadic() ? 0 : long(mpz_sizeinbase(d_, 2)));
  const long have = long(mpz_sizeinbase(q.z, 2));
  if (!is_dyadic()) {
    if (have < want) mpz_mul_2exp(q.z, q.z, mp_bitcnt_t(want - have)), exponent -= want - have;
    mpz_tdiv_qr(q.z, rest.z, q.z, d_);
    sticky = mpz_sgn(rest.z) != 0;
  }
  const long top = long(mpz_sizeinbase(q.z, 2)) + exponent;  // value in [2^(top-1), 2^top)
  const long lowest = std::max(top - 53, -1074L);            // exponent of the last bit kept
  const long drop = lowest - exponent;
  if (drop > 0) {
    sticky = sticky || mpz_scan1(q.z, 0) + 1 < mp_bitcnt_t(drop);
    const bool half = mpz_tstbit(q.z, mp_bitcnt_t(drop - 1));
    mpz_tdiv_q_2exp(q.z, q.z, mp_bitcnt_t(drop));
    exponent = lowest;
    const bool away =
        direction == 0 ? half && (sticky || mpz_tstbit(q.z, 0)) : (half || sticky) && ((direction > 0) != negative);
    if (away) mpz_add_ui(q.z, q.z, 1);
  } else if (sticky && direction != 0 && (direction > 0) != negative) {
    mpz_add_ui(q.z, q.z, 1);  // cannot happen with 66 quotient bits; kept for safety of the bound
  }
  const double infinity = std::numeric_limits<double>::infinity();
  double magnitude;
  if (long(mpz_sizeinbase(q.z, 2)) + exponent > 1024)
    magnitude = direction == 0 || (direction > 0) != negative ? infinity : std::numeric_limits<double>::max();
  else
    magnitude = std::ldexp(mpz_get_d(q.z), int(exponent));
  return negative ? -magnitude : magnitude;
}

double Rational::to_double() const { return rounded(0); }
double Rational::lower() const { return rounded(-1); }
double Rational::upper() const { return rounded(+1); }
bool Rational::is_double() const { return lower() == upper(); }

std::optional<Rational> Rational::parse(std::string_view text) {
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    if (text.find('/', slash + 1) != std::string_view::npos) return std::nullopt;
    auto p = parse(text.substr(0, slash)), q = parse(text.substr(slash + 1));
    if (!p || !q || q->is_zero()) return std::nullopt;
    return *p / *q;
  }
  std::string digits;
  long point = 0, exponent = 0;
  bool negative = false, seen_point = false;
  size_t k = 0;
  if (k < text.size() && (text[k] == '+' || text[k] == '-')) negative = text[k++] == '-';
  for (; k < text.size(); ++k) {
    const char c = text[k];
    if (std::isdigit(static_cast<unsigned char>(c))) {
      digits += c;
      point += seen_point;
    } else if (c == '.' && !seen_point) {
      seen_point = true;
    } else if (c == '_' && !digits.empty() && k + 1 < text.size()) {
      continue;
    } else {
      break;
    }
  }
  if (digits.empty() || digits.size() > 100000) return std::nullopt;
  if (k < text.size() && (text[k] == 'e' || text[k] == 'E')) {
    bool minus = false;
    if (++k < text.size() && (text[k] == '+' || text[k] == '-')) minus = text[k++] == '-';
    if (k == text.size()) return std::nullopt;
    for (; k < text.size(); ++k) {
      if (!std::isdigit(static_cast<unsigned char>(text[k]))) return std::nullopt;
      exponent = exponent * 10 + (text[k] - '0');
      if (exponent > 100000) return std::nullopt;
    }
    if (minus) exponent = -exponent;
  }
  if (k != text.size()) return std::nullopt;
  Rational r;
  mpz_set_str(r.n_, digits.c_str(), 10);
  if (negative) mpz_neg(r.n_, r.n_);
  const long tens = exponent - point;
  Scratch power;
  mpz_ui_pow_ui(power.z, 5, static_cast<unsigned long>(std::labs(tens)));
  if (tens >= 0)
    mpz_mul(r.n_, r.n_, power.z);
  else
    mpz_set(r.d_, power.z);
  r.e_ = tens;
  r.normalise();
  return r;
}

Rational abs(const Rational& r) { return r.sign() < 0 ? -r : r; }

}  // namespace lrproof::num
