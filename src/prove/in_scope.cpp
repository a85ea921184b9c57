#include "prove/in_scope.hpp"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "prove/smt/root_script.hpp"

namespace lrproof::prove {

using num::Rational;

namespace {

// The domain, and the box around the centre where one is asked.
std::vector<num::Bound> bounds_of(const AtPoint& at) {
  const auto& settings = at.shared().subject.settings;
  std::vector<num::Bound> bounds;
  for (const Rational& x : at.point().x()) {
    num::Bound b{settings.domain.low, settings.domain.high};
    if (settings.scope == prop::ScopeKind::box) {
      const Rational low = x - *settings.radius, high = x + *settings.radius;
      b.low = b.low ? num::max(*b.low, low) : low, b.high = b.high ? num::min(*b.high, high) : high;
    }
    bounds.push_back(std::move(b));
  }
  return bounds;
}

// What linear programs leave open on a small network is asked of Z3, as one monolithic question. Its "no" is the
// answer; a "yes" would need its point in rationals, and is not used.
void ask_where_open(Z3& z3, const Region& region, const RootPlace& place, Start start, RootSearch& found) {
  constexpr std::int64_t kElements = 80;
  constexpr unsigned kSteps = 300'000;
  if (found.empty || found.always || found.never || (found.inside && found.outside)) return;
  const net::Network& network = region.at->point().network();
  std::int64_t elements = 0;
  for (net::NodeId id = 0; id < network.size(); ++id) elements += network.node(id).size();
  const auto& suffix = region.at->shared().suffixes[std::size_t(place.rule_case)][std::size_t(place.root_layer)];
  if (elements > kElements || !region::find_edges(region.at->point(), suffix).none()) return;
  for (const bool outside : {true, false}) {
    if (outside ? (start == Start::outside || found.outside) : (start == Start::inside || found.inside)) continue;
    const auto script = root_script(region, place, outside);
    if (!script) return;
    const SmtAnswer answer = z3.ask(*script, kSteps);
    if (answer.answer == SmtAnswer::Answer::unsat) {
      (outside ? found.always : found.never) = true;
      found.leaves.clear(), found.reason.clear(), found.asserted = true;
      return;
    }
    if (answer.answer == SmtAnswer::Answer::unknown) found.reason += "; Z3: " + answer.reason;
  }
}

// R_j / z_j at the input, roughly.
double share_at(AtPoint& at, std::size_t rule_case, net::NodeId node, std::int64_t unit) {
  const auto& maps = at.maps(rule_case);
  if (maps.empty() || maps[0].relevance.of[std::size_t(node)].empty()) return 0;
  const num::Interval &r = maps[0].relevance.of[std::size_t(node)][std::size_t(unit)],
                      &z = at.point().bound(node, unit);
  const double share = (r.lo + r.hi) / (z.lo + z.hi);
  return std::isfinite(share) ? share : 0;
}

}  // namespace

InScope::InScope(AtPoint& centre, std::string label)
    : centre_(centre),
      label_(std::move(label)),
      bounds_of_inputs_(bounds_of(centre)),
      walk_(centre, bounds_of_inputs_) {
  impossible_ = no_region(centre, bounds_of_inputs_);
}

const std::string& InScope::too_long() {
  if (!too_long_) too_long_ = is_box() ? walk_.too_long() : "";
  return *too_long_;
}

std::deque<Region>& InScope::regions() {
  auto& regions = regions_made();
  if (made_ || !impossible_.empty()) return regions;
  const AtPoint& c = centre_;
  incomplete_ = too_many_rows(c);
  made_ = true;
  if (!incomplete_.empty()) return regions;
  if (!is_box()) {
    cell_.push_back(
        make_region(std::make_unique<AtPoint>(c.shared(), c.point().x(), c.target(), c.input()), bounds_of_inputs_));
    return regions;
  }
  incomplete_ = too_long();
  if (!incomplete_.empty()) return walk_.begin(), regions;
  while (walk_.extend()) {
  }
  incomplete_ = walk_.incomplete();
  return regions;
}

bool InScope::has(std::size_t region) {
  if (made_ || !is_box() || !impossible_.empty() || !too_long().empty()) return region < regions().size();
  while (region >= walk_.regions().size())
    if (!walk_.extend()) return region < regions().size();
  return true;
}

const std::string& InScope::incomplete() {
  regions();
  return incomplete_;
}

const std::vector<std::vector<Rational>>& InScope::points() {
  if (!box_points_) {
    box_points_.emplace();
    if (is_box() && impossible_.empty()) *box_points_ = points_of_box(centre_, bounds_of_inputs_);
    inputs_.clear();
    for (const auto& x : *box_points_) at(x);
  }
  return *box_points_;
}

AtPoint& InScope::at(const std::vector<Rational>& x) {
  for (const auto& input : inputs_)
    if (input->point().x() == x) return *input;
  for (const Region& region : regions_made())
    if (region.at->point().x() == x) return *region.at;
  constexpr std::size_t kKept = 64;
  const std::size_t stay = box_points_ ? std::min(box_points_->size(), inputs_.size()) : 0;
  if (inputs_.size() >= stay + kKept) inputs_.erase(inputs_.begin() + std::ptrdiff_t(stay));
  inputs_.push_back(std::make_unique<AtPoint>(centre_.shared(), x, centre_.target(), centre_.input()));
  return *inputs_.back();
}

const RegionBounds& InScope::bounds(std::size_t region, std::size_t rule_case) {
  const std::pair key(region, rule_case);
  if (const auto found = bounds_.find(key); found != bounds_.end()) return found->second;
  return bounds_[key] = bounds_over(regions_made()[region], rule_case);
}

InScope::SearchKey InScope::key_of(std::size_t region, const RootPlace& place, Start start) {
  return {region, place.rule_case, place.root_layer, int(place.kind), place.unit, place.domain, int(start)};
}

const RootSearch& InScope::search(std::size_t region, const RootPlace& place, Start start) {
  const auto key = key_of(region, place, start);
  if (const auto found = searches_.find(key); found != searches_.end()) return found->second;
  search_all({{region, start}}, place);
  return searches_.at(key);
}

void InScope::search_all(const std::vector<std::pair<std::size_t, Start>>& asked, const RootPlace& place) {
  std::vector<std::pair<std::size_t, Start>> open;
  for (const auto& [region, start] : asked)
    if (!searches_.count(key_of(region, place, start))) open.emplace_back(region, start);
  if (place.kind == root::Kind::relevance)
    for (const auto& [region, start] : open) bounds(region, std::size_t(place.rule_case));
  std::vector<RootSearch> found(open.size());
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::size_t(0), open.size(),
                      [&](std::size_t k) { found[k] = search_region(open[k].first, place, open[k].second); });
  });
  for (std::size_t k = 0; k < open.size(); ++k) {
    const auto& [region, start] = open[k];
    ask_where_open(z3_, regions_made()[region], place, start, found[k]);
    searches_[key_of(region, place, start)] = std::move(found[k]);
  }
}

