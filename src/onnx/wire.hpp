#pragma once
// Where a protobuf message that does not parse goes wrong, told from its top-level fields.
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace lrproof::onnx {

base::Diagnostic why_unreadable(std::string_view bytes, const std::string& path);

}  // namespace lrproof::onnx
