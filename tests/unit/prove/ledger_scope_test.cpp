// den.nonzero and pre.rule over a cell, against vertices, points between them and Fourier-Motzkin elimination.
#include "prove/on_region.hpp"
#include "times.hpp"
#include "tiny_scope.hpp"

using namespace lrproof;
using namespace lrproof::prove;
using namespace lrproof::prove::testing;

namespace {

using Points = std::vector<std::vector<Rational>>;

Rational value(const Row& row, const std::vector<Rational>& x) { return row[0] * x[0] + row[1] * x[1] + row[2]; }

Maps maps_at(const net::Network& network, const AtPoint& at) {
  std::vector<std::vector<bool>> on(6);
  for (const net::NodeId id : {2, 4})
    for (const auto piece : at.point().branch().choice[std::size_t(id)]) on[std::size_t(id)].push_back(piece == 1);
  return maps_on(network, on);
}

// Corners of a polygon: where two of its rows are 0 and the others hold.
Points corners(const std::vector<Row>& rows) {
  Points out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      const Row &a = rows[i], &b = rows[k];
      const Rational det = a[0] * b[1] - a[1] * b[0];
      if (det.is_zero()) continue;
      const std::vector<Rational> x{(a[1] * b[2] - b[1] * a[2]) / det, (b[0] * a[2] - a[0] * b[2]) / det};
      if (std::all_of(rows.begin(), rows.end(), [&](const Row& row) { return value(row, x).sign() >= 0; }))
        out.push_back(x);
    }
  return out;
}

std::vector<Rational> between(const std::vector<Rational>& a, const std::vector<Rational>& b, const Rational& part) {
  return {a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])};
}

// Corners, points on the lines between them, and points inside on the way to each.
Points spread(const Points& corners, const std::vector<Rational>& centre) {
  Points out = corners;
  for (const auto& a : corners)
    for (const auto& b : corners)
      for (const auto& part : {Rational(1, 2), Rational(1, 7)}) out.push_back(between(a, b, part));
  const std::size_t n = out.size();
  for (std::size_t k = 0; k < n; ++k)
    for (const int power : {1, 4, 12}) out.push_back(between(out[k], centre, Rational(1, 1L << power)));
  return out;
}

const claim::Witness* nearest_of(const Tally& tally) {
  for (const auto& e : tally.exemplars)
    if (e.witness.numbers.count("bound")) return &e.witness;
  return nullptr;
}

bool is_open(const rule::Term& term, const AtPoint& at, net::NodeId node, std::int64_t unit) {
  return term.gate == rule::Gate::always || rule::opens(term.gate, at.point().sign(node, unit));
}

struct Asked {
  const net::Network& network;
  AtPoint& centre;
  InScope& scope;
  const Maps& maps;
  const Points& points;
};

// At points inside the cell: used denominators are no smaller than the bound, and quotients do not grow without end.
void check_proved_denominator(const Asked& q, const prop::Obligation& o, const Tally& tally) {
  const claim::Witness* shown = nearest_of(tally);
  const rule::AffineRule& rule =
      std::get<rule::AffineRule>(q.centre.shared().subject.cases[0].assignment.of[std::size_t(o.node)]->body);
  std::map<std::pair<std::int64_t, std::size_t>, Rational> largest;
  for (const auto& x : q.points) {
    AtPoint at(q.centre.shared(), x, 0);
    Tally one;
    decide_denominator(at, o, one);
    CHECK(one.counts.refuted == 0);
    if (!at.edges().none()) continue;
    const auto* exact = at.exact_map(0);
    REQUIRE(exact);
    const auto& held = exact->of[std::size_t(o.node)];
    for (std::size_t j = 0; j < held.size(); ++j)
      for (std::size_t t = 0; t < rule.terms.size() && !held[j].is_zero(); ++t) {
        const auto& term = rule.terms[t];
        if (!is_open(term, at, o.node, std::int64_t(j))) continue;
        Rational s =
            num::abs(exact_denominator(at.point(), o.node, term, std::int64_t(j), {Rational(-2), Rational(2)}));
        if (term.stabilizer.kind == rule::Stabilizer::Kind::signed_) s += term.stabilizer.epsilon;
        REQUIRE_FALSE(s.is_zero());
        REQUIRE(shown);
        CHECK(shown->numbers.at("bound")[0] <= s);
      }
  }
  if (!shown || !shown->numbers.count("nearest")) return;
  CHECK(q.scope.regions()[0].polytope.contains(shown->numbers.at("nearest")));
  CHECK(shown->numbers.at("bound")[0] <= shown->numbers.at("value")[0]);
}

