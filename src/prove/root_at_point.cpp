#include <algorithm>

#include "prove/at_point.hpp"

// root.inside, root.linear, root.domain at a point (ROO-5): the roots of one layer and kind are placed once, evaluated
// through the suffix in batches, and judged for all three checks.
namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using region::Membership;
using Answer = Membership::Answer;

struct RootBatch {
  std::string impossible;  ///< why nothing could be asked
  std::int64_t units = 0, zero_activation = 0, zero_relevance = 0, no_root = 0, undecided = 0, not_sampled = 0;
  std::vector<root::Unit> asked;
  std::vector<std::int64_t> dormant;
  std::vector<std::string> reasons;
  std::vector<Interval> t;
  std::vector<Membership> cell, linear;
  bool bounded = false;                 ///< some element of the tensor has a bound
  std::vector<claim::Exemplar> domain;  ///< verdict per asked unit
  std::vector<std::string> domain_reason;
};

namespace {

class Placing {
 public:
  Placing(AtPoint& at, const prop::Obligation& o, std::int64_t only)
      : at_(at),
        o_(o),
        only_(only),
        settings_(at.shared().subject.settings),
        layer_(at.shared().subject.cases[std::size_t(o.rule_case)].layers[std::size_t(o.root_layer)]),
        suffix_(at.shared().suffixes[std::size_t(o.rule_case)][std::size_t(o.root_layer)]),
        roots_(at.point(), layer_, settings_.domain, [this](NodeId node, std::int64_t element) {
          return at_.exact_relevance(std::size_t(o_.rule_case), node, element);
        }) {}

  std::shared_ptr<RootBatch> run() {
    const auto rule_case = std::size_t(o_.rule_case);
    if (!at_.shared().rejected[rule_case].empty())
      batch_->impossible = at_.shared().rejected[rule_case];
    else if (at_.maps(rule_case).empty())
      batch_->impossible = "edges: more units at a kink than the budget enumerates";
    else if (!one_question(at_.maps(rule_case)))
      batch_->impossible = "edges: the relevance may differ between the branches at this input";
    if (!batch_->impossible.empty()) return batch_;
    batch_->bounded = tensor_is_bounded();
    choose_units(at_.maps(rule_case)[0].relevance.of[std::size_t(layer_.node)]);
    edges_ = region::find_edges(at_.point(), suffix_);
    const std::int64_t chunk = chunk_size();
    for (std::size_t begin = 0; begin < batch_->asked.size(); begin += std::size_t(chunk))
      judge(std::vector<root::Unit>(
          batch_->asked.begin() + std::ptrdiff_t(begin),
          batch_->asked.begin() + std::ptrdiff_t(std::min(begin + std::size_t(chunk), batch_->asked.size()))));
    return batch_;
  }

 private:
  // At an edge a hinge or fixed root depends on the branch only through which units have relevance at all.
  bool one_question(const std::vector<Map>& maps) const {
    if (maps.size() == 1) return true;
    if (o_.kind == root::Kind::relevance) return false;
    const auto state = [&](const Map& map, std::size_t j) {
      const auto& r = map.relevance.of[std::size_t(layer_.node)];
      const num::Sign sign = r.empty() ? num::Sign::zero : r[j].sign();
      return sign == num::Sign::negative ? num::Sign::positive : sign;
    };
    for (std::size_t j = 0; j < std::size_t(at_.point().network().node(layer_.node).size()); ++j)
      for (const Map& map : maps)
        if (state(map, j) == num::Sign::unknown || state(map, j) != state(maps[0], j)) return false;
    return true;
  }

  // All units of a small layer; of a large one an even sample of those that have relevance.
  void choose_units(const std::vector<Interval>& relevance) {
    const NodeId node = layer_.node;
    std::vector<std::int64_t> live;
    const std::int64_t size = at_.point().network().node(node).size();
    const auto explained = layer_.output ? root::explained_unit(at_.point().network(), layer_.node, at_.target()) : -1;
    for (std::int64_t j = 0; j < size; ++j) {
      if ((layer_.output && j != explained) || (only_ >= 0 && j != only_)) continue;
      ++batch_->units;
      if (relevance.empty() || relevance[std::size_t(j)].is_zero())
        ++batch_->zero_relevance, batch_->dormant.push_back(j);
      else
        live.push_back(j);
    }
    std::vector<std::int64_t> chosen = live;
    if (size > prop::kAllRoots && settings_.root_samples > 0 && std::int64_t(live.size()) > settings_.root_samples) {
      chosen.clear();
      for (std::int64_t k = 0; k < settings_.root_samples; ++k)
        chosen.push_back(live[std::size_t(k * std::int64_t(live.size()) / settings_.root_samples)]);
      batch_->not_sampled = std::int64_t(live.size() - chosen.size());
    }
    for (const auto j : chosen) {
      const root::Unit u = roots_.unit(j, relevance[std::size_t(j)]);
      using State = root::Unit::State;
      if (u.state == State::asked) batch_->asked.push_back(u);
      if (u.state == State::zero_activation) ++batch_->zero_activation;
      if (u.state == State::zero_relevance) ++batch_->zero_relevance;
      if (u.state == State::no_root) ++batch_->no_root;
      if (u.state == State::zero_relevance || u.state == State::no_root) batch_->dormant.push_back(j);
      if (u.state == State::unknown) ++batch_->undecided, batch_->reasons.push_back(u.reason);
    }
  }

