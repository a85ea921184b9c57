#pragma once
// The one table of the room: operator -> the function that lowers it.
#include <span>
#include <string_view>

#include "onnx/site.hpp"

namespace lrproof::onnx {

using Lower = base::Status (*)(Site&);

/// One operator of the standard domain.
struct Row {
  std::string_view op;
  Lower lower;
};

std::span<const Row> operator_table();
/// nullptr: an operator we do not know.
Lower find_lowering(std::string_view op);

}  // namespace lrproof::onnx
