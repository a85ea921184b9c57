#pragma once
// Rewrites on networks. A row of the table: name, match, replace, claim. Matching is on data flow, rewrites are applied
// one at a time to a fixed point, and what nearly matched is told with the reason. Nothing is proved here: each
// application emits a claim about two networks (CAN-1), and whoever uses the last one has every step proved first.
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
  net::Network network;              ///< after the last step
  std::vector<claim::Step> steps;    ///< one per application, verdict unknown until proved
  std::vector<net::Network> stages;  ///< stages[k]: the network once steps 0 to k are applied
  std::vector<NearMiss> near_misses;
  std::vector<NearMiss> in_form;  ///< reason: what is in the rewrite's form already
};

/// An application that is not to be made: nobody could prove it.
struct Refused {
  std::string rewrite;
  std::vector<std::string> nodes;
  friend bool operator==(const Refused&, const Refused&) = default;
};

/// The rewrite as documentation and tables show it.
struct RewriteInfo {
  std::string name, match, replace, claim;
  bool usual = true;  ///< among those `canonize` runs when none is named; the others serve proofs
};
std::vector<RewriteInfo> rewrites();

/// Applies the passes, in the table's order whatever theirs, until none applies anywhere but where it is refused. An
/// unknown pass: "did you mean". No passes: the network itself.
base::Result<Rewritten> canonize(const net::Network& network, const std::vector<std::string>& passes,
                                 const std::vector<Refused>& refused = {});

}  // namespace lrproof::canon
