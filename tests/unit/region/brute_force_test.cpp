// Cell and linear region (REG-2, REG-3) against enumeration: every branch of a tiny network is written down as its
// affine maps and inequalities, its full dimension decided by Fourier-Motzkin elimination, and both memberships read
// off the list. Shares nothing with the room but the network.
#include <doctest/doctest.h>

#include <random>

#include "region/member.hpp"

using namespace lrproof;
using num::Rational;
using Random = std::mt19937_64;

namespace {

using Row = std::vector<Rational>;  // coefficients of the input, then the constant

struct Polyhedron {
  std::vector<Row> rows;  // each >= 0
  Row output;             // affine map of the explained output
};

Row minus(const Row& a, const Row& b) {
  Row r = a;
  for (std::size_t k = 0; k < r.size(); ++k) r[k] -= b[k];
  return r;
}
bool flat(const Row& row) {
  return std::all_of(row.begin(), row.end() - 1, [](const Rational& v) { return v.is_zero(); });
}
Rational value(const Row& row, const Row& x) {
  Rational v = row.back();
  for (std::size_t k = 0; k < x.size(); ++k) v += row[k] * x[k];
  return v;
}

// Is there x with row . x + constant > 0 for all rows? Fourier-Motzkin.
bool strictly_feasible(std::vector<Row> rows, std::size_t dimensions) {
  for (std::size_t d = 0; d < dimensions; ++d) {
    std::vector<Row> next, up, down;
    for (Row& row : rows) (row[d].is_zero() ? next : row[d].sign() > 0 ? up : down).push_back(std::move(row));
    for (const Row& a : up)
      for (const Row& b : down) {
        Row sum(a.size());
        for (std::size_t k = 0; k < a.size(); ++k) sum[k] = a[k] / a[d] - b[k] / b[d];
        next.push_back(std::move(sum));
      }
    rows = std::move(next);
  }
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.back().sign() > 0; });
}

// Every choice of pieces, one after the other, with its inequalities.
class Enumerator {
 public:
  Enumerator(const net::Network& network, std::int64_t target) : network_(network), target_(target) {
    maps_.resize(std::size_t(network.size()));
    const auto n = std::size_t(network.input_size());
    for (std::size_t k = 0; k < n; ++k) {
      Row unit(n + 1);
      unit[k] = Rational(1);
      maps_[0].push_back(unit);
    }
    node(1);
  }
  std::vector<Polyhedron> full;

 private:
  void node(net::NodeId id) {
    if (id == network_.size()) return finish();
    const net::Node& node = network_.node(id);
    auto& map = maps_[std::size_t(id)];
    map.clear();
    if (const auto* dense = std::get_if<net::Dense>(&node.op)) {
      for (std::int64_t j = 0; j < dense->out; ++j) {
        Row row(std::size_t(network_.input_size()) + 1);
        row.back() = dense->bias.rational(std::size_t(j));
        for (std::int64_t i = 0; i < dense->in; ++i)
          for (std::size_t k = 0; k < row.size(); ++k)
            row[k] += dense->weight.rational(std::size_t(j * dense->in + i)) * in(node, 0)[std::size_t(i)][k];
        map.push_back(row);
      }
    } else if (std::holds_alternative<net::Add>(node.op)) {
      const auto &a = in(node, 0), &b = in(node, 1);
      for (std::size_t k = 0; k < a.size(); ++k) map.push_back(minus(a[k], minus(Row(a[k].size()), b[k])));
    } else if (std::holds_alternative<net::Concat>(node.op)) {
      map = in(node, 0);
      map.insert(map.end(), in(node, 1).begin(), in(node, 1).end());
    } else {
      return unit(id, 0);
    }
    this->node(id + 1);
  }
  const std::vector<Row>& in(const net::Node& node, std::size_t k) const { return maps_[std::size_t(node.inputs[k])]; }

  void unit(net::NodeId id, std::int64_t k) {
    const net::Node& node = network_.node(id);
    if (k == node.size()) return this->node(id + 1);
    const std::size_t before = rows_.size();
    auto branch = [&](const Row& map) {
      const auto kept = maps_[std::size_t(id)];
      maps_[std::size_t(id)].push_back(map);
      unit(id, k + 1);
      maps_[std::size_t(id)] = kept;
      rows_.resize(before);
    };
    if (const auto* a = std::get_if<net::Activation>(&node.op)) {
      const net::Curve& curve = a->curve(k);
      const Row z = in(node, 0)[std::size_t(k)];
      for (std::size_t p = 0; p < curve.slopes.size(); ++p) {
        Row low = z, high = minus(Row(z.size()), z), map = z;
        if (p > 0) low.back() -= curve.kinks[p - 1], rows_.push_back(low);
        if (p < curve.kinks.size()) high.back() += curve.kinks[p], rows_.push_back(high);
        for (auto& v : map) v *= curve.slopes[p];
        map.back() += curve.intercepts[p];
        branch(map);
      }
      return;
    }
    const bool minimum = std::get<net::Max>(node.op).minimum;
    for (std::size_t winner = 0; winner < node.inputs.size(); ++winner) {
      for (std::size_t other = 0; other < node.inputs.size(); ++other) {
        const Row &a = in(node, winner)[std::size_t(k)], &b = in(node, other)[std::size_t(k)];
        if (other != winner) rows_.push_back(minimum ? minus(b, a) : minus(a, b));
      }
      branch(in(node, winner)[std::size_t(k)]);
    }
  }

