#include "num/machine_sum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace lrproof::num {

namespace {

constexpr int kWord = 62;                // bits of an integer, with room for its sign
constexpr int kWide = 126;               // of a sum of products
constexpr int kLevel = 44, kLevels = 8;  // bits of a level, where one word does not hold all
constexpr std::size_t kPieces = 12;      // of one number

}  // namespace

std::vector<Integers> integers_of(const Constants& values) {
  if (!values.all_double()) return {};
  long low = 0, high = 0;
  bool any = false;
  for (const double v : values.approx) {
    if (v == 0) continue;
    int e = 0;
    const auto mantissa = std::int64_t(std::ldexp(std::frexp(v, &e), 53));
    const long last = e - 53 + std::countr_zero(std::uint64_t(mantissa));
    low = any ? std::min(low, last) : last, high = any ? std::max(high, long(e)) : e;
    any = true;
  }
  const int bits = high - low <= kWord ? int(high - low) : kLevel;
  if (high - low > kLevel * kLevels || low < -1000) return {};
  std::vector<double> rest = values.approx;
  std::vector<Integers> levels;
  for (long top = high; levels.empty() || top > low; top -= bits) {
    Integers level{{}, top - bits, bits};
    level.of.reserve(values.size());
    for (double& v : rest) {
      const double whole = std::trunc(std::ldexp(v, int(-level.exponent)));  // leading bits of v: no rounding
      level.of.push_back(std::int64_t(whole));
      v -= std::ldexp(whole, int(level.exponent));
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

std::optional<MachineSums> MachineSums::make(const Integers& weights, const std::vector<const Rational*>& g,
                                             std::size_t terms, std::size_t outputs) {
  long low = 0, high = 0;
  bool any = false;
  for (const Rational* v : g) {
    if (v->is_zero()) continue;
    const auto [first, last] = v->span_of_bits();
    if (first > last) return std::nullopt;  // not dyadic
    low = any ? std::min(low, first) : first, high = any ? std::max(high, last) : last;
    any = true;
  }
  MachineSums sums;
  sums.piece_bits_ = std::min(kWord, kWide - weights.bits - int(std::bit_width(terms)));
  sums.pieces_ = std::size_t((high - low + sums.piece_bits_ - 1) / sums.piece_bits_);
  if (sums.pieces_ > kPieces) return std::nullopt;
  sums.pieces_ = std::max<std::size_t>(sums.pieces_, 1);
  sums.exponent_ = low + weights.exponent;
  sums.piece_.resize(g.size() * sums.pieces_);
  for (std::size_t k = 0; k < g.size(); ++k)
    g[k]->cut(low, sums.piece_bits_, std::span(sums.piece_).subspan(k * sums.pieces_, sums.pieces_));
  sums.sum_.resize(outputs * sums.pieces_);
  return sums;
}

Rational MachineSums::value(std::size_t output) const {
  __extension__ typedef unsigned __int128 Size;
  std::array<Words, kPieces> words;
  for (std::size_t p = 0; p < pieces_; ++p) {
    const Wide v = sum_[output * pieces_ + p];
    const Size size = v < 0 ? -static_cast<Size>(v) : static_cast<Size>(v);
    words[p] = {std::uint64_t(size), std::uint64_t(size >> 64), v < 0};
  }
  return Rational::of_words(std::span(words).first(pieces_), piece_bits_, exponent_);
}

}  // namespace lrproof::num
