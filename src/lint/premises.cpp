// Lint rules about what rules need of what they read (PRE-1): signs of inputs, bounds of boxes, a positive output.
#include <algorithm>

#include "lint/look.hpp"
#include "prove/rule_law_proofs.hpp"
#include "prove/tap_form.hpp"

namespace lrproof::lint {

using num::Rational;
using prove::TapClass;

namespace {

std::string rule_word(Look& look, std::size_t c, NodeId id) { return "rule \"" + look.rule_at(c, id)->name + "\""; }

// Elements of what the node reads, one after the other.
template <class See>
void each_operand(Look& look, NodeId id, const Tensors& values, See see) {
  for (const NodeId in : look.node(id).inputs)
    for (std::size_t k = 0; k < values.of[std::size_t(in)].size(); ++k) see(in, k, values.of[std::size_t(in)][k]);
}

// Some term has numerators of one sign where a >= 0, and not where a < 0.
bool needs_nonnegative_inputs(const rule::AffineRule& rule) {
  if (prove::has_premise(rule, rule::Premise::inputs_nonnegative)) return true;
  const bool in_domain = prove::has_premise(rule, rule::Premise::inputs_in_domain);
  for (const auto& term : rule.terms)
    for (const int side : {1, -1}) {
      bool above = true, below = true;
      for (const TapClass c : prove::tap_classes(rule)) {
        const auto form = prove::scaled(prove::numerator_on(term, c), Rational(side));
        (c.a >= 0 ? above : below) &= prove::surely_nonnegative(form, c, in_domain);
      }
      if (above && !below) return true;
    }
  return false;
}

// The first input that was tried at which an element is beyond a bound, with that element.
struct Beyond {
  const Trial* trial = nullptr;
  NodeId of = -1;
  std::size_t element = 0;
  Interval value;
};
template <class Breaks>
Beyond find_beyond(Look& look, NodeId id, Breaks breaks) {
  for (const auto& trial : look.trials()) {
    Beyond found;
    each_operand(look, id, trial.values, [&](NodeId in, std::size_t k, const Interval& a) {
      if (!found.trial && breaks(a)) found = {&trial, in, k, a};
    });
    if (found.trial) return found;
  }
  return {};
}

}  // namespace

void indefinite_inputs(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule || !needs_nonnegative_inputs(*rule)) continue;
    const std::string read = "what " + name_of(look.node(id)) + " reads";
    Draft draft(look, "A012", int(c), id,
                rule_word(look, c, id) + " needs inputs >= 0, and " + read + " may be negative");
    draft.over_domain().fix("z-plus splits inputs and weights; box bounds suit a first layer");
    if (look.reads_nonnegative(id)) {
      draft.finding.statement = read + " is >= 0, as " + rule_word(look, c, id) + " needs";
      out.push_back(draft.proved());
      continue;
    }
    const auto found = find_beyond(look, id, [](const Interval& a) { return a.hi < 0; });
    if (found.trial)
      draft.witness(*found.trial, "negative-input", {{"element", long(found.element)}}, {{"a", {found.value}}});
    out.push_back(found.trial ? draft.refuted() : draft.unknown(undecided(look)));
  }
}

namespace {

// Weighs positive and negative contributions differently, whatever the sign of their sum.
bool favours_one_sign(const rule::AffineRule& rule) {
  for (const auto& term : rule.terms) {
    if (term.gate != rule::Gate::always) continue;
    const auto up = prove::numerator_on(term, {1, 1}), down = prove::numerator_on(term, {1, -1});
    const auto is_product = [](const prove::TapForm& form) {
      return form.size() >= 1 && std::all_of(form.begin(), form.end(), [](const auto& entry) {
               return entry.first.first == prove::Factor::a && entry.first.second % 2 == 1;
             });
    };
    if (is_product(up) && is_product(down) && up != down) return true;
  }
  return false;
}

// A unit at z <= 0 has no relevance: a ReLU alone reads it, and that passes what it gets where it is on.
bool only_relu_reads(Look& look, NodeId id) {
  const auto& readers = look.network().readers(id);
  return id != look.network().output() && !readers.empty() &&
         std::all_of(readers.begin(), readers.end(), [&](NodeId r) {
           const auto* activation = std::get_if<net::Activation>(&look.node(r).op);
           return activation && activation->kind == "relu";
         });
}

}  // namespace

