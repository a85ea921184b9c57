#include "prove/cell_forms.hpp"

#include <algorithm>
#include <cmath>

namespace lrproof::prove {

using net::NodeId;
using num::Rational;

CellForms::CellForms(AtPoint& at) : at_(at) {}

std::int64_t CellForms::cost(const AtPoint& at) { return std::int64_t(cell_rows(at).size()) * at.shared().cost; }

namespace {

AffineForm through(const AtPoint& at, const Rational& value, Slopes slope) {
  AffineForm form;
  form.slope = std::move(slope), form.constant = value;
  const Slopes& s = form.slope;
  for (std::size_t k = 0; k < s.size(); ++k)
    if (!s[k].is_zero()) form.constant.add_product(-s[k], at.point().x()[k]);
  return form;
}

Slopes negated(const Slopes& slopes) {
  std::vector<Rational> turned;
  turned.reserve(slopes.size());
  for (const Rational& s : slopes) turned.push_back(-s);
  return turned;
}

}  // namespace

const std::vector<OrientedRow>& CellForms::rows() {
  if (rows_made_) return rows_;
  rows_made_ = true;
  region::Gradients backward(at_.point(), at_.shared().whole);
  for (const CellRow& row : cell_rows(at_)) {
    std::vector<Weighted> sum;
    append(sum, row, Rational(1));
    std::vector<Slopes> gradient;
    for (auto& tensor : backward.of(sum)) gradient.push_back(tensor.empty() ? Slopes() : Slopes(std::move(tensor)));
    const AffineForm form = through(at_, exact_value(at_, row), gradient[0]);
    if (row.minus.node < 0) forms_.emplace(std::pair(row.plus.node, row.plus.element), form);
    for (const bool upper : {false, true}) {
      const auto& bound = upper ? row.high : row.low;
      if (!bound) continue;
      OrientedRow oriented{row, upper, form, gradient, ""};
      oriented.form.constant -= *bound;
      if (upper) {
        for (Slopes& tensor : oriented.gradient)
          if (!tensor.empty()) tensor = negated(tensor);
        oriented.form.slope = oriented.gradient[0], oriented.form.constant = -oriented.form.constant;
      }
      oriented.name = name_of(at_.point().network(), row, upper);
      rows_.push_back(std::move(oriented));
    }
  }
  return rows_;
}

const AffineForm& CellForms::form(NodeId node, std::int64_t element) {
  auto& known = forms_[{node, element}];
  if (known.slope.empty())
    known = through(at_, at_.point().exact(node, element), exact_gradient(at_, {{{node, element}, Rational(1)}}));
  return known;
}

const FormPtr& CellForms::rounded_row(std::size_t row) {
  rounded_rows_.resize(rows().size());
  FormPtr& form = rounded_rows_[row];
  if (!form) form = std::make_shared<RoundedForm>(rows_[row].form);
  return form;
}

const std::vector<double>& CellForms::near_gradient(std::size_t row, NodeId tensor) {
  auto& near = near_gradients_[{row, tensor}];
  if (near.empty()) {
    const Slopes& exact = rows()[row].gradient[std::size_t(tensor)];
    near = doubles_near({exact.begin(), exact.end()});
  }
  return near;
}

const std::vector<FormPtr>& CellForms::rounded(NodeId node) {
  auto& all = rounded_[node];
  if (!all.empty()) return all;
  for (std::int64_t k = 0; k < at_.point().network().node(node).size(); ++k) {
    all.push_back(std::make_shared<RoundedForm>(form(node, k)));
    double most = 0;
    for (const double v : all.back()->approx) most = std::max(most, std::abs(v));
    largest_[node].push_back(most);
  }
  return all;
}

AffineForm CellForms::combination(NodeId node, const std::vector<Rational>& factor) {
  AffineForm sum;
  if (node == 0) {
    sum.slope = factor;
    return sum;
  }
  sum.slope.resize(std::size_t(at_.point().network().input_size()));
  for (std::size_t k = 0; k < factor.size(); ++k)
    if (!factor[k].is_zero()) sum.add(form(node, std::int64_t(k)), factor[k]);
  return sum;
}

const std::vector<num::Bound>& Region::hull_of() {
  constexpr std::size_t kMany = 64;  // inputs beyond which the given bounds must do
  if (!hull.empty()) return hull;
  hull = polytope.bounds;
  for (std::size_t k = 0; k < hull.size() && hull.size() <= kMany; ++k)
    for (const int sign : {1, -1}) {
      AffineForm input;
      input.slope.resize(hull.size());
      input.slope[k] = Rational(sign);
      const auto least = lower_bound(polytope, input);
      if (!least) continue;
      auto& bound = sign > 0 ? hull[k].low : hull[k].high;
      const Rational value = Rational(sign) * *least;
      if (!bound || (sign > 0 ? value > *bound : value < *bound)) bound = value;
    }
  return hull;
}

std::string no_region(AtPoint& at, const std::vector<num::Bound>& bounds) {
  if (!at.edges().none()) return "the input lies on an edge: its cell is not one polyhedron";
  const auto& x = at.point().x();
  for (std::size_t k = 0; k < x.size(); ++k)
    if ((bounds[k].low && x[k] < *bounds[k].low) || (bounds[k].high && x[k] > *bounds[k].high))
      return "the input lies outside the domain";
  return "";
}

std::string too_many_rows(const AtPoint& at) {
  return CellForms::cost(at) > at.shared().subject.settings.exact_budget * 20
             ? "budget: the cell has too many rows to be made exactly"
             : "";
}

Region make_region(std::unique_ptr<AtPoint> at, const std::vector<num::Bound>& bounds) {
  Region region;
  region.at = std::move(at);
  region.forms = std::make_unique<CellForms>(*region.at);
  region.polytope.bounds = bounds;
  region.polytope.interior = region.at->point().x();
  for (const OrientedRow& row : region.forms->rows())
    if (!row.form.is_constant()) region.polytope.rows.push_back({row.form, row.name});
  return region;
}

}  // namespace lrproof::prove
