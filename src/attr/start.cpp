#include "attr/start.hpp"

#include "attr/signs.hpp"
#include "attr/step.hpp"
#include "num/symbol.hpp"

namespace lrproof::attr {

template <num::Scalar S>
std::vector<S> start_relevance(const net::Network& network, const net::Values<S>& values, rule::Start start,
                               const std::vector<std::int64_t>& targets) {
  const std::int64_t size = network.output_size();
  LRPROOF_INVARIANT(std::int64_t(targets.size()) == values.batch, "one target per sample");
  std::vector<S> out(std::size_t(values.batch * size));
  for (std::int64_t n = 0; n < values.batch; ++n) {
    const std::int64_t c = targets[std::size_t(n)];
    LRPROOF_INVARIANT(c >= 0 && c < size, "a target beyond the outputs");
    const auto f = values.at(network.output(), n, size);
    S* row = out.data() + n * size;
    row[c] = start == rule::Start::one ? S(1) : f[std::size_t(c)];
    if (start != rule::Start::contrast || size < 2) continue;
    std::vector<S> others(f.begin(), f.end());
    others.erase(others.begin() + c);
    std::vector<int> best;
    const bool known = Signs<S>().winners(network.output(), 0, n, others, false, best);
    if (known) best.resize(1);
    for (const int k : best) {
      const std::size_t at = std::size_t(k) + (k >= c ? 1 : 0);
      row[at] = known ? S(-f[at]) : some_of(S(-f[at]));
    }
  }
  return out;
}

template <num::Scalar S>
  requires(!std::same_as<S, num::Interval>)
std::vector<std::int64_t> best_targets(const net::Network& network, const net::Values<S>& values, bool smallest) {
  std::vector<std::int64_t> out;
  for (std::int64_t n = 0; n < values.batch; ++n) {
    const auto f = values.at(network.output(), n, network.output_size());
    std::size_t best = 0;
    for (std::size_t k = 1; k < f.size(); ++k)
      if (smallest ? f[k] < f[best] : f[best] < f[k]) best = k;
    out.push_back(std::int64_t(best));
  }
  return out;
}

#define LRPROOF_START(S)                                                                           \
  template std::vector<S> start_relevance(const net::Network&, const net::Values<S>&, rule::Start, \
                                          const std::vector<std::int64_t>&)
LRPROOF_START(float);
LRPROOF_START(double);
LRPROOF_START(num::Interval);
LRPROOF_START(num::Rational);
LRPROOF_START(num::Symbol);
template std::vector<std::int64_t> best_targets(const net::Network&, const net::Values<float>&, bool);
template std::vector<std::int64_t> best_targets(const net::Network&, const net::Values<double>&, bool);
template std::vector<std::int64_t> best_targets(const net::Network&, const net::Values<num::Rational>&, bool);

}  // namespace lrproof::attr
