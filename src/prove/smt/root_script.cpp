#include "prove/smt/root_script.hpp"

#include "prove/smt/script.hpp"

namespace lrproof::prove {

using net::NodeId;
using num::Rational;
using Side = rule::Direction::Side;

namespace {

class RootScript {
 public:
  RootScript(const Region& region, const RootPlace& place, bool outside)
      : region_(region),
        at_(*region.at),
        network_(at_.point().network()),
        place_(place),
        layer_(at_.shared().subject.cases[std::size_t(place.rule_case)].layers[std::size_t(place.root_layer)]),
        suffix_(at_.shared().suffixes[std::size_t(place.rule_case)][std::size_t(place.root_layer)]),
        script_(network_.node(layer_.node).name + ", unit " + std::to_string(place.unit) + ": is its root " +
                (outside ? "outside" : "inside") + " somewhere?") {}

  std::optional<Script> run(bool outside) {
    if (place_.kind == root::Kind::relevance || place_.domain || !suffix_.cuts) return std::nullopt;
    inputs();
    for (NodeId id = 1; id < network_.size(); ++id) forward(id);
    script_.ask();
    root();
    for (const NodeId id : suffix_.nodes) behind(id);
    script_.require(outside ? smt_any(leaves_) : smt_all(stays_));
    return std::move(script_);
  }

 private:
  std::string name(char tensor, NodeId id, std::int64_t k) const {
    return std::string(1, tensor) + std::to_string(id) + "_" + std::to_string(k);
  }
  static std::string less(const std::string& a, const std::string& b) { return "(<= " + a + " " + b + ")"; }

  void inputs() {
    const auto& bounds = region_.polytope.bounds;
    for (std::size_t k = 0; k < bounds.size(); ++k) {
      const std::string x = name('x', 0, std::int64_t(k));
      script_.declare(x);
      if (bounds[k].low) script_.require(less(smt_number(*bounds[k].low), x));
      if (bounds[k].high) script_.require(less(x, smt_number(*bounds[k].high)));
    }
  }

  // value of an operand: of the root's evaluation 'r' where the node moves with it, of the input 'x' elsewhere
  std::string operand(char tensor, NodeId id, std::int64_t k) const {
    const bool moves = id == suffix_.at || suffix_.moves[std::size_t(id)];
    return name(tensor == 'r' && moves ? 'r' : 'x', id, k);
  }
  void affine(char tensor, NodeId id) {
    const net::Node& node = network_.node(id);
    const net::Linear& linear = at_.point().ready().linear(id);
    for (std::int64_t j = 0; j < node.size(); ++j) {
      std::vector<std::string> terms;
      linear.taps(j, [&](std::int64_t in, std::int64_t weight) {
        const Rational w = linear.weights().rational(std::size_t(weight));
        std::size_t o = 0;
        while (o + 1 < node.inputs.size() && in >= network_.node(node.inputs[o]).size())
          in -= network_.node(node.inputs[o++]).size();
        if (!w.is_zero()) terms.push_back(smt_product(w, operand(tensor, node.inputs[o], in)));
      });
      if (!linear.bias().empty()) terms.push_back(smt_number(linear.bias().rational(std::size_t(linear.bias_of(j)))));
      script_.define(name(tensor, id, j), smt_sum(terms));
    }
  }
  void copied(char tensor, NodeId id) {
    for (std::int64_t k = 0; k < network_.node(id).size(); ++k) {
      const auto [in, element] = region::moved_from(network_, id, k);
      script_.define(name(tensor, id, k), in < 0 ? "0.0" : operand(tensor, in, element));
    }
  }

  int piece(NodeId id, std::int64_t k) const { return at_.point().branch().choice[std::size_t(id)][std::size_t(k)]; }
  // t within the closed piece
  static std::string within(const net::Curve& curve, std::size_t piece, const std::string& t) {
    std::vector<std::string> all;
    if (piece > 0) all.push_back(less(smt_number(curve.kinks[piece - 1]), t));
    if (piece < curve.kinks.size()) all.push_back(less(t, smt_number(curve.kinks[piece])));
    return smt_all(all);
  }
  static std::string value_on(const net::Curve& curve, std::size_t piece, const std::string& t) {
    if (curve.slopes[piece].is_zero()) return smt_number(curve.intercepts[piece]);
    if (curve.intercepts[piece].is_zero()) return smt_product(curve.slopes[piece], t);
    return smt_sum({smt_product(curve.slopes[piece], t), smt_number(curve.intercepts[piece])});
  }

  void forward(NodeId id) {
    const net::Node& node = network_.node(id);
    if (net::is_affine(node.op)) return affine('x', id);
    for (std::int64_t k = 0; k < node.size(); ++k) {
      if (const auto* a = std::get_if<net::Activation>(&node.op)) {
        const std::string t = name('x', node.inputs[0], k);
        const auto p = std::size_t(piece(id, k));
        script_.define(name('x', id, k), value_on(a->curve(k), p, t));
        script_.require(within(a->curve(k), p, t));
      } else if (is_maximum(node)) {
        const auto from = region::candidates(at_.point().ready(), id, k);
        const auto best = from[std::size_t(piece(id, k))];
        script_.define(name('x', id, k), name('x', best.first, best.second));
        for (const auto& other : from)
          script_.require(ordered(node, name('x', other.first, other.second), name('x', best.first, best.second)));
      }
    }
    if (!std::holds_alternative<net::Activation>(node.op) && !is_maximum(node)) copied('x', id);
  }
  static bool is_maximum(const net::Node& node) {
    return std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op);
  }
  static std::string ordered(const net::Node& node, const std::string& loser, const std::string& winner) {
    const auto* max = std::get_if<net::Max>(&node.op);
    return max && max->minimum ? less(winner, loser) : less(loser, winner);
  }

