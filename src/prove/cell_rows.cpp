#include "prove/cell_rows.hpp"

#include <algorithm>

namespace lrproof::prove {

using net::NodeId;
using num::Rational;

namespace {

std::int32_t choice_at(const region::Point& point, NodeId id, std::int64_t element) {
  return point.branch().choice[std::size_t(id)][std::size_t(element)];
}

}  // namespace

std::string name_of(const net::Network& network, const CellRow& row, bool upper) {
  std::string name = "output";
  if (row.unit.node >= 0) name = network.node(row.unit.node).name + ":" + std::to_string(row.unit.element);
  if (row.slot >= 0) name += ":" + std::to_string(row.slot);
  return name + (upper ? "<=" : ">=");
}

std::int64_t FloatJacobian::cost(const region::Point& point, const region::Suffix& suffix) {
  const net::Network& network = point.network();
  const std::int64_t n = network.node(suffix.at).size();
  std::int64_t steps = 0;
  bool first = true;
  for (const NodeId id : suffix.nodes) {
    const net::Node& node = network.node(id);
    steps += node.size() * n;
    if (!net::is_affine(node.op)) continue;
    const net::Linear& linear = point.ready().linear(id);
    steps += linear.out_size() * linear.fan_in(linear.out_size() / 2) * (first ? 1 : n);
    first = false;
  }
  return steps;
}

FloatJacobian::FloatJacobian(const region::Point& point, const region::Suffix& suffix)
    : point_(point), suffix_(suffix), n_(std::size_t(point.network().node(suffix.at).size())) {
  const net::Network& network = point.network();
  dense_.resize(std::size_t(network.size()));
  input_.resize(std::size_t(network.size()));
  for (std::size_t k = 0; k < n_; ++k) input_[std::size_t(suffix.at)].push_back(std::int64_t(k));
  for (const NodeId id : suffix.nodes) {
    const net::Node& node = network.node(id);
    if (net::is_affine(node.op))
      affine(id);
    else if (std::holds_alternative<net::Activation>(node.op))
      activation(id);
    else if (region::is_maximum(node))
      maximum(id);
    else
      copy(id);
  }
}

std::span<double> FloatJacobian::row(NodeId id, std::int64_t element) {
  auto& all = dense_[std::size_t(id)];
  if (all.empty()) all.resize(std::size_t(point_.network().node(id).size()) * n_);
  return std::span<double>(all).subspan(std::size_t(element) * n_, n_);
}

void FloatJacobian::add_to(const Element& of, double factor, std::span<double> out) const {
  if (of.node < 0 || !moves(of.node) || factor == 0) return;
  if (const auto& input = input_[std::size_t(of.node)]; !input.empty()) {
    const std::int64_t from = input[std::size_t(of.element)];
    if (from >= 0) out[std::size_t(from)] += factor;
    return;
  }
  const double* from = dense_[std::size_t(of.node)].data() + std::size_t(of.element) * n_;
  for (std::size_t k = 0; k < n_; ++k) out[k] += factor * from[k];
}

void FloatJacobian::affine(NodeId id) {
  const net::Network& network = point_.network();
  const net::Node& node = network.node(id);
  const net::Linear& linear = point_.ready().linear(id);
  std::vector<char> still(std::size_t(linear.in_size()));  // inputs of the form that do not move
  for (std::int64_t in = 0; in < linear.in_size(); ++in) {
    const Element e = region::operand_of(network, node, in);
    still[std::size_t(in)] = !moves(e.node);
    if (e.node == suffix_.at || !moves(e.node) || dense_[std::size_t(e.node)].empty()) continue;
    const double* from = dense_[std::size_t(e.node)].data() + std::size_t(e.element) * n_;
    still[std::size_t(in)] = std::all_of(from, from + n_, [](double v) { return v == 0; });
  }
  for (std::int64_t j = 0; j < linear.out_size(); ++j) {
    const auto out = row(id, j);
    linear.taps(j, [&](std::int64_t in, std::int64_t w) {
      if (!still[std::size_t(in)])
        add_to(region::operand_of(network, node, in), linear.weights().approx[std::size_t(w)], out);
    });
  }
}

void FloatJacobian::copy(NodeId id) {
  const net::Network& network = point_.network();
  const net::Node& node = network.node(id);
  bool coordinates = true;
  for (const NodeId in : node.inputs) coordinates = coordinates && (!moves(in) || !input_[std::size_t(in)].empty());
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const auto [in, element] = region::moved_from(network, id, k);
    if (!coordinates) {
      add_to({in, element}, 1, row(id, k));
    } else {
      const bool none = in < 0 || !moves(in);
      input_[std::size_t(id)].push_back(none ? -1 : input_[std::size_t(in)][std::size_t(element)]);
    }
  }
}

void FloatJacobian::activation(NodeId id) {
  const net::Node& node = point_.network().node(id);
  const auto& a = std::get<net::Activation>(node.op);
  for (std::int64_t k = 0; k < node.size(); ++k)
    add_to({node.inputs[0], k}, a.curve(k).slopes[std::size_t(choice_at(point_, id, k))].to_double(), row(id, k));
}

void FloatJacobian::maximum(NodeId id) {
  const net::Node& node = point_.network().node(id);
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const auto from = region::candidates(point_.ready(), id, k)[std::size_t(choice_at(point_, id, k))];
    add_to({from.first, from.second}, 1, row(id, k));
  }
}

}  // namespace lrproof::prove
