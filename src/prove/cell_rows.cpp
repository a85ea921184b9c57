#include "prove/cell_rows.hpp"

#include <algorithm>
#include <set>

namespace lrproof::prove {

using net::NodeId;
using num::Rational;

namespace {

bool is_maximum(const net::Node& node) {
  return std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op);
}

std::int32_t choice_at(const AtPoint& at, NodeId id, std::int64_t element) {
  return at.point().branch().choice[std::size_t(id)][std::size_t(element)];
}

// Operand and element behind input `in` of an affine node's linear form: its operands one after the other.
Element operand_of(const net::Network& network, const net::Node& node, std::int64_t in) {
  std::size_t k = 0;
  for (; k + 1 < node.inputs.size(); ++k) {
    const std::int64_t size = network.node(node.inputs[k]).size();
    if (in < size) break;
    in -= size;
  }
  return {node.inputs[k], in};
}

void add_activation_rows(const AtPoint& at, NodeId id, std::int64_t k, std::vector<CellRow>& out) {
  const net::Node& node = at.point().network().node(id);
  const net::Curve& curve = std::get<net::Activation>(node.op).curve(k);
  const auto piece = std::size_t(choice_at(at, id, k));
  if (curve.kinks.empty()) return;
  CellRow row{{id, k}, {node.inputs[0], k}, {}, -1, {}, {}};
  if (piece > 0) row.low = curve.kinks[piece - 1];
  if (piece < curve.kinks.size()) row.high = curve.kinks[piece];
  out.push_back(std::move(row));
}

void add_maximum_rows(const AtPoint& at, NodeId id, std::int64_t k, std::vector<CellRow>& out) {
  const net::Node& node = at.point().network().node(id);
  const auto* max = std::get_if<net::Max>(&node.op);
  const auto from = region::candidates(at.point().ready(), id, k);
  const auto winner = std::size_t(choice_at(at, id, k));
  for (std::size_t s = 0; s < from.size(); ++s) {
    if (from[s] == from[winner]) continue;
    CellRow row{{id, k}, {from[winner].first, from[winner].second}, {from[s].first, from[s].second}, int(s), {}, {}};
    (max && max->minimum ? row.high : row.low) = Rational(0);
    out.push_back(std::move(row));
  }
}

}  // namespace

std::vector<CellRow> cell_rows(const AtPoint& at) {
  const region::Point& point = at.point();
  std::set<std::pair<NodeId, std::int64_t>> tied;
  for (const auto& tie : point.ties()) tied.insert({tie.node, tie.element});
  std::vector<CellRow> out;
  for (const NodeId id : at.shared().whole.nodes) {
    const net::Node& node = point.network().node(id);
    const bool activation = std::holds_alternative<net::Activation>(node.op);
    if (!activation && !is_maximum(node)) continue;
    for (std::int64_t k = 0; k < node.size(); ++k) {
      if (tied.count({id, k})) continue;
      activation ? add_activation_rows(at, id, k, out) : add_maximum_rows(at, id, k, out);
    }
  }
  return out;
}

std::string name_of(const net::Network& network, const CellRow& row, bool upper) {
  std::string name = "output";
  if (row.unit.node >= 0) name = network.node(row.unit.node).name + ":" + std::to_string(row.unit.element);
  if (row.slot >= 0) name += ":" + std::to_string(row.slot);
  return name + (upper ? "<=" : ">=");
}

std::int64_t FloatJacobian::cost(const AtPoint& at) {
  const net::Network& network = at.point().network();
  std::int64_t steps = 0;
  bool first = true;
  for (const NodeId id : at.shared().whole.nodes) {
    const net::Node& node = network.node(id);
    steps += node.size() * network.input_size();
    if (!net::is_affine(node.op)) continue;
    const net::Linear& linear = at.point().ready().linear(id);
    steps += linear.out_size() * linear.fan_in(linear.out_size() / 2) * (first ? 1 : network.input_size());
    first = false;
  }
  return steps;
}

FloatJacobian::FloatJacobian(const AtPoint& at) : at_(at), n_(std::size_t(at.point().network().input_size())) {
  const net::Network& network = at.point().network();
  dense_.resize(std::size_t(network.size()));
  input_.resize(std::size_t(network.size()));
  for (std::size_t k = 0; k < n_; ++k) input_[0].push_back(std::int64_t(k));
  for (const NodeId id : at.shared().whole.nodes) {
    const net::Node& node = network.node(id);
    if (net::is_affine(node.op))
      affine(id);
    else if (std::holds_alternative<net::Activation>(node.op))
      activation(id);
    else if (is_maximum(node))
      maximum(id);
    else
      copy(id);
  }
}

