// The format: six magic bytes, two of version, the header's length (2 bytes little-endian, 4 from version 2 on), a
// Python dictionary literal with exactly 'descr', 'fortran_order' and 'shape', then the numbers.
#include "text/npy.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

namespace lrproof::text {

using base::Diagnostic;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kLongestHeader = 1 << 16;
constexpr std::size_t kMostAxes = 32;

/// What the header says.
struct Header {
  std::string descr;
  bool fortran = false;
  std::vector<std::int64_t> shape;
  std::size_t data = 0;  ///< byte at which the numbers begin
};

/// Reads the header's dictionary literal, remembering where it stands.
class Literal {
 public:
  Literal(std::string_view text, std::size_t offset, const std::string& file)
      : text_(text), offset_(offset), file_(file) {}

  Result<Header> dictionary() {
    Header header;
    bool descr = false, order = false, shape = false;
    if (!take('{')) return wrong("'{'");
    while (!take('}')) {
      const auto key = string();
      if (!key || !take(':')) return wrong("a key and ':'");
      bool* seen = *key == "descr" ? &descr : *key == "fortran_order" ? &order : *key == "shape" ? &shape : nullptr;
      if (!seen || *seen) return wrong("each of the keys descr, fortran_order and shape once");
      *seen = true;
      LRPROOF_CHECK(value(*key, header));
      if (!take(',') && !peek('}')) return wrong("',' or '}'");
    }
    skip_space();
    if (at_ < text_.size()) return wrong("the end of the header");
    if (!descr || !order || !shape) return wrong("the keys descr, fortran_order and shape");
    return header;
  }

 private:
  Diagnostic wrong(const std::string& expected) const {
    return {"npy.header", file_ + ": byte " + std::to_string(offset_ + at_), "the header is damaged",
            "expected " + expected};
  }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  bool peek(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view expected) {
    skip_space();
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }
  std::optional<std::string> string() {
    const char quote = peek('\'') ? '\'' : '"';
    if (!take(quote)) return std::nullopt;
    const auto end = text_.find(quote, at_);
    if (end == std::string_view::npos) return std::nullopt;
    std::string inside(text_.substr(at_, end - at_));
    at_ = end + 1;
    return inside;
  }
  Status value(const std::string& key, Header& header) {
    if (key == "shape") return tuple(header.shape);
    if (key == "fortran_order") {
      header.fortran = word("True");
      return header.fortran || word("False") ? base::fine() : Status(wrong("True or False"));
    }
    if (peek('['))
      return Diagnostic{"npy.dtype", file_, "the array holds records", "float32 or float64 numbers are read"};
    const auto descr = string();
    if (!descr) return wrong("the element type as a string");
    header.descr = *descr;
    return base::fine();
  }
  Status tuple(std::vector<std::int64_t>& shape) {
    if (!take('(')) return wrong("'('");
    while (!take(')')) {
      if (shape.size() == kMostAxes) return wrong("at most " + std::to_string(kMostAxes) + " axes");
      skip_space();
      std::int64_t extent = 0;
      const auto start = at_;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - start < 18; ++at_)
        extent = extent * 10 + (text_[at_] - '0');
      if (at_ == start) return wrong("a number");
      take('L');
      shape.push_back(extent);
      if (!take(',') && !peek(')')) return wrong("',' or ')'");
    }
    return base::fine();
  }

  std::string_view text_;
  std::size_t at_ = 0, offset_;
  const std::string& file_;
};

Diagnostic truncated(const std::string& file, std::size_t have, const std::string& what) {
  return {"npy.truncated", file + ": byte " + std::to_string(have), "the file ends within " + what,
          "is the file complete?"};
}

