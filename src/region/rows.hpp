#pragma once
// The closed cell of a suffix (REG-2, REG-4) as linear inequalities in its tensor T: one row per activation (its
// piece's kinks) and per loser of a maximum. Values and gradients of weighted sums of elements are exact, on the
// point's branch.
#include <optional>
#include <string>
#include <vector>

#include "num/machine_sum.hpp"
#include "region/suffix.hpp"

namespace lrproof::region {

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

/// Rows of all units that move with T and are at no kink.
std::vector<CellRow> cell_rows(const Point& point, const Suffix& suffix);

/// One term of a sum of tensor elements.
struct Weighted {
  Element of;
  num::Rational factor;
};
/// Exact gradients of sums on the point's branch, by one backward pass each that skips zeros, so dead units cost
/// nothing. Terms at tensors that do not move with T count as constants. Keeps what many passes share: a layer's
/// weights as machine integers. Not for sharing between threads.
class Gradients {
 public:
  Gradients(const Point& point, const Suffix& suffix);
  /// With respect to every tensor, by node; a tensor that the sum does not depend on is empty, but for T.
  std::vector<std::vector<num::Rational>> of(const std::vector<Weighted>& sum);

 private:
  void step(net::NodeId id);
  void affine(net::NodeId id);
  bool in_words(net::NodeId id);
  void add(const Element& of, const num::Rational& amount);
  bool moves(net::NodeId id) const { return id == suffix_.at || suffix_.moves[std::size_t(id)]; }
  num::Rational& slot(const Element& of);

  const Point& point_;
  const Suffix& suffix_;
  const net::Network& network_;
  std::vector<std::optional<std::vector<num::Integers>>> weights_;  // by node, once asked; empty: do not fit
  std::vector<std::vector<num::Rational>> gradient_;
};

/// Exact gradient of the sum with respect to T.
std::vector<num::Rational> exact_gradient(const Point& point, const Suffix& suffix, const std::vector<Weighted>& sum);
/// The row times a factor, as terms of such a sum.
void append(std::vector<Weighted>& sum, const CellRow& row, const num::Rational& factor);
/// Exact value of the row at the point.
num::Rational exact_value(const Point& point, const CellRow& row);

/// Operand and element behind input `in` of an affine node's linear form: its operands one after the other.
Element operand_of(const net::Network& network, const net::Node& node, std::int64_t in);
bool is_maximum(const net::Node& node);

}  // namespace lrproof::region