  void finish() {
    std::vector<Row> strict;
    for (const Row& row : rows_) {
      if (!flat(row)) strict.push_back(row);
      if (flat(row) && row.back().sign() < 0) return;
    }
    if (strictly_feasible(strict, std::size_t(network_.input_size())))
      full.push_back({rows_, maps_[std::size_t(network_.output())][std::size_t(target_)]});
  }

  const net::Network& network_;
  std::int64_t target_;
  std::vector<std::vector<Row>> maps_;
  std::vector<Row> rows_;
};

bool contains(const Polyhedron& p, const Row& x) {
  return std::all_of(p.rows.begin(), p.rows.end(), [&](const Row& row) { return value(row, x).sign() >= 0; });
}

bool brute_cell(const std::vector<Polyhedron>& all, const Row& x, const Row& end) {
  return std::any_of(all.begin(), all.end(), [&](const Polyhedron& p) { return contains(p, x) && contains(p, end); });
}

// The part [low, high] of the segment, by parameter, inside one polyhedron; empty: low > high.
std::pair<Rational, Rational> part(const Polyhedron& p, const Row& x, const Row& end) {
  Rational low(0), high(1);
  for (const Row& row : p.rows) {
    const Rational at = value(row, x), rate = value(row, end) - at;
    if (rate.is_zero() && at.sign() < 0) return {Rational(1), Rational(0)};
    if (rate.sign() > 0) low = num::max(low, -at / rate);
    if (rate.sign() < 0) high = num::min(high, -at / rate);
  }
  return {low, high};
}

bool brute_linear(const std::vector<Polyhedron>& all, const Row& x, const Row& end) {
  for (const Polyhedron& like : all) {
    if (!contains(like, x)) continue;
    std::vector<std::pair<Rational, Rational>> parts;
    for (const Polyhedron& p : all)
      if (std::equal(p.output.begin(), p.output.end() - 1, like.output.begin())) {
        const auto [low, high] = part(p, x, end);
        if (low <= high) parts.emplace_back(low, high);
      }
    Rational reached(0);
    for (std::size_t again = 0; again < parts.size(); ++again)
      for (const auto& [low, high] : parts)
        if (low <= reached) reached = num::max(reached, high);
    if (reached >= Rational(1)) return true;
  }
  return false;
}

num::Constants draw(Random& random, std::int64_t count) {
  std::vector<Rational> values;
  for (std::int64_t k = 0; k < count; ++k) values.emplace_back(long(random() % 5) - 2);
  return num::Constants::from_rationals(std::move(values));
}

net::Curve curve_of(Random& random) {
  const Rational z(0), one(1);
  switch (random() % 5) {
    case 0:
      return {{z}, {Rational(1, 4), one}, {z, z}};
    case 1:
      return {{z}, {-one, one}, {z, z}};
    case 2:
      return {{z, one}, {z, one, z}, {z, z, one}};
    default:
      return {{z}, {z, one}, {z, z}};
  }
}

struct Growing {
  Random& random;
  std::vector<net::Node> nodes;

  net::NodeId dense(net::NodeId from, std::int64_t out) {
    const std::int64_t in = nodes[std::size_t(from)].size();
    return add("Gemm", net::Dense{draw(random, in * out), draw(random, out), in, out, 1}, {from}, out);
  }
  net::NodeId activation(net::NodeId from) {
    const std::int64_t size = nodes[std::size_t(from)].size();
    return add("Relu", net::Activation{"relu", {curve_of(random)}, {}}, {from}, size);
  }
  net::NodeId add(const std::string& type, net::Op op, std::vector<net::NodeId> in, std::int64_t size) {
    nodes.push_back({"n" + std::to_string(nodes.size()), type, std::move(op), std::move(in), {1, size}});
    return net::NodeId(nodes.size()) - 1;
  }
};

