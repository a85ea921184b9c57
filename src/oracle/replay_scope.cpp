// Proofs over a scope: certificates of roots (ROO-6), and the lemma of GXI-2 by the form of rules and pieces.
#include "oracle/root_proof.hpp"
#include "oracle/scope.hpp"

namespace lrproof::oracle {

namespace {

bool lrp_0(const Rule& rule) {
  if (rule.terms.size() != 1) return false;
  const Term& t = rule.terms[0];
  const bool plain =
      t.gate == "always" && t.share == 1 && (t.stabilizer.kind == "none" || sgn(t.stabilizer.epsilon) == 0);
  const auto is = [](const Formula& f, Phi phi, Psi psi, Chi chi) {
    return f.size() == 1 && f[0].coefficient == 1 && f[0].phi == phi && f[0].psi == psi && f[0].chi == chi;
  };
  return plain && is(t.numerator, Phi::a, Psi::w, Chi::one) && is(t.bias, Phi::one, Psi::one, Chi::b);
}

// Every node that the output feels hands a_i g_i down when it holds a_j g_j, whatever the input of the cell is: LRP-0
// at affine layers, pass where the unit's piece goes through 0, a winner of its own.
void reduces_by_form(const Question& q) {
  const Network& network = q.network();
  const auto slope = gradient<Exact>(q.explanation.point(), {{network.output(), q.explanation.target(), 1}});
  if (!slope.edges.empty() || slope.tied) throw NotCovered{"edge: the output feels a kink at the input"};
  for (int id = 1; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    const Rule* rule = q.explanation.rule(id);
    if (!rule) continue;
    if (rule->affine() && node.affine()) {
      if (!lrp_0(*rule)) throw NotCovered{"a proof over a scope with another rule than LRP-0 at '" + node.name + "'"};
      continue;
    }
    const bool maximum = node.kind == Kind::max || node.kind == Kind::max_pool;
    if (maximum && (rule->named == "winner" || rule->named == "gradient")) continue;
    if (node.kind != Kind::activation || rule->named != "pass")
      throw NotCovered{"a proof over a scope with rule '" + rule->named + "' at '" + node.name + "'"};
    for (long e = 0; e < node.size(); ++e)  // all pieces: the cell's facets belong to those beyond as well
      for (const Exact& intercept : node.curve(e).intercepts)
        if (sgn(intercept) != 0) throw NotCovered{"a proof over a scope with a piece that does not go through 0"};
  }
}

// The certificate of a unit's root over the centre's cell.
void replay_roots(const Question& q, const Scope& scope, bool never) {
  const bool covered = q.check == "root.inside" || q.check == "root.domain";
  if (!covered || !q.has("certificate")) throw NotCovered{"a proof over a scope"};
  if (scope.kind != "cell") throw NotCovered{"a proof over a box"};
  const Point& here = q.explanation.point();
  const long unit = q.index("unit");
  require(unit >= 0 && unit < q.network().node(q.place()).size(), "no such unit");
  const Exact& z = here.at<Exact>(q.place(), unit);
  require(sgn(z) != 0, "the unit's pre-activation is 0");
  const UnitScope asked{sgn(z), scope.least ? *scope.least : Exact(abs(z) / 2)};
  const Branch branch(here);
  const auto bounds = [&](long i) { return feature_bounds(scope, here, q.domain, i); };
  RootProof proof(q, asked, branch, bounds, read_leaves(q));
  require(never ? proof.never() : proof.always(), "the unit has no root on the scope");
}

}  // namespace

void replay_proof(const Question& q, const Scope& scope) {
  if (q.has("at")) throw NotCovered{"a proof over a scope shown at another input"};
  if (q.check == "gxi.reduces" && q.kind == "reduces") {
    if (q.explanation.start_word() != "value") throw NotCovered{"a proof over a scope with another start than f_c"};
    replay_reduction(q);
    return reduces_by_form(q);  // asks every piece of every unit, and so speaks of a box as well
  }
  if (scope.kind != "cell") throw NotCovered{"a proof over a box"};
  if (q.check == "root.exists") return replay_exists(q);  // one point of the cell, which all its inputs share
  if (q.kind != "everywhere") throw NotCovered{"a proof over a scope"};
  replay_roots(q, scope, false);
}

void replay_never(const Question& q, const Scope& scope) { replay_roots(q, scope, true); }

}  // namespace lrproof::oracle
