#pragma once
// Replays of the rewrites without batch norms.
#include "oracle/rewrites.hpp"

namespace lrproof::oracle {

std::string remove_identity(Network& network, const std::vector<std::string>& nodes);
std::string fold_constant(Network& network, const std::vector<std::string>& nodes);
std::string residual_sum(Network& network, const std::vector<std::string>& nodes);
std::string split_shared(Network& network, const std::vector<std::string>& nodes);
std::string merge_affine(Network& network, const std::vector<std::string>& nodes);
std::string average_pool_as_conv(Network& network, const std::vector<std::string>& nodes);
std::string max_as_relu(Network& network, const std::vector<std::string>& nodes);
std::string pieces_as_relu(Network& network, const std::vector<std::string>& nodes);
std::string mark_gate(Network& network, const std::vector<std::string>& nodes);

}  // namespace lrproof::oracle
