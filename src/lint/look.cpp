#include "lint/look.hpp"

#include <algorithm>
#include <random>

#include "claim/check.hpp"
#include "prove/linear_bounds.hpp"

namespace lrproof::lint {

using claim::Level;
using num::Rational;

namespace {

constexpr std::int64_t kRefined = 3'000'000;  // multiply-adds of an evaluation up to which bounds are refined
constexpr std::int64_t kTrials = 48, kMostTrials = 1024;         // the more the less an evaluation costs
constexpr std::int64_t kKept = 20'000'000, kCheap = 20'000'000;  // elements kept of all trials; multiply-adds of all
constexpr std::size_t kSmallInput = 4096;

// What is known of an operation outside NET-4, whatever it reads.
Interval range_of(const net::Opaque& opaque) {
  const auto is = [&](std::initializer_list<const char*> types) {
    return std::any_of(types.begin(), types.end(), [&](const char* type) { return opaque.type == type; });
  };
  const double endless = std::numeric_limits<double>::infinity();
  if (is({"Sigmoid", "Softmax"})) return {0, 1};
  if (is({"Tanh", "Erf", "Softsign", "Sin", "Cos", "Sign"})) return {-1, 1};
  if (is({"Exp", "Softplus", "ReduceL1", "ReduceL2", "ReduceSumSquare"})) return {0, endless};
  return Interval::everything();
}

std::vector<bool> needed_nodes(const net::Network& network) {
  std::vector<bool> needed(std::size_t(network.size()));
  needed[std::size_t(network.output())] = true;
  for (NodeId id = network.output(); id > 0; --id)
    if (needed[std::size_t(id)])
      for (const NodeId in : network.node(id).inputs) needed[std::size_t(in)] = true;
  return needed;
}

std::int64_t cost_of(const net::Network& network, NodeId id) {
  const net::Node& node = network.node(id);
  if (const auto* dense = std::get_if<net::Dense>(&node.op)) return dense->rows * dense->in * dense->out;
  if (const auto* conv = std::get_if<net::Conv>(&node.op)) {
    const auto& wide = conv->transposed ? network.node(node.inputs[0]) : node;
    return wide.size() * std::int64_t(conv->weight.size()) /
           std::max<std::int64_t>(1, conv->transposed ? wide.shape[1] : node.shape[1]);
  }
  return node.size() * std::int64_t(std::max<std::size_t>(node.inputs.size(), 1));
}

}  // namespace

Look::Look(const Subject& subject) : subject_(subject), needed_(needed_nodes(*subject.network)) {
  for (NodeId id = 0; id < network().size(); ++id) cost_ += cost_of(network(), id);
}

const rule::Rule* Look::rule_at(std::size_t c, NodeId id) const {
  const auto& rule = rules(c).survey.assignment.of[std::size_t(id)];
  return rule && needed(id) ? &*rule : nullptr;
}

const rule::AffineRule* Look::affine_at(std::size_t c, NodeId id) const {
  const auto* rule = rule_at(c, id);
  return rule && net::is_affine(node(id).op) ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
}

const net::Evaluator<Interval>& Look::ready() {
  if (!ready_) ready_ = std::make_unique<net::Evaluator<Interval>>(network());
  return *ready_;
}

bool Look::endless(NodeId id, const Tensors& values) const {
  const bool layer = std::holds_alternative<net::Dense>(node(id).op) || std::holds_alternative<net::Conv>(node(id).op);
  if (!layer || cost_of(network(), id) <= kRefined) return false;
  const auto& read = values.of[std::size_t(node(id).inputs[0])];
  return std::any_of(read.begin(), read.end(), [](const Interval& a) { return !a.is_bounded(); });
}

Tensors Look::evaluate(const std::vector<Interval>& box) {
  Tensors out{1, {box}};
  for (NodeId id = 1; id < network().size(); ++id) {
    std::vector<std::span<const Interval>> operands;
    for (const NodeId in : node(id).inputs) operands.emplace_back(out.of[std::size_t(in)]);
    const auto* opaque = std::get_if<net::Opaque>(&node(id).op);
    const auto all = [&](const Interval& range) { return std::vector<Interval>(std::size_t(node(id).size()), range); };
    if (opaque)
      out.of.push_back(all(range_of(*opaque)));
    else if (endless(id, out))  // exact zeros among its weights are passed over: that costs nothing but sharpness
      out.of.push_back(all(Interval::everything()));
    else
      out.of.push_back(ready().node(id, operands, 1));
  }
  return out;
}

const Tensors* Look::bounds() {
  if (!bounds_) {
    bounds_.emplace();
    const auto& [low, high] = subject_.domain;
    const Interval side = bounded() ? hull(Interval(*low), Interval(*high)) : Interval::everything();
    const std::vector<Interval> box(std::size_t(network().input_size()), side);
    const bool plain = network().first_opaque() < 0;
    if (bounded() && plain && cost_ <= kRefined) {
      auto refined = prove::LinearBounds(ready()).over(box);  // numbers beyond the doubles leave no bounds
      const bool fine = refined && !prove::LinearBounds::empty(*refined) &&
                        std::ranges::none_of(*refined, [](const auto& tensor) { return tensor.empty(); });
      *bounds_ = fine ? Tensors{1, std::move(*refined)} : evaluate(box);
    } else if (cost_ <= subject_.budget) {
      *bounds_ = evaluate(box);
    }
  }
  return *bounds_ ? &**bounds_ : nullptr;
}

const std::vector<Trial>& Look::trials() {
  if (trials_) return *trials_;
  trials_.emplace();
  std::int64_t elements = 1;
  for (const net::Node& each : network().nodes()) elements += each.size();
  const std::int64_t affordable = subject_.budget / 4 / std::max<std::int64_t>(cost_, 1);
  const std::int64_t wanted = std::clamp(kCheap / std::max<std::int64_t>(cost_, 1), kTrials, kMostTrials);
  const std::int64_t count = std::min({wanted, kKept / elements, affordable});
  // Doubles inside the domain.
  const auto& domain = subject_.domain;
  const double low = bounded() ? domain.low->upper() : -1, high = bounded() ? domain.high->lower() : 1;
  if (!(low <= high)) return *trials_;
  std::mt19937_64 random(28);
  const auto unit = [&] { return double(random() >> 11) * 0x1p-53; };
  for (std::int64_t n = 0; n < count; ++n) {
    std::vector<double> x;
    for (std::int64_t k = 0; k < network().input_size(); ++k) {
      const double part = n == 0 ? 0.5 : n == 1 ? 0 : n == 2 ? 1 : n % 2 ? double(random() & 1) : unit();
      x.push_back(std::clamp(low + part * (high - low), low, high));
    }
    Tensors values = evaluate(std::vector<Interval>(x.begin(), x.end()));
    trials_->push_back({std::move(x), std::move(values)});
  }
  return *trials_;
}

attr::Options Look::box_of(std::size_t c) const {
  const auto& own = rules(c).rules;
  attr::Options options;
  if (const auto& low = bounded() ? subject_.domain.low : own.low) options.low = {*low};
  if (const auto& high = bounded() ? subject_.domain.high : own.high) options.high = {*high};
  return options;
}

const Look::Parts* Look::bounds_of_terms(std::size_t c, NodeId id) {
  auto [at, fresh] = terms_.try_emplace({c, id});
  if (fresh && bounds() && !endless(id, *bounds()))
    at->second = attr::denominators(ready(), id, *affine_at(c, id), box_of(c), *bounds());
  return at->second ? &*at->second : nullptr;
}

Look::Parts Look::terms_at(std::size_t c, NodeId id, const Trial& trial) {
  return attr::denominators(ready(), id, *affine_at(c, id), box_of(c), trial.values);
}

bool Look::reads_nonnegative(NodeId id) {
  if (!bounds()) return false;
  for (const NodeId in : node(id).inputs)
    for (const Interval& a : bounds()->of[std::size_t(in)])
      if (!(a.lo >= 0)) return false;
  return true;
}

const canon::Rewritten& Look::rewritten() {
  if (!rewritten_) {
    std::vector<std::string> usual;
    for (const auto& row : canon::rewrites())
      if (row.usual) usual.push_back(row.name);
    auto made = canon::canonize(network(), usual);
    LRPROOF_INVARIANT(made.ok(), "the usual rewrites are no rewrites");
    rewritten_ = std::move(*made);
  }
  return *rewritten_;
}

Draft::Draft(Look& look, const char* id, int c, NodeId node, std::string statement) : look_(look) {
  finding.check = id, finding.statement = std::move(statement);
  finding.law = claim::find_check(id)->law;
  finding.scope.kind = "everywhere", finding.prover = "structure";
  if (c >= 0) finding.rule_set = look.rules(std::size_t(c)).rules.name;
  if (node < 0) return;
  finding.place.node = look.node(node).name;
  if (c < 0) return;
  if (const auto by = look.rules(std::size_t(c)).survey.by[std::size_t(node)])
    finding.place.line = look.rules(std::size_t(c)).rules.assigns[*by].line;
}

Draft& Draft::at(std::size_t assign) {
  finding.place.notion = "assign " + std::to_string(assign);
  for (const auto& rules : look_.subject().cases)
    if (rules.rules.name == finding.rule_set) finding.place.line = rules.rules.assigns[assign].line;
  return *this;
}
Draft& Draft::fix(std::string text) { return finding.fix = std::move(text), *this; }
Draft& Draft::over_domain() {
  finding.scope.kind = look_.bounded() ? "box" : "everywhere", finding.prover = "bounds";
  return *this;
}
Draft& Draft::level(Level level) { return level_ = level, *this; }
Draft& Draft::reason(std::string text) { return finding.reasons.push_back(std::move(text)), *this; }
Draft& Draft::number(const std::string& name, double value) { return finding.numbers[name] = value, *this; }

Draft& Draft::witness(const Trial& trial, const std::string& kind, std::map<std::string, long> indices,
                      const std::map<std::string, std::vector<Interval>>& numbers) {
  claim::Exemplar exemplar;
  exemplar.verdict = claim::Verdict::refuted;
  if (const auto unit = indices.find("unit"); unit != indices.end()) exemplar.neuron = unit->second;
  exemplar.witness.kind = kind, exemplar.witness.indices = std::move(indices);
  for (const auto& [name, enclosures] : numbers)
    for (const Interval& t : enclosures)
      for (const double end : {t.lo, t.hi})
        if (std::isfinite(end)) exemplar.witness.numbers[name].emplace_back(end);
  if (trial.x.size() <= kSmallInput)
    for (const double x : trial.x) exemplar.witness.numbers["input"].emplace_back(x);
  finding.exemplars.push_back(std::move(exemplar));
  return *this;
}

claim::Finding Draft::settled() {
  finding.counts.places = 1;
  claim::settle(finding);
  if (finding.verdict == claim::Verdict::refuted)
    finding.level = level_.value_or(claim::find_check(finding.check)->level);
  if (finding.verdict == claim::Verdict::proved) finding.trust = claim::Trust::asserted;
  finding.id = claim::finding_id(finding);
  return std::move(finding);
}
claim::Finding Draft::refuted() { return finding.counts.refuted = 1, settled(); }
claim::Finding Draft::proved() { return finding.counts.proved = 1, settled(); }
claim::Finding Draft::unknown(std::string why) {
  reason(std::move(why));
  return finding.counts.unknown = 1, settled();
}

std::string name_of(const net::Node& node) { return node.name + " (" + node.type + ")"; }

std::string undecided(Look& look) {
  if (!look.bounds()) return "the bounds would cost more than the budget";
  return look.bounded() ? "the bounds over the domain do not decide, and no input that was tried shows it"
                        : "no --domain is given, and over all inputs the bounds do not decide";
}

}  // namespace lrproof::lint
