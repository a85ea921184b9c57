#pragma once
// The network as a rewrite sees it: its data flow, what matched as a value, and the network with it put in place.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/network.hpp"

namespace lrproof::canon {

using net::NodeId;

/// Who reads whom in one network, which must outlive it.
class DataFlow {
 public:
  explicit DataFlow(const net::Network& network);
  ~DataFlow();

  const net::Network& network() const { return network_; }
  NodeId size() const { return network_.size(); }
  const net::Node& node(NodeId id) const { return network_.node(id); }
  const net::Node& operand(NodeId id, std::size_t k = 0) const { return node(node(id).inputs[k]); }
  bool is_output(NodeId id) const;
  /// Edges out of it: a reader that reads it twice counts twice.
  std::size_t reads(NodeId id) const;
  /// Its one reader, when it has one edge out and is no output; else -1.
  NodeId only_reader(NodeId id) const;
  /// Is there a path along the edges?
  bool leads_to(NodeId from, NodeId to) const;

 private:
  struct Graph;
  const net::Network& network_;
  std::unique_ptr<Graph> graph_;
};

/// A node by the names of what it reads; its place in the order is found by apply.
struct Draft {
  net::Node node;  ///< inputs unused
  std::vector<std::string> reads;
};

/// One application: what goes, what comes, whose value stands for whose.
struct Edit {
  std::vector<NodeId> matched;                    ///< what the step names, in the order its rewrite states
  std::vector<Draft> drafts;                      ///< new nodes; one with a matched node's name takes its place
  std::map<std::string, std::string> stands_for;  ///< matched node, gone -> the node that carries its value
  std::string statement;                          ///< the claim, one sentence
};

/// What a rewrite finds at a node: an edit, or why the pattern that begins there does not go on, or that the node is
/// what the rewrite makes, or nothing of it.
struct Attempt {
  std::optional<Edit> edit = {};
  std::string reason = {}, help = {};
  std::string information = {};  ///< the node is in the form already
};

/// "name", or the first of name.2, name.3 ... that the network does not hold.
std::string fresh_name(const net::Network& network, const std::string& name);

/// The network with the edit in place, in topological order and otherwise in the old one. Matched nodes that nothing
/// reads any more go.
base::Result<net::Network> apply(const net::Network& network, const Edit& edit);

}  // namespace lrproof::canon
