#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "onnx/tensor.hpp"

namespace lrproof::onnx {

static_assert(std::endian::native == std::endian::little, "ONNX raw data is little-endian");

namespace {

namespace pb = ::onnx;
namespace fs = std::filesystem;
using base::Diagnostic;
using base::Result;

Diagnostic tensor_error(const Source& source, const pb::TensorProto& proto, const char* code, std::string sentence,
                        std::string hint = "") {
  return {code, source.model_path + ": tensor " + shown(proto.name()), std::move(sentence), std::move(hint)};
}

double from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 1023;
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return fraction == 0 ? sign * HUGE_VAL : std::nan("");
  return exponent == 0 ? sign * std::ldexp(fraction, -24) : sign * std::ldexp(fraction + 1024, exponent - 25);
}

double from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t(bits) << 16); }

/// Element types by the file's number: width in raw data, kind and name.
struct Format {
  int width = 0;  ///< 0: not supported
  Kind kind = Kind::real;
  const char* name = "";
};

Format format_of(int type) {
  static constexpr Format kFormats[] = {
      {0, Kind::real, "undefined"},  {4, Kind::real, "float32"},   {1, Kind::integer, "uint8"},
      {1, Kind::integer, "int8"},    {2, Kind::integer, "uint16"}, {2, Kind::integer, "int16"},
      {4, Kind::integer, "int32"},   {8, Kind::integer, "int64"},  {0, Kind::real, "string"},
      {1, Kind::integer, "bool"},    {2, Kind::real, "float16"},   {8, Kind::real, "float64"},
      {4, Kind::integer, "uint32"},  {8, Kind::integer, "uint64"}, {0, Kind::real, "complex64"},
      {0, Kind::real, "complex128"}, {2, Kind::real, "bfloat16"}};
  return type >= 0 && type <= 16 ? kFormats[type] : Format{0, Kind::real, "of a number above 16"};
}

