// Stands in for libFuzzer where there is none: feeds a fuzz target its seeds, every prefix of theirs up to a limit, and
// copies with one flipped bit. A crash or a sanitizer's complaint ends the program; otherwise it says what it did.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kVariants = 400;  // of each kind and seed, spread over its length

using Bytes = std::vector<std::uint8_t>;

void feed(const Bytes& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

std::size_t feed_variants(const Bytes& seed) {
  const std::size_t stride = std::max<std::size_t>(1, seed.size() / kVariants);
  std::size_t fed = 1;
  feed(seed);
  for (std::size_t at = 0; at < seed.size(); at += stride, fed += 2) {
    feed(Bytes(seed.begin(), seed.begin() + std::ptrdiff_t(at)));
    Bytes flipped = seed;
    flipped[at] ^= std::uint8_t(1U << (at % 8));
    feed(flipped);
  }
  return fed;
}

Bytes read(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(stream), {});
}

}  // namespace

int main(int count, char** words) {
  std::size_t fed = 1, seeds = 0;
  feed({});
  std::error_code none;
  for (int k = 1; k < count; ++k) {
    for (const auto& entry : std::filesystem::directory_iterator(words[k], none)) {
      if (!entry.is_regular_file()) continue;
      ++seeds;
      fed += feed_variants(read(entry.path()));
    }
  }
  std::printf("%zu seeds, %zu inputs fed\n", seeds, fed);
  return 0;
}
