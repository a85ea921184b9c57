#include "prove/region_certificate.hpp"
#include "prove/smt/root_script.hpp"

// root.inside, root.linear, root.domain over a scope (ROO-6). A unit's scope is where |z_j| >= m with the centre's
// sign; it is asked if it may have relevance there. Outside witnesses refute, a second inside makes it "sometimes",
// certificates on every region "always" or "never".
namespace lrproof::prove {

using claim::Verdict;
using num::Rational;

namespace {

class UnitInScope {
 public:
  UnitInScope(InScope& scope, const prop::Obligation& o, const RootVerdict& centre)
      : scope_(scope), o_(o), centre_(centre) {
    const auto& at = scope.centre();
    const auto& rules = at.shared().subject.cases[std::size_t(o.rule_case)];
    const auto& layer = rules.layers[std::size_t(o.root_layer)];
    place_.rule_case = o.rule_case, place_.root_layer = o.root_layer, place_.unit = centre.unit;
    const Rational& z = at.point().exact(layer.node, centre.unit);
    place_.sign = z.sign();
    const auto& least = at.shared().subject.settings.min_activation;
    place_.least = least ? *least : Rational(1, 2) * num::abs(z);
    place_.domain = o.check == "root.domain";
    place_.kind = o.kind;
    if (o.kind == root::Kind::relevance && is_hinge()) place_.kind = root::Kind::hinge;
  }

  // Both questions of every region, as text.
  void dump() const {
    const auto& tell = scope_.centre().shared().subject.settings.dump_smt;
    if (!tell || o_.check != "root.inside") return;
    for (std::size_t r = 0; r < scope_.regions().size(); ++r)
      for (const bool outside : {true, false}) {
        const auto script = root_script(scope_.regions()[r], place_, outside);
        if (!script) continue;
        const auto& rules = scope_.centre().shared().subject.cases[std::size_t(o_.rule_case)].rules;
        tell(rules.name + "-" + scope_.label() + "-layer" + std::to_string(o_.layer) + "-" + root::word(o_.kind) +
                 "-unit" + std::to_string(place_.unit) + "-region" + std::to_string(r) +
                 (outside ? "-outside" : "-inside"),
             script->text());
      }
  }

  // Points first: they cost least. What they leave open a walk through the regions decides, as far as it needs to go.
  void run(Tally& tally) {
    if (in_root_scope(scope_.centre(), place_)) judge(scope_.centre().point().x());
    for (const auto& x : scope_.points()) {
      if (both()) break;
      if (in_root_scope(scope_.at(x), place_)) judge(x);
    }
    if (!both() && scope_.too_long().empty()) walk();
    tell(tally);
  }

 private:
  // Where R_j = z_j on every region, the relevance root is the hinge root.
  bool is_hinge() {
    const auto& rules = scope_.centre().shared().subject.cases[std::size_t(o_.rule_case)];
    const auto output = scope_.centre().point().network().output();
    if (rules.rules.start != rule::Start::value || place_.unit != scope_.centre().target() ||
        !scope_.centre().output_passes_to(std::size_t(o_.rule_case), o_.node))
      return false;
    if (o_.node == output) return true;
    if (!scope_.too_long().empty()) return false;
    for (Region& region : scope_.regions()) {
      const AffineForm &f = region.forms->form(output, place_.unit), &z = region.forms->form(o_.node, place_.unit);
      if (f.slope != z.slope || f.constant != z.constant) return false;
    }
    return true;
  }

  bool both() const { return inside_ && outside_; }

  // Regions in order, a few at a time in parallel, until they say no more than is known.
  void walk() {
    constexpr std::size_t kAhead = 8;
    for (std::size_t first = 0; !both() && scope_.has(first); first += kAhead) {
      std::vector<std::pair<std::size_t, Start>> asked;
      for (std::size_t r = first; r < first + kAhead && !both() && scope_.has(r); ++r) {
        const Start start = start_at(r);
        if (place_.kind == root::Kind::relevance) try_points(r);
        if (both()) return;
        if (may_have_relevance(r))
          asked.emplace_back(r, start);
        else
          all_searched_ = false;  // nothing is asked there
      }
      if (both()) return;
      scope_.search_all(asked, place_);
      for (const auto& [r, start] : asked) take(r, scope_.search(r, place_, start));
    }
    walked_ = !both();
  }

