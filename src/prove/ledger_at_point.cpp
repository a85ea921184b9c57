#include <algorithm>

#include "attr/ledger.hpp"
#include "prove/at_point.hpp"

// con.*, pos.layer, den.nonzero, pre.rule at a point (CON-1, POS-1, DEN-1, PRE-1).
namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;
using Column = std::vector<Interval> attr::Causes<Interval>::*;

namespace {

struct Cause {
  const char* name;
  Column column;
};
constexpr Cause kCauses[] = {
    {"bias", &attr::Causes<Interval>::bias},           {"stabilizer", &attr::Causes<Interval>::stabilizer},
    {"vanished", &attr::Causes<Interval>::vanished},   {"coefficients", &attr::Causes<Interval>::coefficients},
    {"unmatched", &attr::Causes<Interval>::unmatched}, {"constant", &attr::Causes<Interval>::constant},
    {"rule", &attr::Causes<Interval>::rule},
};

// A single map, or a reason in the tally and nullptr.
const Map* single_map(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  const auto& rejected = at.shared().rejected[std::size_t(o.rule_case)];
  if (!rejected.empty()) return tally.rejected(rejected), nullptr;
  const auto& maps = at.maps(std::size_t(o.rule_case));
  if (maps.size() == 1) return &maps[0];
  tally.unknown(maps.empty() ? "edges: more units at a kink than the budget enumerates"
                             : "edges: relevance differs between the branches at this input");
  return nullptr;
}

const rule::AffineRule& rule_of(const AtPoint& at, const prop::Obligation& o) {
  const auto& assignment = at.shared().subject.cases[std::size_t(o.rule_case)].assignment;
  return std::get<rule::AffineRule>(assignment.of[std::size_t(o.node)]->body);
}

// sum of k g = 1 at this unit, exactly: nothing is lost to coefficients whatever R_j is.
bool coefficients_sum_to_one(const AtPoint& at, const prop::Obligation& o, std::int64_t j) {
  Rational sum;
  for (const auto& term : rule_of(at, o).terms)
    if (term.gate == rule::Gate::always || rule::opens(term.gate, at.point().sign(o.node, j))) sum += term.share;
  return sum == Rational(1);
}

// The causes of one node decided unit by unit.
struct NodeCauses {
  bool lost = false;
  long unit = -1;
  std::string cause;
  Interval amount;
  std::int64_t undecided = 0;
};

NodeCauses causes_of(const AtPoint& at, const prop::Obligation& o, const Map& map) {
  NodeCauses out;
  const auto& causes = map.trace.of[std::size_t(o.node)].causes;
  for (const Cause& c : kCauses) {
    const auto& amounts = causes.*c.column;
    for (std::size_t j = 0; j < amounts.size(); ++j) {
      const Sign sign = amounts[j].sign();
      if (sign == Sign::zero) continue;
      if (sign == Sign::unknown) {
        if (std::string(c.name) == "coefficients" && coefficients_sum_to_one(at, o, std::int64_t(j))) continue;
        ++out.undecided;
        continue;
      }
      if (out.lost && amounts[j].mignitude() <= out.amount.mignitude()) continue;
      out.lost = true, out.unit = long(j), out.cause = c.name, out.amount = amounts[j];
    }
  }
  return out;
}

Interval total(const std::vector<Interval>& tensor) {
  Interval sum;
  for (const auto& v : tensor) sum += v;
  return sum;
}

void decide_total(AtPoint& at, const prop::Obligation& o, const Map& map, Tally& tally) {
  claim::Exemplar e;
  e.target = long(at.target());
  const Interval below = total(map.relevance.of[0]);
  const Interval above = total(map.relevance.of[std::size_t(at.point().network().output())]);
  e.witness.numbers["below"] = pair_of(below), e.witness.numbers["above"] = pair_of(above);
  if (disjoint(below, above)) {
    e.witness.kind = "totals";
    return tally.refuted(e);
  }
  bool conserved = true;  // every node on the way conserves at every unit: then the sums are equal, whatever they are
  for (NodeId id = 0; id < at.point().network().size() && conserved; ++id) {
    const auto& node = at.point().network().node(id);
    const auto& rule = at.shared().subject.cases[std::size_t(o.rule_case)].assignment.of[std::size_t(id)];
    prop::Obligation here = o;
    here.node = id;
    const bool affine = rule && net::is_affine(node.op) && std::holds_alternative<rule::AffineRule>(rule->body);
    if (affine) {
      const NodeCauses causes = causes_of(at, here, map);
      conserved = !causes.lost && causes.undecided == 0;
    } else {
      for (const Cause& c : kCauses)
        for (const auto& v : map.trace.of[std::size_t(id)].causes.*c.column) conserved = conserved && v.is_zero();
    }
  }
  if (conserved) {
    e.witness.kind = "conserved";
    return tally.proved(e);
  }
  if (const auto* exact = at.exact_map(std::size_t(o.rule_case))) {
    Rational low, high;
    for (const auto& v : exact->of[0]) low += v;
    for (const auto& v : exact->of[std::size_t(at.point().network().output())]) high += v;
    e.witness.numbers["below"] = {low, low}, e.witness.numbers["above"] = {high, high};
    e.witness.kind = low == high ? "conserved" : "totals";
    return low == high ? tally.proved(e) : tally.refuted(e);
  }
  tally.unknown("the two sums agree to rounding, and some node on the way does not conserve");
}

}  // namespace

