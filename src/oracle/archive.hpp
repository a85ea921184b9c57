#pragma once
// NumPy's .npz as the oracle reads it: a zip archive of .npy files, stored or deflated.
#include <string>
#include <vector>

#include "oracle/file.hpp"

namespace lrproof::oracle {

struct NamedRows {
  std::string name;  ///< without .npy
  Rows rows;
};
/// Every array of the archive, in its order.
Read<std::vector<NamedRows>> read_npz(std::string_view bytes);

}  // namespace lrproof::oracle
