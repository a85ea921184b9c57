#pragma once
// Whole files in and out. Writing goes to a temporary name beside the target and is renamed: nothing is half-written.
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace lrproof::base {

/// The bytes of a regular file; refuses folders, devices and files above max_bytes.
Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes = std::uint64_t(4) << 30);

/// Whether write_file could succeed, asked before long work: the folder is there, and the path is no folder.
Status check_writable(const std::string& path);
Status write_file(const std::string& path, const std::string& bytes);

}  // namespace lrproof::base
