#include "prove/walk_box.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace lrproof::prove {

using num::Rational;

namespace {

constexpr std::size_t kRegions = 3000, kRound = 16;
// Rows of all regions together, in multiples of what one question may cost.
constexpr std::int64_t kRowBudgets = 600;
constexpr std::size_t kFewInputs = 16;

// The pieces of all units, as bytes.
std::string pattern(const region::Branch& branch) {
  std::string out;
  for (const auto& node : branch.choice)
    out.append(reinterpret_cast<const char*>(node.data()), node.size() * sizeof(node[0]));
  return out;
}

// Is the point in the closed region of the branch? Every unit's piece there must hold the point's value: then, by
// induction along the data flow, the branch's affine maps and the network agree at the point.
bool closed_region_holds(const region::Branch& branch, const region::Point& point) {
  const auto& here = point.branch().choice;
  for (std::size_t id = 0; id < here.size(); ++id)
    for (std::size_t e = 0; e < here[id].size(); ++e) {
      if (here[id][e] == branch.choice[id][e]) continue;
      const bool tied = std::any_of(point.ties().begin(), point.ties().end(), [&](const region::Tie& tie) {
        return tie.node == net::NodeId(id) && tie.element == std::int64_t(e) &&
               std::count(tie.options.begin(), tie.options.end(), branch.choice[id][e]) > 0;
      });
      if (!tied) return false;
    }
  return true;
}

// Do the branches differ in one unit only, which the row holds back? Then the one is next to the other beyond the row:
// where the unit is on its kink the network is continuous, and no other unit feels which piece it takes.
bool next_beyond(const net::Network& network, const region::Branch& a, const region::Branch& b,
                 const std::string& row) {
  std::string crossed;
  for (std::size_t id = 0; id < a.choice.size(); ++id)
    for (std::size_t e = 0; e < a.choice[id].size(); ++e) {
      const int step = b.choice[id][e] - a.choice[id][e];
      if (step == 0) continue;
      const net::Node& node = network.node(net::NodeId(id));
      if (!crossed.empty() || std::abs(step) != 1 || region::is_maximum(node)) return false;
      if (node.name.find(':') != std::string::npos) return false;  // "m:0:3" may be a maximum's row, too
      crossed = node.name + ":" + std::to_string(e) + (step < 0 ? ">=" : "<=");
    }
  return crossed == row;
}

// The bounds alone keep the form above 0.
bool kept_by_bounds(const AffineForm& form, const std::vector<num::Bound>& bounds) {
  Rational least = form.constant;
  for (std::size_t k = 0; k < form.slope.size(); ++k) {
    if (form.slope[k].is_zero()) continue;
    const auto& bound = form.slope[k].sign() > 0 ? bounds[k].low : bounds[k].high;
    if (!bound) return false;
    least.add_product(form.slope[k], *bound);
  }
  return least.sign() > 0;
}

bool same_hyperplane(const AffineForm& a, const AffineForm& b) {
  std::size_t k = 0;
  while (k < a.slope.size() && a.slope[k].is_zero()) ++k;
  if (k == a.slope.size() || b.slope[k].sign() != a.slope[k].sign()) return false;
  const Rational ratio = b.slope[k] / a.slope[k];
  for (std::size_t i = 0; i < a.slope.size(); ++i)
    if (b.slope[i] != ratio * a.slope[i]) return false;
  return b.constant == ratio * a.constant;
}

// Whose rows are within the budget.
std::int64_t most_regions(const AtPoint& centre) {
  const std::int64_t cost = std::max<std::int64_t>(CellForms::cost(centre), 1);
  return std::max<std::int64_t>(kRowBudgets * centre.shared().subject.settings.exact_budget / cost, 1);
}

Region region_in_box(std::unique_ptr<AtPoint> at, const std::vector<num::Bound>& bounds) {
  Region region = make_region(std::move(at), bounds);
  std::erase_if(region.polytope.rows, [&](const auto& row) { return kept_by_bounds(row.form, bounds); });
  return region;
}

template <class Work>
void each(std::size_t count, const Work& work) {
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(std::size_t(0), count, work); });
}

}  // namespace

// What lies beyond one facet.
struct BoxWalk::Beyond {
  std::unique_ptr<AtPoint> at;
  const char* open = "";  // why nothing was found there
};

std::string BoxWalk::too_long() const {
  const std::string rows = too_many_rows(centre_);
  if (!rows.empty() || bounds_.size() <= kFewInputs) return rows;
  // In many inputs hyperplanes that cross a box cut it almost independently.
  const net::Network& network = centre_.point().network();
  net::Values<num::Interval> values;
  values.batch = 1, values.of.resize(1);
  for (const auto& b : bounds_)
    values.of[0].emplace_back(b.low ? b.low->lower() : -HUGE_VAL, b.high ? b.high->upper() : HUGE_VAL);
  std::vector<char> direct(std::size_t(network.size()));  // reads the input through affine nodes only
  direct[0] = 1;
  int crossing = 0;
  values.of.resize(std::size_t(network.size()));
  for (net::NodeId id = 1; id < network.size(); ++id) {
    const net::Node& node = network.node(id);
    const bool fed = std::all_of(node.inputs.begin(), node.inputs.end(),
                                 [&](net::NodeId in) { return direct[std::size_t(in)] != 0; });
    if (!fed) continue;
    if (const auto* activation = std::get_if<net::Activation>(&node.op)) {
      const auto& z = values.of[std::size_t(node.inputs[0])];
      for (std::int64_t k = 0; k < node.size(); ++k)
        for (const Rational& kink : activation->curve(k).kinks)
          crossing += z[std::size_t(k)].lo < kink.lower() && z[std::size_t(k)].hi > kink.upper();
      continue;
    }
    if (region::is_maximum(node)) continue;
    std::vector<std::span<const num::Interval>> operands;
    for (const net::NodeId in : node.inputs) operands.emplace_back(values.of[std::size_t(in)]);
    values.of[std::size_t(id)] = centre_.shared().ready.node(id, operands, 1);
    direct[std::size_t(id)] = 1;
  }
  const std::int64_t most = most_regions(centre_);
  if (crossing < 40 && (std::int64_t(1) << crossing) <= most) return "";
  return "budget: " + std::to_string(crossing) +
         " units of the first layer may change their piece in the box, and cut it into too many regions";
}

