// root.constant (GXI-3): given roots, each in its cell, and full-backward decomposition with them.
//
// Lemma (scopes). Let all root functions be constant and P a polyhedron of the input on which the network is affine,
// every tensor of the chain included. Then on P: the suffix at T_l(x) has one closed cell, so that a constant lies in
// it for all x or for none; the slopes of all R^l are the same at all x, so that R^0(x) = diag(s) x - q with one s and
// one q, and so is grad f_c (*) (x - c_0). The two are equal on P exactly when s = grad f_c and q = grad f_c (*) c_0,
// which is asked at one interior point of P and is more than equal values there. At a facet the branch is P's own.
// A root function with a slope moves with x: nothing carries over but a counterexample.
#include "prove/in_scope.hpp"
#include "root/full_backward.hpp"

namespace lrproof::prove {

using claim::Verdict;
using num::Rational;

namespace {

struct Judged {
  Verdict verdict = Verdict::unknown;
  claim::Exemplar exemplar;
  std::string reason;
  root::Decomposition how;
};

void write_escape(const AtPoint& at, const root::LeavingRoot& leaving, claim::Witness& witness) {
  const net::Network& network = at.point().network();
  const region::Membership& m = leaving.how;
  witness.kind = "escape";
  witness.words["tensor"] = network.node(leaving.tensor).name, witness.words["node"] = network.node(m.node).name;
  if (leaving.from != leaving.tensor) witness.words["from"] = network.node(leaving.from).name;
  if (leaving.unit >= 0) witness.indices["above"] = long(leaving.unit);
  witness.indices["element"] = long(m.element);
  if (m.slot >= 0) witness.indices["other"] = m.slot;
  witness.numbers["at_input"] = pair_of(m.at_input), witness.numbers["at_root"] = pair_of(m.at_candidate);
}

void write_map(const AtPoint& at, const root::Decomposition& d, claim::Witness& witness) {
  std::string tensors;
  for (const auto id : d.tensors) tensors += (tensors.empty() ? "" : " | ") + at.point().network().node(id).name;
  witness.kind = d.other ? "map" : "constant";
  witness.words["tensors"] = tensors;
  witness.numbers["unresolved"] = d.unresolved, witness.numbers["sum"] = {d.sum};
  witness.numbers["output"] = {d.output}, witness.numbers["output_at_root"] = {d.at_root};
  witness.indices["beyond_bounds"] = long(d.beyond_bounds);
  if (!d.other) return;
  witness.indices["feature"] = long(d.other->feature);
  if (d.other->unit >= 0) witness.indices["above"] = long(d.other->unit);
  witness.numbers["relevance"] = {d.other->relevance}, witness.numbers["gradient_x_difference"] = {d.other->wanted};
}

Judged judge(const AtPoint& at, const prop::Obligation& o) {
  const auto& settings = at.shared().subject.settings;
  Judged out;
  out.how = root::decompose(at.point(), at.target(), *o.roots, at.input(), settings.domain, settings.exact_budget);
  out.exemplar.target = long(at.target());
  out.reason = out.how.unknown;
  if (!out.reason.empty()) return out;
  out.verdict = out.how.leaving || out.how.other ? Verdict::refuted : Verdict::proved;
  if (out.how.leaving)
    write_escape(at, *out.how.leaving, out.exemplar.witness);
  else
    write_map(at, out.how, out.exemplar.witness);
  return out;
}

// Sums over the inputs whose roots are all inside; with one such input, its values.
void count(const AtPoint& at, const root::Decomposition& d, Tally& tally) {
  if (!d.unknown.empty() || d.leaving) return;
  tally.sum["decomposed"] += 1;
  for (std::size_t l = 0; l < d.tensors.size(); ++l)
    tally.sum["unresolved at " + at.point().network().node(d.tensors[l]).name] += d.unresolved[l].to_double();
  tally.sum["relevance"] += d.sum.to_double();
  tally.sum["output"] += d.output.to_double(), tally.sum["output at root"] += d.at_root.to_double();
  tally.sum["resolved"] += d.at_root.is_zero();
  tally.sum["root elements beyond bounds"] += double(d.beyond_bounds);
}

}  // namespace

void decide_constant(AtPoint& at, const prop::Obligation& o, Tally& tally) {
  if (!o.rejected.empty()) return tally.rejected(o.rejected);
  Judged judged = judge(at, o);
  count(at, judged.how, tally);
  if (judged.verdict == Verdict::unknown) return tally.unknown(judged.reason);
  tally.add(judged.verdict, std::move(judged.exemplar));
}

void constant_in_scope(InScope& scope, const prop::Obligation& o, Tally& tally) {
  const auto& centre = scope.centre().point().x();
  const auto refuted = [&](AtPoint& at) {
    Judged judged = judge(at, o);
    if (judged.verdict != Verdict::refuted) return false;
    if (at.point().x() != centre) move_to(judged.exemplar, at.point().x());
    tally.refuted(std::move(judged.exemplar));
    return true;
  };
  std::string open = scope.incomplete();
  claim::Exemplar shown;
  for (std::size_t r = 0; r < scope.regions().size(); ++r) {
    AtPoint& at = *scope.regions()[r].at;
    if (refuted(at)) return;
    Judged judged = judge(at, o);
    if (r == 0) count(at, judged.how, tally), shown = std::move(judged.exemplar);
    if (judged.verdict == Verdict::unknown) open = judged.reason;
    if (judged.verdict == Verdict::proved && !judged.how.same_function) {
      for (const auto& x : scope.samples(r))
        if (refuted(scope.at(x))) return;
      open = "a root function with a slope moves with the input: whether it stays in its cell is not followed";
    }
  }
  if (!open.empty()) return tally.unknown(open);
  tally.proved(std::move(shown));
}

}  // namespace lrproof::prove
