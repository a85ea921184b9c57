#pragma once
// Files as the oracle reads them: bytes, their SHA-256, and NumPy arrays.
#include <string>
#include <vector>

#include "oracle/model.hpp"

namespace lrproof::oracle {

Read<std::string> read_bytes(const std::string& path);
std::string sha256_hex(std::string_view bytes);

/// Rows of an array, one sample each.
struct Rows {
  std::vector<double> values;
  long count = 0, width = 0;
};
/// .npy with float32 or float64 (integers too, for targets), C order, little endian.
Read<Rows> read_npy(std::string_view bytes);

}  // namespace lrproof::oracle
