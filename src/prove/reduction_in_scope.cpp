#include "prove/in_scope.hpp"

// gxi.* over a scope (GXI-1, GXI-2): first points, the centre and some of each region, where the question is decided
// exactly; then the lemma of the point's decision, asked of every piece of every unit, so that it holds on a whole
// region and beyond its facets. Where the lemma stops the answer is unknown. gxi.strict, gxi.scaled and gxi.bounded
// make no exception of vanishing denominators: beyond points, they are refuted on facets or stay unknown.
namespace lrproof::prove {

using claim::Verdict;
using num::Rational;

namespace {

// The answer at one input, with its exemplar.
struct PointAnswer {
  Verdict verdict = Verdict::unknown;
  bool vacuous = false;
  claim::Exemplar exemplar;
  std::string reason;
};

PointAnswer answer_at(InScope& scope, const std::vector<Rational>& x, const prop::Obligation& o) {
  const bool centre = x == scope.centre().point().x();
  Tally one;
  decide_reduction(centre ? scope.centre() : scope.at(x), o, one);
  PointAnswer answer;
  answer.vacuous = one.counts.vacuous > 0;
  if (!one.reasons.empty()) answer.reason = one.reasons[0];
  if (one.counts.rejected) answer.verdict = Verdict::rejected;
  if (one.exemplars.empty()) return answer;
  answer.verdict = one.exemplars[0].verdict, answer.exemplar = one.exemplars[0];
  if (!centre) move_to(answer.exemplar, x);
  return answer;
}

// A point of the region at which a unit of the node is exactly 0, or nothing: on the way from the region's own point
// across the facet that the unit makes.
std::optional<std::vector<Rational>> point_on_facet(Region& region, const OrientedRow& row) {
  const AffineForm beyond = Rational(-1) * row.form;
  Polytope open = region.polytope;
  std::erase_if(open.rows, [&](const auto& other) { return other.name == row.name; });
  const Slack slack = max_slack(open, std::span(&beyond, 1));
  if (slack.answer != Slack::Answer::positive) return std::nullopt;
  const auto& from = region.polytope.interior;
  const Rational here = row.form.at(from), there = row.form.at(slack.point), t = here / (here - there);
  std::vector<Rational> x = from;
  for (std::size_t k = 0; k < x.size(); ++k) x[k] += t * (slack.point[k] - from[k]);
  return x;
}

class ReductionInScope {
 public:
  ReductionInScope(InScope& scope, const prop::Obligation& o) : scope_(scope), o_(o) {}

  void run(Tally& tally) {
    bool all_proved = true, any = false;
    std::optional<claim::Exemplar> first;
    std::string reason;
    for (std::size_t r = 0; r < scope_.regions().size(); ++r) {
      Region& region = scope_.regions()[r];
      std::vector<std::vector<Rational>> points{region.at->point().x()};
      points.insert(points.end(), scope_.samples(r).begin(), scope_.samples(r).end());
      std::optional<PointAnswer> here;
      for (const auto& x : points) {
        PointAnswer answer = answer_at(scope_, x, o_);
        if (answer.verdict == Verdict::rejected) return tally.rejected(answer.reason);
        if (answer.verdict == Verdict::refuted) return tally.refuted(std::move(answer.exemplar));
        if (!here && !answer.vacuous) here = std::move(answer);
      }
      if (!here) {
        all_proved = false, reason = "a used denominator vanishes at every point tried";
        continue;
      }
      any = true;
      if (here->verdict == Verdict::proved && !first) first = here->exemplar;
      const std::string stop = holds_on(region, *here);
      if (stop == kRefuted) return tally.refuted(std::move(found_));
      if (!stop.empty()) all_proved = false, reason = stop;
    }
    if (!any || !all_proved) return tally.unknown(reason.empty() ? "no region" : reason);
    if (!scope_.incomplete().empty()) return tally.unknown(scope_.incomplete());
    claim::Exemplar e = first ? *first : claim::Exemplar();
    e.witness.words["everywhere"] = "lemma";
    tally.proved(std::move(e));
  }

 private:
  static constexpr const char* kRefuted = "refuted";

  // "" when the claim holds on the whole region; kRefuted when found_ is a counterexample.
  std::string holds_on(Region& region, const PointAnswer& here) {
    if (here.verdict != Verdict::proved) return here.reason;
    const std::string stop = lemma_stops_at(*region.at, o_);
    if (!stop.empty()) return "the maps agree at every point tried, and the lemma stops at " + stop;
    const auto& rules = region.at->shared().subject.cases[std::size_t(o_.rule_case)].rules;
    const bool scaled = o_.check == "gxi.scaled" && rules.start == rule::Start::one;
    if (rules.start != rule::Start::value && !scaled) return "the maps agree at every point tried";
    if (scaled)
      if (const std::string open = output_is_positive(region); !open.empty()) return open;
    return o_.check == "gxi.reduces" ? "" : nothing_vanishes(region);
  }

  // k = 1 / f_c.
  std::string output_is_positive(Region& region) {
    const auto& form = region.forms->form(region.at->point().network().output(), region.at->target());
    const auto least = lower_bound(region.polytope, form);
    return least && least->sign() > 0 ? "" : "f_c is not bounded away from 0";
  }

  // Where a unit that the output feels is 0 under LRP-0, 0/0 = 0 keeps what the gradient has: looked for on facets.
  std::string nothing_vanishes(Region& region) {
    constexpr int kTries = 12;
    int tries = 0;
    for (const OrientedRow& row : region.forms->rows()) {
      if (row.of.slot >= 0 || row.form.is_constant() || ++tries > kTries) continue;
      const auto x = point_on_facet(region, row);
      if (!x) continue;
      PointAnswer answer = answer_at(scope_, *x, o_);
      if (answer.verdict != Verdict::refuted) continue;
      found_ = std::move(answer.exemplar);
      return kRefuted;
    }
    return "a used denominator may vanish at the edge of a region";
  }

  InScope& scope_;
  const prop::Obligation& o_;
  claim::Exemplar found_;
};

}  // namespace

void reduction_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) {
  ReductionInScope(scope, o).run(tally);
}

}  // namespace lrproof::prove
