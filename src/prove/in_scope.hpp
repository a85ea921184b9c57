#pragma once
// Claims about every input of a scope (VER-1, ROO-6): the closed cell of an input within the domain, or a box around
// it. A scope is cut into regions, full-dimensional polytopes on which the network is affine; a cell is one, a box as
// many as meet it. A claim is refuted by one point of a region, judged there as any input is; it is proved by
// certificates that cover all regions.
#include "prove/region_bounds.hpp"
#include "prove/root_search.hpp"
#include "prove/smt/script.hpp"

namespace lrproof::prove {

/// That regions cover a box (docs/certificates.md): a point in each, and what shows that they are all.
struct BoxCover {
  std::vector<num::Rational> points;
  std::string text;
  std::vector<num::Rational> multipliers;
};
/// Nothing where it is not shown, or would be too long.
std::optional<BoxCover> cover_box(std::vector<Region>& regions);

class InScope {
 public:
  /// The scope of subject.settings around the input; the label names it in --dump-smt.
  explicit InScope(AtPoint& centre, std::string label = "");

  AtPoint& centre() const { return centre_; }
  const std::string& label() const { return label_; }
  /// Why nothing can be said of the scope; "" when something can.
  const std::string& impossible() const { return impossible_; }
  /// Made when first asked for: some claims need no rows of a cell.
  std::vector<Region>& regions();
  /// Why the regions do not cover the scope; "" when they do.
  const std::string& incomplete();
  /// A few points inside the region, away from its own: where counterexamples are looked for.
  const std::vector<std::vector<num::Rational>>& samples(std::size_t region);
  const RegionBounds& bounds(std::size_t region, std::size_t rule_case);
  /// The input x judged as such, with the centre's target; kept, as many checks ask about the same points.
  AtPoint& at(const std::vector<num::Rational>& x);
  const RootSearch& search(std::size_t region, const RootPlace& place, Start start);
  bool is_box() const { return centre_.shared().subject.settings.scope == prop::ScopeKind::box; }
  /// Of a box whose regions were all found.
  const std::optional<BoxCover>& cover();

 private:
  AtPoint& centre_;
  std::string label_;
  std::vector<num::Bound> bounds_of_inputs_;
  std::string impossible_, incomplete_;
  bool made_ = false;
  std::vector<Region> regions_;
  std::map<std::size_t, std::vector<std::vector<num::Rational>>> samples_;
  std::map<std::pair<std::size_t, std::size_t>, RegionBounds> bounds_;
  std::vector<std::unique_ptr<AtPoint>> points_;
  std::optional<std::optional<BoxCover>> cover_;
  std::map<std::tuple<std::size_t, int, int, int, std::int64_t, bool, int>, RootSearch> searches_;
  Z3 z3_;
};

/// Regions of the box, found by stepping across facets from the one that holds the centre; `incomplete` says why some
/// may be missing.
std::vector<Region> walk_box(AtPoint& centre, const std::vector<num::Bound>& bounds, std::string& incomplete);

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
