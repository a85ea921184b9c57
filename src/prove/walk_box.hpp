#pragma once
// All regions that meet a box in full dimension. They tile the box, and so any two of them are joined by a path that
// crosses facets only: stepping across every facet of every region found so far, from the centre's, finds them all. A
// row is a facet of its region iff some point breaks it alone (rows of the same hyperplane count as one); where no such
// point exists, exact multipliers say so. Rows that the box itself keeps are dropped first.
//
// Regions are told apart by the pieces of their units, hashed. They are found in rounds, and a round only when somebody
// asks for it: the regions of a round look beyond their facets in parallel, and are joined in order, so that the
// regions and their numbers do not depend on the number of threads.
#include <deque>
#include <unordered_map>

#include "prove/cell_forms.hpp"

namespace lrproof::prove {

class BoxWalk {
 public:
  BoxWalk(AtPoint& centre, const std::vector<num::Bound>& bounds) : centre_(centre), bounds_(bounds) {}

  /// Why the walk is not begun: too many units may change their piece in a box of many inputs; "" where it is worth it.
  std::string too_long() const;
  /// Regions stay where they are.
  std::deque<Region>& regions() { return regions_; }
  /// Only the centre's region.
  void begin();
  /// One more round; false: there is nothing left to cross.
  bool extend();
  /// Why regions may be missing, after the last round; "" when none are.
  const std::string& incomplete() const { return incomplete_; }

 private:
  struct Beyond;
  bool spent();
  std::vector<Beyond> beyond_facets(const Region& region) const;
  Beyond step_across(const Region& region, const Polytope::Row& row, const std::vector<num::Rational>& far) const;
  bool is_beyond(const Region& region, const Polytope::Row& row, const AtPoint& at, const num::Rational& t,
                 const std::vector<num::Rational>& far) const;
  void add(std::vector<std::unique_ptr<AtPoint>> found);

  AtPoint& centre_;
  const std::vector<num::Bound>& bounds_;
  std::string incomplete_;
  std::deque<Region> regions_;
  std::size_t crossed_ = 0;  // of the regions: their facets were crossed
  std::unordered_map<std::string, std::size_t> known_;
};

}  // namespace lrproof::prove
