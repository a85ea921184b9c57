#pragma once
// The instance of a rewrite, proved without knowing which: every element of every node that outsiders read is the same
// function of the nodes outside the window before and after (prove/rewrites/forms.hpp).
#include <string>
#include <vector>

#include "prove/instance.hpp"

namespace lrproof::prove {

/// The window of a step as the two networks show it. matched: `nodes`; made: what is new, and matched nodes that stay;
/// carries: what outsiders and outputs read where they read a matched node before.
Footprint window_of(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes);

/// Compares the carried pairs of the window of `nodes`, element by element. fault: the pair, the element and values of
/// the elements around the window at which they differ. undecided: the forms differ and no such values were found, or
/// they cost more than `steps`.
InstanceCheck check_window(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes,
                           std::int64_t steps);
inline InstanceCheck check_window(const net::Network& before, const net::Network& after,
                                  const std::vector<std::string>& nodes) {
  constexpr std::int64_t kSteps = 100'000'000;
  return check_window(before, after, nodes, kSteps);
}

}  // namespace lrproof::prove
