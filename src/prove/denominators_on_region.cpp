#include <algorithm>

#include "prove/denominator_form.hpp"
#include "prove/on_region.hpp"
#include "prove/relevance_size.hpp"

// DEN-1 on a region. A denominator that keeps away from 0 has its least size from enclosures, or from linear programs.
// One that comes down to 0 is refuted where a zero of it is used, at points of the face on which it is 0; it is
// removable when R_j / S(d_j) stays bounded next to all of its zeros. Then R_j is 0 at each of them: none is used.
namespace lrproof::prove {

using num::Interval;
using num::Rational;

void Nearest::bounded_by(const Rational& least) {
  if (!bound || least < *bound) bound = least;
}

void Nearest::found(const std::vector<Rational>& x, const Rational& v, std::map<std::string, long> of) {
  if (improved_by(v)) at = x, value = v, where = std::move(of);
}

namespace {

class DenominatorsOnRegion {
 public:
  DenominatorsOnRegion(InScope& scope, std::size_t r, const prop::Obligation& o, const Refutes& refutes,
                       Nearest& nearest)
      : scope_(scope),
        region_(scope.regions()[r]),
        bounds_(scope.bounds(r, std::size_t(o.rule_case))),
        rules_(scope.centre().shared().subject.cases[std::size_t(o.rule_case)]),
        node_(o.node),
        rule_(std::get<rule::AffineRule>(rules_.assignment.of[std::size_t(o.node)]->body)),
        refutes_(refutes),
        nearest_(nearest),
        sizes_(region_, rules_, bounds_) {}

  OnRegion run() {
    const auto& trace = bounds_.trace.of[std::size_t(node_)].terms;
    const auto& held = bounds_.relevance.of[std::size_t(node_)];
    OnRegion out;
    out.nothing = true;
    for (std::size_t t = 0; t < trace.size(); ++t)
      for (std::size_t j = 0; j < trace[t].divisor.size(); ++j) {
        const Used one{std::int64_t(j), t};
        if ((!is_started(one) && (held.empty() || held[j].is_zero())) || is_closed(one)) continue;
        out.nothing = false;
        if (const double size = trace[t].divisor[j].mignitude(); size > 0) {
          enclosed_.emplace_back(size, one);
          continue;
        }
        const std::string open = nears_zero(one, out);
        if (refuted_) return out;
        if (!open.empty()) out.open = "unit " + std::to_string(j) + ": " + open;
      }
    settle_enclosed();
    return out;
  }

 private:
  struct Used {
    std::int64_t unit;
    std::size_t term;
    std::map<std::string, long> where() const { return {{"unit", long(unit)}, {"term", long(term)}}; }
  };

  // R_j = z_j formally: used at z_j = 0 too.
  bool is_started(const Used& one) const {
    const net::Network& network = scope_.centre().point().network();
    return rules_.rules.start == rule::Start::value &&
           one.unit == root::explained_unit(network, node_, region_.at->target());
  }
  bool refutes(const std::vector<Rational>& x) { return refuted_ = refuted_ || refutes_(x); }

  static Rational size_at(const Divisor& d, const Rational& form) { return num::max(form + d.offset, d.floor); }

  // The side of 0 on which a term needs z_j to be: 1, -1, or 0 for either.
  static int side_of(rule::Gate gate) {
    if (gate == rule::Gate::always) return 0;
    return gate == rule::Gate::positive || gate == rule::Gate::non_negative ? 1 : -1;
  }
  bool is_closed(const Used& one) {
    const rule::Gate gate = rule_.terms[one.term].gate;
    const bool strict = gate == rule::Gate::positive || gate == rule::Gate::negative;
    return strict && region_.side_of(node_, one.unit) == -side_of(gate);
  }
  // Where the term's gate is open: of the region, all or a part.
  const Polytope& open_part(const Used& one) {
    const int side = side_of(rule_.terms[one.term].gate);
    if (side == 0 || region_.side_of(node_, one.unit) == side) return region_.polytope;
    gated_ = region_.polytope;
    gated_->rows.push_back({Rational(side) * region_.forms->form(node_, one.unit), "gate"});
    return *gated_;
  }

  // A denominator and its least size where it is used.
  struct Least {
    Used one;
    Divisor divisor;
    const Polytope& polytope;
    LeastSize size;
  };
  // known: a lower bound of the size that S(d) has; d alone does not tell it where a stabiliser speaks at 0 only.
  Least least_of(const Used& one, const Rational& known = {}) {
    Divisor d = divisor_of(region_, node_, rule_.terms[one.term], one.unit);
    const Polytope& part = d.open.empty() ? open_part(one) : region_.polytope;
    LeastSize size = d.open.empty() ? least_size(part, d.form) : LeastSize();
    if (!size.point.empty()) nearest_.found(size.point, num::max(size_at(d, size.value), known), one.where());
    return {one, std::move(d), part, std::move(size)};
  }

