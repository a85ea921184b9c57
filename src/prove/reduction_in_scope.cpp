#include <cmath>
#include <iomanip>
#include <sstream>

#include "prove/deviation.hpp"
#include "prove/region_certificate.hpp"
#include "prove/smt/reduction_script.hpp"
#include "prove/smt/script.hpp"

// gxi.* over a scope (GXI-1, GXI-2): first the lemma of the point's decision, asked of every piece of every unit, so
// that it holds at all inputs. Then points, the centre and some of each region, where the question is decided exactly.
// Where the lemma stops, and for gxi.strict, gxi.scaled and gxi.bounded, which make no exception of vanishing
// denominators, the excess of relevance over the gradient is bounded over the region (deviation.hpp): 0 proves all of
// them. What bounds do not show is looked for where units, or f_c, are 0, and last put to Z3 on a small network.
namespace lrproof::prove {

using claim::Verdict;
using num::Interval;
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

std::vector<Rational> between(std::vector<Rational> from, const std::vector<Rational>& to, const Rational& t) {
  for (std::size_t k = 0; k < from.size(); ++k) from[k] += t * (to[k] - from[k]);
  return from;
}

// A point of the region at which a unit of the node is exactly 0, or nothing: on the way from the region's own point
// across the facet that the unit makes.
std::optional<std::vector<Rational>> point_on_facet(Region& region, const OrientedRow& row) {
  const AffineForm beyond = Rational(-1) * row.form;
  Polytope open = region.polytope;
  std::erase_if(open.rows, [&](const auto& other) { return other.name == row.name; });
  const Slack slack = max_slack(open, beyond);
  if (slack.answer != Slack::Answer::positive) return std::nullopt;
  const auto& from = region.polytope.interior;
  const Rational here = row.form.at(from);
  return between(from, slack.point, here / (here - row.form.at(slack.point)));
}

// A point of the region at which the explained output is exactly 0, or nothing.
std::optional<std::vector<Rational>> point_without_output(Region& region) {
  const AffineForm& f = region.forms->form(region.at->point().network().output(), region.at->target());
  const Rational here = f.at(region.polytope.interior);
  if (here.is_zero()) return region.polytope.interior;
  const AffineForm beyond = Rational(-here.sign()) * f;
  const Slack slack = max_slack(region.polytope, beyond);
  if (slack.answer != Slack::Answer::positive) return std::nullopt;
  return between(region.polytope.interior, slack.point, here / (here - f.at(slack.point)));
}

class ReductionInScope {
 public:
  ReductionInScope(InScope& scope, const prop::Obligation& o) : scope_(scope), o_(o) {}

  void run(Tally& tally) {
    if (lemma_at_centre(tally)) return;
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
      const std::string stop = holds_on(r, *here);
      if (stop == kRefuted) return tally.refuted(std::move(found_));
      if (!stop.empty()) all_proved = false, reason = stop;
    }
    if (worst_ > 0 && std::isfinite(worst_)) tally.largest["largest_deviation"] = worst_;
    if (!any || !all_proved) return tally.unknown(reason.empty() ? "no region" : reason);
    if (!scope_.incomplete().empty()) return tally.unknown(scope_.incomplete());
    claim::Exemplar e = first ? *first : claim::Exemplar();
    e.witness.words["everywhere"] = how_;
    if (scope_.is_box()) RegionCertificate(scope_).tell(e.witness);
    tally.proved(std::move(e));
  }

 private:
  static constexpr const char* kRefuted = "refuted";

  // The lemma speaks of every piece of every unit: of all inputs there are, whatever regions they lie in.
  bool lemma_at_centre(Tally& tally) {
    AtPoint& at = scope_.centre();
    const auto start = at.shared().subject.cases[std::size_t(o_.rule_case)].rules.start;
    if (o_.check != "gxi.reduces" || start != rule::Start::value) return false;
    if (!at.shared().rejected[std::size_t(o_.rule_case)].empty() || !lemma_stops_at(at, o_).empty()) return false;
    PointAnswer here = answer_at(scope_, at.point().x(), o_);
    if (here.verdict != Verdict::proved || here.vacuous) return false;
    here.exemplar.witness.words["everywhere"] = "lemma";
    tally.proved(std::move(here.exemplar));
    return true;
  }

  // "" when the claim holds on the whole region; kRefuted when found_ is a counterexample.
  std::string holds_on(std::size_t r, const PointAnswer& here) {
    Region& region = scope_.regions()[r];
    if (here.verdict != Verdict::proved) return here.reason;
    const auto start = region.at->shared().subject.cases[std::size_t(o_.rule_case)].rules.start;
    const bool scaled = o_.check == "gxi.scaled";
    if (start == rule::Start::contrast || (start == rule::Start::one && !scaled))
      return "the claim holds at every point tried, and the relevance does not start from f_c";
    const bool reduces = o_.check == "gxi.reduces";
    if (reduces && start == rule::Start::value && lemma_stops_at(*region.at, o_).empty()) return "";
    const std::size_t rule_case = std::size_t(o_.rule_case);
    const Deviation found = deviation_over(region, scope_.bounds(r, rule_case), rule_case, reduces);
    std::string open = found.stops_at;
    if (open.empty()) open = o_.check == "gxi.bounded" ? is_bounded(region, found) : is_none(region, found, start);
    if (open.empty()) {
      if (std::string_view(how_) == "lemma") how_ = "excess";  // the weakest of the regions' proofs
      return "";
    }
    if (!reduces && breaks_somewhere(region)) return kRefuted;
    const SmtAnswer answer = start == rule::Start::value ? z3_on(r) : SmtAnswer();
    if (answer.answer == SmtAnswer::Answer::unsat) {
      how_ = "Z3";
      return "";
    }
    if (!answer.reason.empty()) open += "; Z3: " + answer.reason;
    return "it holds at every point tried, and is not shown: " + open;
  }

