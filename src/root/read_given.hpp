#pragma once
// Root functions from named arrays.
//
// An array called NAME, the tensor's node, holds root points. With S the tensor's shape without a batch dimension of 1,
// U the number of elements of the next tensor above for which there are roots (1 above the uppermost) and B the number
// of inputs: S or (1,) + S is one point for the layer; (U,) + S one for each unit of the next tensor; (B,) + S one for
// each input. Where U = B, which is meant is said by the name NAME.units or NAME.inputs. NAME.slope, n x n for a tensor
// of n elements, makes the root of a layer (or of an input) the function a -> NAME + NAME.slope a.
#include "root/given.hpp"
#include "text/npy.hpp"

namespace lrproof::root {

using NamedArrays = std::vector<std::pair<std::string, text::Array>>;

/// file: for messages; inputs: how many there are. Unknown names, wrong shapes and tensors that are no cuts are told.
base::Result<GivenRoots> read_given(const NamedArrays& arrays, const std::string& file, const net::Network& network,
                                    std::int64_t inputs);

}  // namespace lrproof::root
