#include "prove/relevance_size.hpp"

#include <algorithm>

#include "prove/denominator_form.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;
using num::Sign;
using Kind = rule::NamedRule::Kind;

namespace {

Rational slope_of(const AffineForm& form, std::size_t k) { return k < form.slope.size() ? form.slope[k] : Rational(); }

bool is_zero(const AffineForm& form) { return form.is_constant() && form.constant.is_zero(); }

// g = c form for some number c.
bool is_multiple(const AffineForm& g, const AffineForm& form) {
  if (is_zero(g)) return true;
  const std::size_t n = std::max(g.slope.size(), form.slope.size());
  Rational c, by;
  for (std::size_t k = 0; k <= n && by.is_zero(); ++k) {
    by = k < n ? slope_of(form, k) : form.constant;
    if (!by.is_zero()) c = (k < n ? slope_of(g, k) : g.constant) / by;
  }
  if (by.is_zero() || g.constant != c * form.constant) return false;
  for (std::size_t k = 0; k < n; ++k)
    if (slope_of(g, k) != c * slope_of(form, k)) return false;
  return true;
}

bool has_input_factor(const rule::Product& p) {
  return p.phi == rule::Phi::a || p.phi == rule::Phi::pos || p.phi == rule::Phi::neg;
}

}  // namespace

// A form that is >= 0 on a polytope bounds, up to a factor, every form that is 0 wherever it is 0 (at the vertices,
// hence between them). The factor is guessed and certified.
bool vanishes_with(const Polytope& polytope, const AffineForm& g, const AffineForm& form, int side) {
  if (is_multiple(g, form)) return true;
  if (side == 0) return false;  // 0 on a hyperplane through the inside: only its multiples are
  for (const double c : {1.0, 0x1p10, 0x1p20, 0x1p30}) {
    bool below = true;
    for (const int sign : {1, -1}) {
      AffineForm room = Rational(double(side) * c) * form;
      room.add(g, Rational(-sign));
      const auto least = minimum(polytope, room).bound;
      below = below && least && least->sign() >= 0;
      if (!below) break;
    }
    if (below) return true;
  }
  return false;
}

Divisor divisor_of(Region& region, NodeId node, const rule::Term& term, std::int64_t unit) {
  using How = rule::Stabilizer::Kind;
  const auto& s = term.stabilizer;
  Divisor out;
  if (s.rms) return out.open = "its stabilizer follows a root mean square", out;
  const auto d = denominator_form(region, node, term, unit);
  if (!d) return out.open = "its denominator takes the sign of an input that changes on the region", out;
  out.form = *d;
  if (s.kind == How::unsigned_) out.form.constant += s.epsilon;
  if (s.kind == How::signed_) out.offset = s.epsilon;
  if (s.kind == How::clip) out.floor = s.epsilon;
  return out;
}

RelevanceSize::RelevanceSize(Region& region, const prop::RuleCase& rules, const RegionBounds& bounds)
    : region_(region), rules_(rules), bounds_(bounds), network_(region.at->point().network()) {}

const RelevanceSize::Forms& RelevanceSize::of(NodeId node, std::int64_t element) {
  const std::pair key(node, element);
  if (const auto found = sizes_.find(key); found != sizes_.end()) return found->second;
  Forms made = make(node, element);
  return sizes_[key] = std::move(made);
}

RelevanceSize::Forms RelevanceSize::make(NodeId node, std::int64_t element) {
  std::vector<AffineForm> sum;
  const auto& held = bounds_.relevance.of[std::size_t(node)];
  if (held.empty() || held[std::size_t(element)].is_zero()) return sum;
  if (node == network_.output()) {
    const bool target = element == region_.at->target();
    if (rules_.rules.start == rule::Start::contrast) return std::nullopt;  // the runner-up may change
    if (target && rules_.rules.start == rule::Start::value) sum.push_back(region_.forms->form(node, element));
    if (target && rules_.rules.start == rule::Start::one) sum.push_back({{}, Rational(1)});
  }
  if (passed_to(node, element)) return std::nullopt;
  for (const Reading& by : readings(node)[std::size_t(element)])
    if (!add(sum, node, element, by)) return std::nullopt;
  return sum;
}