  // Is the root inside at the region's own point, where that belongs to the scope? A root outside its cell may still be
  // in the linear region: there only the cell's own answer "always" carries over.
  Start start_at(std::size_t r) {
    AtPoint& at = *scope_.regions_made()[r].at;
    if (!in_root_scope(at, place_)) return Start::unknown;
    const auto verdict = judge(at.point().x());
    if (verdict == Verdict::proved) return Start::inside;
    return verdict == Verdict::refuted && o_.check != "root.linear" ? Start::outside : Start::unknown;
  }

  // Judges the unit at x and remembers what it finds.
  Verdict judge(const std::vector<Rational>& x, bool alone = false) {
    const bool centre = x == scope_.centre().point().x();
    RootVerdict v = centre_;
    if (!centre) {
      v = root_verdict(scope_.at(x), o_, place_.unit, alone);
      if (v.verdict != Verdict::unknown) move_to(v.exemplar, x);
    }
    if (v.verdict == Verdict::proved && !inside_) inside_ = v.exemplar;
    if (v.verdict == Verdict::refuted && !outside_) outside_ = v.exemplar;
    return v.verdict;
  }

  bool may_have_relevance(std::size_t r) {
    const auto& held = scope_.bounds(r, std::size_t(o_.rule_case)).relevance.of[std::size_t(o_.node)];
    return !held.empty() && !held[std::size_t(place_.unit)].is_zero();
  }

  void take(std::size_t r, const RootSearch& found) {
    programs_ += found.programs, no_root_ = no_root_ || found.no_root;
    if (leaves_.size() < kLeaves)
      for (const RootLeaf& leaf : found.leaves) leaves_.emplace_back(r, leaf);
    if (found.empty) return;
    for (const auto& x : found.hints)
      if (!inside_ || !outside_) judge(x, true);
    any_ = true;
    for (const auto* point : {&found.outside, &found.inside}) {
      if (!*point) continue;
      const Verdict verdict = judge(**point, true);
      const bool wrong = verdict == (point == &found.outside ? Verdict::proved : Verdict::refuted);
      LRPROOF_INVARIANT(!wrong || o_.check == "root.linear", "a root search and the exact evaluation disagree");
    }
    always_ = always_ && found.always, never_ = never_ && found.never, asserted_ = asserted_ || found.asserted;
    if (!found.always && !found.never && !found.reason.empty()) reason_ = found.reason;
  }

  // R_j is a rational function of the input: points are cheaper than its bounds.
  void try_points(std::size_t r) {
    for (const auto& x : scope_.samples(r)) {
      if (both()) return;
      if (in_root_scope(scope_.at(x), place_)) judge(x, true);
    }
  }

  void tell(Tally& tally) {
    const bool complete = walked_ && scope_.incomplete().empty();
    const bool linear = o_.check == "root.linear";
    const bool always = any_ && always_ && complete && !outside_, never = any_ && never_ && complete && !linear;
    tally.sum["linear_programs"] += double(programs_);
    if (no_root_) tally.sum["no_root_on_a_part"] += 1;
    if (!any_ && complete && reason_.empty()) return tally.vacuous("the scope of a unit is empty");
    const char* answer = always ? "always" : !outside_ ? "" : inside_ ? "sometimes" : never ? "never" : "not-always";
    if (*answer) tally.sum[answer] += 1;
    if (!always && !outside_) return tally.unknown(why());
    claim::Exemplar e = always ? claim::Exemplar() : *outside_;
    e.neuron = long(place_.unit), e.target = long(scope_.centre().target());
    e.witness.words["answer"] = answer;
    if (always) e.witness.kind = "everywhere", e.witness.indices["unit"] = long(place_.unit);
    if (!always && inside_) {
      const auto at = inside_->witness.numbers.find("at");
      e.witness.numbers["inside_at"] = at == inside_->witness.numbers.end() ? scope_.centre().point().x() : at->second;
    }
    if (always || never) add_leaves(e.witness);
    tally.add(always ? Verdict::proved : Verdict::refuted, std::move(e));
  }

