#include <algorithm>
#include <set>

#include "num/simplex.hpp"
#include "prove/at_point.hpp"

// root.exists at a point (ROO-5): is there x' in the closed cell of the input, within the domain, with f_c(x') = 0?
// Exact linear feasibility with rows made when they are needed: start from f_c = 0 and the domain, ask the simplex for
// a point, evaluate the network's affine map there, add the row of the unit that is furthest off its piece, repeat. A
// point on every piece is a witness; a contradiction among the rows so far is one of the whole cell (Farkas).
namespace lrproof::prove {

using net::NodeId;
using num::Interval;
using num::Rational;

namespace {

struct Constraint {
  NodeId node = -1;
  std::int64_t element = 0;
  int slot = -1;  // of a maximum: the candidate that must stay below
};

class Existence {
 public:
  Existence(AtPoint& at, Tally& tally) : at_(at), point_(at.point()), network_(point_.network()), tally_(tally) {}

  void run() {
    const auto& edges = at_.edges();
    if (!edges.none()) return tally_.unknown("the input lies on an edge: its cell is not one polyhedron");
    const std::int64_t n = network_.input_size(), budget = at_.shared().subject.settings.exact_budget;
    if (at_.shared().cost * 12 > budget || n > 2000)
      return tally_.unknown("budget: exact linear feasibility is for small networks");
    const auto& domain = at_.shared().subject.settings.domain;
    num::Simplex simplex(std::vector<num::Bound>(std::size_t(n), {domain.low, domain.high}));
    value_gradient(network_.output(), at_.target());
    simplex.add_row(row_, {-constant_, -constant_});
    rows_.push_back({network_.output(), at_.target(), -1});
    for (int round = 0; round < kRounds; ++round) {
      const auto answer = simplex.solve(2000);
      if (answer.answer == num::Feasibility::Answer::budget) break;
      if (answer.answer == num::Feasibility::Answer::infeasible) return refute(answer.contradiction);
      if (!violated(answer.point)) return prove(answer.point);
      add_constraint(simplex);
    }
    tally_.unknown("budget: the cell's rows were not exhausted");
  }

 private:
  static constexpr int kRounds = 60;

  // Gradient and constant of a tensor element's affine map on the cell.
  void value_gradient(NodeId node, std::int64_t element) {
    row_ = gradient(node, element);
    constant_ = point_.exact(node, element);
    for (std::size_t k = 0; k < row_.size(); ++k) constant_ -= row_[k] * point_.x()[k];
  }
  std::vector<Rational> gradient(NodeId node, std::int64_t element) const {
    if (node == 0) {
      std::vector<Rational> unit(std::size_t(network_.input_size()));
      unit[std::size_t(element)] = Rational(1);
      return unit;
    }
    if (!at_.shared().whole.moves[std::size_t(node)]) return std::vector<Rational>(std::size_t(network_.input_size()));
    return region::suffix_gradient_exact(point_, at_.shared().whole, node, element, region::choice_of(point_.branch()));
  }

