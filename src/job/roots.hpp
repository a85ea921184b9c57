#pragma once
// --roots FILE.npz: root functions by the names of tensors.
//
// An array called NAME, the tensor's node, holds root points. With S the tensor's shape without a batch dimension of 1,
// U the number of elements of the next tensor above for which there are roots (1 above the uppermost) and B the number
// of inputs: S or (1,) + S is one point for the layer; (U,) + S one for each unit of the next tensor; (B,) + S one for
// each input. Where U = B, which is meant is said by the name NAME.units or NAME.inputs. NAME.slope, n x n for a tensor
// of n elements, makes the root of a layer (or of an input) the function a -> NAME + NAME.slope a.
#include <memory>

#include "job/load.hpp"
#include "oracle/given_root.hpp"
#include "root/given.hpp"

namespace lrproof::job {

struct LoadedRoots {
  std::shared_ptr<const root::GivenRoots> roots;
  claim::RootsInfo info;
  std::vector<oracle::GivenRoot> for_replay;
};

base::Result<LoadedRoots> load_roots(const std::string& path, const net::Network& network, const LoadedInputs& inputs);

}  // namespace lrproof::job
