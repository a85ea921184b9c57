#pragma once
// A rewrite's claim, decided before the rewritten network is used (CAN-1).
#include <vector>

#include "claim/claim.hpp"
#include "net/network.hpp"

namespace lrproof::prove {

/// Proves one step of canon::canonize between the network before and the network after it: the identity of its shape,
/// its instance, and that nothing else changed. verdict proved or refuted (note says where); trust evaluated. A failing
/// symbolic identity is a bug and ends the run.
claim::Step prove_step(const net::Network& before, const net::Network& after, claim::Step step);

/// All steps: stages[k] is the network once steps 0 to k are applied.
std::vector<claim::Step> prove_steps(const net::Network& before, const std::vector<net::Network>& stages,
                                     std::vector<claim::Step> steps);

}  // namespace lrproof::prove
