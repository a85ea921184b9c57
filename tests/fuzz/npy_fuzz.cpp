// Any bytes as an array file or archive; what is read can be written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "text/npy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrproof::text;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto array = read_array(bytes, "fuzz.npy");
  if (!array) return 0;
  const auto width = array->was_float32 ? Width::float32 : Width::float64;
  const auto again = read_npy(write_npy(width, array->shape, array->values), "again.npy");
  if (!again || again->shape != array->shape || again->values != array->values) std::abort();
  return 0;
}
