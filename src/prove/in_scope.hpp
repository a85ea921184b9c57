#pragma once
// Claims about every input of a scope (VER-1, ROO-6): the closed cell of an input within the domain, or a box around
// it. A scope is cut into regions, full-dimensional polytopes on which the network is affine; a cell is one, a box as
// many as meet it. A claim is refuted by one point of a region, judged there as any input is; it is proved by
// certificates that cover all regions.
#include "prove/region_bounds.hpp"
#include "prove/root_search.hpp"
#include "prove/smt/script.hpp"
#include "prove/walk_box.hpp"

namespace lrproof::prove {

/// That regions cover a box (docs/certificates.md): a point in each, and what shows that they are all.
struct BoxCover {
  std::vector<num::Rational> points;
  std::string text;
  std::vector<num::Rational> multipliers;
};
/// Nothing where it is not shown, or would be too long.
std::optional<BoxCover> cover_box(std::deque<Region>& regions);

class InScope {
 public:
  /// The scope of subject.settings around the input; the label names it in --dump-smt.
  explicit InScope(AtPoint& centre, std::string label = "");

  AtPoint& centre() const { return centre_; }
  const std::string& label() const { return label_; }
  /// Why nothing can be said of the scope; "" when something can.
  const std::string& impossible() const { return impossible_; }
  /// All of them, made when first asked for: some claims need no rows of a cell. Of a box too long to walk: the
  /// centre's.
  std::deque<Region>& regions();
  /// Is there a region of this number? A box is walked no further than that takes.
  bool has(std::size_t region);
  /// Why the regions do not cover the scope; "" when they do.
  const std::string& incomplete();
  /// Why a box is not walked; "" otherwise. Costs next to nothing.
  const std::string& too_long();
  /// Inputs of a box where its claims are likely to break: corners, and both sides of units' kinks.
  const std::vector<std::vector<num::Rational>>& points();
  /// A few points inside the region, away from its own: where counterexamples are looked for.
  const std::vector<std::vector<num::Rational>>& samples(std::size_t region);
  const RegionBounds& bounds(std::size_t region, std::size_t rule_case);
  /// The input x judged as such, with the centre's target; kept, as many checks ask about the same points.
  AtPoint& at(const std::vector<num::Rational>& x);
  const RootSearch& search(std::size_t region, const RootPlace& place, Start start);
  /// The same of several regions in parallel, for search() to answer from.
  void search_all(const std::vector<std::pair<std::size_t, Start>>& asked, const RootPlace& place);
  /// As far as they were made.
  std::deque<Region>& regions_made() { return is_box() ? walk_.regions() : cell_; }
  bool is_box() const { return centre_.shared().subject.settings.scope == prop::ScopeKind::box; }
  /// Of a box whose regions were all found.
  const std::optional<BoxCover>& cover();

 private:
  AtPoint& centre_;
  std::string label_;
  std::vector<num::Bound> bounds_of_inputs_;
  using SearchKey = std::tuple<std::size_t, int, int, int, std::int64_t, bool, int>;
  static SearchKey key_of(std::size_t region, const RootPlace& place, Start start);
  RootSearch search_region(std::size_t region, const RootPlace& place, Start start);

  std::string impossible_, incomplete_;
  bool made_ = false;
  std::deque<Region> cell_;  // the one region of a cell
  std::optional<std::string> too_long_;
  BoxWalk walk_;
  std::optional<std::vector<std::vector<num::Rational>>> box_points_;
  std::map<std::size_t, std::vector<std::vector<num::Rational>>> samples_;
  std::map<std::pair<std::size_t, std::size_t>, RegionBounds> bounds_;
  std::vector<std::unique_ptr<AtPoint>> inputs_;  // points() first, which stay
  std::optional<std::optional<BoxCover>> cover_;
  std::map<SearchKey, RootSearch> searches_;
  Z3 z3_;
};

/// See InScope::points().
std::vector<std::vector<num::Rational>> points_of_box(AtPoint& centre, const std::vector<num::Bound>& bounds);

void decide_in_scope(InScope& scope, const prop::Obligation& obligation, Tally& tally);

void roots_in_scope(InScope& scope, const prop::Obligation& obligation, Tally& tally);
void reduction_in_scope(InScope& scope, const prop::Obligation& obligation, Tally& tally);
void constant_in_scope(InScope& scope, const prop::Obligation& obligation, Tally& tally);
void exists_in_scope(InScope& scope, const prop::Obligation& obligation, Tally& tally);
void class_in_scope(InScope& scope, Tally& tally);
void laws_in_scope(InScope& scope, const prop::Obligation& obligation, Tally& tally);

/// The exemplar speaks of this input of the scope, not of the centre.
void move_to(claim::Exemplar& exemplar, const std::vector<num::Rational>& x);

}  // namespace lrproof::prove
