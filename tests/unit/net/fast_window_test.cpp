#include <doctest/doctest.h>

#include <cmath>

#include "net/linear.hpp"

using namespace lrproof;

namespace {

net::Network one_conv(bool transposed, std::int64_t groups) {
  net::Conv conv;
  conv.window = {{3, 2}, {2, 1}, {1, 2}, {1, 0}, {0, 1}};
  conv.groups = groups, conv.transposed = transposed;
  const net::Shape wide{1, 8, 13, 12}, narrow{1, 16, 6, 11};
  for (std::int64_t k = 0; k < 16 * (8 / groups) * 6; ++k) conv.weight.approx.push_back(double(k % 23 - 11) / 8);
  const auto& from = transposed ? narrow : wide;
  const auto& to = transposed ? wide : narrow;
  conv.bias.approx.edit().assign(std::size_t(to[1]), 0);
  std::vector<net::Node> nodes(2);
  nodes[0] = {"x", "Input", net::Input{}, {}, from};
  nodes[1] = {"c", "Conv", conv, {0}, to};
  auto network = net::Network::create(std::move(nodes), {1});
  REQUIRE_MESSAGE(network.ok(), (network.ok() ? "" : network.error().text()));
  return std::move(*network);
}

std::vector<double> pattern(std::int64_t count) {
  std::vector<double> out;
  for (std::int64_t k = 0; k < count; ++k) out.push_back(double((k * 37) % 29 - 14) / 16);
  return out;
}

void close(const std::vector<float>& a, const std::vector<double>& b) {
  double most = 0;
  for (std::size_t k = 0; k < a.size(); ++k) most = std::max(most, std::abs(double(a[k]) - b[k]));
  CHECK(most < 1e-3);
}

}  // namespace

TEST_CASE("the fast float kernel says what the template says, both ways and changing weights") {
  const std::int64_t batch = 9;
  for (const bool transposed : {false, true})
    for (const std::int64_t groups : {1, 4}) {
      const auto network = one_conv(transposed, groups);
      const net::Linear linear(network, 1);
      for (const double factor : {1.0, -0.5}) {
        auto w = linear.weights().as<double>();
        for (auto& v : w) v *= factor;
        const auto x = pattern(batch * linear.in_size()), r = pattern(batch * linear.out_size());
        std::vector<double> y(r.size()), back(x.size());
        linear.apply<double>(w, x, y, batch);
        linear.apply_adjoint<double>(w, r, back, batch);
        const std::vector<float> wf(w.begin(), w.end()), xf(x.begin(), x.end()), rf(r.begin(), r.end());
        std::vector<float> yf(r.size()), backf(x.size());
        linear.apply<float>(wf, xf, yf, batch);
        linear.apply_adjoint<float>(wf, rf, backf, batch);
        close(yf, y), close(backf, back);
      }
    }
}
