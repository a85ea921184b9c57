#pragma once
// The network at one point, lazily: a tensor's element is computed when a witness asks for it, as an enclosure first
// and as a rational only where the enclosure cannot tell. A suffix (REG-4) is a Point whose replaced tensors are given
// and whose other tensors fall back on the point it starts from.
#include <functional>
#include <map>
#include <memory>

#include "oracle/model.hpp"

namespace lrproof::oracle {

/// Values of one number type, remembered element by element.
template <class N>
class Field {
 public:
  explicit Field(std::size_t nodes) : values_(nodes), known_(nodes) {}
  bool knows(int node, long e) const {
    return !known_[std::size_t(node)].empty() && known_[std::size_t(node)][std::size_t(e)];
  }
  const N& get(int node, long e) const { return values_[std::size_t(node)][std::size_t(e)]; }
  const N& set(int node, long e, long size, N value) {
    auto& values = values_[std::size_t(node)];
    auto& known = known_[std::size_t(node)];
    if (known.empty()) {
      values.resize(std::size_t(size));
      known.assign(std::size_t(size), 0);
    }
    known[std::size_t(e)] = 1;
    return values[std::size_t(e)] = std::move(value);
  }

 private:
  std::vector<std::vector<N>> values_;
  std::vector<std::vector<char>> known_;
};

/// What stands in for a tensor in a suffix.
struct Replacement {
  std::function<Enclosure(long)> enclosure;
  std::function<Exact(long)> exact;
};

/// The piece an activation is on: `index`, and at a kink also `index + 1`.
struct Piece {
  int index = 0;
  bool kink = false;
};

class Point {
 public:
  Point(const Network& network, std::vector<Exact> input, Budget& budget);
  /// The suffix of `base` in which the tensors of `replaced` take new values; `base` outlives it.
  Point(const Point& base, std::map<int, Replacement> replaced);

  const Network& network() const { return network_; }
  Budget& budget() const { return budget_; }
  template <class N>
  const N& at(int node, long e) const;
  /// The value of one element is known beforehand.
  void pin(int node, long e, const Exact& value);
  /// Sign of value - level, exactly.
  int compare(int node, long e, const Exact& level) const;
  int sign(int node, long e) const { return compare(node, e, Exact(0)); }
  /// Sign of (value of a) - (value of b), exactly; elements of operands of `node`.
  int compare(int node, const Source& a, const Source& b) const;

  Piece piece(int node, long e) const;                         ///< activation
  const std::vector<Source>& winners(int node, long e) const;  ///< max: all that are largest (smallest)
  /// Constant on every branch of the point (of the suffix).
  bool flat(int node, long e) const;
  /// A unit on a kink where the pieces are not the same function.
  bool edge(int node, long e) const;
  /// Can the node's value change with what was replaced (always true at a plain point)?
  bool moves(int node) const { return moves_[std::size_t(node)]; }
  bool is_replaced(int node) const { return replaced_.count(node) != 0; }
  bool is_suffix() const { return base_ != nullptr; }
  const Point* base() const { return base_; }
  int operand(int node, const Source& s) const { return network_.node(node).inputs[std::size_t(s.operand)]; }

 private:
  template <class N>
  N compute(int node, long e) const;
  template <class N>
  N curve(const Curve& curve, const N& t) const;
  template <class N>
  Field<N>& field() const;
  template <class N>
  N given(int node, long e) const;

  const Network& network_;
  Budget& budget_;
  const Point* base_ = nullptr;
  std::vector<Exact> input_;
  std::map<int, Replacement> replaced_;
  std::vector<char> moves_;
  mutable Field<Enclosure> near_;
  mutable Field<Exact> exact_;
  mutable std::map<std::pair<int, long>, std::vector<Source>> winners_;
  mutable std::map<std::pair<int, long>, bool> flat_;
};

}  // namespace lrproof::oracle
