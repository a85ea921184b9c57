#include "report/words.hpp"

#include <fmt/format.h>

#include <cmath>

namespace lrproof::report {
namespace {

constexpr std::size_t kShortFraction = 16;

std::string decimal(double value, int digits = 6) { return fmt::format("{:.{}g}", value, digits); }

/// As many digits as both ends share, three at least.
std::string enclosure(double low, double high) {
  for (int digits = 6; digits >= 3; --digits)
    if (decimal(low, digits) == decimal(high, digits)) return "\u2248 " + decimal(low, digits);
  return "between " + decimal(low) + " and " + decimal(high);
}

}  // namespace

std::string count_text(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string plural(std::int64_t count, const std::string& noun) {
  return count_text(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string share_text(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "-";
  if (part == 0) return "0%";
  if (part == whole) return "100%";
  const double percent = 100.0 * double(part) / double(whole);
  if (percent < 0.1) return "<0.1%";
  if (percent > 99.9) return ">99.9%";
  return fmt::format("{:.1f}%", percent);
}

std::string share_range(std::int64_t part, std::int64_t open, std::int64_t whole) {
  std::string low = share_text(part, whole);
  const std::string high = share_text(part + open, whole);
  if (low == high) return open == 0 ? low : "~" + low;
  low.pop_back();
  return low + "\u2013" + high;
}

std::string fraction_text(double fraction) {
  if (!std::isfinite(fraction)) return "unknown";
  if (fraction == 0) return "0";
  if (fraction == 1) return "100%";
  const double percent = 100 * fraction;
  if (std::abs(percent) < 0.05 || std::abs(percent) >= 1e6) return fmt::format("{:.0e}%", percent);
  return fmt::format("{}{:.1f}%", std::abs(percent - 100) < 0.05 ? "~" : "", percent);
}

std::string amount_text(double amount) { return std::isfinite(amount) ? decimal(amount) : "unknown"; }

std::string exact_text(const std::vector<num::Rational>& number) {
  if (number.empty()) return "unknown";
  const num::Rational& low = number.front();
  const num::Rational& high = number.back();
  if (!(low == high)) return enclosure(low.to_double(), high.to_double());
  const std::string exact = low.bits() > 128 ? std::string(kShortFraction + 1, '9') : low.to_string();
  if (exact.size() > kShortFraction) return "\u2248 " + decimal(low.to_double());
  return exact.find('/') == std::string::npos ? exact : decimal(low.to_double()) + " (" + exact + ")";
}

}  // namespace lrproof::report