  // One question about the whole region; its "no" proves all of gxi.*, for then nothing vanishes either.
  SmtAnswer z3_on(std::size_t r) const {
    Region& region = scope_.regions()[r];
    constexpr std::int64_t kElements = 80;
    constexpr unsigned kSteps = 300'000;
    const net::Network& network = region.at->point().network();
    std::int64_t elements = 0;
    for (net::NodeId id = 0; id < network.size(); ++id) elements += network.node(id).size();
    if (elements > kElements) return {};
    const std::string script = reduction_everywhere_script(region, std::size_t(o_.rule_case));
    if (script.empty()) return {};
    const auto& subject = region.at->shared().subject;
    if (subject.settings.dump_smt)
      subject.settings.dump_smt(subject.cases[std::size_t(o_.rule_case)].rules.name + "-" + scope_.label() + "-" +
                                    o_.check + "-region" + std::to_string(r),
                                script);
    return ask_z3(script, kSteps);
  }

  std::string is_none(Region& region, const Deviation& found, rule::Start start) {
    const auto& hull = region.hull_of();
    for (std::size_t i = 0; i < found.excess.size(); ++i)
      if (!found.excess[i].is_zero() && !stays_zero(hull[i]))
        return "the relevance of feature " + std::to_string(i) + " may differ from input times gradient by up to " +
               short_number(found.excess[i].magnitude()) + " times the input";
    if (start != rule::Start::one) return "";
    return output_off_zero(region, 1) ? "" : "f_c is not bounded away from 0";  // k = 1 / f_c
  }

  // |x_i excess_i| <= tau |f_c|. What tau would do is told, too.
  std::string is_bounded(Region& region, const Deviation& found) {
    const auto& hull = region.hull_of();
    Interval most;
    for (std::size_t i = 0; i < found.excess.size(); ++i) {
      if (found.excess[i].is_zero() || stays_zero(hull[i])) continue;
      if (!hull[i].low || !hull[i].high) return "feature " + std::to_string(i) + " has no bounds in the scope";
      const Interval x{hull[i].low->lower(), hull[i].high->upper()};
      const Interval size(x.mignitude(), x.magnitude()), factor(found.excess[i].magnitude());
      most.hi = std::max(most.hi, (size * factor).hi);
    }
    if (most.hi == 0) return "";
    auto least = output_off_zero(region, 1);
    if (!least) least = output_off_zero(region, -1);
    if (!least) return "f_c is not bounded away from 0";
    const Interval ratio = Interval(0.0, most.hi) / Interval(*least);
    worst_ = std::max(worst_, ratio.hi);
    const Rational& tau = *scope_.centre().shared().subject.settings.tau;
    if (ratio.hi <= tau.lower()) return "";
    return "the enclosures of the region show it for tau = " + short_number(ratio.hi);
  }

  static bool stays_zero(const num::Bound& b) { return b.low && b.high && b.low->is_zero() && b.high->is_zero(); }
  static std::string short_number(double v) {
    std::ostringstream out;
    out << std::setprecision(4) << v;
    return out.str();
  }

  // A certified positive lower bound of side f_c.
  static std::optional<Rational> output_off_zero(Region& region, int side) {
    const auto& form = region.forms->form(region.at->point().network().output(), region.at->target());
    auto least = lower_bound(region.polytope, Rational(side) * form);
    if (least && least->sign() <= 0) least.reset();
    return least;
  }

  // Where something that the output feels is 0, LRP rules keep less than the gradient has: units on facets, and f_c.
  bool breaks_somewhere(Region& region) {
    constexpr int kTries = 12;
    int tries = 0;
    for (const OrientedRow& row : region.forms->rows()) {
      if (row.of.slot >= 0 || row.form.is_constant() || range_of(row.form, region.hull_of()).lo > 0) continue;
      if (++tries > kTries) break;
      if (const auto x = point_on_facet(region, row); x && breaks_at(*x)) return true;
    }
    const auto x = point_without_output(region);
    return x && breaks_at(*x);
  }
  bool breaks_at(const std::vector<Rational>& x) {
    PointAnswer answer = answer_at(scope_, x, o_);
    if (answer.verdict != Verdict::refuted) return false;
    found_ = std::move(answer.exemplar);
    return true;
  }

  InScope& scope_;
  const prop::Obligation& o_;
  claim::Exemplar found_;
  const char* how_ = "lemma";
  double worst_ = 0;
};

}  // namespace

void reduction_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) {
  ReductionInScope(scope, o).run(tally);
}

}  // namespace lrproof::prove
