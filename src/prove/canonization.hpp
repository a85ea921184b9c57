#pragma once
// A rewrite's claim, decided before the rewritten network is used (CAN-1).
#include <vector>

#include "claim/claim.hpp"
#include "net/network.hpp"

namespace lrproof::prove {

/// Proves one step of canon::canonize between the original and the rewritten network: the identity of its shape and
/// its instance. verdict proved or refuted (note says where); trust evaluated. A failing symbolic identity is a bug
/// and ends the run.
claim::Step prove_step(const net::Network& before, const net::Network& after, claim::Step step);

/// All steps, and that nothing else changed: a difference elsewhere refutes every step.
std::vector<claim::Step> prove_steps(const net::Network& before, const net::Network& after,
                                     std::vector<claim::Step> steps);

}  // namespace lrproof::prove
