#pragma once
// Claims about all inputs of a scope around the input of the inputs file (VER-1): its cell within the domain, or a box.
#include "oracle/affine.hpp"

namespace lrproof::oracle {

struct Scope {
  std::string kind;  // "cell", "box"; anything else speaks of the input itself
  std::optional<Exact> radius;
  std::optional<Exact> least;  // roots: |z_j| at least; nothing: half of |z_j| at the input

  bool around() const { return kind == "cell" || kind == "box"; }
};

Scope read_scope(const nlohmann::json& finding);

/// The input x belongs to the scope around the centre: within the domain and the box, or in the closed cell.
void require_in_scope(const Scope& scope, const Point& centre, const Point& x, const Bounds& domain);
/// No unit is on a kink at x that is off it at the centre: else NotCovered.
void require_off_facets(const Point& centre, const Point& x);
/// And to that of one unit: z_j has the centre's sign, and |z_j| is large enough.
void require_unit_in_scope(const Scope& scope, const Point& centre, const Point& x, int node, long unit);

/// Bounds of one feature over the scope.
Bounds feature_bounds(const Scope& scope, const Point& centre, const Bounds& domain, long feature);

/// Every unit of the network is on the same closed piece at the two points (the first off its kinks).
void require_same_cell(const Point& here, const Point& there);

/// The question at a point inside a region, and the region's branch.
struct RegionPoint {
  Question q;
  const Branch& branch;
};
/// What proofs about one centre share.
struct Around {
  std::function<RegionPoint()> centre;
  std::function<RegionPoint(const std::vector<Exact>& x)> at;  ///< an input of the scope
  std::set<std::string>& covers;                               ///< that were shown, as their witnesses write them
};

/// A proof over the whole scope: the certificate of a root (ROO-6), or the form of rules and pieces (GXI-2).
void replay_proof(const Question& q, const Scope& scope, const Around& around);
/// What a proof of den.nonzero or pre.rule shows at its nearest input (the question's): the value there. Says nothing
/// of the proof itself.
void replay_nearest(const Question& q);
/// A bound that is 0 must be told to be removable.
void require_infimum(const Question& q);
/// That a root lies inside its cell nowhere on the scope.
void replay_never(const Question& q, const Scope& scope, const Around& around);

}  // namespace lrproof::oracle