// Under the rule "pass" an affine reader hands its relevance to the element of the same number, whether it reads it or
// not.
bool RelevanceSize::passed_to(NodeId node, std::int64_t element) const {
  for (const NodeId reader : network_.readers(node)) {
    const auto& rule = rules_.assignment.of[std::size_t(reader)];
    if (!rule || !net::is_affine(network_.node(reader).op) || !std::holds_alternative<rule::NamedRule>(rule->body))
      continue;
    const auto& held = bounds_.relevance.of[std::size_t(reader)];
    if (!held.empty() && (std::size_t(element) >= held.size() || !held[std::size_t(element)].is_zero())) return true;
  }
  return false;
}

bool RelevanceSize::add_all(std::vector<AffineForm>& sum, NodeId node, std::int64_t element) {
  const Forms& more = of(node, element);
  if (more) sum.insert(sum.end(), more->begin(), more->end());
  return more.has_value();
}

bool RelevanceSize::add(std::vector<AffineForm>& sum, NodeId node, std::int64_t element, const Reading& by) {
  const auto& held = bounds_.relevance.of[std::size_t(by.reader)];
  if (held.empty() || held[std::size_t(by.unit)].is_zero()) return true;
  const net::Node& reader = network_.node(by.reader);
  const auto& rule = rules_.assignment.of[std::size_t(by.reader)];
  if (net::is_affine(reader.op)) {
    const auto* affine = rule ? std::get_if<rule::AffineRule>(&rule->body) : nullptr;
    return affine && add_affine(sum, node, element, by, *affine);
  }
  const auto* named = rule ? std::get_if<rule::NamedRule>(&rule->body) : nullptr;
  if (std::holds_alternative<net::Activation>(reader.op)) {
    // One piece on the whole region: its slope is a number.
    const bool known = named && (named->kind == Kind::pass || named->kind == Kind::gradient);
    return known && add_all(sum, by.reader, by.unit);
  }
  if (std::holds_alternative<net::Max>(reader.op) || std::holds_alternative<net::MaxPool>(reader.op)) {
    if (!named || named->kind != Kind::winner) return false;
    return !wins(node, element, by) || add_all(sum, by.reader, by.unit);
  }
  if (std::holds_alternative<net::Select>(reader.op) || std::holds_alternative<net::Concat>(reader.op) ||
      std::holds_alternative<net::Reshape>(reader.op))
    return add_all(sum, by.reader, by.unit);
  return false;
}

bool RelevanceSize::wins(NodeId node, std::int64_t element, const Reading& by) const {
  const auto& point = region_.at->point();
  const auto from = region::candidates(point.ready(), by.reader, by.unit);
  std::vector<int> winners{point.branch().choice[std::size_t(by.reader)][std::size_t(by.unit)]};
  for (const auto& tie : point.ties())
    if (tie.node == by.reader && tie.element == by.unit)
      winners.insert(winners.end(), tie.options.begin(), tie.options.end());
  return std::any_of(winners.begin(), winners.end(),
                     [&](int w) { return from[std::size_t(w)] == std::pair(node, element); });
}

