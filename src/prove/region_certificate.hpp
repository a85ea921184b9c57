#pragma once
// What the second program needs beyond intervals to see con.*, den.nonzero and pre.rule over a scope: lower bounds of
// denominators and of elements on regions, as sums of rows (docs/certificates.md).
#include "prove/in_scope.hpp"

namespace lrproof::prove {

class RegionCertificate {
 public:
  explicit RegionCertificate(InScope& scope) : scope_(scope) {}

  /// Denominators of the node that intervals are not likely to keep from 0, on every region.
  void denominators(std::size_t rule_case, net::NodeId node);
  /// side times the element is at least side times the level, on every region.
  void element(net::NodeId node, std::int64_t element, int side, const num::Rational& level, bool strictly = false);
  /// The bounds, and over a box the regions; nothing where that would be too long.
  void tell(claim::Witness& witness) const;

 private:
  void denominators_on(std::size_t r, std::size_t rule_case, net::NodeId node);
  void denominator(std::size_t r, const rule::Term& term, net::NodeId node, std::int64_t unit, std::size_t t);
  bool add(std::size_t r, const std::string& name, const Polytope& polytope, const AffineForm& form);

  InScope& scope_;
  std::string text_;
  std::vector<num::Rational> multipliers_;
  int programs_ = 0;
};

/// The regions of a box, as certificates name them; false where they are not shown to cover it.
bool add_cover(InScope& scope, claim::Witness& witness);

}  // namespace lrproof::prove
