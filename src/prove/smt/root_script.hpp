#pragma once
// A unit's root over a cell as one monolithic question (ROO-6), written from the network and not from the forms that
// the layerwise search uses: the input's tensors on their pieces, the root, and the suffix evaluated freely at it.
#include "prove/root_search.hpp"

namespace lrproof::prove {

/// Satisfiable iff some input of the region, in the unit's scope, has its root outside the suffix' cell (`outside`), or
/// inside it. "" where it cannot be written: relevance roots, tensors that do not cut the network.
std::string root_script(const Region& region, const RootPlace& place, bool outside);

}  // namespace lrproof::prove
