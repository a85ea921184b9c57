// gxi.*: the map by its formulas against x times the gradient, feature by feature.
#include "oracle/question.hpp"

namespace lrproof::oracle {

namespace {

template <class N>
N gradient_x_input(const Explanation& explanation, const Gradient<N>& slope, long i) {
  const auto& values = slope.of[0];
  if (values.empty()) return zero<N>();
  return explanation.point().at<N>(0, i) * values.at(std::size_t(i));
}

bool apart(const Enclosure& a, const Enclosure& b) { return a.hi < b.lo || b.hi < a.lo; }

bool reads_slopes(const Explanation& explanation) {
  for (std::size_t id = 0; id < explanation.network().nodes.size(); ++id)
    if (const Rule* rule = explanation.rule(int(id)); rule && rule->named == "gradient") return true;
  return false;
}

// The branches at the input: one off kinks; two when a single unit that the output feels is on a kink.
std::vector<Choice> branches(const Explanation& explanation) {
  const auto& edges = explanation.slope<Enclosure>().edges;
  if (edges.empty()) return {{}};
  if (edges.size() > 1 || reads_slopes(explanation))
    throw NotCovered{"edge: the input lies on kinks of " + std::to_string(edges.size()) + " units"};
  const auto unit = *edges.begin();
  const int low = explanation.point().piece(unit.first, unit.second).index;
  const std::vector<Choice> both{{{unit, low}}, {{unit, low + 1}}};
  for (const Choice& choice : both)  // a piece that is not flat can make the output feel a kink before it
    if (!gradient<Exact>(explanation.point(), {{explanation.network().output(), explanation.target(), 1}}, choice)
             .edges.empty())
      throw NotCovered{"edge: the input lies on one kink behind another"};
  return both;
}

struct Maps {
  const Explanation& explanation;
  Choice choice;
  std::optional<Gradient<Enclosure>> near;
  std::optional<Gradient<Exact>> exact;

