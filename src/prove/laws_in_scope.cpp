#include <algorithm>
#include <cmath>

#include "prove/denominator_form.hpp"
#include "prove/on_region.hpp"
#include "prove/region_certificate.hpp"

// con.*, pos.layer, den.nonzero, pre.rule over a scope (CON-1, POS-1, DEN-1, PRE-1). Points refute. Enclosures of the
// whole backward traversal over a region prove; denominators and margins of premises are affine forms on a region, and
// have their least values from linear programs.
namespace lrproof::prove {

using claim::Verdict;
using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;

namespace {

using Decide = void (*)(AtPoint&, const prop::Obligation&, Tally&);

Decide decider_of(const std::string& check) {
  if (check.rfind("con.", 0) == 0) return decide_conservation;
  if (check.rfind("pos.", 0) == 0) return decide_positivity;
  return check.rfind("den.", 0) == 0 ? decide_denominator : decide_premise;
}

bool all_zero(const std::vector<Interval>& column) {
  return std::all_of(column.begin(), column.end(), [](const Interval& v) { return v.is_zero(); });
}

class LawInScope {
 public:
  LawInScope(InScope& scope, const prop::Obligation& o)
      : scope_(scope),
        o_(o),
        rules_(scope.centre().shared().subject.cases[std::size_t(o.rule_case)]),
        network_(scope.centre().point().network()) {}

  void run(Tally& tally) {
    const auto& rejected = scope_.centre().shared().rejected[std::size_t(o_.rule_case)];
    if (!rejected.empty()) return tally.rejected(rejected);
    bool all = true, something = false;
    for (std::size_t r = 0; r < scope_.regions().size(); ++r) {
      if (refuted_at(scope_.regions()[r].at->point().x(), tally)) return;
      for (const auto& x : scope_.samples(r))
        if (refuted_at(x, tally)) return;
      const std::string open = holds_on(r, tally);
      if (tally.counts.refuted) return;
      all = all && open.empty();
      something = something || !nothing_;
      if (!open.empty()) reason_ = open;
    }
    if (removable_ > 0) tally.sum["removable"] += double(removable_);
    if (nearest_.bound) tally.smallest[figure()] = nearest_.bound->lower();
    if (all && !scope_.incomplete().empty()) all = false, reason_ = scope_.incomplete();
    if (all && !something) return tally.vacuous("no relevance reaches the layer");
    claim::Exemplar e = nearest_input();
    if (all) {
      certify(e.witness);
      return tally.proved(std::move(e));
    }
    tally.unknown(reason_);
    if (!nearest_.bound) return;
    e.verdict = Verdict::unknown, e.reason = reason_;
    tally.exemplars.push_back(std::move(e));
  }

 private:
  // What intervals alone do not show another program.
  void certify(claim::Witness& w) {
    RegionCertificate certificate(scope_);
    const auto rule_case = std::size_t(o_.rule_case);
    const bool total = o_.check == "con.total";
    for (NodeId id = 0; total && id < network_.size(); ++id) certificate.denominators(rule_case, id);
    if (o_.check == "con.layer" || o_.check == "den.nonzero") certificate.denominators(rule_case, o_.node);
    if (o_.check == "pre.rule" && o_.node < 0)
      certificate.element(network_.output(), scope_.centre().target(), 1, Rational(), true);
    if (o_.check == "pre.rule" && o_.node >= 0) certify_inputs(certificate);
    certificate.tell(w);
  }
  void certify_inputs(RegionCertificate& certificate) const {
    const auto& domain = scope_.centre().shared().subject.settings.domain;
    const bool positive = o_.notion == "a >= 0";
    for (const NodeId in : network_.node(o_.node).inputs)
      for (std::int64_t k = 0; in > 0 && k < network_.node(in).size(); ++k) {
        if (positive || domain.low) certificate.element(in, k, 1, positive ? Rational() : *domain.low);
        if (!positive && domain.high) certificate.element(in, k, -1, *domain.high);
      }
  }

  bool refuted_at(const std::vector<Rational>& x, Tally& tally) {
    const bool centre = x == scope_.centre().point().x();
    Tally one;
    decider_of(o_.check)(centre ? scope_.centre() : scope_.at(x), o_, one);
    if (!one.counts.refuted) return false;
    for (const auto& [name, v] : one.smallest) tally.smallest[name] = v;
    claim::Exemplar e = one.exemplars[0];
    if (!centre) move_to(e, x);
    tally.refuted(std::move(e));
    return true;
  }