std::span<double> FloatJacobian::row(NodeId id, std::int64_t element) {
  auto& all = dense_[std::size_t(id)];
  if (all.empty()) all.resize(std::size_t(at_.point().network().node(id).size()) * n_);
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
  const net::Network& network = at_.point().network();
  const net::Node& node = network.node(id);
  const net::Linear& linear = at_.point().ready().linear(id);
  std::vector<char> still(std::size_t(linear.in_size()));  // inputs of the form that do not move
  for (std::int64_t in = 0; in < linear.in_size(); ++in) {
    const Element e = operand_of(network, node, in);
    still[std::size_t(in)] = !moves(e.node);
    if (e.node == 0 || !moves(e.node) || dense_[std::size_t(e.node)].empty()) continue;
    const double* from = dense_[std::size_t(e.node)].data() + std::size_t(e.element) * n_;
    still[std::size_t(in)] = std::all_of(from, from + n_, [](double v) { return v == 0; });
  }
  for (std::int64_t j = 0; j < linear.out_size(); ++j) {
    const auto out = row(id, j);
    linear.taps(j, [&](std::int64_t in, std::int64_t w) {
      if (!still[std::size_t(in)]) add_to(operand_of(network, node, in), linear.weights().approx[std::size_t(w)], out);
    });
  }
}

void FloatJacobian::copy(NodeId id) {
  const net::Network& network = at_.point().network();
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
  const net::Node& node = at_.point().network().node(id);
  const auto& a = std::get<net::Activation>(node.op);
  for (std::int64_t k = 0; k < node.size(); ++k)
    add_to({node.inputs[0], k}, a.curve(k).slopes[std::size_t(choice_at(at_, id, k))].to_double(), row(id, k));
}

void FloatJacobian::maximum(NodeId id) {
  const net::Node& node = at_.point().network().node(id);
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const auto from = region::candidates(at_.point().ready(), id, k)[std::size_t(choice_at(at_, id, k))];
    add_to({from.first, from.second}, 1, row(id, k));
  }
}

namespace {

// Sums of gradients flow from the output down; zeros are skipped, so dead units cost nothing.
class ExactBackward {
 public:
  explicit ExactBackward(const AtPoint& at)
      : at_(at), network_(at.point().network()), gradient_(std::size_t(network_.size())) {}

  void add(const Element& of, const Rational& amount) {
    if (of.node < 0 || amount.is_zero() || !(of.node == 0 || at_.shared().whole.moves[std::size_t(of.node)])) return;
    slot(of) += amount;
  }
  std::vector<std::vector<Rational>> run() {
    const auto& nodes = at_.shared().whole.nodes;
    for (auto id = nodes.rbegin(); id != nodes.rend(); ++id)
      for (std::size_t k = 0; k < gradient_[std::size_t(*id)].size(); ++k)
        if (!gradient_[std::size_t(*id)][k].is_zero()) step(*id, std::int64_t(k), gradient_[std::size_t(*id)][k]);
    if (gradient_[0].empty()) gradient_[0].resize(std::size_t(network_.input_size()));
    return std::move(gradient_);
  }

 private:
  Rational& slot(const Element& of) {
    auto& all = gradient_[std::size_t(of.node)];
    if (all.empty()) all.resize(std::size_t(network_.node(of.node).size()));
    return all[std::size_t(of.element)];
  }

  void step(NodeId id, std::int64_t k, const Rational& g) {
    const net::Node& node = network_.node(id);
    if (net::is_affine(node.op)) {
      const net::Linear& linear = at_.point().ready().linear(id);
      linear.taps(k, [&](std::int64_t in, std::int64_t w) {
        const Element of = operand_of(network_, node, in);
        if (of.node == 0 || at_.shared().whole.moves[std::size_t(of.node)])
          slot(of).add_product(linear.weights().rational(std::size_t(w)), g);
      });
    } else if (const auto* a = std::get_if<net::Activation>(&node.op)) {
      const Rational& slope = a->curve(k).slopes[std::size_t(choice_at(at_, id, k))];
      if (!slope.is_zero()) add({node.inputs[0], k}, slope * g);
    } else if (is_maximum(node)) {
      const auto from = region::candidates(at_.point().ready(), id, k)[std::size_t(choice_at(at_, id, k))];
      add({from.first, from.second}, g);
    } else {
      const auto [in, element] = region::moved_from(network_, id, k);
      add({in, element}, g);
    }
  }

  const AtPoint& at_;
  const net::Network& network_;
  std::vector<std::vector<Rational>> gradient_;
};

}  // namespace

std::vector<std::vector<Rational>> exact_gradients(const AtPoint& at, const std::vector<Weighted>& sum) {
  ExactBackward backward(at);
  for (const auto& term : sum) backward.add(term.of, term.factor);
  return backward.run();
}

std::vector<Rational> exact_gradient(const AtPoint& at, const std::vector<Weighted>& sum) {
  return std::move(exact_gradients(at, sum)[0]);
}

void append(std::vector<Weighted>& sum, const CellRow& row, const Rational& factor) {
  sum.push_back({row.plus, factor});
  if (row.minus.node >= 0) sum.push_back({row.minus, -factor});
}

Rational exact_value(const AtPoint& at, const CellRow& row) {
  Rational value = at.point().exact(row.plus.node, row.plus.element);
  if (row.minus.node >= 0) value -= at.point().exact(row.minus.node, row.minus.element);
  return value;
}

}  // namespace lrproof::prove
