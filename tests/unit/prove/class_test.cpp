#include <algorithm>

#include "prove/audit_points.hpp"
#include "prove/class_search.hpp"
#include "tiny_scope.hpp"

// net.class on tiny networks, against an enumeration of all patterns of units with a decider of its own.
using namespace lrproof;
using namespace lrproof::prove;
using namespace lrproof::prove::testing;

namespace {

// tiny() with three outputs.
net::Network three(Random& random) {
  auto nodes = tiny(random).nodes();
  nodes[5] = {"fc3", "Gemm", net::Dense{small(random, 6), small(random, 3), 2, 3, 1}, {4}, {1, 3}};
  return *net::Network::create(nodes, {5});
}

// Is f_k >= f_c (weakly), or > f_c, somewhere in the box? All patterns of the five units, each an exact system.
bool rivalled(const net::Network& network, const std::vector<num::Bound>& box, std::int64_t c, std::int64_t k) {
  for (int pattern = 0; pattern < 32; ++pattern) {
    std::vector<std::vector<bool>> on(6);
    for (int u = 0; u < 5; ++u) on[u < 3 ? 2 : 4].push_back(pattern >> u & 1);
    const Maps m = maps_on(network, on);
    auto weak = m.cell;
    for (std::size_t i = 0; i < 2; ++i) {
      Row low(3), high(3);
      low[i] = Rational(1), low[2] = -*box[i].low, high[i] = Rational(-1), high[2] = *box[i].high;
      weak.push_back(low), weak.push_back(high);
    }
    weak.push_back(sum(m.of[5][std::size_t(k)], m.of[5][std::size_t(c)], Rational(-1)));
    if (feasible(weak, {})) return true;
  }
  return false;
}

bool rivalled_at(const net::Network& network, const std::vector<Rational>& x, std::int64_t c) {
  const auto values = net::evaluate<Rational>(network, std::span<const Rational>(x), 1);
  for (std::size_t k = 0; k < 3; ++k)
    if (std::int64_t(k) != c && values.of[5][k] >= values.of[5][std::size_t(c)]) return true;
  return false;
}

}  // namespace

TEST_CASE("net.class over boxes agrees with an enumeration of all patterns") {
  Random random(3);
  int proved = 0, refuted = 0, open = 0, cut = 0;
  for (int round = 0; round < 250; ++round) {
    const auto network = three(random);
    const auto x = random_input(random);
    const auto values = net::evaluate<Rational>(network, std::span<const Rational>(x), 1);
    std::int64_t c = 0;
    for (std::int64_t k = 1; k < 3; ++k)
      if (values.of[5][std::size_t(k)] > values.of[5][std::size_t(c)]) c = k;
    const Rational radius(long(random() % 8 + 1), random() % 2 ? 8L : 3L);
    std::vector<num::Bound> box;
    for (const auto& v : x) box.push_back({num::max(v - radius, Rational(-2)), num::min(v + radius, Rational(2))});
    const net::Evaluator<num::Interval> ready(network);
    const LinearBounds bounds(ready);
    const auto answer = search_class({bounds, box, x, c, 20'000'000, [&](const std::vector<Rational>& at) {
                                        for (std::size_t i = 0; i < 2; ++i)
                                          REQUIRE((at[i] >= *box[i].low && at[i] <= *box[i].high));
                                        return rivalled_at(network, at, c);
                                      }});
    bool truth = false;
    for (std::int64_t k = 0; k < 3; ++k) truth = truth || (k != c && rivalled(network, box, c, k));
    using Kind = ClassAnswer::Kind;
    if (answer.kind == Kind::greatest) CHECK_FALSE(truth);
    if (answer.kind == Kind::rivalled) CHECK(truth);
    proved += answer.kind == Kind::greatest, refuted += answer.kind == Kind::rivalled;
    open += answer.kind == Kind::open, cut += answer.kind == Kind::greatest && answer.parts > 2;
  }
  MESSAGE("proved " << proved << ", refuted " << refuted << ", open " << open << ", cut " << cut);
  CHECK(proved > 40);
  CHECK(refuted > 40);
  CHECK(cut > 3);
  CHECK(open < 10);
}