void decide_conservation(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  const Map* map = single_map(at, o, tally);
  if (!map) return;
  if (o.node < 0) return decide_total(at, o, *map, tally);
  const auto& held = map->relevance.of[std::size_t(o.node)];
  if (held.empty() || std::all_of(held.begin(), held.end(), [](const Interval& r) { return r.is_zero(); }))
    return tally.vacuous("no relevance reaches the layer");
  const NodeCauses causes = causes_of(at, o, *map);
  claim::Exemplar e;
  e.target = long(at.target());
  if (causes.lost) {
    e.neuron = causes.unit;
    e.witness.kind = "cause", e.witness.indices["unit"] = causes.unit, e.witness.words["cause"] = causes.cause;
    e.witness.numbers["amount"] = pair_of(causes.amount);
    return tally.refuted(e);
  }
  if (causes.undecided) return tally.unknown("a cause of loss is 0 to rounding and was not decided exactly");
  e.witness.kind = "conserved";
  tally.proved(e);
}

namespace {

// coefficient phi(a) psi(w) of one product; rational constants as enclosures, made once.
struct Constants {
  std::vector<std::vector<Interval>> coefficient;  ///< by term and product
  Interval low, high;
};
Interval factor(const rule::Product& p, Interval v, const Interval& a, const Interval& w, const Constants& constants) {
  switch (p.phi) {
    case rule::Phi::one:
      break;
    case rule::Phi::a:
      v *= a;
      break;
    case rule::Phi::pos:
      v *= num::positive_part(a);
      break;
    case rule::Phi::neg:
      v *= num::negative_part(a);
      break;
    case rule::Phi::low:
      v *= constants.low;
      break;
    case rule::Phi::high:
      v *= constants.high;
      break;
  }
  const Interval pos = num::positive_part(w), neg = num::negative_part(w);
  switch (p.psi) {
    case rule::Psi::one:
      break;
    case rule::Psi::w:
      v *= w;
      break;
    case rule::Psi::pos:
      v *= pos;
      break;
    case rule::Psi::neg:
      v *= neg;
      break;
    case rule::Psi::square:
      v *= Interval(0.0, HUGE_VAL).contains(w.lo) || w.hi <= 0 ? w * w : hull(w * w, Interval());
      break;
    case rule::Psi::pos_square:
      v *= pos * pos;
      break;
    case rule::Psi::neg_square:
      v *= neg * neg;
      break;
    case rule::Psi::abs:
      v *= pos - neg;
      break;
  }
  return v;
}

// Where every product of every open term has one sign by its form (phi and psi of known sign, equal signs of share
// and denominator), no share can be negative; entries are looked at one by one otherwise.
class Shares {
 public:
  Shares(AtPoint& at, const prop::Obligation& o, const Map& map) : at_(at), o_(o), map_(map), rule_(rule_of(at, o)) {
    for (const auto& term : rule_.terms) {
      constants_.coefficient.emplace_back();
      for (const auto& p : term.numerator) constants_.coefficient.back().emplace_back(p.coefficient);
    }
    const auto& domain = at.shared().subject.settings.domain;
    if (domain.low) constants_.low = Interval(*domain.low);
    if (domain.high) constants_.high = Interval(*domain.high);
  }

