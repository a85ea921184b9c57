#pragma once
// Tensors over all inputs of a region at once, as outward-rounded intervals: what an "interval leaf" rests on.
//
// The region is given by bounds of the inputs and, where there is a branch, by the closed pieces of its point: a unit's
// value then lies between the kinks of its piece. Every element is an interval function of those that it reads.
#include "oracle/affine.hpp"

namespace lrproof::oracle {

/// Ends that are 0 stay 0, so that signs survive: {0, 1} + {0, 1} = {0, 2 and a little}.
Enclosure sum_of(const Enclosure& a, const Enclosure& b);
Enclosure product_of(const Enclosure& a, const Enclosure& b);
Enclosure hull_of(const Enclosure& a, const Enclosure& b);
/// What both say; the first where they exclude each other.
Enclosure meet_of(const Enclosure& a, const Enclosure& b);
inline bool touches_zero(const Enclosure& a) { return a.lo <= 0 && a.hi >= 0; }

class Ranges {
 public:
  /// forms: affine nodes are looked at as affine functions of the input, too (needs a branch).
  Ranges(const Network& network, std::function<Bounds(long)> bounds, const Branch* branch, bool forms, Budget& budget);

  const Enclosure& of(int node, long e) const;
  /// The element lies in there as well; before anything that reads it is asked for.
  void narrow(int node, long e, const Enclosure& known);

  const Network& network() const { return network_; }
  const Branch* branch() const { return branch_; }
  bool has_forms() const { return forms_; }
  const std::function<Bounds(long)>& bounds() const { return bounds_; }

 private:
  Enclosure compute(int id, long e) const;
  Enclosure activation(const Node& node, int id, long e) const;
  Enclosure maximum(const Node& node, long e) const;
  Enclosure affine(const Node& node, int id, long e) const;
  Enclosure on_own_piece(const Node& reader, int id, long e, const Enclosure& t) const;

  const Network& network_;
  const std::function<Bounds(long)> bounds_;
  const Branch* branch_;
  const bool forms_;
  Budget& budget_;
  std::multimap<int, int> activations_;  // that read a node
  mutable Field<Enclosure> known_;
};

}  // namespace lrproof::oracle
