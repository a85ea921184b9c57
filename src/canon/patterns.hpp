#pragma once
// The rewrites: each looks at one node of a network and says what it finds there. One file each; rewrite.cpp has the
// table.
#include "canon/data_flow.hpp"

namespace lrproof::canon {

Attempt batchnorm_into_affine(const DataFlow& flow, NodeId at);
Attempt batchnorm_into_next_affine(const DataFlow& flow, NodeId at);
Attempt batchnorm_into_padded_conv(const DataFlow& flow, NodeId at);
Attempt batchnorm_relu_threshold(const DataFlow& flow, NodeId at);
Attempt batchnorm_relu_pool(const DataFlow& flow, NodeId at);
Attempt concat_norm_split(const DataFlow& flow, NodeId at);
Attempt remove_identity(const DataFlow& flow, NodeId at);
Attempt fold_constant(const DataFlow& flow, NodeId at);
Attempt residual_sum(const DataFlow& flow, NodeId at);
Attempt split_shared(const DataFlow& flow, NodeId at);
Attempt merge_affine(const DataFlow& flow, NodeId at);
Attempt average_pool_as_conv(const DataFlow& flow, NodeId at);
Attempt max_as_relu(const DataFlow& flow, NodeId at);
Attempt pieces_as_relu(const DataFlow& flow, NodeId at);
Attempt mark_gate(const DataFlow& flow, NodeId at);

}  // namespace lrproof::canon
