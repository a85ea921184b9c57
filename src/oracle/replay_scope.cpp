// Proofs over a scope: certificates of roots (ROO-6), the lemma of GXI-2 by the form of rules and pieces, and laws of
// shares by intervals (CON-1, POS-1, DEN-1, PRE-1).
#include "oracle/cover.hpp"
#include "oracle/margin.hpp"
#include "oracle/region_law.hpp"
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

// Where a unit is asked, by the centre.
UnitScope unit_scope(const Question& q, const Scope& scope) {
  const long unit = q.index("unit");
  require(unit >= 0 && unit < q.network().node(q.place()).size(), "no such unit");
  const Exact& z = q.explanation.point().at<Exact>(q.place(), unit);
  require(sgn(z) != 0, "the unit's pre-activation is 0");
  return {sgn(z), scope.least ? *scope.least : Exact(abs(z) / 2)};
}

// Regions by a point in each; that they cover the box is shown.
std::vector<RegionPoint> regions_of_box(const Question& q, const Scope& scope, const Around& around,
                                        const std::function<Bounds(long)>& bounds) {
  constexpr std::size_t kRegions = 1000;
  if (!q.has("points")) throw NotCovered{"a proof over a box that does not tell its regions"};
  const auto numbers = q.numbers("points");
  const auto features = std::size_t(q.network().node(0).size());
  require(!numbers.empty() && numbers.size() % features == 0, "points that do not have the model's size");
  if (numbers.size() / features > kRegions) throw NotCovered{"budget: more regions of a box than are replayed"};
  std::vector<RegionPoint> regions;
  for (auto x = numbers.begin(); x != numbers.end(); x += long(features))
    regions.push_back(around.at(std::vector<Exact>(x, x + long(features))));
  std::string shown = scope.radius->get_str() + " " + q.witness["points"].dump();
  for (const char* part : {"cover", "cover_multipliers"})
    if (q.has(part)) shown += q.witness[part].dump();
  if (around.covers.count(shown)) return regions;
  require_cover(q.network(), regions, read_cover(q), bounds);
  around.covers.insert(std::move(shown));
  return regions;
}

// The certificate of a unit's root over the centre's cell, or over all regions of the box.
void replay_roots(const Question& q, const Scope& scope, const Around& around, bool never) {
  const bool covered = q.check == "root.inside" || q.check == "root.domain" || (q.check == "root.linear" && !never);
  if (!covered || !q.has("certificate")) throw NotCovered{"a proof over a scope"};
  require(q.word("certificate") == "farkas", "a certificate of another kind");
  require(q.word("answer") == (never ? "never" : "always"), "a certificate of another answer");
  const Point& here = q.explanation.point();
  const UnitScope asked = unit_scope(q, scope);
  require(q.number("least") == asked.least, "least is not the scope's");
  const std::function<Bounds(long)> bounds = [&](long i) { return feature_bounds(scope, here, q.domain, i); };
  std::vector<RegionPoint> regions;
  if (scope.kind == "box")
    regions = regions_of_box(q, scope, around, bounds);
  else
    regions.push_back(around.centre());
  std::vector<std::vector<Leaf>> leaves(regions.size());
  for (Leaf& leaf : read_leaves(q)) {
    require(std::size_t(leaf.region) < leaves.size(), "a leaf of no region");
    leaves[std::size_t(leaf.region)].push_back(std::move(leaf));
  }
  bool any = false;
  for (std::size_t r = 0; r < regions.size(); ++r) {
    RootProof proof(regions[r].q, asked, regions[r].branch, bounds, std::move(leaves[r]));
    any = (never ? proof.never() : proof.always()) || any;
  }
  require(any, "the unit has no root on the scope");
}

// One zero of f_c for every region.
void replay_zeros(const Question& q, const Scope& scope, const Around& around) {
  const Point& here = q.explanation.point();
  const auto regions =
      regions_of_box(q, scope, around, [&](long i) { return feature_bounds(scope, here, q.domain, i); });
  const auto features = std::size_t(q.network().node(0).size());
  require(q.has("zeros") && q.witness["zeros"].is_array() && q.witness["zeros"].size() == features * regions.size(),
          "not one zero for every region");
  const auto zero = q.witness["zeros"].begin();
  for (std::size_t r = 0; r < regions.size(); ++r) {
    nlohmann::json point = nlohmann::json::array();
    for (std::size_t i = 0; i < features; ++i) point.push_back(*(zero + long(r * features + i)));
    const nlohmann::json witness{{"kind", "point"}, {"point", point}};
    const Question& there = regions[r].q;
    replay_exists({witness, there.check, there.verdict, "point", there.node, there.root_kind, there.explanation,
                   there.domain, there.given, there.input, there.by_rules});
  }
}

