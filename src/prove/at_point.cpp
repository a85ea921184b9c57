#include "prove/at_point.hpp"

#include <algorithm>

#include "attr/start.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;

Shared::Shared(const prop::Subject& s) : subject(s), ready(*s.network), whole(region::make_suffix(*s.network, 0)) {
  cost = region::suffix_cost(ready, whole);
  attr::Options options;
  if (s.settings.domain.low) options.low = {*s.settings.domain.low};
  if (s.settings.domain.high) options.high = {*s.settings.domain.high};
  for (std::size_t c = 0; c < s.cases.size(); ++c) {
    const prop::RuleCase& rules = s.cases[c];
    const auto fine = attr::supported<Interval>(*s.network, rules.assignment, options);
    rejected.push_back(fine ? "" : fine.error().place + ": " + fine.error().sentence);
    bounds.push_back(fine ? std::make_unique<attr::Engine<Interval>>(*s.network, rules.assignment, options) : nullptr);
    bool by_form = true;
    for (const NodeId id : prop::ruled_nodes(s, int(c)))
      by_form = by_form && rule::is_lrp0(std::get<rule::AffineRule>(rules.assignment.of[std::size_t(id)]->body));
    reduces_by_form.push_back(by_form);
    suffixes.emplace_back();
    for (const auto& layer : rules.layers) suffixes.back().push_back(region::make_suffix(*s.network, layer.tensor));
  }
}

void Shared::make_exact() const {
  std::call_once(exact_once_, [this] {
    exact_ready_ = std::make_unique<net::Evaluator<Rational>>(*subject.network);
    attr::Options options;
    if (subject.settings.domain.low) options.low = {*subject.settings.domain.low};
    if (subject.settings.domain.high) options.high = {*subject.settings.domain.high};
    for (const auto& rules : subject.cases)
      exact_engines_.push_back(
          attr::supported<Rational>(*subject.network, rules.assignment, options)
              ? std::make_unique<attr::Engine<Rational>>(*subject.network, rules.assignment, options)
              : nullptr);
  });
}

bool Shared::has_exact_engine(std::size_t rule_case) const {
  make_exact();
  return exact_engines_[rule_case] != nullptr;
}

const attr::Engine<Rational>& Shared::exact_engine(std::size_t rule_case) const {
  make_exact();
  return *exact_engines_[rule_case];
}

const net::Evaluator<Rational>& Shared::exact_ready() const {
  make_exact();
  return *exact_ready_;
}

namespace {

Rational factor_of_input(const region::Point& point, rule::Phi phi, NodeId operand, std::int64_t element,
                         const root::Domain& domain) {
  switch (phi) {
    case rule::Phi::one:
      return Rational(1);
    case rule::Phi::a:
      return point.exact(operand, element);
    case rule::Phi::pos:
      return num::positive_part(point.exact(operand, element));
    case rule::Phi::neg:
      return num::negative_part(point.exact(operand, element));
    case rule::Phi::low:
      return *domain.low;
    case rule::Phi::high:
      return *domain.high;
  }
  return Rational();
}

}  // namespace

Rational factor_of_weight(rule::Psi psi, const Rational& w) {
  const auto square = [](const Rational& t) { return t * t; };
  switch (psi) {
    case rule::Psi::one:
      return Rational(1);
    case rule::Psi::w:
      return w;
    case rule::Psi::pos:
      return num::positive_part(w);
    case rule::Psi::neg:
      return num::negative_part(w);
    case rule::Psi::square:
      return square(w);
    case rule::Psi::pos_square:
      return square(num::positive_part(w));
    case rule::Psi::neg_square:
      return square(num::negative_part(w));
    case rule::Psi::abs:
      return num::abs(w);
  }
  return Rational();
}

Rational factor_of_bias(rule::Chi chi, const Rational& b) {
  switch (chi) {
    case rule::Chi::b:
      return b;
    case rule::Chi::pos:
      return num::positive_part(b);
    case rule::Chi::neg:
      return num::negative_part(b);
    case rule::Chi::square:
      return b * b;
    case rule::Chi::pos_square:
      return num::positive_part(b) * b;
    case rule::Chi::neg_square:
      return num::negative_part(b) * b;
  }
  return Rational();
}

