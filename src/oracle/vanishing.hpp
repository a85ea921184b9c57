#pragma once
// Where the relevance of every element vanishes, over a region: one backward pass that asks for no number (region_law).
#include "oracle/range.hpp"

namespace lrproof::oracle {

/// R = 0 at every input of the region at which the element's value a is so.
struct Vanishing {
  bool zero = true, below = true, above = true;  // a = 0, a < 0, a > 0
  bool everywhere() const { return zero && below && above; }
  void meet(const Vanishing& other) {
    zero = zero && other.zero, below = below && other.below, above = above && other.above;
  }
};

/// One input of a unit: the numerator is constant + below a for a < 0, constant + above a for a > 0.
struct Share {
  int tensor;
  long element;
  Enclosure w, below, above, constant;
};
Enclosure value_of(const Share& share, const Enclosure& a);

class Flow {
 public:
  Flow(const Explanation& explanation, const Ranges& ranges, Budget& budget);

  /// NotCovered where a rule is not followed.
  const Vanishing& of(int node, long e) const { return of_[std::size_t(node)][std::size_t(e)]; }
  /// Can the gate be open at some input?
  bool may_open(int node, long unit, const Term& term) const;
  /// Signs that the unit's value can have where its relevance is not 0.
  std::vector<int> signs(int node, long unit) const;
  template <class Visit>
  void shares(int id, long unit, const Term& term, Visit&& visit) const {
    const Node& node = network_.node(id);
    long count = 0;
    taps(network_, node, unit, [&](int operand, long element, long weight) {
      ++count;
      visit(share(term, node, node.inputs[std::size_t(operand)], element, weight));
    });
    Sum<Enclosure>::charge(budget_, count * long(1 + term.numerator.size()));
  }
  /// R_j = f_c of the explained output, where the start is the output's value.
  bool starts_at(int node, long unit) const;

 private:
  Share share(const Term& term, const Node& node, int tensor, long element, long weight) const;
  void hand_down(int id, long e);
  void through_affine(int id, long e, const Rule& rule);
  void through_activation(int id, long e, const Rule& rule);
  void through_maximum(int id, long e, const Rule& rule);
  void give(int node, long e, const Vanishing& where) { of_[std::size_t(node)][std::size_t(e)].meet(where); }
  void settle(int node, long e);

  const Explanation& explanation_;
  const Ranges& ranges_;
  const Network& network_;
  Budget& budget_;
  std::vector<std::vector<Vanishing>> of_;
};

}  // namespace lrproof::oracle
