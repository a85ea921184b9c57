#pragma once
// Replays of the rewrites that carry a batch norm on to the affine node behind it, and of norms split over a concat.
#include "oracle/rewrites.hpp"

namespace lrproof::oracle {

std::string batchnorm_into_affine(Network& network, const std::vector<std::string>& nodes);
/// nodes: the affine node, the norm, and what lies between in the order of the data flow.
std::string batchnorm_onward(Network& network, const std::vector<std::string>& nodes);
/// nodes: the affine node, the norm, the ReLU, and what lies between.
std::string batchnorm_relu_onward(Network& network, const std::vector<std::string>& nodes);
/// nodes: the norm and the concat that it reads.
std::string concat_norm_split(Network& network, const std::vector<std::string>& nodes);

}  // namespace lrproof::oracle
