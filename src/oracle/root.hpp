#pragma once
// Root points and the suffix behind them (ROO-1, ROO-2, REG-4).
#include "oracle/relevance.hpp"

namespace lrproof::oracle {

/// Thrown and caught inside the oracle only: what was claimed is false, with the reason.
struct Refused {
  std::string why;
};

/// The root of one unit: a~ = a - t v.
class Root {
 public:
  /// kind: hinge, relevance or fixed.
  Root(const Explanation& explanation, int node, long unit, std::string kind);

  const Explanation& explanation() const { return explanation_; }
  int node() const { return node_; }
  long unit() const { return unit_; }
  template <class N>
  N t() const;
  /// Element e of operand o at a - s t v.
  template <class N>
  N at(int operand, long e, const Exact& s) const;
  /// The suffix at a - s t v; s = 1 is the root, s = 0 the input.
  std::unique_ptr<Point> suffix(const Exact& s) const;
  /// Operands of the unit's node, and the place of an element of all operands together.
  const std::vector<int>& operands() const { return explanation_.network().node(node_).inputs; }
  Source source(long element) const;
  bool reads(int operand, long e) const { return tap_of(operand, e) != nullptr; }

 private:
  struct Tap {
    int operand;
    long element, weight;
  };
  const Tap* tap_of(int operand, long e) const;
  template <class N>
  N direction(const Tap& tap) const;
  template <class N>
  N response() const;  // w . v

  const Explanation& explanation_;
  int node_;
  long unit_;
  std::string kind_;
  const Formula* formula_ = nullptr;
  std::vector<Tap> taps_;
  std::map<std::pair<int, long>, std::size_t> tap_at_;
  mutable std::optional<Enclosure> near_t_;
  mutable std::optional<Exact> exact_t_;
};

/// Bounds of a tensor's element from the operation that produces it (REG-4).
Bounds bounds_of(const Network& network, int node, long e, const Bounds& domain);

}  // namespace lrproof::oracle
