// root.exists, con.*, pos.layer, den.nonzero, pre.rule.
#include <sstream>

#include "oracle/question.hpp"

namespace lrproof::oracle {

namespace {

// Every unit of the network on the same closed piece at the two points (the first off its kinks).
void same_cell(const Point& here, const Point& there) {
  const Network& network = here.network();
  for (int id = 0; id < int(network.nodes.size()); ++id) {
    const Node& node = network.node(id);
    for (long e = 0; e < node.size(); ++e) {
      if (node.kind == Kind::activation) {
        const Piece a = here.piece(id, e);
        if (a.kink && here.edge(id, e)) throw NotCovered{"edge: the input lies on a kink of '" + node.name + "'"};
        if (a.kink) continue;
        const Piece b = there.piece(id, e);
        require(b.index == a.index || (b.kink && b.index + 1 == a.index),
                "the point leaves the cell at '" + node.name + "'");
      }
      if (node.kind != Kind::max && node.kind != Kind::max_pool) continue;
      const auto& best = here.winners(id, e);
      if (best.size() > 1 && here.edge(id, e)) throw NotCovered{"edge: a max is tied at '" + node.name + "'"};
      const auto& winners = there.winners(id, e);
      require(std::find(winners.begin(), winners.end(), best.front()) != winners.end(),
              "the point leaves the cell at '" + node.name + "'");
    }
  }
}

void exists_point(const Question& q) {
  const auto x = q.numbers("point");
  require(long(x.size()) == q.network().node(0).size(), "the point does not have the input's size");
  for (const Exact& v : x)
    require((!q.domain.low || v >= *q.domain.low) && (!q.domain.high || v <= *q.domain.high),
            "the point is outside the domain");
  const Point& here = q.explanation.point();
  const Point there(q.network(), x, here.budget());
  same_cell(here, there);
  require(sgn(there.at<Exact>(q.network().output(), q.explanation.target())) == 0, "the output is not 0 at the point");
}

// The combination of rows that a Farkas witness states, as seeds of one backward pass and bounds of the domain.
struct Combination {
  std::vector<Seed> seeds;
  std::vector<Exact> linear;  // from the domain's rows
  Exact constant;
};

// A row as a witness writes it: NODE:ELEMENT, NODE:ELEMENT:SLOT, low:I, high:I or output, with >= or <= at its end
// where the side is stated.
struct Row {
  std::string name;
  long element = -1, slot = -1;
  int side = 0;  // 1: value >= bound, -1: value <= bound, 0: as the unit's piece says
};

bool take_number(std::string& text, long& number) {
  const auto colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (digits.empty() || digits.size() > 12 || digits.find_first_not_of("0123456789") != std::string::npos) return false;
  number = std::stol(digits);
  text.resize(colon);
  return true;
}

Row read_row(const Question& q, std::string text) {
  Row row;
  if (text.size() > 2 && (text.ends_with(">=") || text.ends_with("<="))) {
    row.side = text.ends_with(">=") ? 1 : -1;
    text.resize(text.size() - 2);
  }
  row.name = text;
  if (text == "output" && row.side != 0) return row;
  require(take_number(text, row.element), "a row without an element");
  row.name = text;
  long element = 0;
  if (q.network().find(text) < 0 && take_number(text, element) && q.network().find(text) >= 0) {
    row.name = text;
    row.slot = row.element;
    row.element = element;
  }
  return row;
}

void add_activation_row(const Question& q, Combination& sum, int id, const Row& row, const Exact& multiplier) {
  const Point& here = q.explanation.point();
  const Node& node = q.network().node(id);
  const auto& kinks = node.curve(row.element).kinks;
  const auto piece = std::size_t(here.piece(id, row.element).index);
  int side = row.side;
  if (side == 0 && kinks.size() != 1) throw NotCovered{"a row of a unit with several kinks"};
  if (side == 0) side = piece == 0 ? -1 : 1;
  require(side > 0 ? piece > 0 : piece < kinks.size(), "the unit's piece has no such bound");
  sum.seeds.push_back({node.inputs[0], row.element, Exact(side * multiplier)});
  sum.constant -= side * multiplier * kinks[side > 0 ? piece - 1 : piece];
}

void add_max_row(const Question& q, Combination& sum, int id, const Row& row, const Exact& multiplier) {
  const Point& here = q.explanation.point();
  const Node& node = q.network().node(id);
  const Source best = here.winners(id, row.element).front();
  std::vector<Source> all, others;
  rivals(q.network(), node, row.element, [&](const Source& s) {
    all.push_back(s);
    if (!(s == best)) others.push_back(s);
  });
  if (row.slot < 0 && others.size() != 1) throw NotCovered{"a row of a max of more than two"};
  const Source other = row.slot < 0 ? others[0] : all.at(std::size_t(row.slot));
  const int side = node.minimum ? -1 : 1;
  sum.seeds.push_back({here.operand(id, best), best.element, Exact(side * multiplier)});
  sum.seeds.push_back({here.operand(id, other), other.element, Exact(-side * multiplier)});
}

void add_row(const Question& q, Combination& sum, const std::string& text, const Exact& multiplier) {
  require(sgn(multiplier) >= 0, "a multiplier is negative");
  const Row row = read_row(q, text);
  if (row.element < 0) {
    sum.seeds.push_back({q.network().output(), q.explanation.target(), Exact(row.side * multiplier)});
    return;
  }
  int id = q.network().find(row.name);
  if (id < 0 && (row.name == "low" || row.name == "high")) {
    const auto& bound = row.name == "low" ? q.domain.low : q.domain.high;
    require(bound && row.element < long(sum.linear.size()), "a row of a bound that is not given");
    const int side = row.name == "low" ? 1 : -1;
    sum.linear[std::size_t(row.element)] += side * multiplier;
    sum.constant -= side * multiplier * *bound;
    return;
  }
  require(id >= 0, "no node '" + row.name + "' in the model");
  const auto has_kink = [&](int n) {
    const Kind kind = q.network().node(n).kind;
    return kind == Kind::activation || kind == Kind::max || kind == Kind::max_pool;
  };
  if (!has_kink(id))
    for (int reader : q.network().readers(id))
      if (q.network().node(reader).kind == Kind::activation) id = reader;
  require(has_kink(id), "a row of something that has no kink");
  require(row.element < q.network().node(id).size(), "no such element");
  if (q.explanation.point().edge(id, row.element)) throw NotCovered{"edge: a row of a unit on its kink"};
  if (q.network().node(id).kind == Kind::activation)
    add_activation_row(q, sum, id, row, multiplier);
  else
    add_max_row(q, sum, id, row, multiplier);
}

// sum of multipliers times rows + m f_c as an affine function on the branch of the input: it must be a negative number.
bool contradiction(const Question& q, Combination sum, const Exact& m) {
  const Point& here = q.explanation.point();
  sum.seeds.push_back({q.network().output(), q.explanation.target(), m});
  const auto slope = gradient<Exact>(here, sum.seeds);
  if (!slope.edges.empty() || slope.tied) throw NotCovered{"edge: the combination feels a kink at the input"};
  Exact value = sum.constant;
  for (const Seed& seed : sum.seeds) value += seed.coefficient * here.at<Exact>(seed.node, seed.element);
  for (long i = 0; i < long(sum.linear.size()); ++i) {
    Exact coefficient = sum.linear[std::size_t(i)];
    const Exact& x = here.at<Exact>(0, i);
    value += sum.linear[std::size_t(i)] * x;
    if (!slope.of[0].empty()) coefficient += slope.of[0][std::size_t(i)];
    if (sgn(coefficient) != 0) return false;
  }
  return sgn(value) < 0;
}

void exists_farkas(const Question& q) {
  Combination sum;
  sum.linear.resize(std::size_t(q.network().node(0).size()));
  for (const Node& node : q.network().nodes)
    if (node.name.find(' ') != std::string::npos) throw NotCovered{"rows of nodes whose names hold spaces"};
  std::istringstream rows(q.word("rows"));
  const auto multipliers = q.numbers("multipliers");
  std::size_t k = 0;
  for (std::string row; rows >> row; ++k) {
    require(k < multipliers.size(), "more rows than multipliers");
    add_row(q, sum, row, multipliers[k]);
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
  for (long e = 0; e < node.size(); ++e)
    for (const Term& other : rule->terms) {
      const auto found = q.explanation.denominator<Enclosure>(id, e, other);
      if (!found.open) continue;
      const bool nearer = found.s_zero || size(found.s).hi < size(named.s).lo;
      if (!nearer) continue;
      if (is_zero(q.explanation.relevance<Enclosure>(id, e))) continue;
      require(!has_relevance(q, id, e), "unit " + std::to_string(e) + " is nearer to 0, and used");
    }
}

void replay_premise(const Question& q) {
  const std::string premise = q.word("premise");
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

void replay_exists(const Question& q) {
  if (q.verdict == "proved") {
    require(q.kind == "point", "a witness '" + q.kind + "' does not prove " + q.check);
    return exists_point(q);
  }
  require(q.kind == "farkas", "a witness '" + q.kind + "' does not refute " + q.check);
  exists_farkas(q);
}

void replay_law(const Question& q) {
  if (q.check == "con.layer") return replay_layer(q);
  if (q.check == "con.total") return replay_total(q);
  if (q.check == "pos.layer") return replay_positive(q);
  if (q.check == "den.nonzero") return replay_denominator(q);
  if (q.check == "pre.rule") return replay_premise(q);
  throw NotCovered{"check '" + q.check + "'"};
}

}  // namespace lrproof::oracle
