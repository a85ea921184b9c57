#pragma once
// For which units a root is asked (ROO-2): units of dense and convolution layers whose rule names a root direction and
// whose only reader is an activation with a kink at 0, and the explained output itself. Units that a live batch norm,
// an Add or a maximum reads are no neurons: the layer is rejected with the canonization that would help.
#include <string>
#include <vector>

#include "rule/rule.hpp"

namespace lrproof::root {

struct Layer {
  net::NodeId node = -1;    ///< the affine layer
  net::NodeId tensor = -1;  ///< T, the tensor it reads
  int index = -1;           ///< execution order among dense and convolution layers
  bool output = false;      ///< its units are outputs; only explained_unit is asked
  rule::Direction direction;
  std::string reason;  ///< why no root is asked here; "" when one is
  std::string fix;     ///< the canonization that would help, or ""
};

/// Layers whose rule has a root direction, in execution order.
std::vector<Layer> asked_layers(const net::Network& network, const rule::Assignment& assignment);

/// The element of `node` that is the explained output, as nothing but moves lies between, or -1.
std::int64_t explained_unit(const net::Network& network, net::NodeId node, std::int64_t target);

/// Execution order of every dense and convolution layer on which the output depends; -1 elsewhere.
std::vector<int> layer_indices(const net::Network& network);

}  // namespace lrproof::root
