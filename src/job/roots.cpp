#include "job/roots.hpp"

#include "base/digest.hpp"
#include "base/file.hpp"
#include "root/read_given.hpp"

namespace lrproof::job {

using base::Result;

Result<LoadedRoots> load_roots(const std::string& path, const net::Network& network, const LoadedInputs& inputs) {
  LRPROOF_TRY(bytes, base::read_file(path));
  LRPROOF_TRY(arrays, text::read_npz_arrays(bytes, path));
  LRPROOF_TRY(roots, root::read_given(arrays, path, network, inputs.count));
  LoadedRoots loaded;
  loaded.info.path = path, loaded.info.sha256 = base::sha256(bytes);
  for (const auto& given : roots) {
    const std::string& name = network.node(given.node).name;
    loaded.info.tensors.push_back({name, word(given.per), !given.slope.empty()});
    loaded.for_replay.push_back({name, word(given.per), given.constant, given.slope});
  }
  loaded.roots = std::make_shared<root::GivenRoots>(std::move(roots));
  return loaded;
}

}  // namespace lrproof::job
