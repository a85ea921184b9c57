#pragma once
// Every obligation at every input: inputs in parallel, folded in order, so that the answer does not depend on the
// number of threads.
#include <functional>

#include "claim/claim.hpp"
#include "prop/subject.hpp"

namespace lrproof::prove {

struct PointInput {
  long index = 0;                ///< into the inputs file
  std::vector<num::Rational> x;  ///< input elements
  std::int64_t target = 0;       ///< explained output
};

struct PointAudit {
  std::vector<claim::Finding> findings;
  std::vector<claim::RootRow> roots;
  std::vector<claim::LedgerRow> ledger;
};

/// Progress: inputs done of all.
using Progress = std::function<void(std::size_t done, std::size_t all)>;

PointAudit audit_points(const prop::Subject& subject, const std::vector<PointInput>& inputs, int jobs,
                        const Progress& progress);

}  // namespace lrproof::prove
