#include "canon/data_flow.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <queue>
#include <set>

namespace lrproof::canon {

namespace {

using Flow = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;

/// A node on its way into the new network.
struct Piece {
  net::Node node;
  std::vector<std::string> reads;
  std::size_t place = 0;  ///< position in the old order that it takes where its operands allow
};

std::map<std::string, std::size_t> by_name(const std::vector<Piece>& pieces) {
  std::map<std::string, std::size_t> at;
  for (std::size_t k = 0; k < pieces.size(); ++k) {
    const bool fresh = at.emplace(pieces[k].node.name, k).second;
    LRPROOF_INVARIANT(fresh, "a rewrite made two nodes of the name '" + pieces[k].node.name + "'");
  }
  return at;
}

Flow flow_of(const std::vector<Piece>& pieces) {
  const auto at = by_name(pieces);
  Flow flow(pieces.size());
  for (std::size_t reader = 0; reader < pieces.size(); ++reader)
    for (const auto& name : pieces[reader].reads) {
      const auto operand = at.find(name);
      LRPROOF_INVARIANT(operand != at.end(), "a rewrite left '" + pieces[reader].node.name + "' reading no node");
      add_edge(operand->second, reader, flow);
    }
  return flow;
}

// Nodes of the match that are neither read nor shown go, and then those that only they read.
void drop_dead(std::vector<Piece>& pieces, std::set<std::string> matched, const std::vector<std::string>& outputs) {
  for (bool changed = true; changed;) {
    changed = false;
    std::set<std::string> read(outputs.begin(), outputs.end());
    for (const auto& piece : pieces) read.insert(piece.reads.begin(), piece.reads.end());
    const auto dead = [&](const Piece& p) { return matched.contains(p.node.name) && !read.contains(p.node.name); };
    changed = std::erase_if(pieces, dead) > 0;
  }
}

// Kahn's order, the earliest place first: what was not touched keeps its order.
std::vector<std::size_t> order_of(const std::vector<Piece>& pieces, const Flow& flow) {
  using Next = std::pair<std::size_t, std::size_t>;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> ready;
  std::vector<std::size_t> open(pieces.size()), order;
  for (std::size_t k = 0; k < pieces.size(); ++k)
    if ((open[k] = in_degree(k, flow)) == 0) ready.emplace(pieces[k].place, k);
  while (!ready.empty()) {
    const auto k = ready.top().second;
    ready.pop(), order.push_back(k);
    for (auto [edge, end] = out_edges(k, flow); edge != end; ++edge)
      if (--open[target(*edge, flow)] == 0) ready.emplace(pieces[target(*edge, flow)].place, target(*edge, flow));
  }
  LRPROOF_INVARIANT(order.size() == pieces.size(), "a rewrite made a cycle");
  return order;
}

std::vector<Piece> pieces_of(const net::Network& network, const Edit& edit) {
  const auto carrier = [&](std::string name) {
    for (auto it = edit.stands_for.find(name); it != edit.stands_for.end(); it = edit.stands_for.find(name))
      name = it->second;
    return name;
  };
  std::map<std::string, const Draft*> drafts;
  for (const auto& draft : edit.drafts) drafts[draft.node.name] = &draft;
  std::vector<Piece> pieces;
  std::size_t last = 0;
  for (const auto id : edit.matched) last = std::max(last, std::size_t(id));
  for (NodeId id = 0; id < network.size(); ++id) {
    const auto& node = network.node(id);
    if (edit.stands_for.contains(node.name)) continue;
    if (const auto draft = drafts.find(node.name); draft != drafts.end()) {
      pieces.push_back({draft->second->node, draft->second->reads, std::size_t(id)});
      drafts.erase(draft);
      continue;
    }
    std::vector<std::string> reads;
    for (const auto operand : node.inputs) reads.push_back(carrier(network.node(operand).name));
    pieces.push_back({node, std::move(reads), std::size_t(id)});
  }
  for (const auto& draft : edit.drafts)
    if (drafts.contains(draft.node.name)) pieces.push_back({draft.node, draft.reads, last});
  return pieces;
}

}  // namespace

struct DataFlow::Graph {
  Flow flow;
};

DataFlow::DataFlow(const net::Network& network)
    : network_(network), graph_(std::make_unique<Graph>(Graph{Flow(std::size_t(network.size()))})) {
  for (NodeId reader = 0; reader < network.size(); ++reader)
    for (const auto operand : network.node(reader).inputs)
      add_edge(std::size_t(operand), std::size_t(reader), graph_->flow);
}

DataFlow::~DataFlow() = default;

bool DataFlow::is_output(NodeId id) const {
  return std::ranges::find(network_.outputs(), id) != network_.outputs().end();
}

std::size_t DataFlow::reads(NodeId id) const { return out_degree(std::size_t(id), graph_->flow); }

NodeId DataFlow::only_reader(NodeId id) const {
  if (reads(id) != 1 || is_output(id)) return -1;
  return NodeId(target(*out_edges(std::size_t(id), graph_->flow).first, graph_->flow));
}

bool DataFlow::leads_to(NodeId from, NodeId to) const {
  std::vector<boost::default_color_type> colors(std::size_t(size()), boost::white_color);
  const auto index = get(boost::vertex_index, graph_->flow);
  const auto color = boost::make_iterator_property_map(colors.begin(), index);
  boost::breadth_first_visit(graph_->flow, std::size_t(from), boost::visitor(boost::bfs_visitor<>()).color_map(color));
  return colors[std::size_t(to)] != boost::white_color;
}

std::string fresh_name(const net::Network& network, const std::string& name) {
  std::string found = name;
  for (int k = 2; network.find(found) >= 0; ++k) found = name + "." + std::to_string(k);
  return found;
}

base::Result<net::Network> apply(const net::Network& network, const Edit& edit) {
  auto pieces = pieces_of(network, edit);
  std::vector<std::string> outputs;
  for (const auto id : network.outputs()) {
    std::string name = network.node(id).name;
    for (auto it = edit.stands_for.find(name); it != edit.stands_for.end(); it = edit.stands_for.find(name))
      name = it->second;
    outputs.push_back(std::move(name));
  }
  std::set<std::string> matched;
  for (const auto id : edit.matched) matched.insert(network.node(id).name);
  for (const auto& draft : edit.drafts) matched.insert(draft.node.name);
  drop_dead(pieces, std::move(matched), outputs);

  const auto order = order_of(pieces, flow_of(pieces));
  std::vector<net::Node> nodes;
  std::map<std::string, NodeId> at;
  for (const auto k : order) {
    at[pieces[k].node.name] = NodeId(nodes.size());
    pieces[k].node.inputs.clear();
    for (const auto& name : pieces[k].reads) pieces[k].node.inputs.push_back(at.at(name));
    nodes.push_back(std::move(pieces[k].node));
  }
  std::vector<NodeId> ids;
  for (const auto& name : outputs) ids.push_back(at.at(name));
  return net::Network::create(std::move(nodes), std::move(ids));
}

}  // namespace lrproof::canon
