#pragma once
// SHA-256 of bytes: names files, rule texts and findings.
#include <string>
#include <string_view>

namespace lrproof::base {

/// 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

}  // namespace lrproof::base