  // The most negative share, or the first undecided one, or neither.
  void run(Tally& tally) {
    const net::Node& node = at_.point().network().node(o_.node);
    const net::Linear& linear = at_.shared().ready.linear(o_.node);
    const auto& weight = at_.shared().ready.weight(o_.node);
    claim::Exemplar e;
    e.target = long(at_.target());
    Interval worst;
    long from = -1, to = -1, undecided = 0;
    for (std::int64_t j = 0; j < node.size(); ++j) {
      std::vector<Interval> scale;  // k g / S per term
      for (std::size_t t = 0; t < rule_.terms.size(); ++t) scale.push_back(scale_of(t, j));
      if (std::all_of(scale.begin(), scale.end(), [](const Interval& s) { return s.is_zero(); })) continue;
      linear.taps(j, [&](std::int64_t in, std::int64_t w) {
        const Interval share = share_of(scale, input(node, in), weight[std::size_t(w)]);
        if (share.lo >= 0) return;
        if (!(share.hi < 0)) {
          ++undecided;
          return;
        }
        if (from < 0 || share.hi < worst.hi) worst = share, from = long(j), to = long(in);
      });
    }
    if (from >= 0) {
      e.neuron = from;
      e.witness.kind = "negative", e.witness.indices["from"] = from, e.witness.indices["to"] = to;
      e.witness.numbers["share"] = pair_of(worst);
      return tally.refuted(e);
    }
    if (undecided) return tally.unknown("a share is 0 to rounding and was not decided exactly");
    e.witness.kind = "positive";
    tally.proved(e);
  }

 private:
  const Interval& input(const net::Node& node, std::int64_t in) const {
    const bool several = node.inputs.size() > 1;
    return at_.point().bound(node.inputs[several ? std::size_t(in / node.size()) : 0], several ? in % node.size() : in);
  }
  Interval scale_of(std::size_t t, std::int64_t j) const {
    const rule::Term& term = rule_.terms[t];
    if (term.gate != rule::Gate::always && !rule::opens(term.gate, at_.point().sign(o_.node, j))) return {};
    const auto& trace = map_.trace.of[std::size_t(o_.node)].terms;
    if (t >= trace.size() || trace[t].divisor.empty()) return {};
    const Interval& s = trace[t].divisor[std::size_t(j)];
    if (s.is_zero()) return {};
    return Interval(term.share) / s;
  }
  Interval share_of(const std::vector<Interval>& scale, const Interval& a, const Interval& w) const {
    Interval sum;
    for (std::size_t t = 0; t < rule_.terms.size(); ++t) {
      if (scale[t].is_zero()) continue;
      Interval n;
      const auto& numerator = rule_.terms[t].numerator;
      for (std::size_t p = 0; p < numerator.size(); ++p)
        n += factor(numerator[p], constants_.coefficient[t][p], a, w, constants_);
      sum += scale[t] * n;
    }
    return sum;
  }

  AtPoint& at_;
  const prop::Obligation& o_;
  const Map& map_;
  const rule::AffineRule& rule_;
  Constants constants_;
};

}  // namespace

void decide_positivity(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  if (const Map* map = single_map(at, o, tally)) Shares(at, o, *map).run(tally);
}

