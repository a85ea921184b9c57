#pragma once
// The closed cell of an input as linear inequalities: one row per activation (its piece's kinks) and per loser of a
// maximum. Gradients of all rows in doubles, to propose; gradients of a weighted sum of rows exactly, to dispose.
#include <optional>
#include <span>
#include <vector>

#include "prove/at_point.hpp"

namespace lrproof::prove {

/// An element of a tensor; node -1: none.
struct Element {
  net::NodeId node = -1;
  std::int64_t element = 0;
};

/// low <= value(plus) - value(minus) <= high. unit names it in a certificate; slot is a maximum's loser.
struct CellRow {
  Element unit, plus, minus;
  int slot = -1;
  std::optional<num::Rational> low, high;
};

/// Rows of all units that move with the input and are at no kink.
std::vector<CellRow> cell_rows(const AtPoint& at);
/// The row named in certificates: node:element[:slot], then >= or <=.
std::string name_of(const net::Network& network, const CellRow& row, bool upper);

/// Gradients with respect to the input, on the input's piece, of every tensor of the network.
class FloatJacobian {
 public:
  /// Steps and numbers that making one costs at most.
  static std::int64_t cost(const AtPoint& at);
  explicit FloatJacobian(const AtPoint& at);
  /// out += factor times the gradient of an element
  void add_to(const Element& of, double factor, std::span<double> out) const;

 private:
  void affine(net::NodeId id);
  void copy(net::NodeId id);
  void activation(net::NodeId id);
  void maximum(net::NodeId id);
  bool moves(net::NodeId id) const { return id == 0 || at_.shared().whole.moves[std::size_t(id)]; }
  std::span<double> row(net::NodeId id, std::int64_t element);

  const AtPoint& at_;
  std::size_t n_;
  std::vector<std::vector<double>> dense_;        // by node: elements x n_; empty where only coordinates are copied
  std::vector<std::vector<std::int64_t>> input_;  // by node: the input element each element is, -1 for none
};

/// One term of a sum of tensor elements.
struct Weighted {
  Element of;
  num::Rational factor;
};
/// Exact gradient of the sum with respect to the input, on the input's piece: one backward pass.
std::vector<num::Rational> exact_gradient(const AtPoint& at, const std::vector<Weighted>& sum);
/// The same with respect to every tensor, by node; a tensor that the sum does not depend on is empty.
std::vector<std::vector<num::Rational>> exact_gradients(const AtPoint& at, const std::vector<Weighted>& sum);
/// The row times a factor, as terms of such a sum.
void append(std::vector<Weighted>& sum, const CellRow& row, const num::Rational& factor);
/// Exact value of the row at the input.
num::Rational exact_value(const AtPoint& at, const CellRow& row);

}  // namespace lrproof::prove
