#pragma once
// The gradient, by the same traversal: every node under the rule "gradient".
#include "attr/relevance.hpp"

namespace lrproof::attr {

rule::Assignment gradient_assignment(const net::Network& network);

/// start^T times the Jacobian of every tensor: of[0] is the gradient with respect to the input when start is a unit
/// vector. At kinks the piece that signs names; the mean over tied winners of a maximum.
template <num::Scalar S>
Relevance<S> gradient(const net::Network& network, const net::Values<S>& values, const std::vector<S>& start,
                      const Signs<S>& signs = Signs<S>());

}  // namespace lrproof::attr
