#pragma once
// The instance half of CAN-1: the rewritten network holds, number for number, what the rewrite's formula gives.
#include <map>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace lrproof::prove {

/// The nodes a step is about, by name: outside of them both networks must be the same.
struct Footprint {
  std::vector<std::string> matched;            ///< of the network before
  std::vector<std::string> made;               ///< of the network after: new, or of a matched node's name
  std::map<std::string, std::string> carries;  ///< matched -> made node of equal value, which outsiders read instead
};

/// Empty `fault` and `undecided`: every number was recomputed and agrees, and each pair of `carries` has equal values.
struct InstanceCheck {
  std::string fault;         ///< first disagreement, in words with exact numbers
  std::string undecided;     ///< why neither holds
  std::string note;          ///< what was compared; empty: numbers and points say it
  std::int64_t numbers = 0;  ///< weights and biases compared
  std::int64_t points = 0;   ///< output elements compared
  Footprint footprint;
};

/// nodes: the affine node and the norm folded into it.
InstanceCheck check_fold(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes);

/// nodes: the affine node, the norm (then, in the second, the ReLU) in front of it, and the reshapes and averages
/// between, in the order of the data flow.
InstanceCheck check_norm_onward(const net::Network& before, const net::Network& after,
                                const std::vector<std::string>& nodes);
InstanceCheck check_norm_relu_onward(const net::Network& before, const net::Network& after,
                                     const std::vector<std::string>& nodes);

/// nodes: the norm and the concat that it reads.
InstanceCheck check_norm_split(const net::Network& before, const net::Network& after,
                               const std::vector<std::string>& nodes);

/// Everything outside the footprint is unchanged: same operations, same operands (a matched one read as its carrier),
/// same outputs; and what was made reads nothing but itself and unmatched nodes. Empty when so, else the first
/// difference.
std::string check_surroundings(const net::Network& before, const net::Network& after, const Footprint& footprint);

}  // namespace lrproof::prove