// One region: by intervals, and where they do not do with those of affine forms as well.
void replay_law_on(const Question& q, const Branch& branch, const std::function<Bounds(long)>& bounds,
                   const std::vector<RegionBound>& known) {
  try {
    Ranges plain(q.network(), bounds, &branch, false, branch.point().budget());
    return require_law(q, plain, known);
  } catch (const NotCovered&) {
    Ranges sharp(q.network(), bounds, &branch, true, branch.point().budget());
    require_law(q, sharp, known);
  }
}

// GXI-1 for LRP-0 where no used denominator vanishes: R = x times gradient, without exception.
void replay_gradient_around(const Question& q, const Scope& scope, const Around& around) {
  const Point& here = q.explanation.point();
  const std::function<Bounds(long)> bounds = [&](long i) { return feature_bounds(scope, here, q.domain, i); };
  try {
    Ranges whole(q.network(), bounds, nullptr, false, here.budget());
    return require_moving(q, whole);
  } catch (const NotCovered&) {
    if (scope.kind == "box" && !q.has("points")) throw;
  }
  std::vector<RegionPoint> regions;
  if (scope.kind == "box")
    regions = regions_of_box(q, scope, around, bounds);
  else
    regions.push_back(around.centre());
  for (const RegionPoint& region : regions) {
    const Ranges sharp(q.network(), bounds, &region.branch, true, region.branch.point().budget());
    require_moving(region.q, sharp);
  }
}

// Over the whole scope at once, whatever its pieces are; else region by region.
void replay_law_around(const Question& q, const Scope& scope, const Around& around) {
  const Point& here = q.explanation.point();
  const std::function<Bounds(long)> bounds = [&](long i) { return feature_bounds(scope, here, q.domain, i); };
  try {
    Ranges whole(q.network(), bounds, nullptr, false, here.budget());
    return require_law(q, whole, {});
  } catch (const NotCovered&) {
    if (scope.kind == "box" && !q.has("points")) throw;
  }
  std::vector<RegionPoint> regions;
  if (scope.kind == "box")
    regions = regions_of_box(q, scope, around, bounds);
  else
    regions.push_back(around.centre());
  std::vector<std::vector<RegionBound>> known(regions.size());
  for (RegionBound& bound : read_region_bounds(q)) {
    require(std::size_t(bound.region) < known.size(), "a bound of no region");
    known[std::size_t(bound.region)].push_back(std::move(bound));
  }
  for (std::size_t r = 0; r < regions.size(); ++r) replay_law_on(regions[r].q, regions[r].branch, bounds, known[r]);
}

bool is_law(const std::string& check) {
  return check.rfind("con.", 0) == 0 || check == "pos.layer" || check == "den.nonzero" || check == "pre.rule";
}

}  // namespace

void replay_proof(const Question& q, const Scope& scope, const Around& around) {
  if (q.has("at")) throw NotCovered{"a proof over a scope shown at another input"};
  if (q.check.rfind("gxi.", 0) == 0) {
    if (q.explanation.start_word() != "value") throw NotCovered{"a proof over a scope with another start than f_c"};
    const std::string by = q.word("everywhere");
    require(by == "lemma" || by == "excess" || by == "Z3", "a proof over a scope by something else");
    replay_reduction(q);
    reduces_by_form(q);  // asks every piece of every unit, and so speaks of a box as well
    if (q.check != "gxi.reduces") replay_gradient_around(q, scope, around);
    return;
  }
  if (q.check == "net.class") return replay_class_around(q, scope, around);
  if (q.check == "root.exists" && scope.kind == "box") return replay_zeros(q, scope, around);
  if (q.check == "root.exists") return replay_exists(q);  // one point of the cell, which all its inputs share
  if (q.check == "root.constant") {
    if (scope.kind != "cell") throw NotCovered{"a proof over a box"};
    return replay_constant(q, true);
  }
  if (q.kind != "everywhere") throw NotCovered{"a proof over a scope"};
  if (is_law(q.check)) {
    require_infimum(q);
    return replay_law_around(q, scope, around);
  }
  replay_roots(q, scope, around, false);
}

void replay_never(const Question& q, const Scope& scope, const Around& around) { replay_roots(q, scope, around, true); }

}  // namespace lrproof::oracle
