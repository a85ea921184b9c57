// INV-1 at a point. Two networks hold one function; the input lies off the kinks that its output feels, in both. First
// enclosures of both maps: two that do not meet refute. Then exact maps, where they stay small. Two proofs need
// neither:
// - Gradients. Equal functions have equal gradients wherever both are differentiable.
// - Rescaling a unit, by the laws of its rules (prove/rule_laws): where scaling a unit's own weights and bias leaves
// its
//   shares, so do the relevances below it stay; where scaling an input up and its weight down leaves the shares, so do
//   those of the layer that reads it. Between the two, pass, gradient and the winner hand the same on.
#include <algorithm>

#include "net/rescale.hpp"
#include "prove/at_point.hpp"
#include "prove/rule_law_proofs.hpp"

namespace lrproof::prove {

using claim::Verdict;
using net::NodeId;
using num::Interval;
using num::Rational;

namespace {

bool apart(const Interval& a, const Interval& b) { return a.hi < b.lo || b.hi < a.lo; }

using Tensors = std::vector<std::vector<Interval>>;

/// Relevance (rule_case >= 0) or gradient of every tensor; the input lies off the kinks.
struct Side {
  AtPoint& at;
  region::Branch branch;  // choice_of reads it as long as it is asked
  Tensors gradient;
  int rule_case;

