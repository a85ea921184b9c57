#pragma once
// The formulas of rule files as text: numerators, bias parts and root directions, read into normal form and back.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::rule {

/// Why a formula is none: the offset is a byte of the formula's text.
struct FormulaError {
  std::size_t offset = 0;
  std::string sentence, hint;
};

template <class T>
using Formula = std::variant<T, FormulaError>;

/// "a*(w + 1/4*pos(w))": sums of products of at most one input factor and one weight factor, multiplied out.
Formula<std::vector<Product>> parse_numerator(std::string_view text);
/// "b + 1/4*pos(b)", "0".
Formula<std::vector<BiasPart>> parse_bias(std::string_view text);
/// "a*(w >= 0)", "a - low*(w >= 0) - high*(w < 0)", "0": the root itself is 0.
Formula<Direction> parse_direction(std::string_view text);

/// The normal form in words; reading it gives the same value.
std::string print_numerator(const std::vector<Product>& numerator);
std::string print_bias(const std::vector<BiasPart>& bias);
std::string print_direction(const Direction& direction);

/// Largest size, in bits, of a number a rule may hold.
inline constexpr std::size_t kMaxNumberBits = 4096;
inline constexpr std::size_t kMaxFormulaLength = 10000;

}  // namespace lrproof::rule
