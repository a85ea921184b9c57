// Arrays in and out, and one diagnostic for each kind of damage.
#include "text/npy.hpp"

#include <doctest/doctest.h>

#include <zip.h>

#include <cmath>
#include <limits>

using namespace lrproof;
using namespace lrproof::text;

namespace {

std::string file_of(const std::string& header, const std::string& data, char version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += {version, '\0', char(header.size() & 255), char(header.size() >> 8)};
  if (version > 1) bytes += {'\0', '\0'};
  return bytes + header + data;
}

std::string doubles(const std::vector<double>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * 8};
}

std::string code(const base::Result<Array>& result) { return result ? "" : result.error().code; }

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  zip_error_t why;
  zip_error_init(&why);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &why);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &why);
  for (const auto& [name, bytes] : entries)
    zip_file_add(archive, name.c_str(), zip_source_buffer(archive, bytes.data(), bytes.size(), 0), 0);
  REQUIRE(zip_close(archive) == 0);
  zip_source_open(target);
  std::string bytes(1 << 16, '\0');
  bytes.resize(std::size_t(zip_source_read(target, bytes.data(), bytes.size())));
  zip_source_close(target);
  zip_source_free(target);
  return bytes;
}

}  // namespace

TEST_CASE("what is written is read back") {
  const std::vector<double> values{1, -0.5, 3, 1e-30, 5, 6};
  for (const auto width : {Width::float32, Width::float64}) {
    const auto bytes = write_npy(width, {2, 3}, values);
    CHECK((bytes.size() - (width == Width::float32 ? 24 : 48)) % 64 == 0);
    const auto array = read_npy(bytes, "a.npy");
    REQUIRE(array.ok());
    CHECK(array->shape == std::vector<std::int64_t>{2, 3});
    CHECK(array->was_float32 == (width == Width::float32));
    CHECK(array->values[3] == (width == Width::float32 ? double(1e-30f) : 1e-30));
  }
  CHECK(read_npy(write_npy(Width::float64, {}, std::vector<double>{7}), "a")->values == std::vector<double>{7});
  CHECK(read_npy(write_npy(Width::float64, {0, 3}, {}), "a")->values.empty());
}

TEST_CASE("orders: Fortran, big-endian, later versions") {
  const auto fortran =
      read_npy(file_of("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3)}", doubles({1, 4, 2, 5, 3, 6})), "a");
  REQUIRE(fortran.ok());
  CHECK(fortran->values == std::vector<double>{1, 2, 3, 4, 5, 6});
  const auto big = read_npy(
      file_of("{\"shape\": (1,), 'fortran_order': False, 'descr': '>f4', }\n", std::string("\x3f\xc0\0\0", 4)), "a");
  REQUIRE(big.ok());
  CHECK(big->values == std::vector<double>{1.5});
  for (const char version : {2, 3})
    CHECK(code(read_npy(file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", doubles({1}), version),
                        "a")) == "");
}

TEST_CASE("NaN and infinity: index, or allowed") {
  const auto bytes = write_npy(Width::float64, {2, 2}, std::vector<double>{1, 2, std::nan(""), 4});
  const auto rejected = read_npy(bytes, "x.npy");
  CHECK(code(rejected) == "npy.nan");
  CHECK(rejected.error().sentence == "holds NaN at index (1, 0)");
  CHECK(read_npy(bytes, "x.npy", NonFinite::allowed).ok());
}

TEST_CASE("damage") {
  const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}";
  CHECK(code(read_npy("", "a")) == "npy.empty");
  CHECK(code(read_npy("not an array", "a")) == "npy.not_npy");
  const auto bytes = file_of(good, doubles({1, 2}));
  for (std::size_t k = 1; k < bytes.size(); ++k) CHECK(code(read_npy(bytes.substr(0, k), "a")) == "npy.truncated");
  CHECK(code(read_npy(bytes + "x", "a")) == "npy.size");
  CHECK(code(read_npy(file_of(good, doubles({1, 2}), 9), "a")) == "npy.version");
  for (const char* descr : {"<i8", "<f2", "|O", "<c16", "f8", "|S3", ""})
    CHECK(code(read_npy(file_of("{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (2,)}", ""),
                        "a")) == "npy.dtype");
  CHECK(code(read_npy(file_of("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,)}", ""), "a")) ==
        "npy.dtype");
}

TEST_CASE("hostile headers") {
  const auto header = [](const std::string& text) { return code(read_npy(file_of(text, doubles({1})), "a")); };
  CHECK(header("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999, 999999999)}") ==
        "npy.truncated");
  CHECK(header("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 999999999999)}") == "npy.size");
  for (const char* text : {"", "{", "{}", "{'descr': '<f8'}", "{'descr': '<f8', 'descr': '<f8', 'shape': (1,)}",
                           "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,)}",
                           "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
                           "{'descr': '<f8', 'fortran_order': False, 'shape': (1}", "{'descr: 1",
                           "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
                           "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
                           "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"})
    CHECK(header(text) == "npy.header");
  std::string axes = "{'descr': '<f8', 'fortran_order': False, 'shape': (";
  for (int k = 0; k < 100; ++k) axes += "1,";
  CHECK(header(axes + ")}") == "npy.header");
}

TEST_CASE("archives: inputs first, else the first array, or the one asked for") {
  const auto one = write_npy(Width::float64, {1}, std::vector<double>{1});
  const auto two = write_npy(Width::float64, {1}, std::vector<double>{2});
  const auto named = zip_of({{"labels.npy", one}, {"inputs.npy", two}});
  CHECK(read_npz(named, "a.npz")->values[0] == 2);
  CHECK(read_npz(named, "a.npz", "labels")->values[0] == 1);
  CHECK(code(read_npz(named, "a.npz", "maps")) == "npz.name");
  CHECK(read_array(zip_of({{"readme.txt", "hello"}, {"b.npy", one}}), "a.npz")->values[0] == 1);
  CHECK(code(read_array(zip_of({{"readme.txt", "hello"}}), "a.npz")) == "npz.empty");
  CHECK(code(read_npz("PK\x03\x04 no archive", "a.npz")) == "npz.archive");
  const auto inside = read_npz(zip_of({{"x.npy", one.substr(0, 20)}}), "a.npz");
  CHECK(code(inside) == "npy.truncated");
  CHECK(inside.error().place.rfind("a.npz: entry x.npy", 0) == 0);
}
