#include <deque>
#include <set>

#include "prove/in_scope.hpp"

// All regions that meet a box in full dimension. They tile the box, and so any two of them are joined by a path that
// crosses facets only: stepping across every facet of every region found so far, from the centre's, finds them all. A
// row is a facet of its region iff some point breaks it alone (rows of the same hyperplane count as one); where no such
// point exists, exact multipliers say so.
namespace lrproof::prove {

using num::Rational;

namespace {

constexpr std::size_t kRegions = 3000;

class Walk {
 public:
  Walk(AtPoint& centre, const std::vector<num::Bound>& bounds, std::string& incomplete)
      : centre_(centre), bounds_(bounds), incomplete_(incomplete) {}

  std::vector<Region> run() {
    add(std::make_unique<AtPoint>(centre_.shared(), centre_.point().x(), centre_.target(), centre_.input()));
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      if (regions_.size() > kRegions) {
        incomplete_ = "budget: more than " + std::to_string(kRegions) + " regions meet the box";
        break;
      }
      cross_facets(r);
    }
    return std::move(regions_);
  }

 private:
  using Key = std::vector<std::vector<std::int32_t>>;

  void add(std::unique_ptr<AtPoint> at) {
    known_.emplace(at->point().branch().choice, regions_.size());
    regions_.push_back(make_region(std::move(at), bounds_));
  }

  // The bounds alone keep the form above 0.
  bool never_reached(const AffineForm& form) const {
    Rational least = form.constant;
    for (std::size_t k = 0; k < form.slope.size(); ++k) {
      if (form.slope[k].is_zero()) continue;
      const auto& bound = form.slope[k].sign() > 0 ? bounds_[k].low : bounds_[k].high;
      if (!bound) return false;
      least.add_product(form.slope[k], *bound);
    }
    return least.sign() > 0;
  }

  static bool same_hyperplane(const AffineForm& a, const AffineForm& b) {
    std::size_t k = 0;
    while (k < a.slope.size() && a.slope[k].is_zero()) ++k;
    if (k == a.slope.size() || b.slope[k].sign() != a.slope[k].sign()) return false;
    const Rational ratio = b.slope[k] / a.slope[k];
    for (std::size_t i = 0; i < a.slope.size(); ++i)
      if (b.slope[i] != ratio * a.slope[i]) return false;
    return b.constant == ratio * a.constant;
  }

  void cross_facets(std::size_t r) {
    std::vector<std::size_t> near;
    for (std::size_t k = 0; k < regions_[r].polytope.rows.size(); ++k)
      if (!never_reached(regions_[r].polytope.rows[k].form)) near.push_back(k);
    std::set<std::size_t> done;
    for (const std::size_t k : near) {
      if (done.count(k)) continue;
      const AffineForm row = regions_[r].polytope.rows[k].form;
      Polytope open = regions_[r].polytope;
      open.rows.clear();
      for (const std::size_t other : near) {
        const auto& form = regions_[r].polytope.rows[other].form;
        if (other == k || same_hyperplane(row, form))
          done.insert(other);
        else
          open.rows.push_back(regions_[r].polytope.rows[other]);
      }
      const AffineForm beyond = Rational(-1) * row;
      const Slack slack = max_slack(open, beyond);
      if (slack.answer == Slack::Answer::unknown) incomplete_ = "a facet of a region was decided neither way";
      if (slack.answer == Slack::Answer::positive) step_across(r, row, slack.point);
    }
  }

  // The region on the other side is the one that holds both a point just beyond the facet and the crossing itself.
  void step_across(std::size_t r, const AffineForm& row, const std::vector<Rational>& far) {
    const auto& from = regions_[r].polytope.interior;
    const Rational here = row.at(from), t = here / (here - row.at(far));
    std::vector<Rational> crossing = from;
    for (std::size_t k = 0; k < crossing.size(); ++k) crossing[k] += t * (far[k] - from[k]);
    for (long power = -3; power > -60; power -= 3) {
      std::vector<Rational> x;
      const Rational step = Rational::power_of_two(power);
      for (std::size_t k = 0; k < crossing.size(); ++k) {
        Rational v(Rational(crossing[k] + step * (far[k] - crossing[k])).to_double());
        if (bounds_[k].low) v = num::max(v, *bounds_[k].low);
        if (bounds_[k].high) v = num::min(v, *bounds_[k].high);
        x.push_back(std::move(v));
      }
      auto at = std::make_unique<AtPoint>(centre_.shared(), std::move(x), centre_.target(), centre_.input());
      const auto found = known_.find(at->point().branch().choice);
      if (found != known_.end()) {
        if (found->second != r && holds(regions_[found->second], crossing)) return;
        continue;
      }
      if (!no_region(*at, bounds_).empty()) continue;
      Region next = make_region(std::move(at), bounds_);
      if (!holds(next, crossing)) continue;
      known_.emplace(next.at->point().branch().choice, regions_.size());
      regions_.push_back(std::move(next));
      return;
    }
    incomplete_ = "no point was found just beyond a facet of a region";
  }
  static bool holds(const Region& region, const std::vector<Rational>& x) {
    for (const auto& row : region.polytope.rows)
      if (row.form.at(x).sign() < 0) return false;
    return true;
  }

  AtPoint& centre_;
  const std::vector<num::Bound>& bounds_;
  std::string& incomplete_;
  std::vector<Region> regions_;
  std::map<Key, std::size_t> known_;
};

}  // namespace

std::vector<Region> walk_box(AtPoint& centre, const std::vector<num::Bound>& bounds, std::string& incomplete) {
  return Walk(centre, bounds, incomplete).run();
}

}  // namespace lrproof::prove
