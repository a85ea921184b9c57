// batchnorm-relu-pool. Theorem: shares q of an average over a full window add up to 1, so
//     sum q (s a + h) = s (sum q a) + h:
// the map of batchnorm-relu-threshold commutes with the average and goes on behind it (the head of a DenseNet). Where
// padding is counted as zeros the shares of the inputs add up to less, and it does not.
#include "canon/onward.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

Attempt batchnorm_relu_pool(const DataFlow& flow, NodeId at) { return norm_relu_onward(flow, at, true); }

}  // namespace lrproof::canon