Result<Header> read_header(std::string_view bytes, const std::string& file) {
  if (bytes.empty()) return Diagnostic{"npy.empty", file, "the file is empty", ""};
  if (bytes.substr(0, kMagic.size()) != kMagic.substr(0, bytes.size()))
    return Diagnostic{"npy.not_npy", file + ": byte 0", "this is no .npy file",
                      "it begins with the bytes \\x93NUMPY; write one with numpy.save"};
  if (bytes.size() < 10) return truncated(file, bytes.size(), "its first ten bytes");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3)
    return Diagnostic{"npy.version", file + ": byte 6", "not supported: format version " + std::to_string(version),
                      "versions 1 to 3 are read"};
  const std::size_t width = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + width) return truncated(file, bytes.size(), "the length of its header");
  std::size_t length = 0;
  for (std::size_t k = width; k-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[8 + k]);
  if (length > kLongestHeader)
    return Diagnostic{"npy.header", file + ": byte 8", "the header claims " + std::to_string(length) + " bytes",
                      "at most " + std::to_string(kLongestHeader)};
  if (length > bytes.size() - 8 - width) return truncated(file, bytes.size(), "its header");
  LRPROOF_TRY(header, Literal(bytes.substr(8 + width, length), 8 + width, file).dictionary());
  header.data = 8 + width + length;
  return header;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t k = 0; k < shape.size(); ++k) text += (k ? ", " : "") + std::to_string(shape[k]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// Number of elements, checked against the bytes that are there.
Result<std::size_t> checked_size(const Header& header, std::size_t present, std::size_t width,
                                 const std::string& file) {
  std::uint64_t count = 1;
  bool huge = false;
  for (const auto extent : header.shape) {
    huge = huge || (extent > 0 && count > std::numeric_limits<std::uint64_t>::max() / 16 / std::uint64_t(extent));
    if (!huge) count *= std::uint64_t(extent);
  }
  if (!huge && count * width == present) return std::size_t(count);
  if (huge || count * width > present)
    return Diagnostic{"npy.truncated", file + ": byte " + std::to_string(header.data),
                      "shape " + shape_text(header.shape) + " of " + std::to_string(width) +
                          "-byte numbers, but only " + std::to_string(present) + " bytes of data",
                      "is the file complete?"};
  return Diagnostic{"npy.size", file + ": byte " + std::to_string(header.data + std::size_t(count) * width),
                    std::to_string(present - std::size_t(count) * width) + " bytes follow the last number of shape " +
                        shape_text(header.shape),
                    ""};
}

template <class Word, class Number>
double number_at(const char* at, bool swap) {
  char bytes[sizeof(Word)];
  std::memcpy(bytes, at, sizeof bytes);
  if (swap) std::reverse(bytes, bytes + sizeof bytes);
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return double(std::bit_cast<Number>(word));
}

/// An element type, and how one of it becomes a double.
struct ElementType {
  std::string_view word;
  std::size_t width;
  double (*read)(const char* at, bool swap);
};
constexpr ElementType kElementTypes[] = {
    {"f4", 4, number_at<std::uint32_t, float>},         {"f8", 8, number_at<std::uint64_t, double>},
    {"i1", 1, number_at<std::uint8_t, std::int8_t>},    {"i2", 2, number_at<std::uint16_t, std::int16_t>},
    {"i4", 4, number_at<std::uint32_t, std::int32_t>},  {"i8", 8, number_at<std::uint64_t, std::int64_t>},
    {"u1", 1, number_at<std::uint8_t, std::uint8_t>},   {"u2", 2, number_at<std::uint16_t, std::uint16_t>},
    {"u4", 4, number_at<std::uint32_t, std::uint32_t>}, {"u8", 8, number_at<std::uint64_t, std::uint64_t>}};

Result<const ElementType*> element_type(const std::string& descr, const std::string& file, Elements elements) {
  if (descr.size() == 3 && std::string_view("<>=|").find(descr[0]) != std::string_view::npos)
    for (const auto& type : kElementTypes)
      if (descr.substr(1) == type.word && (descr[1] == 'f' || elements == Elements::numbers)) return &type;
  const std::string integers = elements == Elements::numbers ? " or integers" : "";
  return Diagnostic{"npy.dtype", file, "not supported: elements of type '" + descr.substr(0, 40) + "'",
                    "float32 ('<f4') or float64 ('<f8') numbers" + integers + " are read"};
}

/// Column-major to row-major.
std::vector<double> row_major(const std::vector<double>& values, const std::vector<std::int64_t>& shape) {
  std::vector<double> out(values.size());
  std::vector<std::size_t> strides(shape.size(), 1), at(shape.size(), 0);
  for (std::size_t a = 1; a < shape.size(); ++a) strides[a] = strides[a - 1] * std::size_t(shape[a - 1]);
  std::size_t from = 0;
  for (double& v : out) {
    v = values[from];
    for (std::size_t a = shape.size(); a-- > 0;) {
      from += strides[a];
      if (++at[a] < std::size_t(shape[a])) break;
      from -= strides[a] * at[a];
      at[a] = 0;
    }
  }
  return out;
}

Status check_finite(const Array& array, const std::string& file) {
  for (std::size_t k = 0; k < array.values.size(); ++k) {
    if (std::isfinite(array.values[k])) continue;
    std::vector<std::int64_t> index(array.shape.size());
    auto rest = std::int64_t(k);
    for (std::size_t a = index.size(); a-- > 0; rest /= array.shape[a]) index[a] = rest % array.shape[a];
    const auto what = std::isnan(array.values[k]) ? "NaN" : array.values[k] > 0 ? "infinity" : "-infinity";
    return Diagnostic{"npy.nan", file, std::string("holds ") + what + " at index " + shape_text(index),
                      "every number must be finite"};
  }
  return base::fine();
}

}  // namespace

