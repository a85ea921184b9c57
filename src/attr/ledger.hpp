#pragma once
// CON-1: where relevance was lost or gained, summed per node and sample from what a run recorded per unit.
//     sum_j R_j = given + bias + stabilizer + vanished + coefficients + unmatched + constant + rule
#include "attr/relevance.hpp"

namespace lrproof::attr {

/// One node, one sample. A cause of which every unit's entry is 0 is absent from the unit records; one whose units do
/// not vanish but sum to 0 "cancels" (cancels()).
template <num::Scalar S>
struct LedgerRow {
  net::NodeId node = 0;
  std::int64_t sample = 0;
  S incoming{};  ///< sum_j R_j at the node's output
  S given{};     ///< what its inputs received from it
  S bias{}, stabilizer{}, vanished{}, coefficients{}, unmatched{}, constant{}, rule{};
  bool conserves = true;  ///< every cause is 0 at every unit
  S lost() const { return incoming - given; }
  /// Nothing is lost in total although single units lose.
  bool cancels() const { return !conserves && num::sign_of(lost()) == num::Sign::zero; }
};

template <num::Scalar S>
struct Ledger {
  std::vector<LedgerRow<S>> rows;  ///< nodes reached, output first; samples ascending within a node
};

template <num::Scalar S>
Ledger<S> ledger(const net::Network& network, std::int64_t batch, const Relevance<S>& relevance, const Trace<S>& trace);

/// Sum of all causes at one unit (element k of batch x elements).
template <num::Scalar S>
S total_cause(const Causes<S>& causes, std::size_t k);

}  // namespace lrproof::attr
