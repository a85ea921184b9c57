#include "root/given.hpp"

#include <set>

#include "region/suffix.hpp"

namespace lrproof::root {

const char* word(GivenRoot::Per per) {
  return per == GivenRoot::Per::layer ? "layer" : per == GivenRoot::Per::unit ? "unit" : "input";
}

std::string no_cut(const net::Network& network, net::NodeId node) {
  if (node == 0) return "";
  const region::Suffix whole = region::make_suffix(network, 0);
  if (!whole.moves[std::size_t(node)]) return "does not lie between the input and the explained output";
  if (!region::make_suffix(network, node).cuts) return "is no cut: a path from the input to the output passes it by";
  return "";
}

GivenRoots origins(const net::Network& network, const std::vector<Layer>& layers, std::string& reason) {
  std::set<net::NodeId> tensors;
  for (const Layer& layer : layers) tensors.insert(layer.tensor);
  GivenRoots roots;
  for (const auto node : tensors) {
    if (reason = no_cut(network, node); !reason.empty()) {
      reason = network.node(node).name + " " + reason;
      return {};
    }
    GivenRoot& root = roots.emplace_back();
    root.node = node;
  }
  if (roots.empty() || roots.front().node != 0) reason = "no root is named at the input " + network.node(0).name;
  return roots;
}

}  // namespace lrproof::root
