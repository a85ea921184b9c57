#include "attr/gradient.hpp"

namespace lrproof::attr {

rule::Assignment gradient_assignment(const net::Network& network) {
  rule::Assignment out;
  out.unmatched.assign(network.nodes().size(), false);
  out.of.assign(network.nodes().size(), rule::Rule{"gradient", rule::NamedRule{}});
  return out;
}

template <num::Scalar S>
Relevance<S> gradient(const net::Network& network, const net::Values<S>& values, const std::vector<S>& start,
                      const Signs<S>& signs) {
  return propagate<S>(network, gradient_assignment(network), values, start, signs);
}

#define LRPROOF_INSTANTIATE(S) \
  template Relevance<S> gradient(const net::Network&, const net::Values<S>&, const std::vector<S>&, const Signs<S>&)
LRPROOF_INSTANTIATE(float);
LRPROOF_INSTANTIATE(double);
LRPROOF_INSTANTIATE(num::Interval);
LRPROOF_INSTANTIATE(num::Rational);

}  // namespace lrproof::attr
