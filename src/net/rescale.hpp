#pragma once
// INV-1. Scaling the units of a layer by factors > 0, and the weights that read them by the inverse, leaves the
// function as it is: relu(c z) = c relu(z) for c > 0, and (w / c)(c a) = w a.
#include <span>

#include "net/network.hpp"

namespace lrproof::net {

/// Units (outputs of a dense layer, channels of a convolution) of the layer, when they can be rescaled: only one node
/// reads them, through activations with all kinks at 0 and no intercepts, pools and reshapes, and it is a dense layer
/// or a convolution. 0: they cannot.
std::int64_t rescalable_units(const Network& network, NodeId layer);
/// The nodes between the layer and the one that reads its units, and that one, in data-flow order; rescalable.
std::vector<NodeId> rescaled_path(const Network& network, NodeId layer);
/// factors: > 0, one per unit of the layer, which is rescalable. Same nodes under the same ids.
base::Result<Network> rescaled(const Network& network, NodeId layer, std::span<const num::Rational> factors);

}  // namespace lrproof::net
