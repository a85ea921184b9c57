#include "prove/apart.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include "attr/gradient.hpp"
#include "prove/difference.hpp"

namespace lrproof::prove {

using net::Network;
using num::Interval;
using num::Rational;

namespace {

constexpr std::size_t kUnitVectors = 64, kRandom = 64, kCorners = 32, kClimbed = 4, kDecided = 6;
constexpr std::size_t kSteps = 24;
constexpr std::size_t kSearchCost = 1'000'000'000;  // multiply-adds of doubles, of each network
constexpr std::int64_t kBatchElements = 1 << 22;

/// Inputs to begin with: given ones, then plain ones, then random ones.
class Candidates {
 public:
  explicit Candidates(const ApartQuestion& question) : question_(question), random_(question.seed + 1) {
    const auto n = std::size_t(question.f.input_size());
    for (std::size_t at = 0; at + n <= question.inputs.size(); at += n)
      add({question.inputs.begin() + long(at), question.inputs.begin() + long(at + n)});
    add(std::vector<double>(n, 0.0));
    add(std::vector<double>(n, 1.0));
    for (std::size_t k = 0; k < std::min(n, kUnitVectors); ++k) {
      std::vector<double> x(n, 0.0);
      x[k] = 1;
      add(std::move(x));
    }
    for (std::size_t k = 0; k < kRandom; ++k) add(drawn(n, k % 2 ? 1.0 : 8.0));
    for (std::size_t k = 0; k < kCorners && question.domain; ++k) add(corner(n));
  }
  std::vector<std::vector<double>> all;

 private:
  void add(std::vector<double> x) {
    if (inside(x)) all.push_back(std::move(x));
  }
  bool inside(const std::vector<double>& x) const {
    if (!question_.domain) return true;
    return std::ranges::all_of(
        x, [&](double v) { return question_.domain->first <= Rational(v) && Rational(v) <= question_.domain->second; });
  }
  std::vector<double> drawn(std::size_t n, double size) {
    double low = -size, high = size;
    if (question_.domain) low = question_.domain->first.upper(), high = question_.domain->second.lower();
    std::vector<double> x(n);
    for (auto& v : x) {
      const double t = double(random_() >> 11) * 0x1p-53;
      v = std::clamp(low + (high - low) * t, low, std::max(low, high));
    }
    return x;
  }
  std::vector<double> corner(std::size_t n) {
    std::vector<double> x(n);
    for (auto& v : x) v = random_() & 1 ? question_.domain->first.upper() : question_.domain->second.lower();
    return x;
  }
  const ApartQuestion& question_;
  std::mt19937_64 random_;
};

double largest_of(const std::vector<double>& f, const std::vector<double>& g, std::size_t at, std::size_t size) {
  double most = 0;
  for (std::size_t k = at * size; k < (at + 1) * size; ++k) {
    const double here = std::abs(f[k] - g[k]);
    most = std::isnan(here) ? most : std::max(most, here);
  }
  return most;
}

/// Ascent of one element's difference along the signs of its gradient, within the domain.
class Climb {
 public:
  Climb(const ApartQuestion& question, const Network& difference)
      : question_(question), difference_(difference), ready_(difference) {}

  std::vector<double> from(std::vector<double> x) const {
    double best = value(x).second;
    double step = 0.25;
    if (question_.domain) step = (question_.domain->second - question_.domain->first).to_double() / 4;
    for (std::size_t k = 0; k < kSteps; ++k) {
      const auto next = moved(x, step);
      const double there = value(next).second;
      if (there > best)
        best = there, x = next;
      else
        step /= 2;
    }
    return x;
  }

