#pragma once
// Rewrites on networks. A row of the table: name, match, replace, claim. Matching is on data flow, a rewrite is applied
// to a fixed point, and what nearly matched is told with the reason. Nothing is proved here: each application emits a
// claim (CAN-1), and whoever uses the rewritten network has it proved first.
#include <string>
#include <vector>

#include "claim/claim.hpp"
#include "net/network.hpp"

namespace lrproof::canon {

/// A place where a rewrite looked and did not apply.
struct NearMiss {
  std::string rewrite, node, reason, help;
};

struct Rewritten {
  net::Network network;
  std::vector<claim::Step> steps;  ///< one per folded affine node; verdict unknown until proved
  std::vector<NearMiss> near_misses;
};

/// The rewrite as documentation and tables show it.
struct RewriteInfo {
  std::string name, match, replace, claim;
};
std::vector<RewriteInfo> rewrites();

/// Applies the passes in their order. An unknown pass: "did you mean". No passes: the network itself.
base::Result<Rewritten> canonize(const net::Network& network, const std::vector<std::string>& passes);

}  // namespace lrproof::canon
