// root.exists, con.*, pos.layer, den.nonzero, pre.rule.
#include <sstream>

#include "oracle/rows.hpp"
#include "oracle/scope.hpp"

namespace lrproof::oracle {

namespace {

void exists_point(const Question& q) {
  const auto x = q.numbers("point");
  require(long(x.size()) == q.network().node(0).size(), "the point does not have the input's size");
  for (const Exact& v : x)
    require((!q.domain.low || v >= *q.domain.low) && (!q.domain.high || v <= *q.domain.high),
            "the point is outside the domain");
  const Point& here = q.explanation.point();
  const Point there(q.network(), x, here.budget());
  require_same_cell(here, there);
  require(sgn(there.at<Exact>(q.network().output(), q.explanation.target())) == 0, "the output is not 0 at the point");
}

// sum of multipliers times rows + m f_c as an affine function on the branch of the input: it must be a negative number.
bool contradiction(const Question& q, Combination sum, const Exact& m) {
  sum.seeds.push_back({q.network().output(), q.explanation.target(), m});
  const auto constant = constant_value(q.explanation.point(), sum);
  return constant && sgn(*constant) < 0;
}

void exists_farkas(const Question& q) {
  Combination sum(q.network());
  for (const Node& node : q.network().nodes)
    if (node.name.find(' ') != std::string::npos) throw NotCovered{"rows of nodes whose names hold spaces"};
  std::istringstream rows(q.word("rows"));
  const auto multipliers = q.numbers("multipliers");
  std::size_t k = 0;
  for (std::string row; rows >> row; ++k) {
    require(k < multipliers.size(), "more rows than multipliers");
    add_row(q, sum, row, multipliers[k], [&](long) { return q.domain; });
  }
  require(k == multipliers.size(), "more multipliers than rows");
  const Exact m = q.has("zero") ? q.number("zero") : Exact(0);
  require(contradiction(q, sum, m) || contradiction(q, sum, Exact(-m)), "the combination is no contradiction");
}

bool is_zero_exactly(const Enclosure& near, const std::function<Exact()>& exact) {
  const int sign = sign_of(near);
  return sign == 2 ? sgn(exact()) == 0 : sign == 0;
}

template <class N>
N cause_of(const Question& q, int id, long unit, const std::string& word) {
  const auto causes = q.explanation.causes<N>(id, unit);
  if (word == "bias") return causes.bias;
  if (word == "stabilizer") return causes.stabilizer;
  if (word == "vanished") return causes.vanished;
  if (word == "coefficients") return causes.coefficients;
  require(word == "unmatched" || word == "constant" || word == "rule", "unknown cause '" + word + "'");
  return causes.other;
}

void replay_layer(const Question& q) {
  const int id = q.place();
  if (q.verdict == "refuted") {
    require(q.kind == "cause", "a witness '" + q.kind + "' does not refute " + q.check);
    const long unit = q.index("unit");
    require(unit >= 0 && unit < q.network().node(id).size(), "no such unit");
    const std::string word = q.word("cause");
    const Enclosure near = cause_of<Enclosure>(q, id, unit, word);
    require(q.pair("amount").meets(near), "amount does not hold the cause");
    require(!is_zero_exactly(near, [&] { return cause_of<Exact>(q, id, unit, word); }), "the cause is 0");
    return;
  }
  require(q.kind == "conserved", "a witness '" + q.kind + "' does not prove " + q.check);
  for (long unit = 0; unit < q.network().node(id).size(); ++unit) {
    if (is_zero(q.explanation.relevance<Enclosure>(id, unit))) continue;
    for (const char* word : {"bias", "stabilizer", "vanished", "coefficients", "rule"})
      require(
          is_zero_exactly(cause_of<Enclosure>(q, id, unit, word), [&] { return cause_of<Exact>(q, id, unit, word); }),
          "a cause is not 0 at unit " + std::to_string(unit));
  }
}

template <class N>
N total(const Question& q, int node) {
  Sum<N> sum;
  for (long e = 0; e < q.network().node(node).size(); ++e) sum.add(q.explanation.relevance<N>(node, e));
  return sum.value();
}

void replay_total(const Question& q) {
  const int out = q.network().output();
  const Enclosure below = total<Enclosure>(q, 0), above = total<Enclosure>(q, out);
  if (q.verdict == "refuted") {
    require(q.kind == "totals", "a witness '" + q.kind + "' does not refute " + q.check);
    require(q.pair("below").meets(below) && q.pair("above").meets(above), "a total is not in its pair");
    if (below.hi < above.lo || above.hi < below.lo) return;
    require(total<Exact>(q, 0) != total<Exact>(q, out), "the totals are equal");
    return;
  }
  require(q.kind == "conserved", "a witness '" + q.kind + "' does not prove " + q.check);
  require(!(below.hi < above.lo || above.hi < below.lo), "the totals differ");
  require(total<Exact>(q, 0) == total<Exact>(q, out), "the totals differ");
}

void replay_positive(const Question& q) {
  const int id = q.place();
  const Node& node = q.network().node(id);
  const auto source = [&](long element) {
    for (int o = 0; o < int(node.inputs.size()); ++o) {
      const long size = q.network().node(node.inputs[std::size_t(o)]).size();
      if (element >= 0 && element < size) return Source{o, element};
      element -= size;
    }
    refuse("no such element of the node's input");
  };
  if (q.verdict == "refuted") {
    require(q.kind == "negative", "a witness '" + q.kind + "' does not refute " + q.check);
    const long from = q.index("from");
    require(from >= 0 && from < node.size(), "no such unit");
    const Source to = source(q.index("to"));
    const Enclosure near = q.explanation.share<Enclosure>(id, from, to.operand, to.element);
    const Enclosure scaled = near * q.explanation.relevance<Enclosure>(id, from);
    require(q.pair("share").meets(near) || q.pair("share").meets(scaled), "share does not hold the unit's share");
    const int sign = sign_of(near);
    require(sign == -1 || (sign == 2 && sgn(q.explanation.share<Exact>(id, from, to.operand, to.element)) < 0),
            "the share is not negative");
    return;
  }
  require(q.kind == "positive", "a witness '" + q.kind + "' does not prove " + q.check);
  const Rule* rule = q.explanation.rule(id);
  if (!node.affine() || !rule || !rule->affine()) throw NotCovered{"pos.layer at a node without an affine rule"};
  for (long unit = 0; unit < node.size(); ++unit) {
    std::vector<Denominator<Enclosure>> all;
    for (const Term& term : rule->terms) all.push_back(q.explanation.denominator<Enclosure>(id, unit, term));
    taps(q.network(), node, unit, [&](int operand, long element, long weight) {
      Enclosure share;
      for (std::size_t k = 0; k < all.size(); ++k)
        if (all[k].open && !all[k].s_zero)
          share = share +
                  convert<Enclosure>(rule->terms[k].share) *
                      (q.explanation.numerator<Enclosure>(rule->terms[k], node, operand, element, weight) / all[k].s);
      if (share.lo >= 0) return;
      require(sgn(q.explanation.share<Exact>(id, unit, operand, element)) >= 0, "a share is negative");
    });
  }
}

bool has_relevance(const Question& q, int id, long unit) {
  return !is_zero_exactly(q.explanation.relevance<Enclosure>(id, unit),
                          [&] { return q.explanation.relevance<Exact>(id, unit); });
}

// Is the denominator used: its unit has relevance (DEN-1), or a gradient and a numerator (GXI-1).
bool is_used(const Question& q, int id, long unit, const Term& term) {
  if (has_relevance(q, id, unit)) return true;
  if (is_zero_exactly(q.explanation.slope<Enclosure>(id, unit), [&] { return q.explanation.slope<Exact>(id, unit); }))
    return false;
  return q.explanation.has_numerator(id, unit, term);
}

void replay_denominator(const Question& q) {
  const int id = q.place();
  const Node& node = q.network().node(id);
  const Rule* rule = q.explanation.rule(id);
  require(rule && rule->affine() && node.affine(), "the node has no rule with denominators");
  const long unit = q.index("unit"), k = q.index("term");
  require(unit >= 0 && unit < node.size() && k >= 0 && k < long(rule->terms.size()), "no such unit or term");
  const Term& term = rule->terms[std::size_t(k)];
  const auto named = q.explanation.denominator<Enclosure>(id, unit, term);
  require(named.open, "the term's gate is closed");
  if (q.verdict == "refuted") {
    require(q.kind == "zero", "a witness '" + q.kind + "' does not refute " + q.check);
    require(named.s_zero, "the denominator is not 0");
    require(is_used(q, id, unit, term), "the denominator is not used");
    return;
  }
  require(q.kind == "nearest", "a witness '" + q.kind + "' does not prove " + q.check);
  require(!named.s_zero, "the denominator is 0");
  const Pair stated = q.pair("denominator");
  const auto size = [](const Enclosure& s) { return s.lo > 0 ? s : Enclosure{-s.hi, -s.lo}; };
  require(stated.meets(named.s) || stated.meets(size(named.s)), "denominator does not hold S(d)");
  const long explained =
      q.explanation.start_word() == "value" ? explained_unit(q.network(), id, q.explanation.target()) : -1;
  for (long e = 0; e < node.size(); ++e)
    for (const Term& other : rule->terms) {
      const auto found = q.explanation.denominator<Enclosure>(id, e, other);
      if (!found.open) continue;
      require(e != explained || !found.s_zero || !q.explanation.has_numerator(id, e, other),
              "the explained unit's own denominator is 0");
      const bool nearer = found.s_zero || size(found.s).hi < size(named.s).lo;
      if (!nearer) continue;
      if (is_zero(q.explanation.relevance<Enclosure>(id, e))) continue;
      require(!has_relevance(q, id, e), "unit " + std::to_string(e) + " is nearer to 0, and used");
    }
}

std::string premise_of(const Question& q) {
  const std::string premise = q.word("premise");
  require(q.notion.empty() || q.notion == premise, "a witness of another premise");
  return premise;
}

void replay_premise(const Question& q) {
  const std::string premise = premise_of(q);
  const Point& here = q.explanation.point();
  const bool refuted = q.verdict == "refuted";
  require(q.kind == "premise", "a witness '" + q.kind + "' is none for " + q.check);
  if (premise == "f > 0") {
    const int out = q.network().output();
    if (refuted)
      require(q.pair("value").meets(here.at<Enclosure>(out, q.explanation.target())), "value does not hold the output");
    require((here.sign(out, q.explanation.target()) > 0) != refuted,
            refuted ? "the output is positive" : "the output is not positive");
    return;
  }
  const bool positive = premise == "a >= 0";
  if (!positive && premise != "low <= a <= high") throw NotCovered{"premise '" + premise + "'"};
  const Bounds domain = q.explanation.domain();
  if (!positive && (!domain.low || !domain.high)) throw NotCovered{"a premise about bounds, and none are given"};
  const int id = q.place();
  const Node& node = q.network().node(id);
  const auto holds = [&](int tensor, long e) {
    if (positive) return here.sign(tensor, e) >= 0;
    return here.compare(tensor, e, *domain.low) >= 0 && here.compare(tensor, e, *domain.high) <= 0;
  };
  if (refuted) {
    const long element = q.index("element");
    bool broken = false;
    for (int tensor : node.inputs)
      if (element >= 0 && element < q.network().node(tensor).size() && !holds(tensor, element))
        broken = broken || q.pair("value").meets(here.at<Enclosure>(tensor, element));
    require(broken, "no such element breaks the premise with that value");
    return;
  }
  for (int tensor : node.inputs)
    for (long e = 0; e < q.network().node(tensor).size(); ++e)
      require(holds(tensor, e), "an element violates the premise");
}

}  // namespace

void require_infimum(const Question& q) {
  require(q.has("nearest") || !q.has("value"), "a nearest value without its input");
  if (q.check != "den.nonzero" || !q.has("bound")) return require(!q.has("infimum"), "an infimum of nothing");
  const bool vanishes = sgn(q.number("bound")) <= 0;
  require(vanishes == q.has("infimum"), "an infimum of 0 that is not said to be removable, or one that is not 0");
  if (vanishes) require(q.word("infimum") == "removable", "an infimum that is not removable");
}

void replay_nearest(const Question& q) {
  const Exact value = q.number("value");
  require(value >= q.number("bound"), "the nearest input is below the bound");
  if (q.check == "den.nonzero") {
    const int id = q.place();
    const Rule* rule = q.explanation.rule(id);
    require(rule && rule->affine() && q.network().node(id).affine(), "the node has no rule with denominators");
    const long unit = q.index("unit"), k = q.index("term");
    require(unit >= 0 && unit < q.network().node(id).size() && k >= 0 && k < long(rule->terms.size()),
            "no such unit or term");
    const Term& term = rule->terms[std::size_t(k)];
    Term open = term;  // where z = 0 a limit may be shown, of what lies on the gate's open side
    open.gate = "always";
    require(q.explanation.denominator<Exact>(id, unit, term).open || q.explanation.point().sign(id, unit) == 0,
            "the term's gate is closed");
    const auto named = q.explanation.denominator<Exact>(id, unit, open);
    if (term.stabilizer.kind == "zero-only" && sgn(term.stabilizer.epsilon) != 0) return;  // a limit as well
    return require(abs(named.s) == value, "value is not the size of the denominator");
  }
  const std::string premise = premise_of(q);
  const long element = q.index("element");
  const Point& here = q.explanation.point();
  if (premise == "f > 0")
    return require(element == q.explanation.target() && here.at<Exact>(q.network().output(), element) == value,
                   "value is not the output");
  const Bounds domain = q.explanation.domain();
  bool found = false;
  for (const int tensor : q.network().node(q.place()).inputs) {
    if (element < 0 || element >= q.network().node(tensor).size()) continue;
    const Exact& a = here.at<Exact>(tensor, element);
    const bool above = premise == "a >= 0" ? a == value : domain.low && Exact(a - *domain.low) == value;
    found = found || above || (premise != "a >= 0" && domain.high && Exact(*domain.high - a) == value);
  }
  require(found, "no such element has that margin");
}

void replay_exists(const Question& q) {
  if (q.verdict == "proved") {
    require(q.kind == "point", "a witness '" + q.kind + "' does not prove " + q.check);
    return exists_point(q);
  }
  require(q.kind == "farkas", "a witness '" + q.kind + "' does not refute " + q.check);
  exists_farkas(q);
}

void replay_law(const Question& q) {
  // On a kink a slope is a choice of the piece: what holds by one of them is no proof.
  const bool by_slopes = q.check == "den.nonzero" || q.check.rfind("con.", 0) == 0;
  if (by_slopes && q.verdict == "proved") {
    q.explanation.relevance<Enclosure>();
    if (q.explanation.on_edge()) throw NotCovered{"edge: a rule reads the slope on a kink"};
  }
  if (q.check == "con.layer") return replay_layer(q);
  if (q.check == "con.total") return replay_total(q);
  if (q.check == "pos.layer") return replay_positive(q);
  if (q.check == "den.nonzero") return replay_denominator(q);
  if (q.check == "pre.rule") return replay_premise(q);
  throw NotCovered{"check '" + q.check + "'"};
}

}  // namespace lrproof::oracle
