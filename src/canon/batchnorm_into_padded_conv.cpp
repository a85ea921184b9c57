// batchnorm-into-padded-conv. Theorem: the same with a sum over those weights of an output element that multiply an
// input: padding is 0 after the norm, not before it, so it takes no part in the shift. Elements whose windows reach
// into padding have other sums than those inside: the bias is a map over the output.
#include "canon/onward.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

Attempt batchnorm_into_padded_conv(const DataFlow& flow, NodeId at) { return norm_onward(flow, at, true); }

}  // namespace lrproof::canon
