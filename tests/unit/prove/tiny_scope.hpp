#pragma once
// Tiny networks for claims over cells and boxes, and a decider of its own for them: every affine map written out, every
// question of existence answered by Fourier-Motzkin elimination. Shares nothing with the provers.
#include <doctest/doctest.h>

#include <random>
#include <set>

#include "prove/in_scope.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::prove::testing {

using num::Rational;
using Random = std::mt19937_64;

inline num::Constants small(Random& random, std::int64_t count) {
  std::vector<Rational> values;
  for (std::int64_t k = 0; k < count; ++k) values.push_back(Rational(long(random() % 9) - 4, 2L));
  return num::Constants::from_rationals(std::move(values));
}

/// x[2] -> dense[3] -> relu -> dense[2] -> relu -> dense[1]
inline net::Network tiny(Random& random) {
  const net::Curve relu{{Rational(0)}, {Rational(0), Rational(1)}, {Rational(0), Rational(0)}};
  std::vector<net::Node> n;
  const auto dense = [&](const char* name, net::NodeId from, std::int64_t in, std::int64_t out) {
    n.push_back({name, "Gemm", net::Dense{small(random, in * out), small(random, out), in, out, 1}, {from}, {1, out}});
  };
  const auto act = [&](const char* name, net::NodeId from, std::int64_t size) {
    n.push_back({name, "Relu", net::Activation{"relu", {relu}, {}}, {from}, {1, size}});
  };
  n.push_back({"x", "Input", net::Input{}, {}, {1, 2}});
  dense("fc1", 0, 2, 3), act("h1", 1, 3), dense("fc2", 2, 3, 2), act("h2", 3, 2), dense("fc3", 4, 2, 1);
  return *net::Network::create(std::move(n), {5});
}

/// rule: as a rule file has it, "dtd-x" in quotes or a table of name and parameters.
inline prop::Subject subject_of(const net::Network& network, const std::string& rule) {
  prop::Subject subject;
  subject.network = &network;
  subject.settings.scope = prop::ScopeKind::cell;
  subject.settings.domain = {Rational(-2), Rational(2)};
  const std::string value = rule[0] == '{' ? rule : "\"" + rule + "\"";
  const auto rules =
      rule::parse_ruleset("[ruleset]\nname = \"r\"\n[[assign]]\nto = { op = \"affine\" }\nrule = " + value +
                              "\n[[assign]]\nto = { op = \"activation\" }\nrule = \"pass\"\n",
                          "r.toml");
  REQUIRE(rules);
  const auto assignment = rule::assign(*rules, network);
  REQUIRE(assignment);
  subject.cases.push_back({*rules, *assignment, root::asked_layers(network, *assignment)});
  return subject;
}

inline std::vector<Rational> random_input(Random& random) {
  return {Rational(long(random() % 61) - 30, 16L), Rational(long(random() % 61) - 30, 16L)};
}

using Row = std::vector<Rational>;  ///< coefficients of x, then the constant

inline Row scaled(Row row, const Rational& factor) {
  for (auto& v : row) v *= factor;
  return row;
}
inline Row sum(Row a, const Row& b, const Rational& factor = Rational(1)) {
  for (std::size_t k = 0; k < a.size(); ++k) a[k] += factor * b[k];
  return a;
}

/// Is there x with weak[k](x) >= 0 and strict[k](x) > 0?
inline bool feasible(const std::vector<Row>& weak, const std::vector<Row>& strict) {
  std::vector<std::pair<Row, bool>> rows;
  for (const auto& r : weak) rows.emplace_back(r, false);
  for (const auto& r : strict) rows.emplace_back(r, true);
  const std::size_t n = rows[0].first.size() - 1;
  for (std::size_t d = 0; d < n; ++d) {
    std::vector<std::pair<Row, bool>> next, up, down;
    for (auto& r : rows) (r.first[d].is_zero() ? next : r.first[d].sign() > 0 ? up : down).push_back(std::move(r));
    for (const auto& a : up)
      for (const auto& b : down)
        next.emplace_back(sum(scaled(a.first, Rational(1) / a.first[d]), b.first, Rational(-1) / b.first[d]),
                          a.second || b.second);
    rows = std::move(next);
  }
  return std::all_of(rows.begin(), rows.end(),
                     [](const auto& r) { return r.second ? r.first.back().sign() > 0 : r.first.back().sign() >= 0; });
}

/// The affine maps of all tensors of such a network on one branch.
struct Maps {
  std::vector<std::vector<Row>> of;  // by node
  std::vector<Row> cell;             // >= 0, the domain [-2, 2] among them
};

inline std::vector<Row> dense_map(const net::Network& network, net::NodeId id, const std::vector<Row>& in) {
  const auto& dense = std::get<net::Dense>(network.node(id).op);
  std::vector<Row> out;
  for (std::int64_t j = 0; j < dense.out; ++j) {
    Row row(in[0].size());
    row.back() = dense.bias.rational(std::size_t(j));
    for (std::int64_t i = 0; i < dense.in; ++i)
      row = sum(row, in[std::size_t(i)], dense.weight.rational(std::size_t(j * dense.in + i)));
    out.push_back(std::move(row));
  }
  return out;
}

/// on[id][k]: is unit k of activation id on its upper piece?
inline Maps maps_on(const net::Network& network, const std::vector<std::vector<bool>>& on) {
  Maps m;
  m.of.resize(6);
  for (std::size_t k = 0; k < 2; ++k) {
    Row unit(3);
    unit[k] = Rational(1);
    m.of[0].push_back(unit);
    Row low = unit, high = scaled(unit, Rational(-1));
    low[2] = high[2] = Rational(2);
    m.cell.push_back(low), m.cell.push_back(high);
  }
  for (net::NodeId id = 1; id < 6; ++id) {
    const auto& in = m.of[std::size_t(id - 1)];
    if (id % 2 == 1) {
      m.of[std::size_t(id)] = dense_map(network, id, in);
      continue;
    }
    for (std::size_t k = 0; k < in.size(); ++k) {
      m.of[std::size_t(id)].push_back(on[std::size_t(id)][k] ? in[k] : Row(3));
      m.cell.push_back(on[std::size_t(id)][k] ? in[k] : scaled(in[k], Rational(-1)));
    }
  }
  return m;
}

}  // namespace lrproof::prove::testing