// sum of k g n_ij R_j / S_j: a quotient that is bounded, times the numerator.
bool RelevanceSize::add_affine(std::vector<AffineForm>& sum, NodeId node, std::int64_t element, const Reading& by,
                               const rule::AffineRule& rule) {
  const net::Linear& linear = region_.at->shared().ready.linear(by.reader);
  const Rational w = linear.weights().rational(std::size_t(by.weight));
  const Sign z = bounds_.values.of[std::size_t(by.reader)][std::size_t(by.unit)].sign();
  bool some = false, factor = true;
  for (std::size_t t = 0; t < rule.terms.size(); ++t) {
    const auto& term = rule.terms[t];
    if (term.gate != rule::Gate::always && z != Sign::unknown && !rule::opens(term.gate, z)) continue;
    bool products = false;
    for (const auto& p : term.numerator) {
      if ((p.coefficient * factor_of_weight(p.psi, w)).is_zero()) continue;
      products = true, factor = factor && has_input_factor(p);
    }
    if (products && !quotient_is_bounded(by.reader, by.unit, t)) return false;
    some = some || products;
  }
  if (some) sum.push_back(factor ? region_.forms->form(node, element) : AffineForm{{}, Rational(1)});
  return true;
}

bool RelevanceSize::quotient_is_bounded(NodeId node, std::int64_t unit, std::size_t term) {
  const std::tuple key(node, unit, term);
  if (const auto found = quotients_.find(key); found != quotients_.end()) return found->second;
  return quotients_[key] = judge_quotient(node, unit, term);
}

// Next to every input of the region: the forms are continuous, and so bounded there.
bool RelevanceSize::judge_quotient(NodeId node, std::int64_t unit, std::size_t t) {
  const Forms& size = of(node, unit);
  if (!size) return false;
  const auto& trace = bounds_.trace.of[std::size_t(node)].terms;
  if (t >= trace.size() || trace[t].divisor.empty()) return false;
  if (trace[t].divisor[std::size_t(unit)].mignitude() > 0) return true;
  const auto& rule = std::get<rule::AffineRule>(rules_.assignment.of[std::size_t(node)]->body);
  const Divisor divisor = divisor_of(region_, node, rule.terms[t], unit);
  if (!divisor.open.empty()) return false;
  if (divisor.offset.sign() > 0 || divisor.floor.sign() > 0) return true;
  const bool multiples =
      std::all_of(size->begin(), size->end(), [&](const AffineForm& g) { return is_multiple(g, divisor.form); });
  if (multiples) return true;
  const LeastSize least = least_size(region_.polytope, divisor.form);
  if (least.bound && least.bound->sign() > 0) return true;
  return std::all_of(size->begin(), size->end(),
                     [&](const AffineForm& g) { return vanishes_with(region_.polytope, g, divisor.form, least.side); });
}

// Who reads the elements of a node, found once for all of them.
const std::vector<std::vector<RelevanceSize::Reading>>& RelevanceSize::readings(NodeId node) {
  if (const auto found = readings_.find(node); found != readings_.end()) return found->second;
  auto& all = readings_[node];
  all.resize(std::size_t(network_.node(node).size()));
  std::vector<NodeId> readers = network_.readers(node);
  std::sort(readers.begin(), readers.end());
  readers.erase(std::unique(readers.begin(), readers.end()), readers.end());
  const auto& ready = region_.at->shared().ready;
  for (const NodeId r : readers) {
    const net::Node& reader = network_.node(r);
    for (std::int64_t k = 0; k < reader.size(); ++k) {
      if (net::is_affine(reader.op)) {
        ready.linear(r).taps(k, [&](std::int64_t in, std::int64_t w) {
          const bool several = reader.inputs.size() > 1;
          if (reader.inputs[several ? std::size_t(in / reader.size()) : 0] == node)
            all[std::size_t(several ? in % reader.size() : in)].push_back({r, k, w});
        });
      } else if (std::holds_alternative<net::Max>(reader.op) || std::holds_alternative<net::MaxPool>(reader.op)) {
        for (const auto& [from, element] : region::candidates(ready, r, k))
          if (from == node) all[std::size_t(element)].push_back({r, k, -1});
      } else {
        const auto [from, element] = region::moved_from(network_, r, k);
        if (from == node) all[std::size_t(element)].push_back({r, k, -1});
      }
    }
  }
  return all;
}

}  // namespace lrproof::prove
