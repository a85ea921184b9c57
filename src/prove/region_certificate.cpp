#include "prove/region_certificate.hpp"

#include "prove/denominator_form.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;

namespace {

constexpr int kPrograms = 300;
constexpr std::size_t kTerms = 6000, kPointNumbers = 20000;

Rational chi_of(const rule::Term& term, const Rational& bias) {
  Rational chi;
  for (const auto& part : term.bias) chi += part.coefficient * factor_of_bias(part.chi, bias);
  return chi;
}

bool has_epsilon(const rule::Stabilizer& s) {
  return s.kind != rule::Stabilizer::Kind::none && s.kind != rule::Stabilizer::Kind::unsigned_ && s.epsilon.sign() > 0;
}

}  // namespace

bool add_cover(InScope& scope, claim::Witness& w) {
  const auto& cover = scope.cover();
  if (!cover) return false;
  w.numbers["points"] = cover->points;
  if (!cover->text.empty()) w.words["cover"] = cover->text, w.numbers["cover_multipliers"] = cover->multipliers;
  return true;
}

// "REGION FORM row row": FORM is no less than the sum of rows, and what is left of it within the bounds is above 0.
bool RegionCertificate::add(std::size_t r, const std::string& name, const Polytope& polytope, const AffineForm& form) {
  if (++programs_ > kPrograms) return false;
  const Slack slack = max_slack(polytope, Rational(-1) * form);
  if (slack.answer != Slack::Answer::infeasible && slack.answer != Slack::Answer::touching) return false;
  using Of = CombinationTerm::Of;
  Rational asked;
  for (const auto& term : slack.combination)
    if (term.of == Of::asked) asked += term.multiplier;
  if (asked.sign() <= 0) return false;
  text_ += (text_.empty() ? "" : " | ") + std::to_string(r) + " " + name;
  for (const auto& term : slack.combination) {
    if (term.of != Of::row || term.multiplier.is_zero()) continue;  // the bounds pay
    text_ += " " + polytope.rows[term.index].name;
    multipliers_.push_back(term.multiplier / asked);
  }
  return true;
}

void RegionCertificate::element(NodeId node, std::int64_t element, int side, const Rational& level, bool strictly) {
  const std::string name =
      scope_.centre().point().network().node(node).name + ":" + std::to_string(element) + (side > 0 ? ">=" : "<=");
  for (std::size_t r = 0; r < scope_.regions().size(); ++r) {
    Region& region = scope_.regions()[r];
    AffineForm above = Rational(side) * region.forms->form(node, element);
    above.constant -= Rational(side) * level;
    const double low = range_of(above, region.polytope.bounds).lo;
    if (low < 0 || (strictly && low == 0)) add(r, name, region.polytope, above);
  }
}

void RegionCertificate::denominators(std::size_t rule_case, NodeId node) {
  for (std::size_t r = 0; r < scope_.regions().size(); ++r) denominators_on(r, rule_case, node);
}

void RegionCertificate::denominators_on(std::size_t r, std::size_t rule_case, NodeId node) {
  const auto& rules = scope_.centre().shared().subject.cases[rule_case];
  const auto& rule = rules.assignment.of[std::size_t(node)];
  const auto* affine = rule ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
  const auto& network = scope_.centre().point().network();
  if (!affine || !net::is_affine(network.node(node).op)) return;
  const auto& held = scope_.bounds(r, rule_case).relevance.of[std::size_t(node)];
  const net::Linear& linear = scope_.centre().shared().ready.linear(node);
  for (std::int64_t j = 0; j < network.node(node).size(); ++j) {
    const bool started = j == root::explained_unit(network, node, scope_.centre().target());
    if (!started && (held.empty() || held[std::size_t(j)].is_zero())) continue;
    const Rational b = linear.bias().empty() ? Rational() : linear.bias().rational(std::size_t(linear.bias_of(j)));
    for (std::size_t t = 0; t < affine->terms.size(); ++t) {
      const auto& term = affine->terms[t];
      // Elsewhere d >= z: the unit has no relevance where d = 0.
      if (!has_epsilon(term.stabilizer) && (started || b > chi_of(term, b))) denominator(r, term, node, j, t);
    }
  }
}

void RegionCertificate::denominator(std::size_t r, const rule::Term& term, NodeId node, std::int64_t unit,
                                    std::size_t t) {
  Region& region = scope_.regions()[r];
  auto form = denominator_form(region, node, term, unit);
  if (!form) return;
  if (term.stabilizer.kind == rule::Stabilizer::Kind::unsigned_) form->constant += term.stabilizer.epsilon;
  const int first = form->at(region.polytope.interior).sign() < 0 ? -1 : 1;
  const std::string& name = scope_.centre().point().network().node(node).name;
  Polytope part = region.polytope;
  if (term.gate != rule::Gate::always) {
    const bool up = term.gate == rule::Gate::positive || term.gate == rule::Gate::non_negative;
    part.rows.push_back({Rational(up ? 1 : -1) * region.forms->form(node, unit), "gate"});
  }
  for (const int side : {first, -first}) {  // behind a gate it may have the other sign
    const AffineForm above = Rational(side) * *form;
    const std::string row = "den:" + name + ":" + std::to_string(unit) + ":" + std::to_string(t);
    if (range_of(above, region.polytope.bounds).lo > 0 || add(r, row + (side > 0 ? ">=" : "<="), part, above)) return;
  }
}

void RegionCertificate::tell(claim::Witness& w) const {
  const auto features = std::size_t(scope_.centre().point().network().input_size());
  if (scope_.is_box() && (scope_.regions().size() * features > kPointNumbers || !add_cover(scope_, w))) return;
  if (text_.empty() || programs_ > kPrograms || multipliers_.size() > kTerms) return;
  w.words["bounds"] = text_;
  w.numbers["bound_multipliers"] = multipliers_;
}

}  // namespace lrproof::prove
