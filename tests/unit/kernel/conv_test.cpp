#include "kernel/conv.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "kernel/gemm.hpp"

using namespace lrproof::kernel;

namespace {

using Ints = std::vector<std::int64_t>;

std::int64_t product(const Ints& v) {
  std::int64_t p = 1;
  for (const auto d : v) p *= d;
  return p;
}

std::vector<float> noise(std::int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> spread(-1, 1);
  std::vector<float> out(static_cast<std::size_t>(count));
  for (auto& v : out) v = spread(random);
  return out;
}

ConvShape shaped(std::int64_t batch, std::int64_t groups, std::int64_t wide_channels, std::int64_t narrow_channels,
                 Ints wide, Ints kernel, Ints strides, Ints dilations, Ints begin, Ints end) {
  ConvShape s{batch, groups, wide_channels, narrow_channels, wide, {}, kernel, strides, dilations, begin, end};
  for (std::size_t k = 0; k < wide.size(); ++k)
    s.narrow.push_back((wide[k] + begin[k] + end[k] - dilations[k] * (kernel[k] - 1) - 1) / strides[k] + 1);
  return s;
}

/// visit(wide element, weight, narrow element) for every tap of every sample.
template <class Visit>
void taps(const ConvShape& s, Visit visit) {
  const auto ci = s.wide_channels / s.groups, co = s.narrow_channels / s.groups;
  const auto wide_plane = product(s.wide), places = product(s.narrow), size = product(s.kernel);
  for (std::int64_t n = 0; n < s.batch; ++n)
    for (std::int64_t o = 0; o < s.narrow_channels; ++o)
      for (std::int64_t c = 0; c < ci; ++c)
        for (std::int64_t p = 0; p < places; ++p)
          for (std::int64_t t = 0; t < size; ++t) {
            std::int64_t place = p, tap = t, at = 0, stride = 1;
            bool inside = true;
            for (std::size_t k = s.kernel.size(); k-- > 0;) {
              const auto x = place % s.narrow[k] * s.strides[k] - s.pads_begin[k] + tap % s.kernel[k] * s.dilations[k];
              place /= s.narrow[k], tap /= s.kernel[k];
              inside = inside && x >= 0 && x < s.wide[k];
              at += x * stride, stride *= s.wide[k];
            }
            if (inside)
              visit((n * s.wide_channels + o / co * ci + c) * wide_plane + at, (o * ci + c) * size + t,
                    (n * s.narrow_channels + o) * places + p);
          }
}

double largest_difference(const std::vector<float>& a, const std::vector<double>& b) {
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::abs(double(a[k]) - b[k]));
  return most;
}

void compare(const ConvShape& s) {
  const auto wide_size = s.batch * s.wide_channels * product(s.wide);
  const auto narrow_size = s.batch * s.narrow_channels * product(s.narrow);
  const auto weight_size = s.narrow_channels * s.wide_channels / s.groups * product(s.kernel);
  const auto x = noise(wide_size, 1), r = noise(narrow_size, 2);
  ConvKernel kernel(s);
  for (unsigned round = 0; round < 2; ++round) {
    const auto w = noise(weight_size, 3 + round);
    std::vector<double> y_true(r.size()), x_true(x.size());
    taps(s, [&](std::int64_t wide, std::int64_t weight, std::int64_t narrow) {
      y_true[std::size_t(narrow)] += double(w[std::size_t(weight)]) * x[std::size_t(wide)];
      x_true[std::size_t(wide)] += double(w[std::size_t(weight)]) * r[std::size_t(narrow)];
    });
    std::vector<float> y(r.size()), back(x.size());
    kernel.set_weights(w.data());
    REQUIRE(kernel.forward(x.data(), y.data()));
    REQUIRE(kernel.adjoint(r.data(), back.data()));
    CHECK(largest_difference(y, y_true) < 1e-4);
    CHECK(largest_difference(back, x_true) < 1e-4);
  }
}

}  // namespace

TEST_CASE("convolution and its adjoint agree with the loop that defines them") {
  compare(shaped(2, 1, 3, 8, {9, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}));
  compare(shaped(1, 1, 16, 16, {12, 12}, {3, 3}, {2, 2}, {1, 1}, {0, 1}, {1, 0}));
  compare(shaped(3, 2, 4, 6, {8, 9}, {2, 3}, {1, 2}, {2, 1}, {1, 0}, {2, 1}));
  compare(shaped(2, 8, 8, 8, {10, 10}, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {1, 1}));
  compare(shaped(2, 1, 5, 4, {11}, {4}, {3}, {2}, {2}, {1}));
  compare(shaped(1, 1, 2, 3, {5, 6, 4}, {2, 3, 2}, {1, 2, 1}, {1, 1, 1}, {0, 1, 1}, {1, 0, 0}));
  compare(shaped(4, 1, 32, 32, {7, 7}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}));
}

TEST_CASE("matrix product in all four transpositions") {
  const std::int64_t m = 5, k = 7, n = 3;
  const auto a = noise(m * k, 1), b = noise(k * n, 2);
  for (const bool at : {false, true})
    for (const bool bt : {false, true}) {
      std::vector<float> c(std::size_t(m * n));
      std::vector<double> truth(c.size());
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j)
          for (std::int64_t l = 0; l < k; ++l)
            truth[std::size_t(i * n + j)] +=
                double(a[std::size_t(at ? l * m + i : i * k + l)]) * double(b[std::size_t(bt ? j * k + l : l * n + j)]);
      REQUIRE(gemm(a.data(), at, b.data(), bt, c.data(), m, k, n));
      CHECK(largest_difference(c, truth) < 1e-5);
    }
  CHECK_FALSE(gemm(nullptr, false, nullptr, false, nullptr, 0, 1, 1));
}