  // Nearest inputs of denominators that enclosures keep from 0, those that may be the least ones first.
  void settle_enclosed() {
    constexpr int kPrograms = 6;  // a region
    std::sort(enclosed_.begin(), enclosed_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    int asked = 0;
    for (const auto& [size, one] : enclosed_) {
      Rational bound(size);
      if (nearest_.improved_by(bound) && asked++ < kPrograms) {
        const Least least = least_of(one, bound);
        if (least.size.bound) bound = num::max(bound, size_at(least.divisor, *least.size.bound));
      }
      nearest_.bounded_by(bound);
    }
  }

  // "" when the denominator is never 0 where it is used, or was found to be.
  std::string nears_zero(const Used& one, OnRegion& out) {
    const Least least = least_of(one);
    if (!least.divisor.open.empty()) return least.divisor.open;
    if (!least.size.bound) return "no linear program bounds its denominator";
    const Rational bound = size_at(least.divisor, *least.size.bound);
    nearest_.bounded_by(bound);
    if (bound.sign() > 0) return "";
    const auto& stabilizer = rule_.terms[one.term].stabilizer;
    const bool always = stabilizer.kind != rule::Stabilizer::Kind::zero_only || stabilizer.epsilon.is_zero();
    std::string open = vanishing_relevance(least);
    if (open.empty() && !refuted_ && is_started(one) && always) open = vanishing_products(least);
    if (open.empty() && !refuted_) ++out.removable;
    return open;
  }

  // |R_j| <= C |S(d_j)| on the region.
  std::string vanishing_relevance(const Least& least) {
    const auto& size = sizes_.of(node_, least.one.unit);
    if (!size && refuted_on_face({}, least)) return "";
    if (!size) return "the infimum of its denominator is 0, and its relevance has no bound of a known form";
    for (const AffineForm& g : *size) {
      if (vanishes_with(least.polytope, g, least.divisor.form, least.size.side)) continue;
      if (refuted_on_face(g, least)) return "";
      return "the infimum of its denominator is 0, and is not shown to be removable";
    }
    return "";
  }

  // The unit of the explained output divides z_j = 0 wherever some product is not 0.
  std::string vanishing_products(const Least& least) {
    constexpr std::size_t kTaps = 200;
    const auto& network = scope_.centre().point().network();
    const net::Node& node = network.node(node_);
    const net::Linear& linear = scope_.centre().shared().ready.linear(node_);
    std::vector<std::pair<std::int64_t, std::int64_t>> taps;
    linear.taps(least.one.unit, [&](std::int64_t in, std::int64_t w) { taps.emplace_back(in, w); });
    if (taps.size() > kTaps) return "its denominator vanishes, and has too many products to judge";
    for (const auto& [in, w] : taps) {
      const bool several = node.inputs.size() > 1;
      const net::NodeId operand = node.inputs[several ? std::size_t(in / node.size()) : 0];
      const auto product = numerator_form(region_, rule_.terms[least.one.term], operand,
                                          several ? in % node.size() : in, linear.weights().rational(std::size_t(w)));
      if (!product) return "its denominator vanishes, and a product changes its form on the region";
      if (vanishes_with(least.polytope, *product, least.divisor.form, least.size.side)) continue;
      if (refuted_on_face(*product, least)) return "";
      return "its denominator vanishes, and a product is not shown to vanish with it";
    }
    return "";
  }

  // Points where the denominator is 0 and g is as far from 0 as it gets.
  bool refuted_on_face(const AffineForm& g, const Least& least) {
    if (least.size.value.is_zero() && !least.size.point.empty() && refutes(least.size.point)) return true;
    Polytope face = least.polytope;
    for (const int sign : {1, -1}) face.rows.push_back({Rational(sign) * least.divisor.form, "face"});
    for (const int sign : {1, -1}) {
      const Minimum most = minimum(face, Rational(sign) * g);
      if (!most.point.empty() && refutes(most.point)) return true;
    }
    return false;
  }

  InScope& scope_;
  Region& region_;
  const RegionBounds& bounds_;
  const prop::RuleCase& rules_;
  net::NodeId node_;
  const rule::AffineRule& rule_;
  const Refutes& refutes_;
  Nearest& nearest_;
  RelevanceSize sizes_;
  std::optional<Polytope> gated_;
  std::vector<std::pair<double, Used>> enclosed_;
  bool refuted_ = false;
};

}  // namespace

OnRegion denominators_on_region(InScope& scope, std::size_t region, const prop::Obligation& o, const Refutes& refutes,
                                Nearest& nearest) {
  return DenominatorsOnRegion(scope, region, o, refutes, nearest).run();
}

}  // namespace lrproof::prove
