// batchnorm-into-next-affine. Theorem: with s = gamma / sqrt(var + epsilon) and h = beta - s mu per input channel,
//     sum_k w_k (s_k (x_k - mu_k) + beta_k) + b = sum_k (w_k s_k) x_k + (b + sum_k w_k h_k)
// as polynomials, whatever the sign of gamma. One bias serves all elements of an output channel when the windows of all
// of them have the same weights inside; else batchnorm-into-padded-conv. The pattern: the norm, with reshapes and
// averages over full windows behind it, each read by the next alone, and a dense node or a convolution.
#include "canon/onward.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

Attempt batchnorm_into_next_affine(const DataFlow& flow, NodeId at) { return norm_onward(flow, at, false); }

}  // namespace lrproof::canon