  region::ElementBound bound(std::int64_t element) const {
    return region::producer_bound(at_.shared().ready, suffix_.at, element,
                                  {settings_.domain.low, settings_.domain.high});
  }
  bool tensor_is_bounded() const {
    for (std::int64_t k = 0; k < at_.point().network().node(suffix_.at).size(); ++k)
      if (const auto b = bound(k); b.low || b.high) return true;
    return false;
  }

  // About 6 million enclosures at a time.
  std::int64_t chunk_size() const {
    std::int64_t elements = at_.point().network().node(suffix_.at).size();
    for (const NodeId id : suffix_.nodes) elements += at_.point().network().node(id).size();
    return std::clamp<std::int64_t>(6'000'000 / std::max<std::int64_t>(elements, 1), 1, 1024);
  }

  void judge(const std::vector<root::Unit>& units) {
    const auto candidates = roots_.candidates(units, o_.kind);
    const auto values = region::evaluate_suffix(at_.point(), suffix_, candidates);
    std::map<std::int64_t, std::optional<std::vector<Rational>>> exact;
    const bool affordable = region::suffix_cost(at_.shared().ready, suffix_) <= settings_.exact_budget * 10;
    region::Question question{at_.point(),
                              suffix_,
                              edges_,
                              candidates,
                              values,
                              [&](std::int64_t c) -> const std::vector<Rational>* {
                                if (!affordable) return nullptr;
                                auto found = exact.find(c);
                                if (found == exact.end())
                                  found = exact.emplace(c, roots_.exact_root(units[std::size_t(c)], o_.kind)).first;
                                return found->second ? &*found->second : nullptr;
                              },
                              at_.target(),
                              settings_.exact_budget,
                              [&](std::int64_t c) { return roots_.bracket(units[std::size_t(c)], o_.kind); }};
    const auto cell = region::in_cell(question);
    const auto linear = region::in_linear_region(question, cell);
    batch_->cell.insert(batch_->cell.end(), cell.begin(), cell.end());
    batch_->linear.insert(batch_->linear.end(), linear.begin(), linear.end());
    for (std::size_t c = 0; c < units.size(); ++c) {
      batch_->t.push_back(roots_.t(units[c], o_.kind));
      judge_domain(candidates, std::int64_t(c), question);
    }
  }

  void judge_domain(const region::Candidates& candidates, std::int64_t c, const region::Question& question) {
    const std::int64_t size = at_.point().network().node(suffix_.at).size();
    claim::Exemplar e;
    e.verdict = claim::Verdict::proved;
    for (std::int64_t k = 0; k < size; ++k) {
      const auto bounds = bound(k);
      const Interval& v = candidates.values[std::size_t(c * size + k)];
      for (const bool upper : {false, true}) {
        const auto& limit = upper ? bounds.high : bounds.low;
        if (!limit) continue;
        const Interval edge(*limit);
        if (upper ? v.hi <= edge.lo : v.lo >= edge.hi) continue;
        const bool beyond = upper ? v.lo > edge.hi : v.hi < edge.lo;
        if (!beyond) {
          const auto* exact = question.exact(c);
          if (!exact) {
            e.verdict = claim::Verdict::unknown, e.reason = "the root is not exactly known";
            continue;
          }
          if (upper ? (*exact)[std::size_t(k)] <= *limit : (*exact)[std::size_t(k)] >= *limit) continue;
        }
        e.verdict = claim::Verdict::refuted;
        e.witness.kind = "outside", e.witness.indices["element"] = long(k);
        e.witness.numbers["value"] = pair_of(v);
        e.witness.numbers[upper ? "high" : "low"] = {*limit};
        batch_->domain.push_back(e);
        return;
      }
    }
    e.witness.kind = "within";
    batch_->domain.push_back(e);
  }

  AtPoint& at_;
  const prop::Obligation& o_;
  const std::int64_t only_;  // the one unit asked; -1: all
  const prop::Settings& settings_;
  const root::Layer& layer_;
  const region::Suffix& suffix_;
  root::LayerRoots roots_;
  region::Edges edges_;
  std::shared_ptr<RootBatch> batch_ = std::make_shared<RootBatch>();
};

claim::Exemplar exemplar_of(const AtPoint& at, const RootBatch& batch, std::size_t k, const prop::Obligation& o) {
  claim::Exemplar e;
  e.neuron = long(batch.asked[k].element), e.target = long(at.target());
  if (o.check == "root.domain") {
    e.witness = batch.domain[k].witness;
  } else {
    const Membership& m = o.check == "root.inside" ? batch.cell[k] : batch.linear[k];
    const net::Network& network = at.point().network();
    if (m.answer == Answer::inside) {
      e.witness.kind = o.check == "root.inside" ? "inside" : "linear";
    } else if (o.check == "root.inside") {
      e.witness.kind = "escape", e.witness.words["node"] = network.node(m.node).name;
      e.witness.indices["element"] = long(m.element);
      if (m.slot >= 0) e.witness.indices["other"] = m.slot;
      e.witness.numbers["at_input"] = pair_of(m.at_input), e.witness.numbers["at_root"] = pair_of(m.at_candidate);
    } else {
      e.witness.kind = "gradient", e.witness.indices["element"] = long(m.element);
      e.witness.numbers["s"] = {m.s};
      e.witness.numbers["at_input"] = pair_of(m.at_input), e.witness.numbers["at_point"] = pair_of(m.at_candidate);
    }
  }
  e.witness.indices["unit"] = e.neuron;
  if (o.kind != root::Kind::fixed) e.witness.numbers["t"] = pair_of(batch.t[k]);
  return e;
}

}  // namespace

