#pragma once
// Are two networks the same data-flow graph (net.equal)? Nodes of both get numbers of values: two nodes have the same
// number only when they compute the same function of the input, exactly. Numbers do not depend on names, on the order
// of nodes, on dead nodes or on the order of commutative operands; what acts on single elements (biases, norms, scales,
// activations, a maximum with a constant) is composed into one curve per element first, sums are flattened, reshapes
// are nothing. Different numbers prove nothing: other graphs can compute the same function.
#include <string>

#include "net/curve.hpp"

namespace lrproof::prove {

struct Sameness {
  bool same = false;
  std::string where;  ///< first node of the second network that the first has not, where they are not the same
};
/// Inputs and outputs have the same sizes.
Sameness same_graph(const net::Network& a, const net::Network& b);

}  // namespace lrproof::prove