namespace {

// Used denominators of one node on one branch.
struct Denominators {
  bool any = false, undecided = false;
  std::vector<std::pair<std::size_t, std::size_t>> zero;  ///< unit, term
  double nearest = HUGE_VAL;
  std::size_t unit = 0, term = 0;  ///< of the nearest
  Interval value;
};

Denominators denominators_on(const AtPoint& at, const prop::Obligation& o, const Map& map) {
  Denominators out;
  const auto& held = map.relevance.of[std::size_t(o.node)];
  const auto& terms = rule_of(at, o).terms;
  const auto& trace = map.trace.of[std::size_t(o.node)].terms;
  const auto& domain = at.shared().subject.settings.domain;
  const bool starts_from_value = at.shared().subject.cases[std::size_t(o.rule_case)].rules.start == rule::Start::value;
  const auto explained = root::explained_unit(at.point().network(), o.node, at.target());
  for (std::size_t t = 0; t < trace.size(); ++t)
    for (std::size_t j = 0; j < trace[t].divisor.size(); ++j) {
      const auto element = std::int64_t(j);
      const bool started = starts_from_value && element == explained;  // R_j = z_j formally: used at z_j = 0 too
      if (!started && (held.empty() || held[j].is_zero())) continue;
      if (terms[t].gate != rule::Gate::always && !rule::opens(terms[t].gate, at.point().sign(o.node, element)))
        continue;
      Interval s = trace[t].divisor[j];
      using Kind = rule::Stabilizer::Kind;
      const auto& stabilizer = terms[t].stabilizer;
      const bool shifted = stabilizer.kind == Kind::unsigned_ && !stabilizer.rms;
      if (s.sign() == Sign::unknown && (stabilizer.kind == Kind::none || shifted))
        s = Interval(exact_denominator(at.point(), o.node, terms[t], element, domain) + stabilizer.epsilon);
      if (s.is_zero()) {
        const bool starts_at_zero = started && at.point().sign(o.node, element) == Sign::zero;
        bool some_product = false;
        if (starts_at_zero) exact_denominator(at.point(), o.node, terms[t], element, domain, &some_product);
        if (starts_at_zero && !some_product) continue;  // nothing is divided: the inputs of the unit are all 0
        out.any = true;
        const bool open = !started && held[j].sign() == Sign::unknown;
        out.undecided = out.undecided || open;
        if (!open) out.zero.emplace_back(j, t);
        continue;
      }
      out.any = true, out.undecided = out.undecided || s.sign() == Sign::unknown;
      if (s.magnitude() >= out.nearest) continue;
      out.nearest = s.magnitude(), out.unit = j, out.term = t, out.value = s;
    }
  return out;
}

// Used and 0 on every branch: it does not matter which of them the input is given to.
std::optional<std::pair<std::size_t, std::size_t>> zero_on_all(AtPoint& at, const prop::Obligation& o) {
  std::optional<std::vector<std::pair<std::size_t, std::size_t>>> zero;
  for (const Map& map : at.maps(std::size_t(o.rule_case))) {
    const auto here = denominators_on(at, o, map).zero;
    if (!zero) zero = here;
    std::erase_if(*zero, [&](const auto& one) { return std::find(here.begin(), here.end(), one) == here.end(); });
  }
  if (!zero || zero->empty()) return std::nullopt;
  return zero->front();
}

}  // namespace

void decide_denominator(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  claim::Exemplar e;
  e.target = long(at.target());
  const auto shown = [&](const char* kind, std::size_t unit, std::size_t term) {
    e.neuron = long(unit), e.witness.kind = kind;
    e.witness.indices["unit"] = long(unit), e.witness.indices["term"] = long(term);
  };
  if (at.shared().rejected[std::size_t(o.rule_case)].empty())
    if (const auto zero = zero_on_all(at, o)) {
      shown("zero", zero->first, zero->second);
      tally.smallest["smallest_denominator"] = 0;
      return tally.refuted(e);
    }
  const Map* map = single_map(at, o, tally);
  if (!map) return;
  const Denominators d = denominators_on(at, o, *map);
  if (!d.any) return tally.vacuous("no denominator is used");
  if (d.undecided) return tally.unknown("a denominator is 0 to rounding and was not decided exactly");
  if (!std::isfinite(d.nearest)) return tally.unknown("no denominator lies within the range of doubles");
  shown("nearest", d.unit, d.term);
  e.witness.numbers["denominator"] = pair_of(d.value);
  tally.smallest["smallest_denominator"] = d.nearest;
  tally.proved(e);
}

void decide_premise(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  claim::Exemplar e;
  e.target = long(at.target());
  e.witness.kind = "premise", e.witness.words["premise"] = o.notion;
  const region::Point& point = at.point();
  if (o.node < 0) {
    const bool positive = point.sign(point.network().output(), at.target()) == Sign::positive;
    e.witness.indices["element"] = long(at.target()), e.witness.numbers["value"] = pair_of(at.output());
    return positive ? tally.proved(e) : tally.refuted(e);
  }
  const auto& domain = at.shared().subject.settings.domain;
  for (const NodeId in : point.network().node(o.node).inputs)
    for (std::int64_t k = 0; k < point.network().node(in).size(); ++k) {
      bool fine = true;
      if (o.notion == "a >= 0") {
        fine = point.bound(in, k).lo >= 0 || point.sign(in, k) != Sign::negative;
      } else {
        const Interval& a = point.bound(in, k);
        const bool above = !domain.low || a.lo >= domain.low->upper() || point.exact(in, k) >= *domain.low;
        const bool below = !domain.high || a.hi <= domain.high->lower() || point.exact(in, k) <= *domain.high;
        fine = above && below;
      }
      if (fine) continue;
      e.neuron = long(k), e.witness.indices["element"] = long(k);
      e.witness.numbers["value"] = pair_of(point.bound(in, k));
      return tally.refuted(e);
    }
  tally.proved(e);
}

}  // namespace lrproof::prove