namespace {

const RootBatch& batch_of(AtPoint& at, const prop::Obligation& o) {
  auto& batch = at.root_batches[{o.rule_case, o.root_layer, int(o.kind)}];
  if (!batch) batch = Placing(at, o, -1).run();
  return *batch;
}

RootVerdict verdict_of(const AtPoint& at, const RootBatch& batch, std::size_t k, const prop::Obligation& o) {
  RootVerdict v;
  v.unit = batch.asked[k].element;
  if (o.check == "root.domain") {
    v.verdict = batch.domain[k].verdict, v.reason = batch.domain[k].reason;
  } else {
    const Membership& m = o.check == "root.inside" ? batch.cell[k] : batch.linear[k];
    if (m.answer == Answer::inside) v.verdict = claim::Verdict::proved;
    if (m.answer == Answer::outside) v.verdict = claim::Verdict::refuted;
    v.reason = m.reason;
  }
  if (v.verdict != claim::Verdict::unknown) v.exemplar = exemplar_of(at, batch, k, o);
  return v;
}

bool asks(const RootBatch& batch, const prop::Obligation& o) {
  return batch.impossible.empty() && (o.check != "root.domain" || batch.bounded);
}

}  // namespace

RootVerdicts root_verdicts(AtPoint& at, const prop::Obligation& o) {
  const RootBatch& batch = batch_of(at, o);
  RootVerdicts out;
  out.impossible = batch.impossible, out.bounded = batch.bounded, out.reasons = batch.reasons;
  out.dormant = batch.dormant;
  out.no_root = batch.no_root, out.zero_relevance = batch.zero_relevance;
  out.zero_activation = batch.zero_activation, out.not_sampled = batch.not_sampled;
  for (std::size_t k = 0; asks(batch, o) && k < batch.asked.size(); ++k) out.of.push_back(verdict_of(at, batch, k, o));
  return out;
}

RootVerdict root_verdict(AtPoint& at, const prop::Obligation& o, std::int64_t unit, bool alone) {
  RootVerdict none{unit};
  const auto& layer = at.shared().subject.cases[std::size_t(o.rule_case)].layers[std::size_t(o.root_layer)];
  const bool all = !alone && at.point().network().node(layer.node).size() <= prop::kAllRoots;
  const auto own = all ? nullptr : Placing(at, o, unit).run();
  const RootBatch& batch = all ? batch_of(at, o) : *own;
  const auto found = std::find_if(batch.asked.begin(), batch.asked.end(),
                                  [&](const root::Unit& asked) { return asked.element == unit; });
  if (!asks(batch, o) || found == batch.asked.end()) return none;
  return verdict_of(at, batch, std::size_t(found - batch.asked.begin()), o);
}

void decide_roots(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  if (!o.rejected.empty()) return tally.rejected(o.rejected);
  const RootVerdicts all = root_verdicts(at, o);
  if (!all.impossible.empty()) return tally.unknown(all.impossible);
  if (o.check == "root.domain" && !all.bounded) return tally.vacuous(kNoBounds);
  std::int64_t inside = 0, outside = 0, unknown = std::int64_t(all.reasons.size());
  for (const RootVerdict& v : all.of) {
    if (v.verdict == claim::Verdict::unknown) {
      tally.unknown(v.reason), ++unknown;
      continue;
    }
    (v.verdict == claim::Verdict::proved ? inside : outside) += 1;
    tally.add(v.verdict, v.exemplar);
  }
  for (const auto& reason : all.reasons) tally.unknown(reason);
  if (all.not_sampled) tally.unknown(kNotSampled);
  tally.sum["no_root"] += double(all.no_root);
  tally.sum["zero_relevance"] += double(all.zero_relevance);
  tally.sum["not_sampled"] += double(all.not_sampled);
  if (o.check == "root.domain") return;
  tally.root_row = true;
  claim::RootRow& row = tally.roots;
  row.roots += inside + outside + unknown, row.inside += inside, row.outside += outside, row.unknown += unknown;
  row.no_root += all.no_root, row.zero_relevance += all.zero_relevance;
  row.not_asked += all.zero_activation + all.not_sampled;
  row.inputs += 1, row.inputs_with_outside += outside > 0;
}

}  // namespace lrproof::prove