  void root() {
    const std::string z = name('x', layer_.node, place_.unit);
    script_.require(less(smt_number(place_.least), smt_product(Rational(place_.sign), z)));
    const std::int64_t size = network_.node(layer_.tensor).size();
    if (place_.kind == root::Kind::fixed) {
      for (std::int64_t k = 0; k < size; ++k) script_.define(name('r', layer_.tensor, k), "0.0");
      return;
    }
    const net::Linear& linear = at_.point().ready().linear(layer_.node);
    std::vector<std::string> v(static_cast<std::size_t>(size)), drop;
    linear.taps(place_.unit, [&](std::int64_t in, std::int64_t weight) {
      const Rational w = linear.weights().rational(std::size_t(weight));
      const std::string direction = direction_at(in, w);
      v[std::size_t(in)] = direction;
      if (!w.is_zero()) drop.push_back(smt_product(w, direction));
    });
    script_.define("drop", smt_sum(drop));
    script_.declare("t");
    script_.require("(not (= drop 0.0))");
    script_.require("(= (* t drop) " + z + ")");
    for (std::int64_t k = 0; k < size; ++k) {
      const std::string a = name('x', layer_.tensor, k);
      const std::string& step = v[std::size_t(k)];
      script_.define(name('r', layer_.tensor, k), step.empty() ? a : "(- " + a + " (* t " + step + "))");
    }
  }
  std::string direction_at(std::int64_t in, const Rational& w) const {
    const auto& domain = at_.shared().subject.settings.domain;
    const std::string a = name('x', layer_.tensor, in);
    std::vector<std::string> terms;
    for (const auto& part : layer_.direction.parts) {
      if ((part.side == Side::w_nonneg && w.sign() < 0) || (part.side == Side::w_neg && w.sign() >= 0)) continue;
      const Rational c = part.side == Side::w ? part.coefficient * w : part.coefficient;
      if (c.is_zero()) continue;
      std::string factor = "1.0";
      if (part.phi == rule::Phi::a) factor = a;
      if (part.phi == rule::Phi::pos) factor = "(ite (>= " + a + " 0.0) " + a + " 0.0)";
      if (part.phi == rule::Phi::neg) factor = "(ite (<= " + a + " 0.0) " + a + " 0.0)";
      if (part.phi == rule::Phi::low) factor = smt_number(*domain.low);
      if (part.phi == rule::Phi::high) factor = smt_number(*domain.high);
      terms.push_back(smt_product(c, factor));
    }
    return smt_sum(terms);
  }

  void behind(NodeId id) {
    const net::Node& node = network_.node(id);
    if (net::is_affine(node.op)) return affine('r', id);
    for (std::int64_t k = 0; k < node.size(); ++k) {
      if (const auto* a = std::get_if<net::Activation>(&node.op)) {
        const std::string t = operand('r', node.inputs[0], k);
        const net::Curve& curve = a->curve(k);
        std::string value = value_on(curve, curve.kinks.size(), t);
        for (std::size_t p = curve.kinks.size(); p-- > 0;)
          value = "(ite " + less(t, smt_number(curve.kinks[p])) + " " + value_on(curve, p, t) + " " + value + ")";
        script_.define(name('r', id, k), value);
        if (!curve.kinks.empty()) judge(within(curve, std::size_t(piece(id, k)), t));
      } else if (is_maximum(node)) {
        const auto from = region::candidates(at_.point().ready(), id, k);
        const auto best = from[std::size_t(piece(id, k))];
        const std::string winner = operand('r', best.first, best.second);
        std::string value = winner;
        for (const auto& other : from) {
          const std::string o = operand('r', other.first, other.second), stays = ordered(node, o, winner);
          value = "(ite " + ordered(node, o, value) + " " + value + " " + o + ")";
          if (other != best) judge(stays);
        }
        script_.define(name('r', id, k), value);
      }
    }
    if (!std::holds_alternative<net::Activation>(node.op) && !is_maximum(node)) copied('r', id);
  }
  void judge(const std::string& stays) { stays_.push_back(stays), leaves_.push_back("(not " + stays + ")"); }

  const Region& region_;
  const AtPoint& at_;
  const net::Network& network_;
  const RootPlace& place_;
  const root::Layer& layer_;
  const region::Suffix& suffix_;
  Script script_;
  std::vector<std::string> stays_, leaves_;
};

}  // namespace

std::optional<Script> root_script(const Region& region, const RootPlace& place, bool outside) {
  return RootScript(region, place, outside).run(outside);
}

}  // namespace lrproof::prove
