#pragma once
// The texts of rules/*.toml, put into the program by src/rule/embed.cmake: inside this room only.
#include <span>
#include <string_view>

namespace lrproof::rule {

/// One file of rules/, by its name without ".toml".
struct ShippedFile {
  std::string_view name, text;
};

std::span<const ShippedFile> shipped_files();

}  // namespace lrproof::rule
