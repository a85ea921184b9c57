// Any bytes as a model: one diagnostic or a network that can be evaluated, never a crash.
#include <cstdint>
#include <string_view>
#include <vector>

#include "net/evaluate.hpp"
#include "onnx/import.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrproof;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto model = onnx::import_model(bytes, "", {std::int64_t(1) << 18});
  if (!model) return 0;
  std::int64_t elements = 0;
  for (const auto& node : model->network.nodes()) elements += node.size();
  if (elements > 1 << 12) return 0;
  const std::vector<double> zeros(std::size_t(model->network.input_size()), 0.0);
  net::evaluate<double>(model->network, std::span<const double>(zeros), 1);
  return 0;
}
