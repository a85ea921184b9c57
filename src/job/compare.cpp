// canon.bound and net.equal: what the provers say of two networks, as findings.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cert/difference.hpp"
#include "job/canonize.hpp"
#include "prove/apart.hpp"
#include "prove/difference.hpp"
#include "prove/equal.hpp"

namespace lrproof::job {

using claim::Finding;
using claim::Verdict;
using num::Interval;
using num::Rational;

namespace {

constexpr double kLoose = 1000;                 // a bound beyond so many times the largest difference seen
constexpr std::int64_t kSmallCost = 3'000'000;  // multiply-adds of a network whose difference is searched over a box

std::string figure(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}

Interval box_side(const Comparison& c) { return {Interval(c.domain->first).lo, Interval(c.domain->second).hi}; }

std::string domain_words(const Comparison& c) {
  return "[" + c.domain->first.to_string() + ", " + c.domain->second.to_string() + "]";
}

std::vector<Interval> box_of(const net::Network& network, const Comparison& c) {
  return std::vector<Interval>(std::size_t(network.input_size()), box_side(c));
}

void decide(Finding& finding, Verdict verdict, const std::string& reason) {
  finding.counts = {};
  finding.counts.places = 1;
  if (verdict == Verdict::proved) finding.counts.proved = 1, finding.trust = claim::Trust::evaluated;
  if (verdict == Verdict::refuted) finding.counts.refuted = 1, finding.trust = claim::Trust::evaluated;
  if (verdict == Verdict::unknown) finding.counts.unknown = 1;
  if (!reason.empty()) finding.reasons = {reason};
  const auto trust = finding.trust;
  claim::settle(finding);
  finding.trust = verdict == Verdict::unknown ? claim::Trust::none : trust;
}

/// The bound's verdict: with a tolerance, whether it is kept; else whether there is a bound.
void decide_bound(Finding& finding, const Comparison& c, double bound, double seen, const std::string& blocked) {
  finding.numbers["bound"] = bound;
  finding.numbers["largest_seen"] = seen;
  if (seen > 0 && std::isfinite(bound)) finding.numbers["ratio"] = bound / seen;
  if (!std::isfinite(bound)) return decide(finding, Verdict::unknown, blocked.empty() ? "no finite bound" : blocked);
  if (!c.tolerance || !(*c.tolerance < Rational(bound))) return decide(finding, Verdict::proved, "");
  decide(finding, Verdict::unknown, "the bound " + figure(bound) + " exceeds the tolerance");
}

double widest(const std::vector<Interval>& differences) {
  double most = 0;
  for (const auto& d : differences) most = std::max(most, d.magnitude());
  return most;
}

std::string opaque_in(const net::Network& f, const net::Network& g) {
  for (const auto* network : {&f, &g})
    if (const auto id = network->first_opaque(); id >= 0)
      return network->node(id).type + " at " + network->node(id).name + " has no enclosure";
  return "";
}

/// Enclosures of f - g over boxes: layer by layer where the networks differ in constants alone, else apart.
std::vector<Interval> enclosed(const net::Network& f, const net::Network& g, const std::vector<Interval>& boxes,
                               std::int64_t batch) {
  if (prove::not_aligned(f, g).empty()) return prove::difference_over(f, g, boxes, batch);
  const auto a = net::evaluate<Interval>(f, boxes, batch).of[std::size_t(f.output())];
  const auto b = net::evaluate<Interval>(g, boxes, batch).of[std::size_t(g.output())];
  std::vector<Interval> out;
  for (std::size_t k = 0; k < a.size(); ++k) out.push_back(a[k] - b[k]);
  return out;
}

claim::Exemplar exemplar_of(const prove::Apart& apart, const Comparison& c) {
  claim::Exemplar shown;
  shown.verdict = Verdict::refuted, shown.neuron = long(apart.element);
  auto& witness = shown.witness;
  witness.kind = apart.f.empty() ? "difference-enclosed" : "difference";
  witness.indices["element"] = long(apart.element);
  witness.numbers["input"] = apart.at;
  if (apart.f.empty()) {
    witness.numbers["first"] = {Rational(apart.f_here.lo), Rational(apart.f_here.hi)};
    witness.numbers["second"] = {Rational(apart.g_here.lo), Rational(apart.g_here.hi)};
  } else {
    witness.numbers["first"] = apart.f, witness.numbers["second"] = apart.g;
  }
  if (!c.inputs) return shown;
  const auto n = std::size_t(c.inputs->size);
  for (long row = 0; row < c.inputs->count && shown.input < 0; ++row) {
    bool same = true;
    for (std::size_t k = 0; k < n && same; ++k)
      same = Rational(c.inputs->values[std::size_t(row) * n + k]) == apart.at[k];
    if (same) shown.input = row;
  }
  return shown;
}

prove::ApartQuestion question_of(const net::Network& f, const net::Network& g, const Comparison& c) {
  prove::ApartQuestion question{f, g, c.tolerance.value_or(Rational(0)), c.domain, {}, c.seed};
  if (c.inputs) question.inputs = c.inputs->values;
  return question;
}

/// A finding of how far the two values of one output are apart; `where` ends its statement.
Finding bound_of(const Rounding& rounding, const char* scope, const std::string& where) {
  Finding finding;
  finding.check = "canon.bound", finding.scope.kind = scope, finding.prover = "difference";
  finding.place.node = rounding.output;
  finding.statement = "|f before - f after|" + (rounding.output.empty() ? "" : " of output '" + rounding.output + "'") +
                      where + (rounding.before.removed.empty() ? "" : ", before the head");
  return finding;
}

Finding bound_at_inputs(const Rounding& rounding, const Comparison& c) {
  auto finding = bound_of(rounding, "points", " at " + std::to_string(c.inputs->count) + " inputs");
  const auto &before = rounding.before.network, &after = rounding.after.network;
  const auto blocked = opaque_in(before, after);
  const auto seen = prove::sampled_difference(before, after, c.inputs->values);
  const bool aligned = prove::not_aligned(before, after).empty();
  double bound = blocked.empty() ? 0 : HUGE_VAL, ratio = 0;
  const auto n = c.inputs->size;
  for (long row = 0; row < c.inputs->count; ++row) {
    finding.scope.inputs.push_back(row);
    if (!blocked.empty()) continue;
    const auto begin = c.inputs->values.begin() + row * n;
    double here =
        aligned ? widest(prove::difference_at(before, after, std::vector<double>(begin, begin + n))) : HUGE_VAL;
    // Both lose digits with every layer; the plain ones are cut by what each network's values say.
    if (!(here <= kLoose * seen[std::size_t(row)]))
      here = std::min(here, widest(enclosed(before, after, std::vector<Interval>(begin, begin + n), 1)));
    bound = std::max(bound, here);
    if (seen[std::size_t(row)] > 0) ratio = std::max(ratio, here / seen[std::size_t(row)]);
  }
  decide_bound(finding, c, bound, seen.empty() ? 0 : *std::ranges::max_element(seen), blocked);
  if (ratio > 0) finding.numbers["largest_ratio_at_one_input"] = ratio;
  return finding;
}

Finding bound_over_domain(const Rounding& rounding, const Comparison& c) {
  auto finding = bound_of(rounding, "box", " for every input in " + domain_words(c));
  const auto &before = rounding.before.network, &after = rounding.after.network;
  const auto blocked = opaque_in(before, after);
  const double bound = blocked.empty() ? widest(enclosed(before, after, box_of(before, c), 1)) : HUGE_VAL;
  const auto found = prove::look_apart(question_of(before, after, c));
  decide_bound(finding, c, bound, found.largest, blocked);
  if (c.tolerance && found.witness) {
    finding.exemplars.push_back(exemplar_of(*found.witness, c));
    decide(finding, Verdict::refuted, "");
  }
  return finding;
}

/// A bound over the domain for networks that are not the same graph.
void bound_equal(Finding& finding, const Side& f, const Side& g, const Comparison& c, const std::string& blocked) {
  if (!c.domain)
    return decide(finding, Verdict::unknown, "not the same graph, and no input found that tells them apart");
  finding.scope.kind = "box";
  if (!blocked.empty()) return decide(finding, Verdict::unknown, blocked);
  const auto box = box_of(f.network, c);
  double bound =
      std::min(widest(enclosed(f.network, g.network, box, 1)), widest(enclosed(f.canonized, g.canonized, box, 1)));
  const Rational tolerance = c.tolerance.value_or(Rational(0));
  if ((!std::isfinite(bound) || tolerance < Rational(bound)) && prove::evaluation_cost(f.network) <= kSmallCost) {
    if (const auto difference = prove::difference_network(f.canonized, g.canonized)) {
      const auto question = question_of(f.network, g.network, c);
      std::optional<prove::Apart> witness;
      const auto answer = prove::search_far(
          *difference, box, tolerance, c.tolerance ? c.steps : 0, [&](const std::vector<Rational>& x) {
            const bool inside = std::ranges::all_of(
                x, [&](const Rational& v) { return c.domain->first <= v && v <= c.domain->second; });
            if (inside) witness = prove::apart_at(question, x);
            return witness.has_value();
          });
      finding.steps = answer.parts;
      if (witness) {
        finding.exemplars.push_back(exemplar_of(*witness, c));
        return decide(finding, Verdict::refuted, "");
      }
      bound = std::min(bound, answer.bound);
    }
  }
  finding.numbers["bound"] = bound;
  if (std::isfinite(bound) && !(tolerance < Rational(bound))) return decide(finding, Verdict::proved, "");
  decide(finding, Verdict::unknown,
         std::isfinite(bound) ? "bounded only: |f - g| is at most " + figure(bound) + " over the domain"
                              : "no finite bound over the domain");
}

}  // namespace

std::vector<Finding> bound_findings(const Rounding& rounding, const Comparison& c) {
  std::vector<Finding> out;
  if (c.inputs) out.push_back(bound_at_inputs(rounding, c));
  if (c.domain) out.push_back(bound_over_domain(rounding, c));
  return out;
}

namespace {

/// Why values before the heads tell nothing of the models, or nothing: one output each, and the same head behind it.
std::string beyond_values(const Side& f, const Side& g) {
  const auto &a = *f.whole, &b = *g.whole;
  if (a.outputs().size() != 1 || b.outputs().size() != 1)
    return "not supported: models with several outputs that are not the same graph";
  if (f.cut.size() != g.cut.size()) return "not supported: the models end in different heads";
  for (std::size_t k = 0; k < f.cut.size(); ++k) {
    const auto left = a.find(f.cut[k]), right = b.find(g.cut[k]);
    if (left < 0 || right < 0 || a.node(left).op != b.node(right).op || a.node(left).shape != b.node(right).shape)
      return "not supported: the models end in different heads";
    const auto below_left = a.node(left).inputs, below_right = b.node(right).inputs;
    if (below_left.size() != 1 || below_right.size() != 1 ||
        a.node(below_left[0]).shape != b.node(below_right[0]).shape)
      return "not supported: the models end in different heads";
  }
  const auto chain = [](const Side& side) {  // the first that is removed is the output, and each stands behind the next
    auto at = side.whole->output();
    for (const auto& name : side.cut) {
      if (side.whole->node(at).name != name) return false;
      at = side.whole->node(at).inputs[0];
    }
    return true;
  };
  return chain(f) && chain(g) ? "" : "not supported: a head on a branch of the output";
}

}  // namespace

std::pair<Finding, std::string> equal_finding(const Side& f, const Side& g, const Comparison& c) {
  Finding finding;
  finding.check = "net.equal", finding.scope.kind = c.domain ? "box" : "everywhere", finding.prover = "graph";
  const std::string claim = c.tolerance && !c.tolerance->is_zero() ? "|f(x) - g(x)| <= " + c.tolerance->to_string()
                                                                   : std::string("f(x) = g(x)");
  finding.statement = claim + " for every input" + (c.domain ? " in " + domain_words(c) : std::string());
  const auto sameness = prove::same_graph(*f.whole, *g.whole);
  if (!sameness.same) {
    if (const auto beyond = beyond_values(f, g); !beyond.empty()) {
      decide(finding, Verdict::unknown, beyond);
      return {std::move(finding), ""};
    }
    if (!f.cut.empty()) finding.statement += ", before the head";
  }
  if (sameness.same) {
    finding.scope.kind = "everywhere", finding.numbers["bound"] = 0;
    decide(finding, Verdict::proved, "");
    return {std::move(finding), ""};
  }
  finding.place.node = sameness.where;
  const auto blocked = opaque_in(f.network, g.network);
  const auto found = prove::look_apart(question_of(f.network, g.network, c));
  finding.numbers["largest_seen"] = found.largest, finding.prover = "search";
  if (found.witness) {
    finding.exemplars.push_back(exemplar_of(*found.witness, c));
    decide(finding, Verdict::refuted, "");
  } else {
    bound_equal(finding, f, g, c, blocked);
  }
  if (finding.exemplars.empty() || finding.exemplars[0].witness.kind != "difference") return {std::move(finding), ""};
  const auto& numbers = finding.exemplars[0].witness.numbers;
  const auto replayed = cert::replay_values(
      numbers.at("input"), {{f.bytes, f.cut, numbers.at("first")}, {g.bytes, g.cut, numbers.at("second")}});
  if (replayed.verdict == cert::Verdict::accepted) finding.trust = claim::Trust::checked;
  if (replayed.verdict == cert::Verdict::not_covered) finding.reasons.push_back("not replayed: " + replayed.why);
  std::string bug = replayed.verdict == cert::Verdict::rejected ? "net.equal: " + replayed.why : std::string();
  return {std::move(finding), std::move(bug)};
}

}  // namespace lrproof::job
