#pragma once
// Edges (REG-2): units exactly at a kink, and the full-dimensional branches around the point. A unit whose tied pieces
// coincide identically on a branch (a max over inactive ReLUs, the ReLU of a value that is zero whatever T is) is at no
// kink and makes no edge. Branches are enumerated in data-flow order; a choice is kept when the strict inequalities it
// adds up to have a common direction (exact linear feasibility): then its polyhedron has full dimension at the point.
#include "region/suffix.hpp"

namespace lrproof::region {

struct Edges {
  std::vector<Tie> ties;               ///< units at a genuine kink on some branch, in data-flow order
  std::vector<std::vector<int>> full;  ///< each full-dimensional branch: one option per tie, -1 where it is no kink
  bool complete = true;                ///< false: more ties than the budget allows

  bool none() const { return complete && ties.empty(); }
};

/// Edges of the suffix at the point, as a function of the suffix's tensor.
Edges find_edges(const Point& point, const Suffix& suffix, std::size_t budget = 8);

/// The branch of the point with the options of one full-dimensional choice put in.
Branch with_options(const Point& point, const Edges& edges, const std::vector<int>& options);

}  // namespace lrproof::region
