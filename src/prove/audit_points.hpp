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

struct Tally;  ///< at_point.hpp

/// What an earlier run found, and where this one writes down what it finds. From any thread.
class Notebook {
 public:
  virtual ~Notebook() = default;
  /// Of this obligation (its number) at this input, with the present target: is it there?
  virtual bool recall(const std::string& target, long input, std::size_t obligation, Tally& tally, double& seconds) = 0;
  virtual void keep(const std::string& target, long input, std::size_t obligation, const Tally& tally,
                    double seconds) = 0;
};

PointAudit audit_points(const prop::Subject& subject, const std::vector<PointInput>& inputs, int jobs,
                        const Progress& progress, Notebook* notebook = nullptr);

}  // namespace lrproof::prove