  Side(AtPoint& here, int c)
      : at(here), branch(region::with_options(here.point(), here.edges(), here.edges().full[0])), rule_case(c) {
    if (c >= 0) return;
    const net::Network& network = at.point().network();
    gradient =
        region::all_gradients(at.point(), at.shared().whole, network.output(), at.target(), region::choice_of(branch));
  }
  const std::vector<Interval>& of(NodeId node) const {
    return (rule_case < 0 ? gradient : at.maps(std::size_t(rule_case))[0].relevance.of)[std::size_t(node)];
  }
  /// Of the input, exactly; nothing where it costs too much.
  std::optional<std::vector<Rational>> exact() const {
    const auto size = std::size_t(at.point().network().input_size());
    if (rule_case >= 0) {
      const auto* map = at.exact_map(std::size_t(rule_case));
      if (!map) return std::nullopt;
      return map->of[0].empty() ? std::vector<Rational>(size) : map->of[0];
    }
    if (at.shared().cost * 4 > at.shared().subject.settings.exact_budget) return std::nullopt;
    return region::suffix_gradient_exact(at.point(), at.shared().whole, at.point().network().output(), at.target(),
                                         region::choice_of(branch));
  }
};

/// The same question at the same input of two networks.
struct Sides {
  Side one, other;
};

Interval element(const std::vector<Interval>& tensor, std::size_t k) { return tensor.empty() ? Interval() : tensor[k]; }

/// Where two maps of the input differ most, by a lower bound of the difference; -1: nowhere for sure.
std::int64_t widest_gap(const Sides& sides) {
  const auto &a = sides.one.of(0), &b = sides.other.of(0);
  double most = 0;
  std::int64_t at = -1;
  for (std::size_t k = 0; k < std::max(a.size(), b.size()); ++k) {
    const double gap = (element(a, k) - element(b, k)).mignitude();
    if (apart(element(a, k), element(b, k)) && gap >= most) most = gap, at = std::int64_t(k);
  }
  return at;
}

/// |R - R'| as a share of |R|, summed over the input; an estimate for people.
double change(const Sides& sides) {
  const auto &a = sides.one.of(0), &b = sides.other.of(0);
  double moved = 0, all = 0;
  for (std::size_t k = 0; k < std::max(a.size(), b.size()); ++k) {
    moved += std::abs(num::to_double(element(a, k)) - num::to_double(element(b, k)));
    all += std::abs(num::to_double(element(a, k)));
  }
  return all > 0 ? moved / all : 0;
}

/// The tensor nearest to the output that both networks have, with values that agree, and whose relevance differs for
/// sure: what stands behind it made the difference.
std::string where_it_begins(const Sides& sides) {
  const region::Point &here = sides.one.at.point(), &beside = sides.other.at.point();
  const net::Network &f = here.network(), &g = beside.network();
  for (NodeId id = f.size() - 1; id > 0; --id) {
    const NodeId there = g.find(f.node(id).name);
    if (there < 0 || g.node(there).size() != f.node(id).size()) continue;
    const auto &a = sides.one.of(id), &b = sides.other.of(there);
    bool same_values = true, differs = false;
    for (std::int64_t k = 0; k < f.node(id).size() && same_values; ++k) {
      same_values = !apart(here.bound(id, k), beside.bound(there, k));
      differs = differs || apart(element(a, std::size_t(k)), element(b, std::size_t(k)));
    }
    if (same_values && differs) return f.node(id).name;
  }
  return "";
}

claim::Exemplar exemplar(const Sides& sides, const char* kind) {
  claim::Exemplar e;
  e.target = long(sides.one.at.target()), e.witness.kind = kind;
  return e;
}

claim::Exemplar map_exemplar(const Sides& sides, std::size_t k, std::vector<Rational> first,
                             std::vector<Rational> second) {
  claim::Exemplar e = exemplar(sides, "other-map");
  e.witness.indices["element"] = long(k);
  e.witness.numbers["first"] = std::move(first), e.witness.numbers["second"] = std::move(second);
  if (const auto node = where_it_begins(sides); !node.empty()) e.witness.words["begins"] = node;
  return e;
}

/// The maps differ: the witness; they are equal: proved; nothing: neither is known.
struct Judged {
  Verdict verdict = Verdict::unknown;
  claim::Exemplar exemplar;
};
Judged judge(const Sides& sides) {
  if (const auto at = widest_gap(sides); at >= 0) {
    const auto k = std::size_t(at);
    auto a = pair_of(element(sides.one.of(0), k)), b = pair_of(element(sides.other.of(0), k));
    if (!a.empty() && !b.empty()) return {Verdict::refuted, map_exemplar(sides, k, std::move(a), std::move(b))};
  }
  const auto a = sides.one.exact(), b = sides.other.exact();
  if (!a || !b) return {};
  for (std::size_t k = 0; k < a->size(); ++k)
    if ((*a)[k] != (*b)[k]) return {Verdict::refuted, map_exemplar(sides, k, {(*a)[k], (*a)[k]}, {(*b)[k], (*b)[k]})};
  return {Verdict::proved, exemplar(sides, "same-map")};
}

/// One map each, and no more: else the relevance is one of several, none by right.
bool on_a_kink(AtPoint& one, AtPoint& other) { return !one.edges().none() || !other.edges().none(); }
constexpr const char* kKink = "the input lies on a kink that the output feels";

std::string rejected_by(AtPoint& one, AtPoint& other, int rule_case) {
  if (rule_case < 0) return "";
  const auto& first = one.shared().rejected[std::size_t(rule_case)];
  return first.empty() ? other.shared().rejected[std::size_t(rule_case)] : first;
}

void decide_twin(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  AtPoint other(at.shared().twin(), at.point().x(), at.target(), at.input());
  if (on_a_kink(at, other)) return tally.vacuous(kKink);
  if (const auto why = rejected_by(at, other, o.rule_case); !why.empty()) return tally.rejected(why);
  const Sides sides{{at, o.rule_case}, {other, o.rule_case}};
  if (o.rule_case < 0 && at.shared().subject.twin->same_function) {
    LRPROOF_INVARIANT(widest_gap(sides) < 0, "two networks that are proved equal have different gradients");
    return tally.proved(exemplar(sides, "same-map"));
  }
  auto judged = judge(sides);
  if (judged.verdict == Verdict::unknown)
    return tally.unknown("enclosures do not tell the maps apart, and exact maps exceed the budget");
  if (judged.verdict == Verdict::refuted)
    tally.largest["largest_change"] = std::max(tally.largest["largest_change"], change(sides));
  tally.add(judged.verdict, std::move(judged.exemplar));
}

// Without its premises, so that the law holds whatever the inputs are.
bool keeps(const prop::RuleCase& rules, NodeId id, bool (*law)(const rule::AffineRule&)) {
  const auto& rule = rules.assignment.of[std::size_t(id)];
  const auto* affine = rule ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
  if (!affine) return false;
  rule::AffineRule bare = *affine;
  bare.premises.clear();
  return law(bare);
}

// By the laws of the rules on the way from the layer to what reads it.
bool rescales_by_law(const prop::RuleCase& rules, const net::Network& network, NodeId layer) {
  if (!keeps(rules, layer, scales_with_its_unit)) return false;
  const auto path = net::rescaled_path(network, layer);
  for (const NodeId id : path) {
    if (id == path.back()) return keeps(rules, id, scales_with_its_inputs);
    if (std::holds_alternative<net::Reshape>(network.node(id).op)) continue;
    const auto& rule = rules.assignment.of[std::size_t(id)];
    const auto* named = rule ? std::get_if<rule::NamedRule>(&rule->body) : nullptr;
    using Kind = rule::NamedRule::Kind;
    const auto gives = [&](Kind kind) { return named && (named->kind == kind || named->kind == Kind::gradient); };
    const bool activation = std::holds_alternative<net::Activation>(network.node(id).op) && gives(Kind::pass);
    const bool maximum = std::holds_alternative<net::MaxPool>(network.node(id).op) && gives(Kind::winner);
    if (!activation && !maximum) return false;
  }
  return false;
}

constexpr std::int64_t kEveryOther = -1;

// The network with the unit doubled and what reads it halved, for as long as it is looked at: it holds all weights.
struct Rescaled {
  net::Network network;
  prop::Subject subject;
  std::unique_ptr<Shared> shared;