  // The first unit, in data-flow order, that is furthest off its piece within its node; freely computed values are the
  // affine map's as long as every earlier unit is on its piece, so the first node off is a true violation.
  bool violated(const std::vector<Rational>& x) {
    const auto values = at_.shared().exact_ready().run(x, 1);
    const std::set<std::pair<NodeId, std::int64_t>> tied = ties();
    for (NodeId id = 1; id < network_.size(); ++id) {
      const net::Node& node = network_.node(id);
      if (!at_.shared().whole.moves[std::size_t(id)]) continue;
      const bool activation = std::holds_alternative<net::Activation>(node.op);
      if (!activation && !std::holds_alternative<net::Max>(node.op) && !std::holds_alternative<net::MaxPool>(node.op))
        continue;
      Rational worst;
      bool found = false;
      for (std::int64_t k = 0; k < node.size(); ++k) {
        if (tied.count({id, k})) continue;
        Constraint c{id, k, -1};
        const Rational off = activation ? off_piece(values, node, c) : off_winner(values, node, c);
        if (off.sign() > 0 && (!found || off > worst)) found = true, worst = off, next_ = c;
      }
      if (found) return true;
    }
    return false;
  }
  std::set<std::pair<NodeId, std::int64_t>> ties() const {
    std::set<std::pair<NodeId, std::int64_t>> out;
    for (const auto& tie : point_.ties()) out.insert({tie.node, tie.element});
    return out;
  }
  Rational off_piece(const net::Values<Rational>& values, const net::Node& node, const Constraint& c) const {
    const net::Curve& curve = std::get<net::Activation>(node.op).curve(c.element);
    const auto piece = std::size_t(point_.branch().choice[std::size_t(c.node)][std::size_t(c.element)]);
    const Rational& z = values.of[std::size_t(node.inputs[0])][std::size_t(c.element)];
    Rational off;
    if (piece > 0) off = num::max(off, curve.kinks[piece - 1] - z);
    if (piece < curve.kinks.size()) off = num::max(off, z - curve.kinks[piece]);
    return off;
  }
  Rational off_winner(const net::Values<Rational>& values, const net::Node& node, Constraint& c) const {
    const auto from = region::candidates(at_.shared().ready, c.node, c.element);
    const auto* max = std::get_if<net::Max>(&node.op);
    const auto winner = point_.branch().choice[std::size_t(c.node)][std::size_t(c.element)];
    auto value = [&](std::size_t s) { return values.of[std::size_t(from[s].first)][std::size_t(from[s].second)]; };
    Rational off;
    for (std::size_t s = 0; s < from.size(); ++s) {
      Rational excess = value(s) - value(std::size_t(winner));
      if (max && max->minimum) excess = -excess;
      if (excess > off) off = excess, c.slot = int(s);
    }
    return off;
  }

  void add_constraint(num::Simplex& simplex) {
    const net::Node& node = network_.node(next_.node);
    num::Bound bound;
    if (next_.slot < 0) {
      const net::Curve& curve = std::get<net::Activation>(node.op).curve(next_.element);
      const auto piece = std::size_t(point_.branch().choice[std::size_t(next_.node)][std::size_t(next_.element)]);
      value_gradient(node.inputs[0], next_.element);
      if (piece > 0) bound.low = curve.kinks[piece - 1] - constant_;
      if (piece < curve.kinks.size()) bound.high = curve.kinks[piece] - constant_;
    } else {
      const auto from = region::candidates(at_.shared().ready, next_.node, next_.element);
      const auto winner = std::size_t(point_.branch().choice[std::size_t(next_.node)][std::size_t(next_.element)]);
      value_gradient(from[std::size_t(next_.slot)].first, from[std::size_t(next_.slot)].second);
      const auto other = row_;
      const Rational other_constant = constant_;
      value_gradient(from[winner].first, from[winner].second);
      for (std::size_t k = 0; k < row_.size(); ++k) row_[k] -= other[k];
      constant_ -= other_constant;
      const auto* max = std::get_if<net::Max>(&node.op);
      (max && max->minimum ? bound.high : bound.low) = -constant_;
    }
    simplex.add_row(row_, bound);
    rows_.push_back(next_);
  }

  void prove(const std::vector<Rational>& x) {
    claim::Exemplar e;
    e.target = long(at_.target());
    e.witness.kind = "point", e.witness.numbers["point"] = x;
    tally_.proved(e);
  }

  void refute(const std::vector<num::FarkasTerm>& contradiction) {
    claim::Exemplar e;
    e.target = long(at_.target());
    e.witness.kind = "farkas";
    std::string names;
    for (const auto& term : contradiction) {
      std::string name;
      if (term.is_row) {
        const Constraint& c = rows_[term.index];
        name = term.index == 0 ? "output" : network_.node(c.node).name + ":" + std::to_string(c.element);
        if (c.slot >= 0) name += ":" + std::to_string(c.slot);
        name += term.upper ? "<=" : ">=";
      } else {
        name = (term.upper ? "high:" : "low:") + std::to_string(term.index);
      }
      names += (names.empty() ? "" : " ") + name;
      e.witness.numbers["multipliers"].push_back(term.multiplier);
    }
    e.witness.words["rows"] = names;
    tally_.refuted(e);
  }

  AtPoint& at_;
  const region::Point& point_;
  const net::Network& network_;
  Tally& tally_;
  std::vector<Rational> row_;
  Rational constant_;
  Constraint next_;
  std::vector<Constraint> rows_;
};

}  // namespace

void decide_exists(AtPoint& at, const prop::Obligation&, Tally& tally) { Existence(at, tally).run(); }

}  // namespace lrproof::prove
