#pragma once
// The closed cell of an input as linear inequalities: one row per activation (its piece's kinks) and per loser of a
// maximum. Gradients of all rows in doubles, to propose; gradients of a weighted sum of rows exactly, to dispose.
#include <optional>
#include <span>
#include <vector>

#include "prove/at_point.hpp"
#include "region/rows.hpp"

namespace lrproof::prove {

using region::append;
using region::CellRow;
using region::Element;
using region::Weighted;

/// Rows of the input's cell.
inline std::vector<CellRow> cell_rows(const AtPoint& at) { return region::cell_rows(at.point(), at.shared().whole); }
/// The row named in certificates: node:element[:slot], then >= or <=.
std::string name_of(const net::Network& network, const CellRow& row, bool upper);

/// Gradients with respect to a suffix's tensor T (the input: the whole network), on the point's piece, of every tensor
/// that moves with it.
class FloatJacobian {
 public:
  /// Steps and numbers that making one costs at most.
  static std::int64_t cost(const region::Point& point, const region::Suffix& suffix);
  FloatJacobian(const region::Point& point, const region::Suffix& suffix);
  /// out += factor times the gradient of an element
  void add_to(const Element& of, double factor, std::span<double> out) const;

 private:
  void affine(net::NodeId id);
  void copy(net::NodeId id);
  void activation(net::NodeId id);
  void maximum(net::NodeId id);
  bool moves(net::NodeId id) const { return id == suffix_.at || suffix_.moves[std::size_t(id)]; }
  std::span<double> row(net::NodeId id, std::int64_t element);

  const region::Point& point_;
  const region::Suffix& suffix_;
  std::size_t n_;
  std::vector<std::vector<double>> dense_;        // by node: elements x n_; empty where only coordinates are copied
  std::vector<std::vector<std::int64_t>> input_;  // by node: the element of T each element is, -1 for none
};

/// Exact gradient of the sum with respect to the input.
inline std::vector<num::Rational> exact_gradient(const AtPoint& at, const std::vector<Weighted>& sum) {
  return region::exact_gradient(at.point(), at.shared().whole, sum);
}
/// Exact value of the row at the input.
inline num::Rational exact_value(const AtPoint& at, const CellRow& row) { return region::exact_value(at.point(), row); }

}  // namespace lrproof::prove
