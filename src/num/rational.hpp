#pragma once
// Exact numbers. A Rational is  n * 2^e / d  with d odd: a dyadic number (what every stored float is) has d = 1 and
// costs no division, no gcd; a quotient keeps only the odd part of its denominator. One type for both, because sums
// of products of stored numbers stay dyadic on their own and only a rule's shares divide.
#include <gmp.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace lrproof::num {

/// +-(high 2^64 + low)
struct Words {
  std::uint64_t low = 0, high = 0;
  bool negative = false;
};

/// -1, 0, +1, or unknown where an enclosure cannot tell (exact types never answer unknown).
enum class Sign : signed char { negative = -1, zero = 0, positive = 1, unknown = 2 };

class Rational {
 public:
  Rational() { mpz_init(n_), mpz_init(d_); }
  Rational(int value) : Rational(long(value)) {}
  Rational(long value) {
    mpz_init_set_si(n_, value);
    mpz_init(d_);
  }
  Rational(long long value) : Rational(long(value)) {}
  explicit Rational(double value);  ///< exactly the dyadic number the double denotes; finite only
  Rational(long numerator, long denominator);
  Rational(const Rational& o) : e_(o.e_) { mpz_init_set(n_, o.n_), mpz_init_set(d_, o.d_); }
  Rational(Rational&& o) noexcept : e_(o.e_) {
    mpz_init(n_), mpz_init(d_);
    mpz_swap(n_, o.n_), mpz_swap(d_, o.d_);
  }
  ~Rational() { mpz_clear(n_), mpz_clear(d_); }
  Rational& operator=(const Rational& o) {
    mpz_set(n_, o.n_), mpz_set(d_, o.d_), e_ = o.e_;
    return *this;
  }
  Rational& operator=(Rational&& o) noexcept {
    mpz_swap(n_, o.n_), mpz_swap(d_, o.d_), std::swap(e_, o.e_);
    return *this;
  }

  /// Reads "-3", "0.1", "1e-6", "2/3", "1.5/4" exactly; nullopt when the text is none of these or an exponent is
  /// beyond +-100000.
  static std::optional<Rational> parse(std::string_view text);
  /// 2^k
  static Rational power_of_two(long k);

  /// sum_p words[p] 2^(p bits + exponent)
  static Rational of_words(std::span<const Words> words, int bits, long exponent);
  /// [first, last): the powers of two between which a dyadic number's bits lie; first > last: not dyadic. Not 0.
  std::pair<long, long> span_of_bits() const;
  /// A dyadic number that is a multiple of 2^exponent as sum_p pieces[p] 2^(p bits + exponent), |pieces[p]| < 2^bits,
  /// bits <= 62.
  void cut(long exponent, int bits, std::span<std::int64_t> pieces) const;

  int sign() const { return mpz_sgn(n_); }
  bool is_zero() const { return mpz_sgn(n_) == 0; }
  bool is_dyadic() const { return mpz_sgn(d_) == 0; }
  /// Size in bits of numerator and denominator together: what a budget on exact arithmetic counts.
  std::size_t bits() const;
  std::string to_string() const;  ///< "p" or "p/q" in lowest terms
  double to_double() const;       ///< nearest, ties to even; beyond the range: +-infinity
  double lower() const;           ///< largest double <= this (-infinity below the range)
  double upper() const;           ///< smallest double >= this
  bool is_double() const;         ///< is this exactly a double?

  Rational& operator+=(const Rational& o) { return accumulate(o, false); }
  Rational& operator-=(const Rational& o) { return accumulate(o, true); }
  Rational& operator*=(const Rational& o);
  Rational& operator/=(const Rational& o);  ///< o != 0
  Rational operator-() const {
    Rational r(*this);
    mpz_neg(r.n_, r.n_);
    return r;
  }
  friend Rational operator+(Rational a, const Rational& b) { return a += b, a; }
  friend Rational operator-(Rational a, const Rational& b) { return a -= b, a; }
  friend Rational operator*(const Rational& a, const Rational& b);
  friend Rational operator/(Rational a, const Rational& b) { return a /= b, a; }
  /// this += a * b without a temporary of its own when all three are dyadic
  void add_product(const Rational& a, const Rational& b);

  static int compare(const Rational& a, const Rational& b);
  friend bool operator==(const Rational& a, const Rational& b) { return compare(a, b) == 0; }
  friend auto operator<=>(const Rational& a, const Rational& b) { return compare(a, b) <=> 0; }

 private:
  Rational& accumulate(const Rational& o, bool subtract);
  void normalise();  // strips common factors of n and d, and powers of two out of d
  double rounded(int direction) const;
  mpz_t n_, d_;  // d_ = 0 stands for 1
  long e_ = 0;
};

Rational abs(const Rational& r);
inline Rational max(const Rational& a, const Rational& b) { return a < b ? b : a; }
inline Rational min(const Rational& a, const Rational& b) { return b < a ? b : a; }

}  // namespace lrproof::num