Rational exact_denominator(const region::Point& point, NodeId id, const rule::Term& term, std::int64_t element,
                           const root::Domain& domain, bool* some_product) {
  const net::Node& node = point.network().node(id);
  const net::Linear& linear = point.ready().linear(id);
  Rational d;
  linear.taps(element, [&](std::int64_t in, std::int64_t w) {
    const bool several = node.inputs.size() > 1;
    const NodeId operand = node.inputs[several ? std::size_t(in / node.size()) : 0];
    const Rational weight = linear.weights().rational(std::size_t(w));
    Rational n;
    for (const auto& product : term.numerator)
      n += product.coefficient * factor_of_input(point, product.phi, operand, several ? in % node.size() : in, domain) *
           factor_of_weight(product.psi, weight);
    if (some_product && !n.is_zero()) *some_product = true;
    d += n;
  });
  if (linear.bias().empty()) return d;
  const Rational b = linear.bias().rational(std::size_t(linear.bias_of(element)));
  for (const auto& part : term.bias) d += part.coefficient * factor_of_bias(part.chi, b);
  return d;
}

Sign BranchSigns::sign(NodeId node, std::int64_t element, std::int64_t, const Interval& value) const {
  const Sign quick = value.sign();
  return quick == Sign::unknown ? point_.sign(node, element) : quick;
}

Sign BranchSigns::denominator(NodeId node, int term, std::int64_t element, std::int64_t, const Interval& d) const {
  const Sign quick = d.sign();
  if (quick != Sign::unknown) return quick;
  const auto& affine = std::get<rule::AffineRule>(assignment_.of[std::size_t(node)]->body);
  return Sign(exact_denominator(point_, node, affine.terms[std::size_t(term)], element, domain_).sign());
}

int BranchSigns::piece(NodeId node, std::int64_t element, std::int64_t, const Interval&,
                       const attr::Pieces<Interval>&) const {
  return branch_.choice[std::size_t(node)][std::size_t(element)];
}

bool BranchSigns::winners(NodeId node, std::int64_t element, std::int64_t, std::span<const Interval>, bool,
                          std::vector<int>& out) const {
  out = {branch_.choice[std::size_t(node)][std::size_t(element)]};
  for (std::size_t i = 0; i < edges_.ties.size(); ++i)
    if (edges_.ties[i].node == node && edges_.ties[i].element == element && i < options_.size() && options_[i] >= 0)
      return true;
  for (const auto& tie : point_.ties())
    if (tie.node == node && tie.element == element) out = tie.options;
  return true;
}

namespace {

// The exact relevance takes the pieces that the enclosures take: a unit that is constant at its kink has no
// edge, and arithmetic alone would not know which of its pieces is meant.
class ExactSigns : public attr::Signs<Rational> {
 public:
  explicit ExactSigns(const region::Branch& branch) : branch_(branch) {}
  int piece(NodeId node, std::int64_t element, std::int64_t, const Rational&,
            const attr::Pieces<Rational>&) const override {
    return branch_.choice[std::size_t(node)][std::size_t(element)];
  }

 private:
  const region::Branch& branch_;
};

}  // namespace

AtPoint::AtPoint(const Shared& shared, std::vector<Rational> x, std::int64_t target, long input)
    : shared_(shared), point_(shared.ready, std::move(x)), target_(target), input_(input) {}

const region::Edges& AtPoint::edges() {
  if (!edges_) edges_ = std::make_unique<region::Edges>(region::find_edges(point_, shared_.whole));
  return *edges_;
}

const std::vector<Map>& AtPoint::maps(std::size_t rule_case) {
  if (const auto found = maps_.find(rule_case); found != maps_.end()) return found->second;
  auto& maps = maps_[rule_case];
  const auto& rules = shared_.subject.cases[rule_case];
  const net::Network& network = *shared_.subject.network;
  for (const auto& options : edges().full) {
    Map map;
    map.options = options;
    map.branch = region::with_options(point_, edges(), options);
    const BranchSigns signs(point_, map.branch, edges(), options, rules.assignment, shared_.subject.settings.domain);
    const auto start = attr::start_relevance<Interval>(network, point_.bounds(), rules.rules.start, {target_});
    map.relevance = shared_.bounds[rule_case]->run(point_.bounds(), start, signs, &map.trace);
    map.gradient =
        region::all_gradients(point_, shared_.whole, network.output(), target_, region::choice_of(map.branch));
    maps.push_back(std::move(map));
  }
  return maps;
}

bool AtPoint::exact_affordable(std::size_t rule_case) const {
  const std::int64_t budget = shared_.subject.settings.exact_budget;
  return shared_.reduces_by_form[rule_case] ? shared_.cost * 4 <= budget : shared_.cost * 4000 <= budget;
}

