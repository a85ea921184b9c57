#include "prove/exists_exact.hpp"

namespace lrproof::prove {

using num::Rational;
using Answer = num::Feasibility::Answer;

CellRow output_row(const AtPoint& at) {
  return {{}, {at.point().network().output(), at.target()}, {}, -1, Rational(0), Rational(0)};
}

namespace {

void add_row(const AtPoint& at, const CellRow& row, num::Simplex& simplex) {
  std::vector<Weighted> sum;
  append(sum, row, Rational(1));
  const auto gradient = exact_gradient(at, sum);
  Rational constant = exact_value(at, row);
  for (std::size_t k = 0; k < gradient.size(); ++k) constant -= gradient[k] * at.point().x()[k];
  num::Bound bound;
  if (row.low) bound.low = *row.low - constant;
  if (row.high) bound.high = *row.high - constant;
  simplex.add_row(gradient, bound);
}

// Values computed freely are the affine map's as long as every earlier unit is on its piece, so a violation at the
// first node with one is true.
const CellRow* violated(const AtPoint& at, const std::vector<CellRow>& all, const std::vector<Rational>& x) {
  region::ExactCone cone(at.point().ready(), [&](std::int64_t k) { return x[std::size_t(k)]; });
  const CellRow* worst = nullptr;
  Rational most;
  for (const CellRow& row : all) {
    if (worst && row.unit.node != worst->unit.node) break;
    Rational value = cone.value(row.plus.node, row.plus.element);
    if (row.minus.node >= 0) value -= cone.value(row.minus.node, row.minus.element);
    Rational off;
    if (row.low) off = num::max(off, *row.low - value);
    if (row.high) off = num::max(off, value - *row.high);
    if (off > most) most = off, worst = &row;
  }
  return worst;
}

}  // namespace

ExactSearch search_exactly(const AtPoint& at, const std::vector<CellRow>& all, const std::vector<std::size_t>& first,
                           std::int64_t budget) {
  const auto& domain = at.shared().subject.settings.domain;
  const std::int64_t n = at.point().network().input_size();
  ExactSearch search;
  num::Simplex simplex(std::vector<num::Bound>(std::size_t(n), {domain.low, domain.high}));
  std::int64_t work = 0;
  const auto add = [&](const CellRow& row) {
    add_row(at, row, simplex);
    search.rows.push_back(row);
    work += at.shared().cost + n;
  };
  add(output_row(at));
  for (const std::size_t r : first)
    if (work < budget) add(all[r]);
  while (work < budget) {
    const std::int64_t before = simplex.pivots();
    search.found = simplex.solve(1);
    work += n * std::int64_t(search.rows.size()) * std::int64_t(1 + simplex.bits() / 64) * (simplex.pivots() - before);
    if (search.found.answer == Answer::infeasible) return search;
    if (search.found.answer == Answer::budget) continue;
    work += at.shared().cost;
    const CellRow* next = violated(at, all, search.found.point);
    if (!next) return search;
    add(*next);
  }
  search.found = {};
  return search;
}

}  // namespace lrproof::prove
