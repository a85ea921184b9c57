#pragma once
// The network while it is being rewritten: its nodes, and its data flow as a graph.
#include <vector>

#include "canon/rewrite.hpp"

namespace lrproof::canon {

/// Nodes in topological order and outputs; every rewrite leaves it so.
struct Workbench {
  std::vector<net::Node> nodes;
  std::vector<net::NodeId> outputs;

  bool is_output(net::NodeId id) const;
  /// Removes a node; whoever read it reads `instead`, which stands before it.
  void bypass(net::NodeId id, net::NodeId instead);
};

/// One pass over the bench: applies what matches, to a fixed point, and reports near misses of the end state.
void fold_batch_norms(Workbench& bench, std::vector<claim::Step>& steps, std::vector<NearMiss>& near_misses);

}  // namespace lrproof::canon