const attr::Relevance<Rational>* AtPoint::exact_map(std::size_t rule_case) {
  if (!exact_affordable(rule_case) || maps(rule_case).size() != 1) return nullptr;
  if (!shared_.has_exact_engine(rule_case)) return nullptr;
  if (const auto found = exact_.find(rule_case); found != exact_.end()) return &found->second;
  const auto& rules = shared_.subject.cases[rule_case];
  if (!exact_values_) exact_values_ = std::make_unique<net::Values<Rational>>(shared_.exact_ready().run(point_.x(), 1));
  const auto start =
      attr::start_relevance<Rational>(*shared_.subject.network, *exact_values_, rules.rules.start, {target_});
  exact_[rule_case] = shared_.exact_engine(rule_case).run(*exact_values_, start, ExactSigns(maps(rule_case)[0].branch));
  return &exact_[rule_case];
}

// Relevance passes unchanged from the output down to `node` when only passing activations and reshapes lie between.
bool AtPoint::output_passes_to(std::size_t rule_case, NodeId node) const {
  const net::Network& network = *shared_.subject.network;
  for (NodeId id = node; id != network.output();) {
    const auto& readers = network.readers(id);
    if (readers.size() != 1) return false;
    id = readers[0];
    if (std::holds_alternative<net::Reshape>(network.node(id).op)) continue;
    const auto& rule = shared_.subject.cases[rule_case].assignment.of[std::size_t(id)];
    const auto* named = rule ? std::get_if<rule::NamedRule>(&rule->body) : nullptr;
    if (!named || named->kind != rule::NamedRule::Kind::pass) return false;
  }
  return true;
}

const Rational* AtPoint::exact_relevance(std::size_t rule_case, NodeId node, std::int64_t element) {
  static const Rational kZero, kOne(1);
  const rule::Start start = shared_.subject.cases[rule_case].rules.start;
  if (start != rule::Start::contrast && output_passes_to(rule_case, node)) {
    if (element != target_) return &kZero;
    return start == rule::Start::one ? &kOne : &point_.exact(shared_.subject.network->output(), target_);
  }
  const auto* map = exact_map(rule_case);
  if (!map) return nullptr;
  const auto& tensor = map->of[std::size_t(node)];
  return tensor.empty() ? &kZero : &tensor[std::size_t(element)];
}

std::vector<Rational> pair_of(const Interval& i) {
  if (!i.is_bounded()) return {};
  return {Rational(i.lo), Rational(i.hi)};
}

namespace {

// pair_of has nothing to write for an unbounded enclosure: such a witness shows nothing to whoever replays it.
bool lacks_a_pair(const claim::Witness& witness) {
  constexpr const char* kPairs[] = {"above",       "amount",     "at_input",         "at_point", "at_root",   "below",
                                    "denominator", "difference", "gradient_x_input", "output",   "relevance", "share",
                                    "t",           "value"};
  return std::any_of(std::begin(kPairs), std::end(kPairs), [&](const char* name) {
    const auto found = witness.numbers.find(name);
    return found != witness.numbers.end() && found->second.empty();
  });
}

}  // namespace

void Tally::reason(const std::string& text) {
  if (!std::count(reasons.begin(), reasons.end(), text) && reasons.size() < 8) reasons.push_back(text);
}

void Tally::add(claim::Verdict verdict, claim::Exemplar exemplar) {
  if (lacks_a_pair(exemplar.witness)) return unknown("a number of the witness lies beyond the range of doubles");
  ++counts.places;
  if (verdict == claim::Verdict::proved) ++counts.proved;
  if (verdict == claim::Verdict::refuted) ++counts.refuted;
  constexpr long kKept = 3;
  const auto kept =
      std::count_if(exemplars.begin(), exemplars.end(), [&](const auto& e) { return e.verdict == verdict; });
  if (kept >= kKept && !(all_proved && verdict == claim::Verdict::proved)) return;
  exemplar.verdict = verdict;
  exemplars.push_back(std::move(exemplar));
}

void Tally::unknown(const std::string& text) {
  ++counts.places, ++counts.unknown;
  reason(text);
}

void Tally::rejected(const std::string& text) {
  ++counts.places, ++counts.rejected;
  reason(text);
}

void Tally::vacuous(const std::string& text) {
  ++counts.places, ++counts.vacuous;
  reason(text);
}

}  // namespace lrproof::prove
