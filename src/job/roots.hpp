#pragma once
// --roots FILE.npz: root functions by the names of tensors (root/read_given.hpp).
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
