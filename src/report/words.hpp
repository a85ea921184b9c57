#pragma once
// Numbers and witnesses as a person reads them. Rounding never turns "nearly all" into "all" or "some" into "none".
#include <cstdint>
#include <string>
#include <vector>

#include "claim/claim.hpp"

namespace lrproof::report {

std::string count_text(std::int64_t count);                     ///< 12,345
std::string share_text(std::int64_t part, std::int64_t whole);  ///< 0%, <0.1%, 12.5%, >99.9%, 100%
/// The share when `open` more places may or may not belong to it: 25.0-26.0%
std::string share_range(std::int64_t part, std::int64_t open, std::int64_t whole);
std::string fraction_text(double fraction);  ///< signed share of the start: -3.2%, 3e-05%
std::string amount_text(double amount);      ///< 0.4375, 1.5e-09; "unknown" for NaN
/// A number, or the enclosure [lo, hi] of one: "0.32 (8/25)" while the fraction is short, else "≈ 0.437512".
std::string exact_text(const std::vector<num::Rational>& number);
std::string plural(std::int64_t count, const std::string& noun);  ///< 1 input, 300 inputs

/// The witness in one sentence without its place: "the root of unit 3 takes element 21 of fc2 from 0.375 to -0.0156".
std::string witness_sentence(const claim::Witness& witness);
/// Where the exemplar is: "input 17, output 7, fc1 (hinge root, cell)".
std::string place_words(const claim::Finding& finding, const claim::Exemplar& exemplar);
/// How long a witness is to read; the smallest is shown first.
std::size_t witness_size(const claim::Witness& witness);

}  // namespace lrproof::report