 private:
  std::pair<std::size_t, double> value(const std::vector<double>& x) const {
    const auto values = ready_.run(x, 1);
    const auto& out = values.of[std::size_t(difference_.output())];
    std::size_t k = 0;
    for (std::size_t i = 1; i < out.size(); ++i)
      if (std::abs(out[i]) > std::abs(out[k])) k = i;
    return {k, std::abs(out[k])};
  }
  std::vector<double> moved(const std::vector<double>& x, double step) const {
    const auto values = ready_.run(x, 1);
    const auto [k, size] = value(x);
    std::vector<double> start(std::size_t(difference_.output_size()), 0.0);
    start[k] = values.of[std::size_t(difference_.output())][k] < 0 ? -1 : 1;
    const auto gradient = attr::gradient<double>(difference_, values, start);
    std::vector<double> next = x;
    for (std::size_t i = 0; i < next.size(); ++i) {
      const double slope = gradient.of[0][i];
      next[i] += slope > 0 ? step : slope < 0 ? -step : 0;
      if (question_.domain)
        next[i] = std::clamp(next[i], question_.domain->first.upper(), question_.domain->second.lower());
    }
    return next;
  }
  const ApartQuestion& question_;
  const Network& difference_;
  net::Evaluator<double> ready_;
};

std::vector<Rational> exactly(const std::vector<double>& x) { return {x.begin(), x.end()}; }

template <class S>
std::vector<S> output_at(const Network& network, const std::vector<Rational>& x) {
  const std::vector<S> inputs(x.begin(), x.end());
  return net::evaluate<S>(network, inputs, 1).of[std::size_t(network.output())];
}

}  // namespace

std::int64_t evaluation_cost(const Network& network) {
  std::int64_t cost = 0;
  for (net::NodeId id = 0; id < network.size(); ++id) {
    const auto& node = network.node(id);
    cost += node.size();
    if (!net::is_affine(node.op)) continue;
    const net::Linear linear(network, id);
    cost += node.size() * std::max(linear.fan_in(0), linear.fan_in(node.size() - 1));
  }
  return cost;
}

std::vector<double> sampled_difference(const Network& f, const Network& g, const std::vector<double>& inputs) {
  const auto n = f.input_size();
  const auto rows = std::int64_t(inputs.size()) / n;
  const net::Evaluator<double> first(f), second(g);
  const auto at_once = std::max<std::int64_t>(1, kBatchElements / evaluation_cost(f));
  std::vector<double> out;
  for (std::int64_t row = 0; row < rows; row += at_once) {
    const auto batch = std::min(at_once, rows - row);
    const auto part = std::span(inputs).subspan(std::size_t(row * n), std::size_t(batch * n));
    const auto a = first.run(part, batch), b = second.run(part, batch);
    for (std::int64_t k = 0; k < batch; ++k)
      out.push_back(largest_of(a.of[std::size_t(f.output())], b.of[std::size_t(g.output())], std::size_t(k),
                               std::size_t(f.output_size())));
  }
  return out;
}

std::optional<Apart> apart_at(const ApartQuestion& question, const std::vector<Rational>& x) {
  if (question.f.first_opaque() >= 0 || question.g.first_opaque() >= 0) return std::nullopt;
  const auto f = output_at<Interval>(question.f, x), g = output_at<Interval>(question.g, x);
  Apart apart{x, -1, {}, {}, {}, {}};
  bool possible = false;
  double most = -1;
  for (std::size_t k = 0; k < f.size(); ++k) {
    const Interval d = f[k] - g[k];
    possible = possible || !std::isfinite(d.magnitude()) || Rational(d.magnitude()) > question.tolerance;
    if (Rational(d.mignitude()) > question.tolerance && d.mignitude() > most)
      most = d.mignitude(), apart.element = std::int64_t(k);
  }
  if (!possible) return std::nullopt;
  if (evaluation_cost(question.f) + evaluation_cost(question.g) > kExactCost) {
    if (apart.element < 0) return std::nullopt;
    apart.f_here = f[std::size_t(apart.element)], apart.g_here = g[std::size_t(apart.element)];
    return apart;
  }
  apart.f = output_at<Rational>(question.f, x), apart.g = output_at<Rational>(question.g, x);
  Rational widest = question.tolerance;
  apart.element = -1;
  for (std::size_t k = 0; k < apart.f.size(); ++k)
    if (const Rational d = num::abs(apart.f[k] - apart.g[k]); widest < d) widest = d, apart.element = std::int64_t(k);
  if (apart.element < 0) return std::nullopt;
  apart.f_here = Interval(apart.f[std::size_t(apart.element)]);
  apart.g_here = Interval(apart.g[std::size_t(apart.element)]);
  return apart;
}

ApartAnswer look_apart(const ApartQuestion& question) {
  Candidates candidates(question);
  auto& points = candidates.all;
  const auto n = std::size_t(question.f.input_size());
  const auto measure = [&](std::size_t from) {
    std::vector<double> flat;
    for (std::size_t k = from; k < points.size(); ++k) flat.insert(flat.end(), points[k].begin(), points[k].end());
    return sampled_difference(question.f, question.g, flat);
  };
  // Large networks: what was given, and the first few of the others.
  const auto given = question.inputs.size() / n, cost = std::size_t(evaluation_cost(question.f));
  points.resize(std::min(points.size(), given + 4 + kSearchCost / std::max<std::size_t>(cost, 1)));
  if (points.empty()) return {};
  auto sizes = measure(0);
  std::vector<std::size_t> order(points.size());
  const auto sort = [&] {
    order.resize(points.size());
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = k;
    std::ranges::stable_sort(order, [&](auto a, auto b) { return sizes[a] > sizes[b]; });
  };
  sort();
  const bool smooth = question.f.first_opaque() >= 0 || question.g.first_opaque() >= 0;
  if (!smooth && cost * kClimbed * kSteps * 3 <= kSearchCost) {
    if (const auto difference = difference_network(question.f, question.g)) {
      const Climb climb(question, *difference);
      const auto before = points.size();
      for (std::size_t k = 0; k < std::min(kClimbed, before); ++k) points.push_back(climb.from(points[order[k]]));
      const auto more = measure(before);
      sizes.insert(sizes.end(), more.begin(), more.end());
      sort();
    }
  }
  ApartAnswer answer{std::nullopt, sizes[order[0]], points[order[0]]};
  for (std::size_t k = 0; k < std::min(kDecided, order.size()) && !answer.witness; ++k)
    answer.witness = apart_at(question, exactly(points[order[k]]));
  return answer;
}

}  // namespace lrproof::prove