void gamma_without_split(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.affine_at(c, id);
    if (!rule || !favours_one_sign(*rule) || only_relu_reads(look, id)) continue;
    Draft draft(look, "A013", int(c), id,
                rule_word(look, c, id) + " favours positive contributions at " + name_of(look.node(id)) +
                    " also where their sum is negative");
    draft.over_domain().fix("gamma with a term for z > 0 and one for z < 0");
    const auto of = std::size_t(id);
    bool proved = look.bounds() != nullptr;
    if (proved)
      for (const Interval& z : look.bounds()->of[of]) proved = proved && z.lo >= 0;
    if (proved) {
      draft.finding.statement = "no unit of " + name_of(look.node(id)) + " is negative";
      out.push_back(draft.proved());
      continue;
    }
    bool seen = false;
    for (const auto& trial : look.trials()) {
      const auto& z = trial.values.of[of];
      const auto below = std::find_if(z.begin(), z.end(), [](const Interval& t) { return t.hi < 0; });
      if (!(seen = below != z.end())) continue;
      draft.witness(trial, "negative-unit", {{"unit", long(below - z.begin())}}, {{"z", {*below}}});
      break;
    }
    out.push_back(seen ? draft.refuted() : draft.unknown(undecided(look)));
  }
}

void boxes_too_small(Look& look, std::size_t c, Findings& out) {
  if (!look.bounded()) return;  // the box is then the only domain there is
  const auto& own = look.rules(c).rules;
  const auto& domain = look.subject().domain;
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.rule_at(c, id);
    if (!rule || !look.affine_at(c, id) || !rule::needs_bounds(*rule)) continue;
    // The rule set's own box is what the rules mean without --domain.
    const auto &low = own.low ? own.low : domain.low, &high = own.high ? own.high : domain.high;
    const std::string box = "[" + low->to_string() + ", " + high->to_string() + "]";
    const std::string read = "what " + name_of(look.node(id)) + " reads";
    Draft draft(look, "A020", int(c), id, read + " leaves the box " + box + " of " + rule_word(look, c, id));
    draft.over_domain().fix("low and high of the tensor that the layer reads, after any normalisation");
    if (look.bounds()) {
      bool inside = true;
      each_operand(look, id, *look.bounds(), [&](NodeId, std::size_t, const Interval& a) {
        inside = inside && a.is_bounded() && *low <= Rational(a.lo) && Rational(a.hi) <= *high;
      });
      if (inside) {
        draft.finding.statement = read + " stays in the box " + box + " of " + rule_word(look, c, id);
        out.push_back(draft.proved());
        continue;
      }
    }
    const auto found = find_beyond(look, id, [&](const Interval& a) {
      return a.is_bounded() && (Rational(a.hi) < *low || *high < Rational(a.lo));
    });
    if (found.trial) {
      draft.witness(*found.trial, "outside-box", {{"element", long(found.element)}}, {{"a", {found.value}}});
      out.push_back(draft.refuted());
    } else {
      out.push_back(draft.unknown(undecided(look)));
    }
  }
}

void outputs_not_positive(Look& look, std::size_t c, Findings& out) {
  std::string needs;
  for (NodeId id = 0; id < look.network().size() && needs.empty(); ++id)
    if (const auto* rule = look.affine_at(c, id); rule && prove::has_premise(*rule, rule::Premise::output_positive))
      needs = look.rule_at(c, id)->name;
  if (needs.empty()) return;
  const NodeId output = look.network().output();
  Draft draft(look, "A021", int(c), output,
              "rule \"" + needs + "\" needs a positive output to explain, and no output may be");
  draft.finding.place.line = 0;
  draft.over_domain().fix("explain inputs whose output is positive, or a rule without the premise f > 0");
  const auto of = std::size_t(output);
  const auto above = [](const Interval& f) { return f.lo > 0; };
  if (look.bounds() && std::any_of(look.bounds()->of[of].begin(), look.bounds()->of[of].end(), above)) {
    draft.finding.statement = "the largest output is positive, as rule \"" + needs + "\" needs";
    out.push_back(draft.proved());
    return;
  }
  for (const auto& trial : look.trials()) {
    const auto& f = trial.values.of[of];
    if (!std::all_of(f.begin(), f.end(), [](const Interval& t) { return t.hi <= 0; })) continue;
    const auto largest = std::max_element(f.begin(), f.end(), [](auto& a, auto& b) { return a.hi < b.hi; });
    draft.witness(trial, "no-positive-output", {{"unit", long(largest - f.begin())}}, {{"output", {*largest}}});
    out.push_back(draft.refuted());
    return;
  }
  out.push_back(draft.unknown(undecided(look)));
}

}  // namespace lrproof::lint
