// The list of entries stands at the archive's end; each names the place of an entry's own header, behind which are its
// bytes. Archives of 4 GiB and more (zip64 for the whole) are not read; numpy writes zip64 fields for single entries,
// whose sizes the list repeats.
#include "oracle/archive.hpp"

#include <zlib.h>

namespace lrproof::oracle {

namespace {

using Result = Read<std::vector<NamedRows>>;
constexpr std::size_t kLargest = std::size_t(1) << 31;

// Little-endian number of `width` bytes at `at`; those beyond the end are refused by `fits` before.
std::size_t number(std::string_view bytes, std::size_t at, int width) {
  std::size_t value = 0;
  for (int k = width; k-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + std::size_t(k)]);
  return value;
}
bool fits(std::string_view bytes, std::size_t at, std::size_t count) {
  return at <= bytes.size() && count <= bytes.size() - at;
}

struct Entry {
  std::string name;
  std::size_t method = 0, packed = 0, size = 0, header = 0;
};

// The raw deflate stream, unpacked to exactly `size` bytes.
std::optional<std::string> inflated(std::string_view packed, std::size_t size) {
  if (size > kLargest || size / 1100 > packed.size()) return std::nullopt;  // deflate packs 1 : 1032 at best
  std::string out(size, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = uInt(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = uInt(out.size());
  const int answer = inflate(&stream, Z_FINISH);
  const bool whole = answer == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return out;
}

Read<std::vector<Entry>> entries_of(std::string_view bytes) {
  const auto fail = [](const char* why) { return Read<std::vector<Entry>>::fail(why); };
  const auto end = bytes.rfind("PK\x05\x06");
  if (bytes.size() >= kLargest || end == std::string_view::npos || !fits(bytes, end, 22))
    return fail("not an .npz archive");
  std::vector<Entry> entries;
  std::size_t at = number(bytes, end + 16, 4), packed = 0, size = 0;
  for (std::size_t left = number(bytes, end + 10, 2); left > 0; --left) {
    if (!fits(bytes, at, 46) || bytes.substr(at, 4) != "PK\x01\x02") return fail("a damaged list of entries");
    const std::size_t name = number(bytes, at + 28, 2), extra = number(bytes, at + 30, 2);
    const std::size_t comment = number(bytes, at + 32, 2);
    if (!fits(bytes, at + 46, name + extra + comment)) return fail("a damaged list of entries");
    entries.push_back({std::string(bytes.substr(at + 46, name)), number(bytes, at + 10, 2), number(bytes, at + 20, 4),
                       number(bytes, at + 24, 4), number(bytes, at + 42, 4)});
    packed += entries.back().packed, size += entries.back().size;
    if (packed > bytes.size() || size > kLargest) return fail("entries that overlap, or unpack to more than 2 GiB");
    at += 46 + name + extra + comment;
  }
  return {std::move(entries), ""};
}

std::optional<std::string> contents(std::string_view bytes, const Entry& entry) {
  if (!fits(bytes, entry.header, 30) || bytes.substr(entry.header, 4) != "PK\x03\x04") return std::nullopt;
  const std::size_t begin =
      entry.header + 30 + number(bytes, entry.header + 26, 2) + number(bytes, entry.header + 28, 2);
  if (!fits(bytes, begin, entry.packed)) return std::nullopt;
  const std::string_view packed = bytes.substr(begin, entry.packed);
  if (entry.method == 0 && entry.packed == entry.size) return std::string(packed);
  return entry.method == 8 ? inflated(packed, entry.size) : std::nullopt;
}

// A name as a terminal may see it.
std::string shown(std::string name) {
  name.resize(std::min<std::size_t>(name.size(), 80));
  for (char& c : name)
    if (c < ' ' || c > '~') c = '?';
  return name;
}

}  // namespace

Result read_npz(std::string_view bytes) {
  auto entries = entries_of(bytes);
  if (!entries.value) return Result::fail(entries.error);
  std::vector<NamedRows> arrays;
  for (const Entry& entry : *entries.value) {
    if (!entry.name.ends_with(".npy")) continue;
    const auto unpacked = contents(bytes, entry);
    if (!unpacked) return Result::fail("the entry '" + shown(entry.name) + "' cannot be unpacked");
    auto rows = read_npy(*unpacked);
    if (!rows.value) return Result::fail("the entry '" + shown(entry.name) + "': " + rows.error);
    arrays.push_back({entry.name.substr(0, entry.name.size() - 4), std::move(*rows.value)});
  }
  return {std::move(arrays), ""};
}

}  // namespace lrproof::oracle
