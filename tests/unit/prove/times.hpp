#pragma once
// How often a test draws. A build with sanitizers looks for memory errors, not for contradictions, and is ten times
// slower: there it draws less, and how often something was seen is no longer asked (kCounts).
#include <algorithm>

namespace lrproof::prove::testing {

#ifdef LRPROOF_SANITIZED
constexpr int kShare = 8;
#else
constexpr int kShare = 1;
#endif
constexpr bool kCounts = kShare == 1;
constexpr int times(int usual) { return std::max(1, usual / kShare); }

}  // namespace lrproof::prove::testing
