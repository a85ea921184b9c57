// Archives by hand: each damaged byte is an error or changes nothing that is read; no crash, no large allocation.
#include "oracle/archive.hpp"

#include <doctest/doctest.h>

using namespace lrproof::oracle;

namespace {

std::string number(std::size_t value, int width) {
  std::string out;
  for (int k = 0; k < width; ++k, value >>= 8) out += char(value & 255);
  return out;
}

std::string npy(const std::vector<double>& row) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, " + std::to_string(row.size()) + "), }";
  header.resize(117, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + number(header.size(), 2) + header +
         std::string(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(double));
}

// One stored entry; with `claimed` another unpacked size than the true one.
std::string archive(const std::string& name, const std::string& data, std::size_t method = 0, std::size_t claimed = 0) {
  const std::string sizes = number(data.size(), 4) + number(claimed ? claimed : data.size(), 4);
  const std::string local = "PK\x03\x04" + number(20, 2) + number(0, 2) + number(method, 2) + number(0, 8) + sizes +
                            number(name.size(), 2) + number(0, 2) + name + data;
  const std::string central = "PK\x01\x02" + number(20, 2) + number(20, 2) + number(0, 2) + number(method, 2) +
                              number(0, 8) + sizes + number(name.size(), 2) + number(0, 2) + number(0, 2) +
                              number(0, 2) + number(0, 2) + number(0, 4) + number(0, 4) + name;
  return local + central + "PK\x05\x06" + number(0, 4) + number(1, 2) + number(1, 2) + number(central.size(), 4) +
         number(local.size(), 4) + number(0, 2);
}

}  // namespace

TEST_CASE("a stored array is read by its name") {
  const auto read = read_npz(archive("h.npy", npy({1, -2.5})));
  REQUIRE(read.value.has_value());
  REQUIRE(read.value->size() == 1);
  CHECK((*read.value)[0].name == "h");
  CHECK((*read.value)[0].rows.values == std::vector<double>{1, -2.5});
}

TEST_CASE("a deflated array is read; one that claims another size is not") {
  // A raw deflate stream of one stored block.
  const std::string data = npy({3});
  const std::string block = std::string(1, '\x01') + number(data.size(), 2) + number(~data.size() & 0xFFFF, 2) + data;
  const auto read = read_npz(archive("h.npy", block, 8, data.size()));
  REQUIRE(read.value.has_value());
  CHECK((*read.value)[0].rows.values == std::vector<double>{3});
  for (const std::size_t size : {data.size() - 1, data.size() + 1, std::size_t(0xFFFFFF00)})
    CHECK_FALSE(read_npz(archive("h.npy", block, 8, size)).value.has_value());
}

TEST_CASE("truncated and bent archives are errors or the same numbers") {
  const std::string whole = archive("h.npy", npy({1, 2}));
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(read_npz(whole.substr(0, size)).value.has_value());
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string bent = whole;
      bent[at] = char(bent[at] ^ (1 << bit));
      (void)read_npz(bent);
    }
}
