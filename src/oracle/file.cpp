#include "oracle/file.hpp"

#include <openssl/sha.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>

namespace lrproof::oracle {

Read<std::string> read_bytes(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) return Read<std::string>::fail("cannot read '" + path + "'");
  return {text.str(), ""};
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string hex;
  for (unsigned char byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

namespace {

template <class T>
void read_values(std::string_view bytes, std::vector<double>& values) {
  for (std::size_t k = 0; k + sizeof(T) <= bytes.size(); k += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + k, sizeof(T));
    values.push_back(double(value));
  }
}

// The text between two marks of the header, after the key.
std::string field(const std::string& header, const std::string& key, char from, char to) {
  const auto at = header.find("'" + key + "'");
  const auto begin = at == std::string::npos ? at : header.find(from, at + key.size() + 2);
  const auto end = begin == std::string::npos ? begin : header.find(to, begin + 1);
  return end == std::string::npos ? "" : header.substr(begin + 1, end - begin - 1);
}

}  // namespace

Read<Rows> read_npy(std::string_view bytes) {
  const auto fail = [](const char* why) { return Read<Rows>::fail(why); };
  if (bytes.size() < 12 || bytes.substr(0, 6) != "\x93NUMPY") return fail("not an .npy file");
  const auto byte = [&](std::size_t k) { return std::size_t(static_cast<unsigned char>(bytes[k])); };
  const bool wide = byte(6) >= 2;
  const std::size_t length = wide ? byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24 : byte(8) | byte(9) << 8;
  const std::size_t begin = wide ? 12 : 10;
  if (length > bytes.size() - begin) return fail("a truncated .npy header");
  const std::string header(bytes.substr(begin, length));
  const std::string type = field(header, "descr", '\'', '\'');
  if (header.find("'fortran_order': True") != std::string::npos) return fail("an .npy file in Fortran order");
  Rows rows;
  long total = 1;
  std::istringstream shape(field(header, "shape", '(', ')'));
  bool first = true;
  for (std::string item; std::getline(shape, item, ',');) {
    if (item.find_first_of("0123456789") == std::string::npos) continue;
    const long extent = std::strtol(item.c_str(), nullptr, 10);
    if (extent < 0 || (extent > 0 && total > (1L << 40) / extent)) return fail("an .npy shape that is too large");
    if (first) rows.count = extent;
    first = false;
    total *= extent;
  }
  if (first) return fail("an .npy file without a shape");
  const std::string_view data = bytes.substr(begin + length);
  const std::size_t width = type.size() == 3 ? std::size_t(type[2] - '0') : 0;
  if (width == 0 || data.size() / width != std::size_t(total) || data.size() % width)
    return fail("an .npy file of wrong size");
  if (type == "<f4")
    read_values<float>(data, rows.values);
  else if (type == "<f8")
    read_values<double>(data, rows.values);
  else if (type == "<i8")
    read_values<std::int64_t>(data, rows.values);
  else if (type == "<i4")
    read_values<std::int32_t>(data, rows.values);
  else
    return fail("an .npy type that is not read");
  rows.width = rows.count > 0 ? total / rows.count : 0;
  for (double v : rows.values)
    if (!std::isfinite(v)) return fail("an .npy file with NaN or infinity");
  return {std::move(rows), ""};
}

}  // namespace lrproof::oracle
