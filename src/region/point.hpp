#pragma once
// A point with everything decided (REG-1, REG-5): enclosures of all tensors, and for every activation and maximum the
// piece that is on, decided exactly. Doubles rounded outward decide first; where an enclosure straddles a kink the
// exact cone of that one unit does. A unit exactly on a kink is a tie.
#include <cstdint>
#include <vector>

#include "region/exact_cone.hpp"

namespace lrproof::region {

/// A unit exactly at a kink: an activation (options are pieces) or a maximum (options are candidate slots).
struct Tie {
  net::NodeId node = -1;
  std::int64_t element = 0;
  std::vector<int> options;
};

/// Which piece every unit is on. choice[node][element]: piece of an activation, winning candidate of a maximum (the
/// first of a tie); empty for other nodes.
struct Branch {
  std::vector<std::vector<std::int32_t>> choice;
};

class Point {
 public:
  /// ready's network has no opaque node in the way of its output (first_opaque() < 0).
  Point(const Ready& ready, std::vector<num::Rational> x);

  const Ready& ready() const { return ready_; }
  const net::Network& network() const { return ready_.network(); }
  const std::vector<num::Rational>& x() const { return x_; }
  /// Enclosures of all tensors; tight wherever a decision needed it.
  const net::Values<num::Interval>& bounds() const { return bounds_; }
  const num::Interval& bound(net::NodeId node, std::int64_t element) const {
    return bounds_.of[std::size_t(node)][std::size_t(element)];
  }
  const Branch& branch() const { return branch_; }
  const std::vector<Tie>& ties() const { return ties_; }

  /// Exact sign of an element, and its exact value. Not for sharing between threads.
  num::Sign sign(net::NodeId node, std::int64_t element) const;
  const num::Rational& exact(net::NodeId node, std::int64_t element) const { return cone_.value(node, element); }
  ExactCone& cone() const { return cone_; }

 private:
  void decide_activation(net::NodeId id);
  void decide_maximum(net::NodeId id);

  const Ready& ready_;
  std::vector<num::Rational> x_;
  net::Values<num::Interval> bounds_;
  Branch branch_;
  std::vector<Tie> ties_;
  mutable ExactCone cone_;
};

/// Pieces of a curve that contain t: one off kinks, two on a kink; empty when the enclosure cannot tell.
std::vector<int> pieces_at(const net::Curve& curve, const num::Interval& t);
std::vector<int> pieces_at(const net::Curve& curve, const num::Rational& t);

}  // namespace lrproof::region
