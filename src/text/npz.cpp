// Archives of arrays, through libzip. An entry is read in pieces, so that what is allocated is what was there.
#include <zip.h>

#include <memory>

#include "text/npy.hpp"

namespace lrproof::text {

using base::Diagnostic;
using base::Result;

namespace {

constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kLargestEntry = std::size_t(4) << 30;

struct Closer {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using Archive = std::unique_ptr<zip_t, Closer>;
using Entry = std::unique_ptr<zip_file_t, Closer>;

Result<Archive> open_archive(std::string_view bytes, const std::string& file) {
  zip_error_t why;
  zip_error_init(&why);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &why);
  Archive archive(source ? zip_open_from_source(source, ZIP_RDONLY, &why) : nullptr);
  const std::string reason = archive ? "" : zip_error_strerror(&why);
  if (!archive && source) zip_source_free(source);
  zip_error_fini(&why);
  if (!archive) return Diagnostic{"npz.archive", file, "cannot be read as a zip archive: " + reason, ""};
  return archive;
}

std::string entry_name(zip_t* archive, zip_int64_t k) {
  const char* name = zip_get_name(archive, zip_uint64_t(k), 0);
  return name ? name : "";
}

bool is_array(const std::string& entry) { return entry.size() > 4 && entry.substr(entry.size() - 4) == ".npy"; }

/// The entry to read: by name, else "inputs", else the first array.
Result<zip_int64_t> chosen(zip_t* archive, const std::string& file, const std::string& name) {
  zip_int64_t first = -1;
  std::string known;
  const std::string wanted = (name.empty() ? "inputs" : name) + ".npy";
  for (zip_int64_t k = 0; k < zip_get_num_entries(archive, 0); ++k) {
    const auto entry = entry_name(archive, k);
    if (entry == wanted) return k;
    if (!is_array(entry)) continue;
    if (first < 0) first = k;
    if (known.size() < 200) known += (known.empty() ? "" : ", ") + entry.substr(0, entry.size() - 4).substr(0, 60);
  }
  if (name.empty() && first >= 0) return first;
  if (first < 0) return Diagnostic{"npz.empty", file, "the archive holds no array", "entries end with .npy"};
  return Diagnostic{"npz.name", file, "the archive holds no array '" + name + "'", "it holds " + known};
}

Result<std::string> read_entry(zip_t* archive, zip_int64_t k, const std::string& place) {
  const Entry entry(zip_fopen_index(archive, zip_uint64_t(k), 0));
  if (!entry) return Diagnostic{"npz.entry", place, std::string("cannot be opened: ") + zip_strerror(archive), ""};
  std::string bytes, piece(kPiece, '\0');
  for (;;) {
    const auto got = zip_fread(entry.get(), piece.data(), piece.size());
    if (got < 0)
      return Diagnostic{"npz.entry", place, std::string("is damaged: ") + zip_file_strerror(entry.get()), ""};
    if (got == 0) return bytes;
    bytes.append(piece, 0, std::size_t(got));
    if (bytes.size() > kLargestEntry) return Diagnostic{"npz.huge", place, "unpacks to more than 4 GiB", ""};
  }
}

}  // namespace

Result<Array> read_npz(std::string_view bytes, const std::string& file, const std::string& name, NonFinite non_finite,
                       Elements elements) {
  LRPROOF_TRY(archive, open_archive(bytes, file));
  LRPROOF_TRY(at, chosen(archive.get(), file, name));
  const auto place = file + ": entry " + entry_name(archive.get(), at);
  LRPROOF_TRY(unpacked, read_entry(archive.get(), at, place));
  return read_npy(unpacked, place, non_finite, elements);
}

Result<std::vector<std::pair<std::string, Array>>> read_npz_arrays(std::string_view bytes, const std::string& file) {
  if (bytes.substr(0, 2) != "PK")
    return Diagnostic{"npz.archive", file, "is no .npz archive", "numpy.savez writes arrays by their names"};
  LRPROOF_TRY(archive, open_archive(bytes, file));
  std::vector<std::pair<std::string, Array>> arrays;
  std::size_t total = 0;
  for (zip_int64_t k = 0; k < zip_get_num_entries(archive.get(), 0); ++k) {
    const auto entry = entry_name(archive.get(), k);
    if (!is_array(entry)) continue;
    const auto name = entry.substr(0, entry.size() - 4);
    for (const auto& [other, array] : arrays)
      if (other == name) return Diagnostic{"npz.twice", file, "holds two arrays '" + name.substr(0, 60) + "'", ""};
    LRPROOF_TRY(unpacked, read_entry(archive.get(), k, file + ": entry " + entry.substr(0, 80)));
    total += unpacked.size();
    if (total > kLargestEntry) return Diagnostic{"npz.huge", file, "unpacks to more than 4 GiB", ""};
    LRPROOF_TRY(array, read_npy(unpacked, file + ": entry " + entry.substr(0, 80)));
    arrays.emplace_back(name, std::move(array));
  }
  if (arrays.empty()) return Diagnostic{"npz.empty", file, "the archive holds no array", "entries end with .npy"};
  return arrays;
}

}  // namespace lrproof::text
