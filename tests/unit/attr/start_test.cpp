#include "attr/start.hpp"

#include "samples.hpp"

using namespace lrproof;
using namespace lrproof::samples;

TEST_CASE("starting relevance: value, one, contrast against the runner-up") {
  const auto network = read("input x[1, 3]\ny = reshape(x) shape [3]\noutput y\n");
  const auto values = values_of<Rational>(network, {4, 7, 7, 1, -2, -3}, 2);
  auto start = [&](rule::Start how, std::vector<std::int64_t> t) {
    return attr::start_relevance<Rational>(network, values, how, t);
  };
  CHECK(start(rule::Start::value, {0, 2}) == std::vector<Rational>{4, 0, 0, 0, 0, -3});
  CHECK(start(rule::Start::one, {0, 2}) == std::vector<Rational>{1, 0, 0, 0, 0, 1});
  CHECK(start(rule::Start::contrast, {0, 0}) == std::vector<Rational>{4, -7, 0, 1, 2, 0});
  CHECK(start(rule::Start::contrast, {1, 1}) == std::vector<Rational>{0, 7, -7, -1, -2, 0});
  CHECK(attr::best_targets<Rational>(network, values, false) == std::vector<std::int64_t>{1, 0});
  CHECK(attr::best_targets<Rational>(network, values, true) == std::vector<std::int64_t>{0, 2});
}

TEST_CASE("an undecided runner-up gives every candidate a share between 0 and 1") {
  const auto network = read("input x[1, 3]\ny = reshape(x) shape [3]\noutput y\n");
  const std::vector<num::Interval> x{num::Interval(1), num::Interval(2, 4), num::Interval(3, 5)};
  const auto values = net::evaluate<num::Interval>(network, x, 1);
  const auto start = attr::start_relevance<num::Interval>(network, values, rule::Start::contrast, {0});
  CHECK(start[1].lo == -4);
  CHECK(start[1].hi == 0);
  CHECK(start[2].lo == -5);
  CHECK(start[2].hi == 0);
}
