#include "region/rows.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace lrproof::region {

using net::NodeId;
using num::Rational;

bool is_maximum(const net::Node& node) {
  return std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op);
}

Element operand_of(const net::Network& network, const net::Node& node, std::int64_t in) {
  std::size_t k = 0;
  for (; k + 1 < node.inputs.size(); ++k) {
    const std::int64_t size = network.node(node.inputs[k]).size();
    if (in < size) break;
    in -= size;
  }
  return {node.inputs[k], in};
}

namespace {

std::int32_t choice_at(const Point& point, NodeId id, std::int64_t element) {
  return point.branch().choice[std::size_t(id)][std::size_t(element)];
}

void add_activation_rows(const Point& point, NodeId id, std::int64_t k, std::vector<CellRow>& out) {
  const net::Node& node = point.network().node(id);
  const net::Curve& curve = std::get<net::Activation>(node.op).curve(k);
  const auto piece = std::size_t(choice_at(point, id, k));
  if (curve.kinks.empty()) return;
  CellRow row{{id, k}, {node.inputs[0], k}, {}, -1, {}, {}};
  if (piece > 0) row.low = curve.kinks[piece - 1];
  if (piece < curve.kinks.size()) row.high = curve.kinks[piece];
  out.push_back(std::move(row));
}

void add_maximum_rows(const Point& point, NodeId id, std::int64_t k, const std::vector<int>& tied,
                      std::vector<CellRow>& out) {
  const net::Node& node = point.network().node(id);
  const auto* max = std::get_if<net::Max>(&node.op);
  const auto from = candidates(point.ready(), id, k);
  const auto winner = std::size_t(choice_at(point, id, k));
  for (std::size_t s = 0; s < from.size(); ++s) {
    if (from[s] == from[winner] || std::count(tied.begin(), tied.end(), int(s))) continue;
    CellRow row{{id, k}, {from[winner].first, from[winner].second}, {from[s].first, from[s].second}, int(s), {}, {}};
    (max && max->minimum ? row.high : row.low) = Rational(0);
    out.push_back(std::move(row));
  }
}

}  // namespace

std::vector<CellRow> cell_rows(const Point& point, const Suffix& suffix) {
  std::map<std::pair<NodeId, std::int64_t>, std::vector<int>> tied;
  for (const auto& tie : point.ties()) tied[{tie.node, tie.element}] = tie.options;
  std::vector<CellRow> out;
  for (const NodeId id : suffix.nodes) {
    const net::Node& node = point.network().node(id);
    const bool activation = std::holds_alternative<net::Activation>(node.op);
    if (!activation && !is_maximum(node)) continue;
    for (std::int64_t k = 0; k < node.size(); ++k) {
      const auto tie = tied.find({id, k});
      if (!activation)  // candidates that are the same on the whole branch may tie; the others still lose
        add_maximum_rows(point, id, k, tie == tied.end() ? std::vector<int>() : tie->second, out);
      else if (tie == tied.end())
        add_activation_rows(point, id, k, out);
    }
  }
  return out;
}

Gradients::Gradients(const Point& point, const Suffix& suffix)
    : point_(point),
      suffix_(suffix),
      network_(point.network()),
      weights_(std::size_t(network_.size())),
      gradient_(std::size_t(network_.size())) {}

std::vector<std::vector<Rational>> Gradients::of(const std::vector<Weighted>& sum) {
  for (const auto& term : sum) add(term.of, term.factor);
  for (auto id = suffix_.nodes.rbegin(); id != suffix_.nodes.rend(); ++id)
    if (!gradient_[std::size_t(*id)].empty()) step(*id);
  auto& here = gradient_[std::size_t(suffix_.at)];
  if (here.empty()) here.resize(std::size_t(network_.node(suffix_.at).size()));
  return std::exchange(gradient_, std::vector<std::vector<Rational>>(std::size_t(network_.size())));
}

void Gradients::add(const Element& of, const Rational& amount) {
  if (of.node >= 0 && !amount.is_zero() && moves(of.node)) slot(of) += amount;
}

Rational& Gradients::slot(const Element& of) {
  auto& all = gradient_[std::size_t(of.node)];
  if (all.empty()) all.resize(std::size_t(network_.node(of.node).size()));
  return all[std::size_t(of.element)];
}