  template <class N>
  const Gradient<N>& slope();
  template <class N>
  N relevance(long i) {
    return explanation.relevance<N>(0, i);
  }
  template <class N>
  N product(long i) {
    return gradient_x_input<N>(explanation, slope<N>(), i);
  }
};
template <>
const Gradient<Enclosure>& Maps::slope<Enclosure>() {
  if (choice.empty()) return explanation.slope<Enclosure>();
  if (!near)
    near =
        gradient<Enclosure>(explanation.point(), {{explanation.network().output(), explanation.target(), 1}}, choice);
  return *near;
}
template <>
const Gradient<Exact>& Maps::slope<Exact>() {
  if (choice.empty()) return explanation.slope<Exact>();
  if (!exact)
    exact = gradient<Exact>(explanation.point(), {{explanation.network().output(), explanation.target(), 1}}, choice);
  return *exact;
}

long feature_of(const Question& q, const char* name) {
  const long i = q.index(name);
  require(i >= 0 && i < q.network().node(0).size(), "no such feature");
  return i;
}

// One feature at which the maps differ, on one branch.
void differ(const Question& q, Maps& maps, long i) {
  const Pair r = q.pair("relevance"), g = q.pair("gradient_x_input");
  const Enclosure near_r = maps.relevance<Enclosure>(i), near_g = maps.product<Enclosure>(i);
  require(r.meets(near_r), "the relevance is not in its pair");
  require(g.meets(near_g), "the gradient x input is not in its pair");
  if (apart(near_r, near_g)) return;
  const Exact exact_r = maps.relevance<Exact>(i), exact_g = maps.product<Exact>(i);
  require(r.holds(exact_r), "the relevance is not in its pair");
  require(g.holds(exact_g), "the gradient x input is not in its pair");
  require(exact_r != exact_g, "the two maps agree at this feature");
}

void differ_in_ratio(const Question& q, Maps& maps) {
  const long i = feature_of(q, "feature"), k = q.index("other");
  const Enclosure ri = maps.relevance<Enclosure>(i), gi = maps.product<Enclosure>(i);
  if (k == -1) {
    const int opposite = sign_of(ri * gi);
    if (opposite == -1) return;
    const Exact er = maps.relevance<Exact>(i), eg = maps.product<Exact>(i);
    require(sgn(er) * sgn(eg) < 0 || (sgn(er) == 0) != (sgn(eg) == 0), "a positive factor fits this feature");
    return;
  }
  require(k >= 0 && k < q.network().node(0).size(), "no such feature");
  const Enclosure rk = maps.relevance<Enclosure>(k), gk = maps.product<Enclosure>(k);
  if (apart(ri * gk, rk * gi)) return;
  require(Exact(maps.relevance<Exact>(i) * maps.product<Exact>(k)) !=
              Exact(maps.relevance<Exact>(k) * maps.product<Exact>(i)),
          "the two features are in proportion");
}

void beyond_bound(const Question& q, Maps& maps) {
  const long i = feature_of(q, "feature");
  const Exact tau = q.number("tau");
  const Pair difference = q.pair("difference"), output = q.pair("output");
  const int out = q.network().output();
  const Exact& f = q.explanation.point().at<Exact>(out, q.explanation.target());
  require(output.holds(f), "the output is not in its pair");
  Enclosure d = maps.relevance<Enclosure>(i) - maps.product<Enclosure>(i);
  const Exact limit = tau * abs(f);
  const double bound = enclose(limit).hi;
  const bool plain = difference.meets(d), turned = difference.meets({-d.hi, -d.lo});
  require(plain || turned, "the difference is not in its pair");
  if (d.lo > bound || d.hi < -bound) return;
  const Exact exact = maps.relevance<Exact>(i) - maps.product<Exact>(i);
  require(Exact(abs(exact)) > limit, "the feature is within tau |f_c|");
}

void all_equal(Maps& maps, long size) {
  for (long i = 0; i < size; ++i)
    require(maps.relevance<Exact>(i) == maps.product<Exact>(i), "the maps differ at feature " + std::to_string(i));
}

void all_scaled(Maps& maps, long size) {
  std::optional<Exact> factor;
  for (long i = 0; i < size; ++i) {
    const Exact r = maps.relevance<Exact>(i), g = maps.product<Exact>(i);
    require((sgn(r) == 0) == (sgn(g) == 0), "one map is 0 at feature " + std::to_string(i) + ", the other not");
    if (sgn(g) == 0) continue;
    const Exact here = r / g;
    require(sgn(here) > 0 && (!factor || *factor == here), "no positive factor fits feature " + std::to_string(i));
    factor = here;
  }
}

void all_bounded(const Question& q, Maps& maps, long size) {
  const Exact tau = q.number("tau");
  const Exact limit = tau * abs(q.explanation.point().at<Exact>(q.network().output(), q.explanation.target()));
  const double bound = enclose(limit).lo;
  for (long i = 0; i < size; ++i) {
    const Enclosure d = maps.relevance<Enclosure>(i) - maps.product<Enclosure>(i);
    if (d.lo >= -bound && d.hi <= bound) continue;
    const Exact exact = maps.relevance<Exact>(i) - maps.product<Exact>(i);
    require(Exact(abs(exact)) <= limit, "feature " + std::to_string(i) + " is beyond tau |f_c|");
  }
}

// A used denominator that is exactly 0 on the branch (GXI-1), or nothing.
std::optional<std::string> vanished_denominator(Maps& maps) {
  const Explanation& explanation = maps.explanation;
  const Network& network = explanation.network();
  for (int id = 0; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    const Rule* rule = explanation.rule(id);
    const auto& slopes = maps.slope<Enclosure>().of[std::size_t(id)];
    if (!rule || !rule->affine() || !node.affine() || slopes.empty()) continue;
    for (long e = 0; e < node.size(); ++e) {
      if (is_zero(slopes[std::size_t(e)])) continue;
      for (const Term& term : rule->terms) {
        const auto denominator = explanation.denominator<Enclosure>(id, e, term);
        if (!denominator.open || !denominator.s_zero || !explanation.has_numerator(id, e, term)) continue;
        if (sgn(maps.slope<Exact>().of[std::size_t(id)].at(std::size_t(e))) != 0)
          return node.name + ":" + std::to_string(e);
      }
    }
  }
  return std::nullopt;
}

void prove(const Question& q, Maps& maps) {
  const long size = q.network().node(0).size();
  if (maps.slope<Exact>().tied) throw NotCovered{"edge: a tie of a max that the output feels"};
  if (q.kind == "reduces" && (q.check == "gxi.reduces" || q.check == "gxi.strict")) return all_equal(maps, size);
  if (q.kind == "scaled" && q.check == "gxi.scaled") return all_scaled(maps, size);
  if (q.kind == "bounded" && q.check == "gxi.bounded") return all_bounded(q, maps, size);
  refuse("a witness '" + q.kind + "' does not prove " + q.check);
}

void disprove(const Question& q, Maps& maps) {
  if (q.kind == "feature" && (q.check == "gxi.reduces" || q.check == "gxi.strict"))
    return differ(q, maps, feature_of(q, "feature"));
  if (q.kind == "ratio" && q.check == "gxi.scaled") return differ_in_ratio(q, maps);
  if (q.kind == "bound" && q.check == "gxi.bounded") return beyond_bound(q, maps);
  refuse("a witness '" + q.kind + "' does not refute " + q.check);
}

}  // namespace

void replay_reduction(const Question& q) {
  std::string why;
  bool held = false;
  for (const Choice& choice : branches(q.explanation)) {
    Maps maps{q.explanation, choice, {}, {}};
    if (q.check == "gxi.reduces") {
      if (const auto where = vanished_denominator(maps)) {
        why = "a used denominator is 0 at " + *where + ": the input is an exception of the claim";
        continue;
      }
    }
    if (q.verdict == "proved") {
      prove(q, maps);
      held = true;
      continue;
    }
    try {
      return disprove(q, maps);
    } catch (const Refused& refused) {
      why = refused.why;
    }
  }
  if (!held) refuse(why);
}

}  // namespace lrproof::oracle
