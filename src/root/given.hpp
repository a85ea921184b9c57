#pragma once
// Root functions that are given, not found (ROO-3, GXI-3): at tensors T_m, ..., T_1, T_0 = input, each of which cuts
// the input from the explained output, a -> c + M a. c is one point for the layer, one for each unit of the next tensor
// above, or one for each input; M = 0 unless a slope is given.
#include <string>
#include <vector>

#include "root/layers.hpp"

namespace lrproof::root {

struct GivenRoot {
  enum class Per { layer, unit, input };
  net::NodeId node = 0;
  Per per = Per::layer;
  std::vector<double> constant;  ///< c, as many rows as `per` says; empty: the origin
  std::vector<double> slope;     ///< M, row by row; empty: 0
};
const char* word(GivenRoot::Per per);

/// From the input up.
using GivenRoots = std::vector<GivenRoot>;

/// Why no root can be given at the tensor: it is no cut, or nothing that the output depends on; "" when one can.
std::string no_cut(const net::Network& network, net::NodeId node);

/// The origin at the tensor that each layer reads; `reason` says why that is no chain from the input up, "" when it is.
GivenRoots origins(const net::Network& network, const std::vector<Layer>& layers, std::string& reason);

}  // namespace lrproof::root
