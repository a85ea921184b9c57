#pragma once
// How large relevance may be on a region, and whether it vanishes with a denominator (DEN-1). A relevance that a rule
// hands down as a_j times a bounded number is at most M |a_j|: where the zeros of S(d_j) are zeros of a_j as well,
// R_j / S(d_j) stays bounded next to them, and the zero is removable.
#include "prove/region_bounds.hpp"

namespace lrproof::prove {

/// |g| <= C |form| on the polytope, for some number C. side: where the form stays (LeastSize).
bool vanishes_with(const Polytope& polytope, const AffineForm& g, const AffineForm& form, int side);

/// A term's S(d) as it nears 0: the affine form whose zeros are what S(d) comes near to.
struct Divisor {
  std::string open;      ///< why there is none; "" when there is one
  AffineForm form;       ///< d, with an unsigned epsilon added
  num::Rational offset;  ///< |S(d)| >= |form| + offset: of a signed epsilon
  num::Rational floor;   ///< |S(d)| >= floor: of a clipped one
};
Divisor divisor_of(Region& region, net::NodeId node, const rule::Term& term, std::int64_t unit);

class RelevanceSize {
 public:
  using Forms = std::optional<std::vector<AffineForm>>;

  RelevanceSize(Region& region, const prop::RuleCase& rules, const RegionBounds& bounds);
  /// Forms g with |R| <= M sum |g| next to every input of the region, M some number; nothing where none are known.
  const Forms& of(net::NodeId node, std::int64_t element);

 private:
  struct Reading {
    net::NodeId reader;
    std::int64_t unit, weight;  // of an affine reader; unit alone elsewhere
  };
  Forms make(net::NodeId node, std::int64_t element);
  bool add(std::vector<AffineForm>& sum, net::NodeId node, std::int64_t element, const Reading& by);
  bool add_affine(std::vector<AffineForm>& sum, net::NodeId node, std::int64_t element, const Reading& by,
                  const rule::AffineRule& rule);
  bool passed_to(net::NodeId node, std::int64_t element) const;
  bool add_all(std::vector<AffineForm>& sum, net::NodeId node, std::int64_t element);
  bool wins(net::NodeId node, std::int64_t element, const Reading& by) const;
  bool quotient_is_bounded(net::NodeId node, std::int64_t unit, std::size_t term);
  bool judge_quotient(net::NodeId node, std::int64_t unit, std::size_t term);
  const std::vector<std::vector<Reading>>& readings(net::NodeId node);

  Region& region_;
  const prop::RuleCase& rules_;
  const RegionBounds& bounds_;
  const net::Network& network_;
  std::map<net::NodeId, std::vector<std::vector<Reading>>> readings_;
  std::map<std::pair<net::NodeId, std::int64_t>, Forms> sizes_;
  std::map<std::tuple<net::NodeId, std::int64_t, std::size_t>, bool> quotients_;
};

}  // namespace lrproof::prove