// R_j / S_j on the way to a zero of S_j: the last steps, each nearer by 2^10, must not multiply it by more than 2^5.
void check_removable(const Asked& q, const prop::Obligation& o) {
  const rule::AffineRule& rule =
      std::get<rule::AffineRule>(q.centre.shared().subject.cases[0].assignment.of[std::size_t(o.node)]->body);
  for (const auto& corner : q.points)
    for (std::int64_t j = 0; j < q.network.node(o.node).size(); ++j)
      for (const auto& term : rule.terms) {
        if (term.stabilizer.epsilon.sign() > 0) continue;
        std::vector<Rational> size;
        for (const int power : {30, 40}) {
          AtPoint at(q.centre.shared(), between(corner, q.centre.point().x(), Rational(1, 1L << power)), 0);
          if (!at.edges().none() || !at.exact_map(0) || !is_open(term, at, o.node, j)) break;
          const auto& held = at.exact_map(0)->of[std::size_t(o.node)];
          const Rational s = exact_denominator(at.point(), o.node, term, j, {Rational(-2), Rational(2)});
          if (held.empty() || s.is_zero()) break;
          size.push_back(num::abs(held[std::size_t(j)] / s));
        }
        if (size.size() == 2) CHECK(size[1] <= Rational(32) * size[0] + Rational(1));
      }
}

void check_refuted(const Asked& q, const prop::Obligation& o, const Tally& tally) {
  const claim::Exemplar& e = tally.exemplars[0];
  const auto at = e.witness.numbers.find("at");
  const auto x = at == e.witness.numbers.end() ? q.centre.point().x() : at->second;
  CHECK(q.scope.regions()[0].polytope.contains(x));
  AtPoint there(q.centre.shared(), x, 0);
  if (o.check == "pre.rule") {
    const net::NodeId node = o.node < 0 ? 5 : o.node - 1;
    const Rational& v = there.point().exact(node, e.witness.indices.at("element"));
    CHECK((o.node < 0 ? v.sign() <= 0 : v.sign() < 0));
    return;
  }
  const rule::AffineRule& rule =
      std::get<rule::AffineRule>(q.centre.shared().subject.cases[0].assignment.of[std::size_t(o.node)]->body);
  const auto& term = rule.terms[std::size_t(e.witness.indices.at("term"))];
  const std::int64_t unit = e.witness.indices.at("unit");
  CHECK(exact_denominator(there.point(), o.node, term, unit, {Rational(-2), Rational(2)}).is_zero());
  if (o.node == 5 || !there.edges().none() || !there.exact_map(0)) return;
  CHECK_FALSE(there.exact_map(0)->of[std::size_t(o.node)][std::size_t(unit)].is_zero());
}

struct Count {
  int proved = 0, refuted = 0, unknown = 0, removable = 0, away = 0;
  void add(const Tally& tally) {
    proved += int(tally.counts.proved), refuted += int(tally.counts.refuted), unknown += int(tally.counts.unknown);
    removable += tally.sum.count("removable") > 0 && tally.counts.proved;
    away += tally.counts.refuted && tally.exemplars[0].witness.numbers.count("at");
  }
};

template <class Ask>
void each_cell(int seed, int rounds, const std::vector<std::string>& rules, const Ask& ask) {
  Random random(static_cast<std::uint64_t>(seed));
  for (int round = 0; round < times(rounds); ++round) {
    const net::Network network = tiny(random);
    const prop::Subject subject = subject_of(network, rules[std::size_t(round) % rules.size()]);
    const Shared shared(subject);
    AtPoint centre(shared, random_input(random), 0);
    InScope scope(centre);
    if (!scope.impossible().empty() || !centre.point().ties().empty()) continue;
    const Maps maps = maps_at(network, centre);
    const Points points = spread(corners(maps.cell), centre.point().x());
    CAPTURE(round);
    ask(Asked{network, centre, scope, maps, points});
  }
}

}  // namespace

TEST_CASE("denominators over a cell: no corner and no point near one contradicts a proof, and every witness is one") {
  Count count;
  each_cell(3, 200,
            {"lrp-0", "z-plus", "w-square", "{ name = \"epsilon\", epsilon = \"1/4\" }", "flat", "lrp-0",
             "{ name = \"gamma\", gamma = \"1/4\" }", "{ name = \"alpha-beta\", alpha = 2, beta = 1 }"},
            [&](const Asked& q) {
              for (const net::NodeId node : {1, 3, 5}) {
                prop::Obligation o;
                o.check = "den.nonzero", o.node = node;
                Tally tally;
                decide_in_scope(q.scope, o, tally);
                CAPTURE(node);
                count.add(tally);
                if (tally.counts.proved) check_proved_denominator(q, o, tally);
                if (tally.counts.proved && tally.sum.count("removable")) check_removable(q, o);
                if (tally.counts.refuted) check_refuted(q, o, tally);
              }
            });
  MESSAGE("proved " << count.proved << " (removable " << count.removable << "), refuted " << count.refuted << " (away "
                    << count.away << "), unknown " << count.unknown);
  if (!kCounts) return;
  CHECK(count.proved > 200);
  CHECK(count.removable > 30);
  CHECK(count.away > 12);
  CHECK(count.unknown * 10 < count.proved);
}

