#pragma once
// The rewrites: each looks at one node of a network and says what it finds there. One file each; rewrite.cpp has the
// table.
#include "canon/data_flow.hpp"

namespace lrproof::canon {

Attempt batchnorm_into_affine(const DataFlow& flow, NodeId at);

}  // namespace lrproof::canon
