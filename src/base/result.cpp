#include "base/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace lrproof::base {

std::string Diagnostic::text() const {
  std::string line = place.empty() ? sentence : place + ": " + sentence;
  if (!hint.empty()) line += " (" + hint + ")";
  return line + " [" + code + "]";
}

void invariant_failed(const char* file, int line, const std::string& what) {
  std::fprintf(stderr, "lrproof: internal error at %s:%d: %s\nThis is a bug of lrproof; please report it.\n", file,
               line, what.c_str());
  std::fflush(stderr);
#ifdef LRPROOF_ABORT_ON_BUG
  std::abort();
#else
  std::_Exit(70);
#endif
}

}  // namespace lrproof::base