// A region is one thread's at a time.
RootSearch InScope::search_region(std::size_t region, const RootPlace& place, Start start) {
  num::Interval relevance;
  double share = 0;
  if (place.kind == root::Kind::relevance) {
    const auto& rules = centre_.shared().subject.cases[std::size_t(place.rule_case)];
    const auto& held = bounds_.at({region, std::size_t(place.rule_case)})
                           .relevance.of[std::size_t(rules.layers[std::size_t(place.root_layer)].node)];
    if (!held.empty()) relevance = held[std::size_t(place.unit)];
    share = share_at(*regions_made()[region].at, std::size_t(place.rule_case),
                     rules.layers[std::size_t(place.root_layer)].node, place.unit);
  }
  return search_root(regions_made()[region], place, start, relevance, share);
}

const std::optional<BoxCover>& InScope::cover() {
  if (!cover_) cover_ = is_box() && incomplete().empty() ? cover_box(regions()) : std::nullopt;
  return *cover_;
}

// Rays from the region's point along seeded directions, most of the way to where they leave the region.
const std::vector<std::vector<Rational>>& InScope::samples(std::size_t index) {
  constexpr int kSamples = 12;
  if (const auto found = samples_.find(index); found != samples_.end()) return found->second;
  const Polytope& p = regions_made()[index].polytope;
  std::vector<double> here;
  for (const Rational& v : p.interior) here.push_back(v.to_double());
  std::mt19937_64 random(centre_.shared().subject.settings.seed + 17 * index);
  std::normal_distribution<double> normal;
  auto& out = samples_[index];
  for (int k = 0; k < kSamples; ++k) {
    std::vector<double> d(here.size());
    for (double& v : d) v = normal(random);
    double far = 1e6;
    for (const auto& row : p.rows) {
      double slope = 0;
      for (std::size_t i = 0; i < d.size(); ++i) slope += row.approx[i] * d[i];
      if (slope < 0) far = std::min(far, row.form.at(p.interior).to_double() / -slope);
    }
    for (std::size_t i = 0; i < d.size(); ++i) {
      const auto& bound = d[i] < 0 ? p.bounds[i].low : p.bounds[i].high;
      if (!bound) continue;
      const double room = (bound->to_double() - here[i]) / d[i];
      if (room <= 0) d[i] = 0;  // the input sits on its bound
      if (room > 0) far = std::min(far, room);
    }
    const double step = far * (k % 3 == 0 ? 0.5 : k % 3 == 1 ? 0.9 : 0.99);
    std::vector<Rational> x;
    for (std::size_t i = 0; i < d.size(); ++i) {
      const double v = here[i] + step * d[i], brief = double(float(v));  // few digits where floats reach
      if (!std::isfinite(v)) break;
      x.push_back(d[i] == 0 ? p.interior[i] : Rational(std::isfinite(brief) ? brief : v));
    }
    if (x.size() < d.size()) continue;
    if (std::all_of(p.rows.begin(), p.rows.end(), [&](const auto& row) { return row.form.at(x).sign() > 0; }) &&
        p.contains(x))
      out.push_back(std::move(x));
  }
  return out;
}

void move_to(claim::Exemplar& exemplar, const std::vector<Rational>& x) { exemplar.witness.numbers["at"] = x; }

void decide_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) {
  if (!o.rejected.empty()) return tally.rejected(o.rejected);
  if (o.check.rfind("inv.", 0) == 0) return invariance_in_scope(scope.centre(), o, tally);
  if (o.check == "net.class") return class_in_scope(scope, tally);
  if (!scope.impossible().empty()) return tally.unknown(scope.impossible());
  if (o.check == "root.constant") return constant_in_scope(scope, o, tally);
  if (o.check == "root.exists") return exists_in_scope(scope, o, tally);
  if (o.check.rfind("root.", 0) == 0) return roots_in_scope(scope, o, tally);
  if (o.check.rfind("gxi.", 0) == 0) return reduction_in_scope(scope, o, tally);
  laws_in_scope(scope, o, tally);
}

}  // namespace lrproof::prove
