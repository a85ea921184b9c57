#include <doctest/doctest.h>

#include <random>

#include "net/text.hpp"
#include "prove/cell_rows.hpp"
#include "prove/exists_exact.hpp"

// root.exists against the exact simplex over ALL rows of the cell, their gradients by region's backward pass.

using namespace lrproof;
using num::Rational;

namespace {

std::string numbers(std::mt19937& random, int count, bool bracket = true) {
  std::string out;
  for (int k = 0; k < count; ++k)
    out += (k ? ", " : "") + std::string("\"") + std::to_string(int(random() % 17) - 8) + "/4\"";
  return bracket ? "[" + out + "]" : out;
}
std::string matrix(std::mt19937& random, int rows, int columns) {
  std::string out;
  for (int k = 0; k < rows; ++k) out += (k ? ", " : "") + numbers(random, columns);
  return "[" + out + "]";
}

// Two hidden layers; every third network takes a maximum of two of them, every fourth has no biases.
std::string random_network(std::mt19937& random, int seed) {
  const int n = 2 + seed % 3, m = 3 + seed % 4;
  const auto bias = [&](int count) { return seed % 4 == 3 ? std::string() : "  bias " + numbers(random, count); };
  const auto dense = [&](const char* name, const char* from, int rows, int columns) {
    return std::string(name) + " = dense(" + from + ")  weight " + matrix(random, rows, columns) + bias(rows) + "\n";
  };
  const char* act = seed % 2 ? "relu" : "clip";
  std::string text = "input x[" + std::to_string(n) + "]\n" + dense("h", "x", m, n);
  text += std::string("r = ") + act + "(h)" + (seed % 2 ? "" : "  min 0 max 3") + "\n" + dense("g", "r", m, m);
  text += "s = relu(g)\n" + dense("k", "r", m, m);
  text += seed % 3 ? "j = add(s, k)\n" : "j = max(s, k)\n";
  return text + dense("y", "j", 1, m) + "output y";
}

// Feasible over every row of the cell, at once.
bool exists_plainly(const prove::AtPoint& at) {
  const region::Point& point = at.point();
  const auto& domain = at.shared().subject.settings.domain;
  num::Simplex simplex(std::vector<num::Bound>(point.x().size(), {domain.low, domain.high}));
  auto rows = prove::cell_rows(at);
  rows.push_back(prove::output_row(at));
  for (const auto& row : rows) {
    std::vector<Rational> sum(point.x().size());
    Rational constant;
    for (const auto& [of, sign] : {std::pair{row.plus, 1}, std::pair{row.minus, -1}}) {
      if (of.node < 0) continue;
      const auto g = region::suffix_gradient_exact(point, at.shared().whole, of.node, of.element,
                                                   region::choice_of(point.branch()));
      constant += Rational(sign) * point.exact(of.node, of.element);
      for (std::size_t k = 0; k < g.size(); ++k) sum[k] += Rational(sign) * g[k];
    }
    for (std::size_t k = 0; k < sum.size(); ++k) constant -= sum[k] * point.x()[k];
    num::Bound bound;
    if (row.low) bound.low = *row.low - constant;
    if (row.high) bound.high = *row.high - constant;
    simplex.add_row(sum, bound);
  }
  const auto answer = simplex.solve(100000).answer;
  REQUIRE(answer != num::Feasibility::Answer::budget);
  return answer == num::Feasibility::Answer::feasible;
}

struct Tallied {
  int proved = 0, refuted = 0, unknown = 0;
};

void compare(const net::Network& network, std::mt19937& random, int kind, Tallied& all) {
  prop::Subject subject;
  subject.network = &network;
  if (kind > 0) subject.settings.domain.low = Rational(-1);
  if (kind > 1) subject.settings.domain.high = Rational(kind == 2 ? 2 : 0);
  const prove::Shared shared(subject);
  std::vector<Rational> x;
  for (std::int64_t k = 0; k < network.input_size(); ++k) x.emplace_back(long(random() % 41) - 20, 20L);
  prove::AtPoint at(shared, x, 0);
  if (!at.edges().none()) return;
  prove::Tally tally;
  prove::decide_exists(at, {}, tally);
  all.unknown += int(tally.counts.unknown);
  if (tally.counts.unknown > 0) return;
  const bool exists = exists_plainly(at);
  CHECK(tally.counts.proved == (exists ? 1 : 0));
  CHECK(tally.counts.refuted == (exists ? 0 : 1));
  all.proved += exists, all.refuted += !exists;
  if (!exists) return;
  const auto& zero = tally.exemplars.at(0).witness.numbers.at("point");
  const region::Point there(shared.ready, zero);
  CHECK(there.exact(network.output(), 0).is_zero());
}

}  // namespace

TEST_CASE("a root in the cell exists exactly when the exact simplex over all rows finds one") {
  std::mt19937 random(7);
  Tallied all;
  for (int seed = 0; seed < 240; ++seed) {
    const auto network = net::parse_network(random_network(random, seed), "test.net");
    REQUIRE_MESSAGE(network.ok(), (network.ok() ? "" : network.error().text()));
    compare(*network, random, seed % 5 % 4, all);
  }
  MESSAGE(all.proved << " proved, " << all.refuted << " refuted, " << all.unknown << " unknown");
  CHECK(all.proved > 20);
  CHECK(all.refuted > 20);
  CHECK(all.unknown == 0);
}
