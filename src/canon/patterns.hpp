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

}  // namespace lrproof::canon
