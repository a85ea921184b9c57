#pragma once
// A root function as a report names it, with the numbers of its file (docs/certificates.md).
#include <string>
#include <vector>

namespace lrproof::oracle {

/// a -> c + M a at the tensor of `node`. per: "layer" (c is one point), "unit" (one for each element of the next tensor
/// above that has roots) or "input" (one for each input of the inputs file).
struct GivenRoot {
  std::string node, per;
  std::vector<double> constant, slope;  ///< c row by row; M row by row, empty: 0
};

}  // namespace lrproof::oracle
