#include "prove/class_search.hpp"
#include "prove/in_scope.hpp"

// net.class (NET-6): f_c is above every other output, at the input, on its closed cell, or on a box. A tie is none.
namespace lrproof::prove {

using num::Rational;

namespace {

// The other output that is greatest at x, the first of several.
std::int64_t best_rival(const AtPoint& at) {
  const auto out = at.point().network().output();
  std::int64_t best = -1;
  for (std::int64_t k = 0; k < at.point().network().output_size(); ++k) {
    if (k == at.target()) continue;
    if (best < 0 || surely_less(at.point().bound(out, best), at.point().bound(out, k)) ||
        (!disjoint(at.point().bound(out, best), at.point().bound(out, k)) &&
         at.point().exact(out, best) < at.point().exact(out, k)))
      best = k;
  }
  return best;
}

// f_k >= f_c there, exactly.
bool rivalled(const AtPoint& at) {
  const auto out = at.point().network().output();
  const std::int64_t rival = best_rival(at);
  const auto &c = at.point().bound(out, at.target()), &k = at.point().bound(out, rival);
  if (surely_less(k, c)) return false;
  if (surely_less(c, k)) return true;
  return at.point().exact(out, rival) >= at.point().exact(out, at.target());
}

claim::Exemplar exemplar_of(const AtPoint& at, const char* kind) {
  claim::Exemplar e;
  e.target = long(at.target()), e.witness.kind = kind;
  return e;
}

void refute(InScope& scope, const std::vector<Rational>& x, Tally& tally) {
  const AtPoint& at = scope.at(x);
  const auto out = at.point().network().output();
  claim::Exemplar e = exemplar_of(at, "rival");
  const std::int64_t rival = best_rival(at);
  e.witness.indices["rival"] = long(rival);
  e.witness.numbers["output"] = {at.point().exact(out, at.target())};
  e.witness.numbers["rival_output"] = {at.point().exact(out, rival)};
  if (x != scope.centre().point().x()) move_to(e, x);
  tally.refuted(std::move(e));
}

const char* row_end(CombinationTerm::Of of) { return of == CombinationTerm::Of::low ? "low:" : "high:"; }

// On a cell the outputs are affine: one linear program for every rival, with exact multipliers.
void on_cell(InScope& scope, Tally& tally) {
  if (!scope.incomplete().empty()) return tally.unknown(scope.incomplete());
  Region& region = scope.regions()[0];
  const auto& network = scope.centre().point().network();
  const std::int64_t target = scope.centre().target();
  claim::Exemplar e = exemplar_of(scope.centre(), "greatest");
  std::string leaves;
  for (std::int64_t k = 0; k < network.output_size(); ++k) {
    if (k == target) continue;
    const AffineForm lead = region.forms->form(network.output(), target) - region.forms->form(network.output(), k);
    const Slack slack = max_slack(region.polytope, Rational(-1) * lead);
    if (slack.answer == Slack::Answer::positive) return refute(scope, slack.point, tally);
    if (slack.answer != Slack::Answer::infeasible) {  // a tie, if anything
      const Minimum least = minimum(region.polytope, lead);
      if (!least.point.empty() && least.value.sign() <= 0) return refute(scope, least.point, tally);
      if (!least.bound || least.bound->sign() <= 0)
        return tally.unknown("a linear program over the cell was decided neither way");
      return tally.unknown("no certificate was found that the cell has no tie");
    }
    leaves += (leaves.empty() ? "" : " | ") + std::to_string(k);
    for (const auto& term : slack.combination) {
      leaves += ' ';
      if (term.of == CombinationTerm::Of::asked)
        leaves += "ask";
      else if (term.of == CombinationTerm::Of::row)
        leaves += region.polytope.rows[term.index].name;
      else
        leaves += row_end(term.of) + std::to_string(term.index);
      e.witness.numbers["multipliers"].push_back(term.multiplier);
    }
  }
  e.witness.words["leaves"] = leaves;
  tally.proved(std::move(e));
}

std::optional<std::vector<num::Bound>> box_of(InScope& scope, std::string& why) {
  const auto& settings = scope.centre().shared().subject.settings;
  std::vector<num::Bound> box;
  for (const Rational& x : scope.centre().point().x()) {
    num::Bound b{x - *settings.radius, x + *settings.radius};
    if ((settings.domain.low && x < *settings.domain.low) || (settings.domain.high && x > *settings.domain.high)) {
      why = "the input lies outside the domain";
      return std::nullopt;
    }
    if (settings.domain.low) b.low = num::max(*b.low, *settings.domain.low);
    if (settings.domain.high) b.high = num::min(*b.high, *settings.domain.high);
    box.push_back(std::move(b));
  }
  return box;
}

void on_box(InScope& scope, Tally& tally) {
  constexpr std::int64_t kDoubles = 1000;  // steps in doubles for one in rationals
  std::string why;
  const auto box = box_of(scope, why);
  if (!box) return tally.unknown(why);
  const AtPoint& centre = scope.centre();
  const LinearBounds bounds(centre.shared().ready);
  ClassQuestion question{bounds,
                         *box,
                         centre.point().x(),
                         centre.target(),
                         centre.shared().subject.settings.exact_budget * kDoubles,
                         [&](const std::vector<Rational>& x) { return rivalled(scope.at(x)); }};
  ClassAnswer answer = search_class(question);
  tally.sum["parts"] += double(answer.parts);
  if (answer.kind == ClassAnswer::Kind::rivalled) return refute(scope, answer.at, tally);
  if (answer.kind == ClassAnswer::Kind::open) return tally.unknown(answer.reason);
  claim::Exemplar e = exemplar_of(centre, "greatest");
  tally.smallest["least_lead"] = answer.least;
  std::string names;
  for (const auto& name : answer.tree.nodes) names += (names.empty() ? "" : "\n") + name;
  e.witness.words["tree"] = answer.tree.text;
  if (!names.empty()) e.witness.words["nodes"] = names;
  if (!answer.tree.cuts.empty()) e.witness.numbers["cuts"] = std::move(answer.tree.cuts);
  if (!answer.tree.slopes.empty()) e.witness.numbers["slopes"] = std::move(answer.tree.slopes);
  tally.proved(std::move(e));
}

}  // namespace

void class_in_scope(InScope& scope, Tally& tally) {
  const AtPoint& centre = scope.centre();
  if (centre.point().network().output_size() < 2) return tally.vacuous("the network has one output");
  if (rivalled(centre)) return refute(scope, centre.point().x(), tally);
  if (scope.is_box()) return on_box(scope, tally);
  if (!scope.impossible().empty()) return tally.unknown(scope.impossible());
  on_cell(scope, tally);
}

void decide_class(AtPoint& at, const prop::Obligation&, Tally& tally) {
  if (at.point().network().output_size() < 2) return tally.vacuous("the network has one output");
  claim::Exemplar e = exemplar_of(at, "rival");
  const auto out = at.point().network().output();
  const std::int64_t rival = best_rival(at);
  e.witness.indices["rival"] = long(rival);
  e.witness.numbers["output"] = {at.point().exact(out, at.target())};
  e.witness.numbers["rival_output"] = {at.point().exact(out, rival)};
  if (rivalled(at)) return tally.refuted(std::move(e));
  e.witness.kind = "greatest";
  tally.proved(std::move(e));
}

}  // namespace lrproof::prove
