#pragma once
// A cell as exact affine forms of the input. On the cell of an input off kinks every tensor is affine; forms are made
// when first asked for, by one exact backward pass each.
#include <map>
#include <memory>

#include "prove/cell_rows.hpp"
#include "prove/polytope.hpp"

namespace lrproof::prove {

/// One inequality of the cell, form >= 0, and its gradient with respect to every tensor (empty where it has none).
struct OrientedRow {
  CellRow of;
  bool upper = false;
  AffineForm form;
  std::vector<Slopes> gradient;
  std::string name;
};

/// The cell of an input off kinks, within the domain and perhaps a box around another input. Not for sharing between
/// threads.
class CellForms {
 public:
  explicit CellForms(AtPoint& at);

  AtPoint& at() const { return at_; }
  const std::vector<OrientedRow>& rows();
  const AffineForm& form(net::NodeId node, std::int64_t element);
  /// sum_k factor[k] (element k of node), as a form.
  AffineForm combination(net::NodeId node, const std::vector<num::Rational>& factor);
  /// The same in doubles as well: a row, its gradient at a tensor, the elements of a tensor, and the largest number of
  /// such an element.
  const FormPtr& rounded_row(std::size_t row);
  const std::vector<double>& near_gradient(std::size_t row, net::NodeId tensor);
  const std::vector<FormPtr>& rounded(net::NodeId node);
  double largest(net::NodeId node, std::size_t element) { return largest_[node][element]; }  ///< once rounded
  /// Multiply-adds that rows() costs.
  static std::int64_t cost(const AtPoint& at);

 private:
  AtPoint& at_;
  bool rows_made_ = false;
  std::vector<OrientedRow> rows_;
  std::map<std::pair<net::NodeId, std::int64_t>, AffineForm> forms_;
  std::vector<FormPtr> rounded_rows_;
  std::map<std::pair<std::size_t, net::NodeId>, std::vector<double>> near_gradients_;
  std::map<net::NodeId, std::vector<FormPtr>> rounded_;
  std::map<net::NodeId, std::vector<double>> largest_;
};

/// A full-dimensional piece of a scope: the cell of `at` (its interior point) cut with bounds on the inputs.
struct Region {
  std::unique_ptr<AtPoint> at;
  std::unique_ptr<CellForms> forms;
  Polytope polytope;
  std::vector<num::Bound> hull;  ///< certified bounds of the polytope; empty until hull_of() made them

  /// Bounds of each input over the polytope, as far as they are had.
  const std::vector<num::Bound>& hull_of();
  /// The side of 0 on which an element stays: 1 (>= 0), -1 (<= 0), or 0 where neither is certain.
  int side_of(net::NodeId node, std::int64_t element);

  std::map<std::pair<net::NodeId, std::int64_t>, int> sides;  ///< of side_of(), as far as they were asked
};

/// Why regions cannot be made at this input; "" when they can.
std::string no_region(AtPoint& at, const std::vector<num::Bound>& bounds);
std::string too_many_rows(const AtPoint& at);
/// Both say "".
Region make_region(std::unique_ptr<AtPoint> at, const std::vector<num::Bound>& bounds);

}  // namespace lrproof::prove