void BoxWalk::begin() {
  if (!regions_.empty()) return;
  std::vector<std::unique_ptr<AtPoint>> own;
  own.push_back(std::make_unique<AtPoint>(centre_.shared(), centre_.point().x(), centre_.target(), centre_.input()));
  add(std::move(own));
}

bool BoxWalk::spent() {
  const std::size_t limit = std::min(kRegions, std::size_t(most_regions(centre_)));
  if (regions_.size() <= limit) return false;
  incomplete_ = "budget: more than " + std::to_string(limit) + " regions meet the box";
  return true;
}

bool BoxWalk::extend() {
  begin();
  if (crossed_ == regions_.size() || spent()) return false;
  const std::size_t first = crossed_, last = std::min(regions_.size(), first + kRound);
  std::vector<std::vector<Beyond>> beyond(last - first);
  each(last - first, [&](std::size_t k) { beyond[k] = beyond_facets(regions_[first + k]); });
  std::vector<std::unique_ptr<AtPoint>> found;
  for (auto& facets : beyond)
    for (Beyond& b : facets) {
      if (!b.at) incomplete_ = b.open;
      if (b.at && known_.emplace(pattern(b.at->point().branch()), known_.size()).second)
        found.push_back(std::move(b.at));
    }
  add(std::move(found));
  crossed_ = last;
  return true;
}

void BoxWalk::add(std::vector<std::unique_ptr<AtPoint>> found) {
  std::vector<Region> made(found.size());
  each(found.size(), [&](std::size_t k) { made[k] = region_in_box(std::move(found[k]), bounds_); });
  for (Region& region : made) {
    known_.emplace(pattern(region.at->point().branch()), known_.size());
    regions_.push_back(std::move(region));
  }
}

std::vector<BoxWalk::Beyond> BoxWalk::beyond_facets(const Region& region) const {
  const auto& rows = region.polytope.rows;
  std::vector<Beyond> out;
  std::set<std::size_t> done;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (done.count(k)) continue;
    Polytope open = region.polytope;
    open.rows.clear();
    for (std::size_t other = 0; other < rows.size(); ++other) {
      if (other == k || same_hyperplane(rows[k].form, rows[other].form))
        done.insert(other);
      else
        open.rows.push_back(rows[other]);
    }
    const Slack slack = max_slack(open, Rational(-1) * rows[k].form);
    if (slack.answer == Slack::Answer::unknown) {
      out.emplace_back();
      out.back().open = "a facet of a region was decided neither way";
    }
    if (slack.answer == Slack::Answer::positive) out.push_back(step_across(region, rows[k], slack.point));
  }
  return out;
}

// The region on the other side is the one that holds both a point just beyond the facet and the crossing itself.
BoxWalk::Beyond BoxWalk::step_across(const Region& region, const Polytope::Row& row,
                                     const std::vector<Rational>& far) const {
  const auto& from = region.polytope.interior;
  const Rational here = row.form.at(from), t = here / (here - row.form.at(far));
  Beyond out;
  for (long power = -3; power > -60; power -= 3) {
    std::vector<Rational> x;
    const Rational step = t + Rational::power_of_two(power) * (Rational(1) - t);
    for (std::size_t k = 0; k < far.size(); ++k) {
      Rational v(Rational(from[k] + step * (far[k] - from[k])).to_double());
      if (bounds_[k].low) v = num::max(v, *bounds_[k].low);
      if (bounds_[k].high) v = num::min(v, *bounds_[k].high);
      x.push_back(std::move(v));
    }
    auto at = std::make_unique<AtPoint>(centre_.shared(), std::move(x), centre_.target(), centre_.input());
    if (!is_beyond(region, row, *at, t, far) || !no_region(*at, bounds_).empty()) continue;
    out.at = std::move(at);
    return out;
  }
  out.open = "no point was found just beyond a facet of a region";
  return out;
}

bool BoxWalk::is_beyond(const Region& region, const Polytope::Row& row, const AtPoint& at, const Rational& t,
                        const std::vector<Rational>& far) const {
  const region::Branch& branch = at.point().branch();
  if (next_beyond(at.point().network(), region.at->point().branch(), branch, row.name)) return true;
  if (pattern(branch) == pattern(region.at->point().branch())) return false;
  std::vector<Rational> crossing = region.polytope.interior;
  for (std::size_t k = 0; k < crossing.size(); ++k) crossing[k] += t * (far[k] - crossing[k]);
  return closed_region_holds(branch, region::Point(centre_.shared().ready, std::move(crossing)));
}

}  // namespace lrproof::prove