TEST_CASE("conservation and positivity over a cell: no point contradicts a proof, and every witness is one") {
  Count count;
  each_cell(5, 160, {"lrp-0", "z-plus", "w-square", "{ name = \"gamma\", gamma = \"1/4\" }", "flat"},
            [&](const Asked& q) {
              for (const net::NodeId node : {1, 3, 5})
                for (const char* check : {"con.layer", "pos.layer"}) {
                  const auto decide = check[0] == 'c' ? decide_conservation : decide_positivity;
                  prop::Obligation o;
                  o.check = check, o.node = node;
                  Tally tally;
                  decide_in_scope(q.scope, o, tally);
                  count.add(tally);
                  CAPTURE(check);
                  for (const auto& x : q.points) {
                    if (!tally.counts.proved) break;
                    AtPoint at(q.centre.shared(), x, 0);
                    Tally one;
                    decide(at, o, one);
                    CHECK(one.counts.refuted == 0);
                  }
                  if (tally.counts.unknown) CHECK(tally.reasons[0].find("unit ") != std::string::npos);
                }
            });
  MESSAGE("proved " << count.proved << ", refuted " << count.refuted << ", unknown " << count.unknown);
  if (!kCounts) return;
  CHECK(count.proved > 300);
  CHECK(count.refuted > 100);
}

TEST_CASE("premises over a cell: decided as Fourier-Motzkin elimination decides them") {
  Count count;
  each_cell(4, 300, {"dtd-w2"}, [&](const Asked& q) {
    for (const net::NodeId node : {-1, 1, 3, 5}) {
      prop::Obligation o;
      o.check = "pre.rule", o.node = node, o.notion = node < 0 ? "f > 0" : "a >= 0";
      Tally tally;
      decide_in_scope(q.scope, o, tally);
      CAPTURE(node);
      count.add(tally);
      bool broken = false;
      std::optional<Rational> least;
      for (const Row& row : q.maps.of[std::size_t(node < 0 ? 5 : node - 1)]) {
        const Row less = scaled(row, Rational(-1));
        std::vector<Row> weak = q.maps.cell;
        if (node < 0) weak.push_back(less);
        broken = broken || feasible(weak, node < 0 ? std::vector<Row>() : std::vector<Row>{less});
        for (const auto& x : q.points) least = least ? num::min(*least, value(row, x)) : value(row, x);
      }
      CHECK(tally.counts.refuted == broken);
      CHECK(tally.counts.proved == !broken);
      if (tally.counts.refuted) check_refuted(q, o, tally);
      if (!tally.counts.proved) continue;
      const claim::Witness* shown = nearest_of(tally);
      REQUIRE(shown);
      CHECK(shown->numbers.at("bound")[0] <= *least);
      CHECK(shown->numbers.at("value")[0] == *least);  // corners are among the points
    }
  });
  MESSAGE("proved " << count.proved << ", refuted " << count.refuted << " (away " << count.away << ")");
  if (!kCounts) return;
  CHECK(count.proved > 200);
  CHECK(count.refuted > 200);
}

TEST_CASE("the least value of a form over a polytope, and where it is taken") {
  Polytope p;
  p.bounds = {{Rational(0), Rational(1)}, {Rational(0), Rational(1)}};
  p.interior = {Rational(1, 2), Rational(1, 8)};
  p.rows.push_back({{{Rational(1), Rational(-3)}, Rational(0)}, "x >= 3 y"});
  const Minimum m = minimum(p, {{Rational(1), Rational(-4)}, Rational(0)});  // x - 4 y: -1/3 at (1, 1/3)
  REQUIRE(m.bound);
  REQUIRE(m.attained());
  CHECK(m.value == Rational(-1, 3));
  CHECK(m.point == std::vector<Rational>{Rational(1), Rational(1, 3)});
  const LeastSize crossing = least_size(p, {{Rational(1), Rational(-4)}, Rational(0)});
  CHECK(crossing.side == 0);
  CHECK(crossing.value.is_zero());
  CHECK(p.contains(crossing.point));
  const LeastSize below = least_size(p, {{Rational(-1), Rational(2)}, Rational(-1, 5)});  // -x + 2 y - 1/5 <= -1/5
  CHECK(below.side == -1);
  CHECK(*below.bound == Rational(1, 5));
  CHECK(below.value == Rational(1, 5));
}
