#include "base/digest.hpp"

#include <openssl/evp.h>

#include "base/result.hpp"

namespace lrproof::base {

std::string sha256(std::string_view bytes) {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  LRPROOF_INVARIANT(EVP_Digest(bytes.data(), bytes.size(), raw, &size, EVP_sha256(), nullptr) == 1, "SHA-256 failed");
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (unsigned int i = 0; i < size; ++i) out += {kHex[raw[i] >> 4], kHex[raw[i] & 15]};
  return out;
}

}  // namespace lrproof::base
