#pragma once
// A unit's root over a cell as one monolithic question (ROO-6), written from the network and not from the forms that
// the layerwise search uses: the input's tensors on their pieces, the root, and the suffix evaluated freely at it.
#include "prove/root_search.hpp"
#include "prove/smt/script.hpp"

namespace lrproof::prove {

/// Satisfiable iff some input of the region, in the unit's scope, has its root outside the suffix' cell (`outside`), or
/// inside it. Nothing where it cannot be written: relevance roots, tensors that do not cut the network. What is given
/// is the region, the same text for all questions about it.
std::optional<Script> root_script(const Region& region, const RootPlace& place, bool outside);

}  // namespace lrproof::prove
