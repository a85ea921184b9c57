#pragma once
// Words near a misspelt one, for "did you mean".
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lrproof::base {

/// Number of single-character insertions, deletions, replacements and swaps of neighbours between two words.
int edit_distance(std::string_view a, std::string_view b);

/// "did you mean 'x'?" for the nearest known word, or "known: a, b, c" when none is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> known);

/// Shell-style match of a whole name: '*' any run, '?' one character.
bool glob_match(std::string_view pattern, std::string_view name);

}  // namespace lrproof::base
