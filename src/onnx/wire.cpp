#include "onnx/wire.hpp"

#include <cstdint>
#include <optional>

namespace lrproof::onnx {

namespace {

/// Reads the protobuf wire format front to back.
struct Wire {
  std::string_view bytes;
  std::size_t at = 0;

  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70 && at < bytes.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      if (shift < 64) value |= std::uint64_t(byte & 127) << shift;
      if (byte < 128) return value;
    }
    return std::nullopt;
  }
};

std::string field_name(std::uint64_t field) {
  static constexpr const char* kNames[] = {
      "",           "ir_version", "producer_name", "producer_version", "domain", "model_version",
      "doc_string", "graph",      "opset_import"};
  return field >= 1 && field <= 8 ? kNames[field] : "number " + std::to_string(field);
}

}  // namespace

base::Diagnostic why_unreadable(std::string_view bytes, const std::string& path) {
  const std::string hint = "an ONNX model is a protobuf message ModelProto";
  Wire wire{bytes};
  while (wire.at < bytes.size()) {
    const auto start = wire.at;
    const auto place = path + ": byte " + std::to_string(start);
    const auto tag = wire.varint();
    const auto field = tag.value_or(0) >> 3, kind = tag.value_or(0) & 7;
    const bool valid = tag && field >= 1 && field < 100 && (kind == 0 || kind == 1 || kind == 2 || kind == 5);
    if (!valid) return {"onnx.not_onnx", place, "this is no ONNX model", hint};
    const auto length = kind == 1   ? std::optional<std::uint64_t>(8)
                        : kind == 5 ? std::optional<std::uint64_t>(4)
                                    : wire.varint();
    const auto left = bytes.size() - wire.at;
    const auto need = kind == 0 ? 0 : length.value_or(0);
    if (!length || need > left)
      return {field <= 25 ? "onnx.truncated" : "onnx.not_onnx", place,
              "the file ends within field " + field_name(field) + ": " + std::to_string(need) + " bytes announced, " +
                  std::to_string(left) + " left",
              "is the file complete?"};
    wire.at += need;
  }
  return {"onnx.not_onnx", path, "the message is damaged inside a field, or nested too deeply", hint};
}

}  // namespace lrproof::onnx