void Gradients::step(NodeId id) {
  const net::Node& node = network_.node(id);
  if (net::is_affine(node.op)) return affine(id);
  const auto& gradient = gradient_[std::size_t(id)];
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const Rational& g = gradient[std::size_t(k)];
    if (g.is_zero()) continue;
    if (const auto* a = std::get_if<net::Activation>(&node.op)) {
      const Rational& slope = a->curve(k).slopes[std::size_t(choice_at(point_, id, k))];
      if (!slope.is_zero()) add({node.inputs[0], k}, slope * g);
    } else if (is_maximum(node)) {
      const auto from = candidates(point_.ready(), id, k)[std::size_t(choice_at(point_, id, k))];
      add({from.first, from.second}, g);
    } else {
      const auto [in, element] = moved_from(network_, id, k);
      add({in, element}, g);
    }
  }
}

void Gradients::affine(NodeId id) {
  if (in_words(id)) return;
  const net::Node& node = network_.node(id);
  const net::Linear& linear = point_.ready().linear(id);
  for (std::int64_t k = 0; k < node.size(); ++k) {
    const Rational& g = gradient_[std::size_t(id)][std::size_t(k)];
    if (g.is_zero()) continue;
    linear.taps(k, [&](std::int64_t in, std::int64_t w) {
      const Element of = operand_of(network_, node, in);
      if (moves(of.node)) slot(of).add_product(linear.weights().rational(std::size_t(w)), g);
    });
  }
}

// Worth it from a few units on: the layer's weights are turned into integers once.
bool Gradients::in_words(NodeId id) {
  constexpr std::size_t kFew = 8;
  const auto& gradient = gradient_[std::size_t(id)];
  std::vector<const Rational*> g;
  std::vector<std::int64_t> of;
  for (std::size_t k = 0; k < gradient.size(); ++k)
    if (!gradient[k].is_zero()) g.push_back(&gradient[k]), of.push_back(std::int64_t(k));
  auto& weights = weights_[std::size_t(id)];
  if (!weights && g.size() < kFew) return false;
  const net::Linear& linear = point_.ready().linear(id);
  if (!weights) weights.emplace(num::integers_of(linear.weights()));
  if (weights->empty()) return false;
  std::vector<num::MachineSums> sums;
  for (const num::Integers& level : *weights) {
    auto made = num::MachineSums::make(level, g, of.size(), std::size_t(linear.in_size()));
    if (!made) return false;
    sums.push_back(std::move(*made));
  }
  std::vector<std::uint32_t> terms(std::size_t(linear.in_size()));
  for (std::size_t k = 0; k < of.size(); ++k)
    linear.taps(of[k], [&](std::int64_t in, std::int64_t w) {
      for (std::size_t l = 0; l < sums.size(); ++l)
        if (const std::int64_t weight = (*weights)[l].of[std::size_t(w)]; weight != 0)
          sums[l].add(std::size_t(in), weight, k);
      ++terms[std::size_t(in)];
    });
  const net::Node& node = network_.node(id);
  for (std::size_t in = 0; in < terms.size(); ++in) {
    if (terms[in] == 0) continue;
    LRPROOF_INVARIANT(terms[in] <= of.size(), "a unit reads an element once");
    const Element e = operand_of(network_, node, std::int64_t(in));
    if (!moves(e.node)) continue;
    Rational& sum = slot(e);
    for (const auto& level : sums) sum += level.value(in);
  }
  return true;
}

std::vector<Rational> exact_gradient(const Point& point, const Suffix& suffix, const std::vector<Weighted>& sum) {
  return std::move(Gradients(point, suffix).of(sum)[std::size_t(suffix.at)]);
}

void append(std::vector<Weighted>& sum, const CellRow& row, const Rational& factor) {
  sum.push_back({row.plus, factor});
  if (row.minus.node >= 0) sum.push_back({row.minus, -factor});
}

Rational exact_value(const Point& point, const CellRow& row) {
  Rational value = point.exact(row.plus.node, row.plus.element);
  if (row.minus.node >= 0) value -= point.exact(row.minus.node, row.minus.element);
  return value;
}

}  // namespace lrproof::region
