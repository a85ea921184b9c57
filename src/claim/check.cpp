#include "claim/check.hpp"

#include "claim/rows_canon.hpp"
#include "claim/rows_class.hpp"
#include "claim/rows_invariance.hpp"
#include "claim/rows_ledger.hpp"
#include "claim/rows_lint_bounds.hpp"
#include "claim/rows_lint_graph.hpp"
#include "claim/rows_lint_rules.hpp"
#include "claim/rows_reduction.hpp"
#include "claim/rows_root.hpp"

namespace lrproof::claim {
namespace {

constexpr Check kChecks[] = {
    kRootInside,      kRootLinear,     kRootDomain,      kRootExists,     kRootConstant, kGxiReduces,    kGxiStrict,
    kGxiScaled,       kGxiBounded,     kConLayer,        kConTotal,       kPosLayer,     kDenNonzero,    kPreRule,
    kNetClass,        kInvImpl,        kInvRescale,      kCanonEqual,     kCanonBound,   kNetEqual,      kUnmatched,
    kFunctional,      kSharedWeight,   kSumWithoutRule,  kCancelling,     kPassedNorm,   kNormThatStays, kFoldEqual,
    kTraining,        kAbsorbing,      kBiasAgainstSum,  kIndefinite,     kUnsplitGamma, kUnsigned,      kVanishing,
    kSquaresWithBias, kSoftmaxInside,  kOverlappingPool, kBilinear,       kSmallBox,     kNotPositive,   kRootOutside,
    kDeadAssign,      kMisplacedFirst, kDisguise,        kGateBesideBias, kLocked,       kBorrowedName};

}  // namespace

std::span<const Check> checks() { return kChecks; }

const Check* find_check(std::string_view id) {
  for (const Check& check : kChecks)
    if (check.id == id) return &check;
  return nullptr;
}

bool is_lint(const Check& check) { return check.id.size() == 4 && check.id[0] == 'A'; }

}  // namespace lrproof::claim
