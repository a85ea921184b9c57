#include "oracle/number.hpp"

#include <cctype>

namespace lrproof::oracle {

namespace {

// log2 of a power of two, -1 for anything else.
long power_of_two(const mpz_class& n) {
  const auto low = mpz_scan1(n.get_mpz_t(), 0);
  return mpz_sizeinbase(n.get_mpz_t(), 2) == low + 1 ? long(low) : -1;
}

bool all_digits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

std::optional<Exact> read_decimal(std::string text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.erase(0, 1);
  }
  long exponent = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string::npos) {
    std::string digits = text.substr(e + 1);
    const bool minus = !digits.empty() && digits[0] == '-';
    if (!digits.empty() && (digits[0] == '-' || digits[0] == '+')) digits.erase(0, 1);
    if (!all_digits(digits) || digits.size() > 5) return std::nullopt;
    exponent = minus ? -std::stol(digits) : std::stol(digits);
    text.resize(e);
  }
  if (const auto dot = text.find('.'); dot != std::string::npos) {
    exponent -= long(text.size() - dot - 1);
    text.erase(dot, 1);
  }
  if (!all_digits(text)) return std::nullopt;
  mpz_class power;
  mpz_ui_pow_ui(power.get_mpz_t(), 10, static_cast<unsigned long>(std::labs(exponent)));
  Exact value{mpz_class(text, 10)};
  if (exponent < 0) value /= Exact(power);
  if (exponent > 0) value *= Exact(power);
  return negative ? Exact(-value) : value;
}

}  // namespace

const Exact& Sum<Exact>::kOne() {
  static const Exact one(1);
  return one;
}

void Sum<Exact>::add_product(const Exact& a, const Exact& b) {
  if (sgn(a) == 0 || sgn(b) == 0) return;
  const long ea = power_of_two(a.get_den()), eb = power_of_two(b.get_den());
  if (ea < 0 || eb < 0) {
    rest_ += a * b;
    return;
  }
  if (ea + eb > shift_) {
    dyadic_ <<= static_cast<unsigned long>(ea + eb - shift_);
    shift_ = ea + eb;
  }
  if (ea + eb == shift_) {
    mpz_addmul(dyadic_.get_mpz_t(), a.get_num_mpz_t(), b.get_num_mpz_t());
    return;
  }
  mpz_class product = a.get_num() * b.get_num();
  product <<= static_cast<unsigned long>(shift_ - ea - eb);
  dyadic_ += product;
}

Exact Sum<Exact>::value() const {
  Exact value(dyadic_);
  mpq_div_2exp(value.get_mpq_t(), value.get_mpq_t(), static_cast<unsigned long>(shift_));
  return sgn(rest_) == 0 ? value : Exact(value + rest_);
}

std::optional<Exact> read_exact(const std::string& text) {
  if (text.size() > 100000) return std::nullopt;
  const auto slash = text.find('/');
  if (slash == std::string::npos) return read_decimal(text);
  const auto above_line = read_decimal(text.substr(0, slash)), below_line = read_decimal(text.substr(slash + 1));
  if (!above_line || !below_line || sgn(*below_line) == 0) return std::nullopt;
  return Exact(*above_line / *below_line);
}

double nearest_scale(const Exact& gamma, const Exact& variance) {
  if (sgn(gamma) == 0) return 0;
  const Exact square = gamma * gamma / variance;
  long k =
      (107 - long(mpz_sizeinbase(square.get_num_mpz_t(), 2)) + long(mpz_sizeinbase(square.get_den_mpz_t(), 2))) / 2;
  mpz_class scaled, root, rest;
  const mpz_class lowest = mpz_class(1) << 53, highest = mpz_class(1) << 54;
  for (;;) {  // root in [2^53, 2^54): 53 bits and the half bit
    mpz_class n = square.get_num(), d = square.get_den();
    if (k >= 0) n <<= static_cast<unsigned long>(2 * k);
    if (k < 0) d <<= static_cast<unsigned long>(-2 * k);
    mpz_fdiv_qr(scaled.get_mpz_t(), rest.get_mpz_t(), n.get_mpz_t(), d.get_mpz_t());
    const bool whole = sgn(rest) == 0;
    mpz_sqrtrem(root.get_mpz_t(), rest.get_mpz_t(), scaled.get_mpz_t());
    if (root < lowest || root >= highest) {
      k += root < lowest ? 1 : -1;
      continue;
    }
    mpz_class m = root >> 1;
    const bool half = mpz_odd_p(root.get_mpz_t());
    const bool tie = half && whole && sgn(rest) == 0;
    if (half && (!tie || mpz_odd_p(m.get_mpz_t()))) m += 1;
    const double value = std::ldexp(m.get_d(), int(1 - k));
    return sgn(gamma) < 0 ? -value : value;
  }
}