Result<Array> read_npy(std::string_view bytes, const std::string& file, NonFinite non_finite, Elements elements) {
  LRPROOF_TRY(header, read_header(bytes, file));
  LRPROOF_TRY(type, element_type(header.descr, file, elements));
  LRPROOF_TRY(count, checked_size(header, bytes.size() - header.data, type->width, file));
  Array array{header.shape, {}, type->word == "f4"};
  array.values.reserve(count);
  const char* at = bytes.data() + header.data;
  for (std::size_t k = 0; k < count; ++k, at += type->width)
    array.values.push_back(type->read(at, header.descr[0] == '>'));
  if (header.fortran) array.values = row_major(array.values, array.shape);
  if (non_finite == NonFinite::rejected) LRPROOF_CHECK(check_finite(array, file));
  return array;
}

Result<Array> read_array(std::string_view bytes, const std::string& file, NonFinite non_finite, Elements elements) {
  return bytes.substr(0, 2) == "PK" ? read_npz(bytes, file, "", non_finite, elements)
                                    : read_npy(bytes, file, non_finite, elements);
}

std::string write_npy(Width width, const std::vector<std::int64_t>& shape, std::span<const double> values) {
  std::string header = std::string("{'descr': '") + (width == Width::float32 ? "<f4" : "<f8") +
                       "', 'fortran_order': False, 'shape': " + shape_text(shape) + ", }";
  const std::size_t unpadded = kMagic.size() + 4 + header.size() + 1;
  header += std::string((64 - unpadded % 64) % 64, ' ') + '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\0', char(header.size() & 255), char(header.size() >> 8)};
  bytes += header;
  const std::size_t each = width == Width::float32 ? 4 : 8;
  const auto start = bytes.size();
  bytes.resize(start + values.size() * each);
  for (std::size_t k = 0; k < values.size(); ++k) {
    const float single = float(values[k]);
    std::memcpy(bytes.data() + start + k * each, each == 4 ? static_cast<const void*>(&single) : &values[k], each);
  }
  return bytes;
}

static_assert(std::endian::native == std::endian::little, "write_npy writes little-endian numbers");

}  // namespace lrproof::text