  std::string why() const {
    if (!scope_.too_long().empty()) return scope_.too_long();
    if (!scope_.incomplete().empty()) return scope_.incomplete();
    if (!reason_.empty()) return reason_;
    return o_.check == "root.linear" ? "the root leaves its cell on a part, and no point was found where that matters"
                                     : "no witness replays: the relevance is 0 at the points found";
  }

  // "part condition terms" joined by " | "; the multipliers in the same order. Over a box the region's number comes
  // before the part.
  void add_leaves(claim::Witness& w) const {
    if (leaves_.size() >= kLeaves || asserted_ || !all_searched_) return;
    if (scope_.is_box() && (place_.kind != root::Kind::hinge || !add_cover(scope_, w))) return;
    std::string text;
    for (const auto& [region, leaf] : leaves_) {
      if (!text.empty()) text += " | ";
      if (scope_.is_box()) text += std::to_string(region);
      text += std::string(leaf.part > 0 ? "+" : "-") + " " + leaf.condition;
      w.numbers["spans"].push_back(leaf.from), w.numbers["spans"].push_back(leaf.to);
      for (const auto& [name, multiplier] : leaf.combination) {
        text += " " + name;
        w.numbers["multipliers"].push_back(multiplier);
      }
    }
    w.words["certificate"] = "farkas";
    if (!text.empty()) w.words["leaves"] = text;
    w.numbers["least"] = {place_.least};
  }