  Rescaled(const prop::Subject& of, std::size_t rule_case, NodeId layer, std::int64_t unit)
      : network(made(*of.network, layer, unit)) {
    subject.network = &network, subject.settings = of.settings;
    subject.cases.push_back({of.cases[rule_case].rules, of.cases[rule_case].assignment, {}});
    shared = std::make_unique<Shared>(subject);
  }

 private:
  static net::Network made(const net::Network& network, NodeId layer, std::int64_t unit) {
    std::vector<Rational> factors(std::size_t(net::rescalable_units(network, layer)), Rational(1));
    for (std::size_t k = 0; k < factors.size(); ++k)
      if (unit == kEveryOther ? k % 2 == 0 : std::int64_t(k) == unit) factors[k] = Rational(2);
    auto scaled = net::rescaled(network, layer, factors);
    LRPROOF_INVARIANT(scaled.ok(), "a rescaled network is none");
    return std::move(*scaled);
  }
};

// Units alone first: a witness of one unit is the easiest to follow; then every other one.
void decide_rescaling(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  const auto& subject = at.shared().subject;
  const auto c = std::size_t(o.rule_case);
  if (const auto& rejected = at.shared().rejected[c]; !rejected.empty()) return tally.rejected(rejected);
  if (rescales_by_law(subject.cases[c], *subject.network, o.node)) {
    claim::Exemplar e;
    e.target = long(at.target()), e.witness.kind = "by-law";
    return tally.proved(std::move(e));
  }
  if (!at.edges().none()) return tally.vacuous(kKink);
  constexpr std::int64_t kAlone = 4;
  const std::int64_t units = net::rescalable_units(*subject.network, o.node);
  for (std::int64_t tried = 0; tried <= std::min(units, kAlone); ++tried) {
    const std::int64_t unit = tried < std::min(units, kAlone) ? tried : kEveryOther;
    const Rescaled scaled(subject, c, o.node, unit);
    AtPoint other(*scaled.shared, at.point().x(), at.target(), at.input());
    if (!other.edges().none()) continue;
    const Sides sides{{at, o.rule_case}, {other, 0}};
    auto judged = judge(sides);
    if (judged.verdict != Verdict::refuted) continue;
    judged.exemplar.witness.indices["unit"] = long(unit);
    tally.largest["largest_change"] = std::max(tally.largest["largest_change"], change(sides));
    return tally.refuted(std::move(judged.exemplar));
  }
  tally.unknown("no scaling that was tried changes the map, and the rules have no law that says so");
}

}  // namespace

void decide_invariance(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  if (!o.rejected.empty()) return tally.rejected(o.rejected);
  o.check == "inv.rescale" ? decide_rescaling(at, o, tally) : decide_twin(at, o, tally);
}

void invariance_in_scope(AtPoint& centre, const prop::Obligation& o, Tally& tally) {
  Tally one;
  decide_invariance(centre, o, one);
  for (auto& e : one.exemplars)
    if (e.verdict == Verdict::refuted || e.witness.kind == "by-law") return tally.add(e.verdict, std::move(e));
  if (one.counts.rejected) return tally.rejected(one.reasons[0]);
  tally.unknown("asked at points only: --scope point");
}

const Shared& Shared::twin() const {
  std::call_once(twin_once_, [this] {
    twin_subject_ = std::make_unique<prop::Subject>();
    twin_subject_->network = subject.twin->network, twin_subject_->settings = subject.settings;
    for (std::size_t c = 0; c < subject.cases.size(); ++c)
      twin_subject_->cases.push_back({subject.cases[c].rules, subject.twin->assignments[c], {}});
    twin_ = std::make_unique<Shared>(*twin_subject_);
  });
  return *twin_;
}

}  // namespace lrproof::prove
