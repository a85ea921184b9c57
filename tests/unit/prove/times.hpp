#pragma once
// How often a test draws. A build with sanitizers looks for memory errors, not for contradictions, and is ten times
// slower: there it draws less.

namespace lrproof::prove::testing {

#ifdef __SANITIZE_ADDRESS__
constexpr int kShare = 4;
#else
constexpr int kShare = 1;
#endif
constexpr int times(int usual) { return usual / kShare; }

}  // namespace lrproof::prove::testing
