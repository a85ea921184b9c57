#pragma once
// That the regions of some points cover a box. A region: the inputs of the box on whose closed pieces a point lies.
//
// Units are decided in the order of the model. As long as the points of a group are on the same pieces, the next unit's
// pre-activation is one affine function on the group's part of the box, for it feels earlier units only. If the group's
// points are on several of its pieces, without a gap between the lowest and the highest of them, the part is cut there,
// and each of the cut parts has a group of its own; below the lowest and above the highest a certificate shows that
// nothing of the part lies beyond: a sum of rows of earlier units that holds the function back. So every input of the
// box is in the closed part of some group, down to the last unit, where the parts are regions of points.
#include "oracle/scope.hpp"

namespace lrproof::oracle {

/// "GROUP ROW ask:ROW row row | ...": in the group whose first point is GROUP, ROW >= 0.
struct CoverLeaf {
  long group = 0;
  std::string row;
  std::vector<std::pair<std::string, Exact>> terms;
};
std::vector<CoverLeaf> read_cover(const Question& q);

/// Refused, or NotCovered, where the leaves do not show it.
void require_cover(const Network& network, const std::vector<RegionPoint>& points, const std::vector<CoverLeaf>& leaves,
                   const std::function<Bounds(long)>& bounds);

}  // namespace lrproof::oracle
