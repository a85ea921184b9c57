#pragma once
// Prints JSON for people and for diffs: two spaces of indent, but whatever holds only plain values stays on one line.
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lrproof::claim {

/// Bytes that are no UTF-8 become U+FFFD. Numbers that are not finite must not be in it.
std::string print_json(const nlohmann::ordered_json& value);

}  // namespace lrproof::claim