  // "" when the law holds on the region; nothing_ when it is about nothing there.
  std::string holds_on(std::size_t r, Tally& tally) {
    nothing_ = false;
    const bool premise = o_.check == "pre.rule";
    if (premise || o_.check == "den.nonzero") {
      const Refutes refutes = [&](const std::vector<Rational>& x) { return refuted_at(x, tally); };
      const OnRegion on = (premise ? premises_on_region : denominators_on_region)(scope_, r, o_, refutes, nearest_);
      nothing_ = on.nothing, removable_ += on.removable;
      return on.open;
    }
    const RegionBounds& bounds = scope_.bounds(r, std::size_t(o_.rule_case));
    if (o_.check == "con.total") return everything_conserves(r);
    const auto& held = bounds.relevance.of[std::size_t(o_.node)];
    const bool output = o_.node == network_.output();
    nothing_ = held.empty() || (all_zero(held) && !output);
    const std::string open = o_.check == "pos.layer" ? negative(bounds) : nothing_ ? "" : lost(o_.node, r);
    if (open.empty() || refuted_at_a_corner(scope_.regions()[r], tally)) return "";
    return kOpen + (": " + open);
  }

  // Inputs next to corners of the region, where units of the layer are largest and smallest.
  bool refuted_at_a_corner(Region& region, Tally& tally) {
    constexpr std::int64_t kUnits = 8;
    const Polytope& p = region.polytope;
    for (std::int64_t j = 0; j < std::min(kUnits, network_.node(o_.node).size()); ++j)
      for (const int sign : {1, -1}) {
        std::vector<Rational> x = minimum(p, Rational(sign) * region.forms->form(o_.node, j)).point;
        for (std::size_t k = 0; k < x.size(); ++k) x[k] += (p.interior[k] - x[k]) * Rational(1, 256);  // off the facets
        if (!x.empty() && refuted_at(x, tally)) return true;
      }
    return false;
  }

  const char* figure() const { return o_.check == "pre.rule" ? "least_margin" : "smallest_denominator"; }
  // The proof is of the whole scope; the input that comes nearest to breaking it is shown.
  claim::Exemplar nearest_input() const {
    claim::Exemplar e;
    e.target = long(scope_.centre().target()), e.witness.kind = "everywhere";
    if (!nearest_.bound) return e;
    e.witness.numbers["bound"] = {*nearest_.bound};
    if (removable_ > 0) e.witness.words["infimum"] = "removable";
    if (o_.check == "pre.rule") e.witness.words["premise"] = o_.notion;
    if (nearest_.at.empty()) return e;
    e.witness.numbers["nearest"] = nearest_.at, e.witness.numbers["value"] = {nearest_.value};
    for (const auto& [name, index] : nearest_.where) e.witness.indices[name] = index;
    const auto unit = nearest_.where.find("unit");
    e.neuron = unit == nearest_.where.end() ? -1 : unit->second;
    return e;
  }

  const rule::AffineRule* affine_rule(NodeId id) const {
    const auto& rule = rules_.assignment.of[std::size_t(id)];
    return rule && net::is_affine(network_.node(id).op) ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
  }

