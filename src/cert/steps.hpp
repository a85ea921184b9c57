#pragma once
// CAN-1, checked: the listed rewrites replayed by the oracle from the model's bytes, and its network compared with the
// tool's, node by node and number by number. What the oracle makes of a rewrite is a formula of its own.
#include <string>
#include <string_view>
#include <vector>

#include "cert/check.hpp"
#include "net/network.hpp"

namespace lrproof::cert {

struct CheckedSteps {
  Verdict verdict = Verdict::not_covered;
  std::string why;           ///< of a verdict other than accepted
  std::int64_t numbers = 0;  ///< weights and biases that were compared in the rewritten network
};

/// Of an operation that the oracle does not evaluate, type, operands and mark of a gate are compared with its own
/// reading, attributes and stored operands with those of `before`.
/// rejected: before is what the oracle reads, and after is not what it makes of the steps. Where the two readings of
/// the model itself differ in form (a helper node named otherwise), or a rewrite is unknown to the oracle: not covered.
CheckedSteps check_steps(std::string_view model, const std::vector<std::string>& cut,
                         const std::vector<claim::Step>& steps, const net::Network& before, const net::Network& after);

}  // namespace lrproof::cert