net::Network random_network(Random& random) {
  const std::int64_t inputs = 1 + std::int64_t(random() % 3);
  Growing g{random, {{"x", "Input", net::Input{}, {}, {1, inputs}}}};
  net::NodeId last = g.activation(g.dense(0, 2 + std::int64_t(random() % 2)));
  const std::int64_t width = g.nodes[std::size_t(last)].size();
  switch (random() % 4) {
    case 0:
      last = g.activation(g.dense(last, 2));
      break;
    case 1:
      last = g.add("Add", net::Add{{1, 1}}, {last, g.activation(g.dense(0, width))}, width);
      break;
    case 2:
      last = g.add("Max", net::Max{random() % 2 == 0}, {last, g.dense(0, width)}, width);
      break;
    case 3:
      last = g.add("Concat", net::Concat{1}, {last, g.dense(0, 1)}, width + 1);
      if (random() % 2) last = g.activation(g.dense(last, 2));
      break;
  }
  g.dense(last, 2);
  const auto top = net::NodeId(g.nodes.size()) - 1;
  auto made = net::Network::create(std::move(g.nodes), {top});
  REQUIRE(made.ok());
  return std::move(made).value();
}

Row draw_point(Random& random, std::int64_t size) {
  Row x;
  for (std::int64_t k = 0; k < size; ++k)
    x.push_back(random() % 3 ? Rational(long(random() % 5) - 2) : Rational(long(random() % 17) - 8, 3L));
  return x;
}

struct Seen {
  long cell[3] = {}, linear[3] = {}, edges = 0, enclosed[2] = {};
};

void compare(const net::Network& network, std::int64_t target, Random& random, Seen& seen) {
  const Enumerator brute(network, target);
  const region::Ready ready(network);
  const auto whole = region::make_suffix(network, 0);
  for (int round = 0; round < 4; ++round) {
    const region::Point point(ready, draw_point(random, network.input_size()));
    const auto edges = region::find_edges(point, whole);
    if (!edges.none()) ++seen.edges;
    std::vector<Row> ends;
    region::Candidates candidates;
    candidates.count = 6;
    for (int c = 0; c < candidates.count; ++c) {
      ends.push_back(draw_point(random, network.input_size()));
      for (const auto& v : ends.back()) candidates.values.emplace_back(v);
    }
    const auto values = region::evaluate_suffix(point, whole, candidates);
    const region::Question q{
        point, whole, edges, candidates, values, [&](std::int64_t c) { return &ends[std::size_t(c)]; }, target};
    const auto cell = region::in_cell(q);
    const auto linear = region::in_linear_region(q, cell);
    std::vector<num::Interval> first;
    if (edges.none())
      first = region::suffix_gradient(point, whole, 1, network.output(), target, region::choice_of(point.branch()));
    for (std::size_t c = 0; c < ends.size(); ++c) {
      using Answer = region::Membership::Answer;
      ++seen.cell[int(cell[c].answer)], ++seen.linear[int(linear[c].answer)];
      const bool in_c = brute_cell(brute.full, point.x(), ends[c]);
      const bool in_n = brute_linear(brute.full, point.x(), ends[c]);
      CHECK(in_c <= in_n);
      if (cell[c].answer != Answer::unknown) CHECK((cell[c].answer == Answer::inside) == in_c);
      if (linear[c].answer != Answer::unknown) CHECK((linear[c].answer == Answer::inside) == in_n);
      const auto enclosed = edges.none() ? region::walk_enclosed(q, std::int64_t(c), first) : std::nullopt;
      if (!enclosed) continue;
      ++seen.enclosed[int(enclosed->answer)];
      CHECK((enclosed->answer == Answer::inside) == in_n);
    }
  }
}

}  // namespace

TEST_CASE("cell and linear region are what enumerating every branch says") {
  const char* more = std::getenv("LRPROOF_TEST_NETWORKS");
  const int networks = more ? std::atoi(more) : 400;
  Seen seen;
  for (int seed = 0; seed < networks; ++seed) {
    CAPTURE(seed);
    Random random{std::uint64_t(seed)};
    const auto network = random_network(random);
    compare(network, std::int64_t(random() % 2), random, seen);
  }
  CHECK(seen.edges > networks / 2);
  CHECK(seen.cell[0] > networks);
  CHECK(seen.cell[1] > networks);
  CHECK(seen.linear[1] > networks);
  CHECK(seen.enclosed[0] > networks / 2);
  CHECK(seen.enclosed[1] > networks / 2);
  CHECK(seen.linear[2] < (seen.linear[0] + seen.linear[1]) / 4);
  MESSAGE("edges " << seen.edges << " cell " << seen.cell[0] << "/" << seen.cell[1] << "/" << seen.cell[2] << " linear "
                   << seen.linear[0] << "/" << seen.linear[1] << "/" << seen.linear[2] << " in enclosures "
                   << seen.enclosed[0] << "/" << seen.enclosed[1]);
}