  // Every cause of loss is exactly 0, or gates and shares add up to 1 whatever R_j is. "" then, else unit and cause.
  std::string lost(NodeId id, std::size_t r) {
    const RegionBounds& bounds = scope_.bounds(r, std::size_t(o_.rule_case));
    using Column = std::vector<Interval> attr::Causes<Interval>::*;
    static constexpr std::pair<const char*, Column> kCauses[] = {
        {"bias", &attr::Causes<Interval>::bias},
        {"stabilizer", &attr::Causes<Interval>::stabilizer},
        {"vanished", &attr::Causes<Interval>::vanished},
        {"coefficients", &attr::Causes<Interval>::coefficients},
        {"unmatched", &attr::Causes<Interval>::unmatched},
        {"constant", &attr::Causes<Interval>::constant},
        {"rule", &attr::Causes<Interval>::rule}};
    const auto& causes = bounds.trace.of[std::size_t(id)].causes;
    const rule::AffineRule* rule = affine_rule(id);
    for (const auto& [name, column] : kCauses)
      for (std::size_t j = 0; j < (causes.*column).size(); ++j) {
        if ((causes.*column)[j].is_zero()) continue;
        if (column == &attr::Causes<Interval>::coefficients && rule &&
            shares_add_up(*rule, bounds.values.of[std::size_t(id)][j].sign()))
          continue;
        if (column == &attr::Causes<Interval>::vanished && rule && nothing_vanishes(id, r)) break;
        return "unit " + std::to_string(j) + ", " + name;
      }
    return "";
  }
  // DEN-1 on the region: no denominator is 0 where its unit has relevance.
  bool nothing_vanishes(NodeId id, std::size_t r) {
    prop::Obligation o = o_;
    o.node = id;
    Nearest nearest;
    return denominators_on_region(
               scope_, r, o, [](const auto&) { return false; }, nearest)
        .open.empty();
  }
  static bool shares_add_up(const rule::AffineRule& rule, Sign z) {
    Rational sum;
    for (const auto& term : rule.terms) {
      if (term.gate != rule::Gate::always && z == Sign::unknown) return false;
      if (term.gate == rule::Gate::always || rule::opens(term.gate, z)) sum += term.share;
    }
    return sum == Rational(1);
  }
  std::string everything_conserves(std::size_t r) {
    for (NodeId id = 0; id < network_.size(); ++id)
      if (const std::string open = lost(id, r); !open.empty())
        return "the sums agree at every point tried, and " + network_.node(id).name +
               " is not shown to conserve: " + open;
    return "";
  }

  // Products of one sign over a denominator of that sign: "" then, else the unit whose share may be negative.
  std::string negative(const RegionBounds& bounds) const {
    const rule::AffineRule& rule = *affine_rule(o_.node);
    const auto& trace = bounds.trace.of[std::size_t(o_.node)].terms;
    const net::Linear& linear = scope_.centre().shared().ready.linear(o_.node);
    const net::Node& node = network_.node(o_.node);
    const auto& domain = scope_.centre().shared().subject.settings.domain;
    for (std::int64_t j = 0; j < node.size(); ++j) {
      const Sign z = bounds.values.of[std::size_t(o_.node)][std::size_t(j)].sign();
      bool fine = true;
      linear.taps(j, [&](std::int64_t in, std::int64_t w) {
        if (!fine) return;
        const bool several = node.inputs.size() > 1;
        const auto operand = std::size_t(node.inputs[several ? std::size_t(in / node.size()) : 0]);
        const Interval a = bounds.values.of[operand][std::size_t(several ? in % node.size() : in)];
        Interval share;
        for (std::size_t t = 0; t < rule.terms.size(); ++t) {
          const auto& term = rule.terms[t];
          const bool gated = term.gate != rule::Gate::always;
          if (gated && z != Sign::unknown && !rule::opens(term.gate, z)) continue;
          if (t >= trace.size() || trace[t].divisor.empty()) continue;
          const Interval n = numerator_range(term, a, linear.weights().rational(std::size_t(w)), domain);
          if (n.is_zero()) continue;
          const Interval& s = trace[t].divisor[std::size_t(j)];
          // A divisor that only touches 0 counts with its sign: where it is 0 the share is 0.
          const int sign = s.lo >= 0 ? 1 : s.hi <= 0 ? -1 : 0;
          const Interval over =
              sign == 0 ? Interval::everything() : Interval(sign > 0 ? 0.0 : -HUGE_VAL, sign > 0 ? HUGE_VAL : 0.0);
          const Interval part = one_sided(Interval(term.share) * n, over);
          share += gated && z == Sign::unknown ? hull(part, Interval()) : part;
        }
        fine = share.lo >= 0;
      });
      if (!fine) return "unit " + std::to_string(j);
    }
    return "";
  }
  // Only the sign of the product matters.
  static Interval one_sided(const Interval& n, const Interval& over) {
    const bool up = (n.lo >= 0 && over.lo >= 0) || (n.hi <= 0 && over.hi <= 0);
    return up ? Interval(0.0, HUGE_VAL) : Interval::everything();
  }

  inline static const std::string kOpen =
      "it holds at every point tried, and enclosures over the region do not show it";
  InScope& scope_;
  const prop::Obligation& o_;
  const prop::RuleCase& rules_;
  const net::Network& network_;
  bool nothing_ = false;
  long removable_ = 0;
  Nearest nearest_;
  std::string reason_;
};

}  // namespace

void laws_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) { LawInScope(scope, o).run(tally); }

}  // namespace lrproof::prove
