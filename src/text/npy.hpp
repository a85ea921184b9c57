#pragma once
// NumPy's array files: .npy, and .npz (a zip archive of them). Inputs come in and maps go out through here.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace lrproof::text {

/// An array of floating point numbers, row-major whatever the file's order. A float32 is the double it denotes.
struct Array {
  std::vector<std::int64_t> shape;
  std::vector<double> values;
  bool was_float32 = false;
};

/// What to do with NaN and infinity.
enum class NonFinite { rejected, allowed };

/// Which element types are welcome: float32 and float64, or integers of 1 to 8 bytes as well.
enum class Elements { floating, numbers };

/// Formats 1.0 to 3.0, either byte order, C and Fortran order.
base::Result<Array> read_npy(std::string_view bytes, const std::string& file,
                             NonFinite non_finite = NonFinite::rejected, Elements elements = Elements::floating);
/// The archive's array called `name`; with an empty name the one called "inputs", else the first.
base::Result<Array> read_npz(std::string_view bytes, const std::string& file, const std::string& name = "",
                             NonFinite non_finite = NonFinite::rejected, Elements elements = Elements::floating);
/// Every array of the archive by its name, in the archive's order; two of one name are an error.
base::Result<std::vector<std::pair<std::string, Array>>> read_npz_arrays(std::string_view bytes,
                                                                         const std::string& file);
/// Either of them, told apart by their first bytes.
base::Result<Array> read_array(std::string_view bytes, const std::string& file,
                               NonFinite non_finite = NonFinite::rejected, Elements elements = Elements::floating);

enum class Width { float32, float64 };
/// The bytes of a .npy file, format 1.0, little-endian, C order.
std::string write_npy(Width width, const std::vector<std::int64_t>& shape, std::span<const double> values);

}  // namespace lrproof::text
