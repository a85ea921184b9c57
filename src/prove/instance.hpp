#pragma once
// The instance half of CAN-1: the rewritten network holds, number for number, what the rewrite's formula gives.
#include <string>
#include <vector>

#include "net/network.hpp"

namespace lrproof::prove {

/// Empty `fault`: every number was recomputed and agrees.
struct InstanceCheck {
  std::string fault;         ///< first disagreement, in words with exact numbers
  std::int64_t numbers = 0;  ///< weights and biases compared
  std::int64_t points = 0;   ///< output elements compared at rational inputs
};

/// nodes: the affine node, then the norms folded into it in data-flow order.
InstanceCheck check_fold(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes);

/// Everything outside the folded nodes is unchanged: same operations, same operands (a folded norm read as its affine
/// node), same outputs. Empty when so, else the first difference.
std::string check_surroundings(const net::Network& before, const net::Network& after,
                               const std::vector<std::vector<std::string>>& folds);

}  // namespace lrproof::prove