template <class T>
T item(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

double raw_real(int type, const char* at) {
  switch (type) {
    case pb::TensorProto::FLOAT:
      return item<float>(at);
    case pb::TensorProto::DOUBLE:
      return item<double>(at);
    case pb::TensorProto::FLOAT16:
      return from_half(item<std::uint16_t>(at));
    default:
      return from_bfloat(item<std::uint16_t>(at));
  }
}

std::int64_t raw_integer(int type, const char* at) {
  switch (type) {
    case pb::TensorProto::UINT8:
      return item<std::uint8_t>(at);
    case pb::TensorProto::INT8:
      return item<std::int8_t>(at);
    case pb::TensorProto::UINT16:
      return item<std::uint16_t>(at);
    case pb::TensorProto::INT16:
      return item<std::int16_t>(at);
    case pb::TensorProto::INT32:
      return item<std::int32_t>(at);
    case pb::TensorProto::BOOL:
      return *at != 0;
    case pb::TensorProto::UINT32:
      return item<std::uint32_t>(at);
    default:
      return item<std::int64_t>(at);
  }
}

void read_raw(const char* bytes, std::int64_t count, int type, int width, Tensor& out) {
  std::vector<double> reals;
  if (out.kind == Kind::real) reals.reserve(std::size_t(count));
  for (std::int64_t k = 0; k < count; ++k, bytes += width)
    if (out.kind == Kind::real)
      reals.push_back(raw_real(type, bytes));
    else
      out.integers.push_back(raw_integer(type, bytes));
  out.reals.approx = std::move(reals);
}

/// Numbers stored in the message's typed lists.
void read_listed(const pb::TensorProto& proto, Tensor& out) {
  switch (proto.data_type()) {
    case pb::TensorProto::FLOAT:
      out.reals.approx.edit().assign(proto.float_data().begin(), proto.float_data().end());
      break;
    case pb::TensorProto::DOUBLE:
      out.reals.approx.edit().assign(proto.double_data().begin(), proto.double_data().end());
      break;
    case pb::TensorProto::FLOAT16:
      for (const auto bits : proto.int32_data()) out.reals.approx.push_back(from_half(std::uint16_t(bits)));
      break;
    case pb::TensorProto::BFLOAT16:
      for (const auto bits : proto.int32_data()) out.reals.approx.push_back(from_bfloat(std::uint16_t(bits)));
      break;
    case pb::TensorProto::INT64:
      out.integers.assign(proto.int64_data().begin(), proto.int64_data().end());
      break;
    case pb::TensorProto::UINT32:
    case pb::TensorProto::UINT64:
      for (const auto v : proto.uint64_data()) out.integers.push_back(std::int64_t(v));
      break;
    default:
      out.integers.assign(proto.int32_data().begin(), proto.int32_data().end());
  }
}

std::int64_t listed_count(const pb::TensorProto& proto) {
  switch (proto.data_type()) {
    case pb::TensorProto::FLOAT:
      return proto.float_data_size();
    case pb::TensorProto::DOUBLE:
      return proto.double_data_size();
    case pb::TensorProto::INT64:
      return proto.int64_data_size();
    case pb::TensorProto::UINT32:
    case pb::TensorProto::UINT64:
      return proto.uint64_data_size();
    default:
      return proto.int32_data_size();
  }
}

/// Where a tensor's bytes lie outside the model file, as the file spells it.
struct External {
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
};

std::optional<std::uint64_t> number(const std::string& text) {
  if (text.empty() || text.size() > 18 || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

Result<External> external_of(const pb::TensorProto& proto, const Source& source) {
  External out;
  for (const auto& entry : proto.external_data()) {
    const auto value = number(entry.value());
    if (entry.key() == "location") out.location = entry.value();
    if (entry.key() != "offset" && entry.key() != "length") continue;
    if (!value) return tensor_error(source, proto, "onnx.external", entry.key() + " of external data is not a number");
    if (entry.key() == "offset") out.offset = *value;
    if (entry.key() == "length") out.length = *value;
  }
  return out;
}

/// The file of external data: beside the model or in a folder below it, never elsewhere, links followed.
Result<fs::path> external_path(const External& external, const pb::TensorProto& proto, const Source& source) {
  const fs::path given(external.location);
  bool inside = !given.empty() && given.is_relative() && external.location.find('\0') == std::string::npos;
  for (const auto& step : given) inside = inside && step != "..";
  std::error_code why;
  const auto folder = fs::weakly_canonical(fs::absolute(fs::path(source.model_path), why).parent_path(), why);
  const auto file = fs::weakly_canonical(folder / given, why);
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  if (!inside || why || end != folder.end() || source.model_path.empty())
    return tensor_error(source, proto, "onnx.external",
                        "external data '" + shown(external.location) + "' does not lie beside the model",
                        "external data may only be a file in the model's folder");
  return file;
}

Result<std::string> external_bytes(const pb::TensorProto& proto, const Source& source, std::uint64_t wanted) {
  LRPROOF_TRY(external, external_of(proto, source));
  LRPROOF_TRY(path, external_path(external, proto, source));
  std::error_code why;
  const bool regular = fs::is_regular_file(path, why);
  const auto size = regular ? fs::file_size(path, why) : 0;
  const auto name = "external data '" + shown(external.location) + "'";
  if (!regular || why) return tensor_error(source, proto, "onnx.external", name + " is missing or not a regular file");
  const auto length = external.length.value_or(external.offset <= size ? size - external.offset : 0);
  if (external.offset > size || length > size - external.offset)
    return tensor_error(source, proto, "onnx.external",
                        name + " has " + std::to_string(size) + " bytes; offset " + std::to_string(external.offset) +
                            " and length " + std::to_string(length) + " reach beyond its end");
  if (length != wanted)
    return tensor_error(
        source, proto, "onnx.external",
        name + ": " + std::to_string(length) + " bytes where the dims ask for " + std::to_string(wanted));
  std::string bytes(length, '\0');
  std::ifstream in(path, std::ios::binary);
  in.seekg(std::streamoff(external.offset));
  if (!in || !in.read(bytes.data(), std::streamsize(length)))
    return tensor_error(source, proto, "onnx.external", name + " cannot be read");
  return bytes;
}

}  // namespace

Result<Tensor> read_tensor(const pb::TensorProto& proto, const Source& source) {
  const auto format = format_of(proto.data_type());
  if (format.width == 0)
    return tensor_error(source, proto, "onnx.unsupported",
                        std::string("not supported: a tensor with elements ") + format.name,
                        "floating point, integer and bool tensors are read");
  Tensor out{format.kind, Shape(proto.dims().begin(), proto.dims().end()), {}, {}, proto.name()};
  const auto count = checked_count(out.shape);
  if (!count)
    return tensor_error(source, proto, "onnx.size", "dims " + net::to_string(out.shape) + " are negative or too large");
  const bool external = proto.data_location() == pb::TensorProto::EXTERNAL;
  const auto wanted = std::uint64_t(*count) * std::uint64_t(format.width);
  std::string outside;
  if (external) {
    LRPROOF_TRY(bytes, external_bytes(proto, source, wanted));
    outside = std::move(bytes);
  }
  const bool raw = external || !proto.raw_data().empty();
  const std::string& bytes = external ? outside : proto.raw_data();
  const bool fits = raw ? bytes.size() == wanted : listed_count(proto) == *count;
  if (!fits)
    return tensor_error(source, proto, "onnx.tensor_size",
                        raw ? std::to_string(bytes.size()) + " bytes stored where dims " + net::to_string(out.shape) +
                                  " of " + format.name + " ask for " + std::to_string(wanted)
                            : std::to_string(listed_count(proto)) + " numbers stored where dims " +
                                  net::to_string(out.shape) + " ask for " + std::to_string(*count));
  if (out.kind == Kind::integer) out.integers.reserve(std::size_t(*count));
  if (raw)
    read_raw(bytes.data(), *count, proto.data_type(), format.width, out);
  else
    read_listed(proto, out);
  return out;
}

}  // namespace lrproof::onnx