Numbers::Values::Values(std::vector<Exact> values) : exact(std::move(values)) {
  for (const Exact& q : exact) around.push_back(enclose(q));
}

Numbers::Numbers(const std::vector<Exact>& exact) : size_(long(exact.size())) {
  bool doubles = true;
  for (const Exact& q : exact) {
    const double v = q.get_d();
    doubles = doubles && std::isfinite(v) && Exact(v) == q;
  }
  if (!doubles) {
    values_ = std::make_shared<const Values>(exact);
    return;
  }
  std::vector<double> plain;
  for (const Exact& q : exact) plain.push_back(q.get_d());
  stored_ = Reals(std::move(plain));
}

Exact Numbers::exact(long i) const {
  if (values_) return values_->exact[std::size_t(i)];
  const Exact stored(stored_[std::size_t(i)]);
  return factors_ ? Exact(stored * factors_->by.exact[factor_of(i)]) : stored;
}

int Numbers::sign(long i) const {
  if (values_) return sgn(values_->exact[std::size_t(i)]);
  const double v = stored_[std::size_t(i)];
  const int own = (v > 0) - (v < 0);
  return factors_ ? own * sgn(factors_->by.exact[factor_of(i)]) : own;
}

// A point where the product is a double. What is left of a product of normal size is a double and fma gives it.
Enclosure Numbers::enclosed_product(long i) const {
  const double v = stored_[std::size_t(i)];
  const Enclosure factor = factors_->by.around[factor_of(i)];
  const double p = v * factor.lo;
  const bool normal = std::isfinite(p) && std::fabs(p) > 1e-250;
  if (factor.lo == factor.hi && normal && std::fma(v, factor.lo, -p) == 0) return {p, p};
  return Enclosure{v, v} * factor;
}

Numbers Numbers::times(const std::vector<Exact>& factor, std::vector<int> of) const {
  const bool again = factors_ && factors_->of == of;
  if (!values_ && (!factors_ || again)) {
    std::vector<Exact> both = factor;
    for (std::size_t c = 0; c < both.size() && again; ++c) both[c] *= factors_->by.exact[c];
    Numbers product = *this;
    product.factors_ = std::make_shared<const Factors>(Factors{Values(std::move(both)), std::move(of)});
    return product;
  }
  std::vector<Exact> all;
  for (long i = 0; i < size_; ++i) all.push_back(exact(i) * factor[std::size_t(of[std::size_t(i)])]);
  return Numbers(all);
}

namespace {

// mantissa 2^exponent, the mantissa odd or 0
struct Dyadic {
  __extension__ typedef __int128 Wide;
  Wide mantissa = 0;
  int exponent = 0;
  explicit Dyadic(double v) {
    if (v == 0) return;
    long whole = long(std::ldexp(std::frexp(v, &exponent), 53));
    const int zeros = __builtin_ctzl(static_cast<unsigned long>(whole));
    mantissa = whole / (1L << zeros), exponent += zeros - 53;
  }
};

// a b == nearest + rest; nothing where that needs more than a word of 128 bits
std::optional<bool> product_is(double a, double b, double nearest, double rest) {
  const Dyadic left(a), right(b);
  Dyadic::Wide difference = left.mantissa * right.mantissa;
  const int exponent = left.exponent + right.exponent;
  for (const Dyadic part : {Dyadic(nearest), Dyadic(rest)}) {
    if (part.mantissa == 0) continue;
    const int shift = part.exponent - exponent;
    if (difference == 0 || shift < 0 || shift > 70) return std::nullopt;
    difference -= part.mantissa * (static_cast<Dyadic::Wide>(1) << shift);
  }
  return difference == 0;
}

}  // namespace

bool Numbers::is(long i, double nearest, double rest) const {
  if (!values_ && !factors_ && rest == 0) return stored_[std::size_t(i)] == nearest;
  if (!values_ && factors_) {
    const Enclosure factor = factors_->by.around[factor_of(i)];
    if (factor.lo == factor.hi)
      if (const auto same = product_is(stored_[std::size_t(i)], factor.lo, nearest, rest)) return *same;
  }
  return exact(i) == Exact(nearest) + Exact(rest);
}

}  // namespace lrproof::oracle