  static constexpr std::size_t kLeaves = 2000;
  InScope& scope_;
  const prop::Obligation& o_;
  const RootVerdict& centre_;
  RootPlace place_;
  bool any_ = false, always_ = true, never_ = true, no_root_ = false, asserted_ = false, walked_ = false;
  std::optional<claim::Exemplar> inside_, outside_;
  std::vector<std::pair<std::size_t, RootLeaf>> leaves_;  // of a region
  bool all_searched_ = true;                              // every region was
  std::int64_t programs_ = 0;
  std::string reason_;
};

// Is the unit without relevance wherever z_j < 0? Its activations are 0 there, and every reader of them hands down
// multiples of what it reads.
bool silent_below_zero(const prop::Subject& subject, const prop::Obligation& o, std::int64_t unit) {
  const net::Network& network = *subject.network;
  const auto& assignment = subject.cases[std::size_t(o.rule_case)].assignment;
  const auto reads_multiples = [&](net::NodeId id) {
    const auto& rule = assignment.of[std::size_t(id)];
    const auto* affine = rule ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
    if (!affine || !net::is_affine(network.node(id).op) || network.node(id).inputs.size() != 1) return false;
    for (const auto& term : affine->terms)
      for (const auto& product : term.numerator)
        if (product.phi != rule::Phi::a && product.phi != rule::Phi::pos && product.phi != rule::Phi::neg) return false;
    return true;
  };
  const auto is_silent = [&](net::NodeId id) {
    const auto* activation = std::get_if<net::Activation>(&network.node(id).op);
    const auto& rule = assignment.of[std::size_t(id)];
    const auto* named = rule ? std::get_if<rule::NamedRule>(&rule->body) : nullptr;
    if (!activation || !named || named->kind != rule::NamedRule::Kind::pass || id == network.output()) return false;
    const net::Curve& curve = activation->curve(unit);
    if (curve.kinks.empty() || curve.kinks[0].sign() < 0) return false;
    const auto& readers = network.readers(id);
    return curve.slopes[0].is_zero() && curve.intercepts[0].is_zero() &&
           std::all_of(readers.begin(), readers.end(), reads_multiples);
  };
  const auto& readers = network.readers(o.node);
  return o.node != network.output() && std::all_of(readers.begin(), readers.end(), is_silent);
}

// A unit without relevance or root at the centre: may it have them elsewhere in the scope?
bool may_be_asked(InScope& scope, const prop::Obligation& o, std::int64_t unit) {
  const int sign = scope.centre().point().exact(o.node, unit).sign();
  if (sign == 0) return false;  // its scope has no sign to keep
  if (sign < 0 && silent_below_zero(scope.centre().shared().subject, o, unit)) return false;
  if (!scope.too_long().empty()) return true;
  for (std::size_t r = 0; scope.has(r); ++r) {
    const auto& held = scope.bounds(r, std::size_t(o.rule_case)).relevance.of[std::size_t(o.node)];
    if (!held.empty() && !held[std::size_t(unit)].is_zero()) return true;
  }
  return !scope.incomplete().empty();
}

}  // namespace

void roots_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) {
  const RootVerdicts all = root_verdicts(scope.centre(), o);
  if (!all.impossible.empty()) return tally.unknown(all.impossible);
  if (o.check == "root.domain" && !all.bounded) return tally.vacuous(kNoBounds);
  const claim::Counts before = tally.counts;
  std::vector<RootVerdict> asked = all.of;
  for (const std::int64_t unit : all.dormant)
    if (may_be_asked(scope, o, unit)) asked.push_back({unit});
  for (const RootVerdict& v : asked) {
    UnitInScope unit(scope, o, v);
    unit.run(tally);
    unit.dump();
  }
  for (const auto& reason : all.reasons) tally.unknown(reason);
  if (all.not_sampled) tally.unknown(kNotSampled);
  tally.sum["no_root"] += double(all.no_root);
  tally.sum["zero_relevance"] += double(all.zero_relevance);
  tally.sum["not_sampled"] += double(all.not_sampled);
  if (o.check == "root.domain") return;
  tally.root_row = true;
  claim::RootRow& row = tally.roots;
  row.roots += tally.counts.places - before.places, row.inside += tally.counts.proved - before.proved;
  row.outside += tally.counts.refuted - before.refuted, row.unknown += tally.counts.unknown - before.unknown;
  row.no_root += all.no_root, row.zero_relevance += all.zero_relevance;
  row.not_asked += all.zero_activation + all.not_sampled;
  row.inputs += 1, row.inputs_with_outside += tally.counts.refuted > before.refuted;
}

void exists_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) {
  // Every input of a region has the region in its closed cell: what its own point says, all say.
  if (scope.centre().shared().subject.settings.scope == prop::ScopeKind::cell)
    return decide_exists(scope.centre(), o, tally);
  Tally centre;
  decide_exists(scope.centre(), o, centre);
  if (centre.counts.refuted) return tally.refuted(centre.exemplars[0]);
  bool open = false;
  std::vector<Rational> zeros;
  for (Region& region : scope.regions()) {
    Tally one;
    decide_exists(*region.at, o, one);
    if (one.counts.refuted) {
      claim::Exemplar e = one.exemplars[0];
      if (region.at->point().x() != scope.centre().point().x()) move_to(e, region.at->point().x());
      return tally.refuted(std::move(e));
    }
    if (!one.counts.unknown) {
      if (!scope.is_box()) return tally.proved(one.exemplars[0]);
      if (one.exemplars.empty()) continue;
      const auto& point = one.exemplars[0].witness.numbers["point"];
      zeros.insert(zeros.end(), point.begin(), point.end());
      continue;
    }
    open = true;
    for (const auto& reason : one.reasons) tally.reason(reason);
  }
  if (open) return tally.unknown("some region was not decided");
  if (!scope.incomplete().empty()) return tally.unknown(scope.incomplete());
  claim::Exemplar e;
  e.target = long(scope.centre().target()), e.witness.kind = "everywhere";
  const bool all = zeros.size() == scope.regions().size() * scope.centre().point().x().size();
  if (all && add_cover(scope, e.witness)) e.witness.numbers["zeros"] = std::move(zeros);
  tally.proved(std::move(e));
}

}  // namespace lrproof::prove
