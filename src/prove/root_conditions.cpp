#include "prove/root_conditions.hpp"

#include <algorithm>

namespace lrproof::prove {

using num::Rational;
using Side = rule::Direction::Side;

bool equal(const AffineForm& a, const AffineForm& b) { return a.slope == b.slope && a.constant == b.constant; }

namespace {

// v_i = constant + factor a_i, over the taps of one unit.
struct Ray {
  std::vector<Rational> constant, factor;  // by element of T
  std::string impossible;
};

Rational direction_weight(const rule::Direction::Part& part, const Rational& w) {
  if ((part.side == Side::w_nonneg && w.sign() < 0) || (part.side == Side::w_neg && w.sign() >= 0)) return {};
  return part.side == Side::w ? part.coefficient * w : part.coefficient;
}

// pos(a) and neg(a) are a or 0 where the tensor cannot be negative.
Ray ray_of(const AtPoint& at, const root::Layer& layer, std::int64_t unit, bool fixed) {
  const net::Network& network = at.point().network();
  const auto& domain = at.shared().subject.settings.domain;
  Ray ray;
  const auto size = std::size_t(network.node(layer.tensor).size());
  ray.constant.resize(size), ray.factor.resize(size);
  if (fixed) {
    std::fill(ray.factor.begin(), ray.factor.end(), Rational(1));
    return ray;
  }
  const net::Linear& linear = at.point().ready().linear(layer.node);
  linear.taps(unit, [&](std::int64_t in, std::int64_t weight) {
    const Rational w = linear.weights().rational(std::size_t(weight));
    const auto k = std::size_t(in);
    for (const auto& part : layer.direction.parts) {
      const Rational c = direction_weight(part, w);
      if (c.is_zero()) continue;
      if (part.phi == rule::Phi::one) ray.constant[k] += c;
      if (part.phi == rule::Phi::a) ray.factor[k] += c;
      if (part.phi == rule::Phi::low) ray.constant[k] += c * *domain.low;
      if (part.phi == rule::Phi::high) ray.constant[k] += c * *domain.high;
      if (part.phi != rule::Phi::pos && part.phi != rule::Phi::neg) continue;
      const auto bound = region::producer_bound(at.shared().ready, layer.tensor, in, {domain.low, domain.high});
      if (!bound.low || bound.low->sign() < 0)
        ray.impossible = "the direction takes the sign of an input that may change it";
      else if (part.phi == rule::Phi::pos)
        ray.factor[k] += c;
    }
  });
  return ray;
}

// c with a = c b, for b that is not 0.
std::optional<Rational> multiple(const AffineForm& a, const AffineForm& b) {
  std::size_t k = 0;
  while (k < b.slope.size() && b.slope[k].is_zero()) ++k;
  if (k == b.slope.size()) return std::nullopt;
  const Rational c = a.slope[k] / b.slope[k];
  return equal(a, c * b) ? std::optional(c) : std::nullopt;
}
// slope(a) = kappa slope(b)
bool turned(const AffineForm& a, const AffineForm& b, int kappa) {
  for (std::size_t k = 0; k < a.slope.size(); ++k)
    if (a.slope[k] != (kappa > 0 ? b.slope[k] : -b.slope[k])) return false;
  return true;
}

// The fixed root meets row - s >= 0. Otherwise see the head of root_search.hpp; and where s = c row, the row itself
// (which is not negative) can be divided out; where the row is 0 the condition holds.
std::optional<AffineForm> affine_form(RootCondition& c, const AffineForm& z, const AffineForm& drop, bool fixed) {
  if (fixed) return c.row - c.s;
  AffineForm form;
  if (drop.is_constant() && c.s.is_constant()) {
    form = drop.constant * c.row;
    form.add(z, -c.s.constant);
    return form;
  }
  if (const auto factor = multiple(c.s, c.row)) {
    form = drop;
    form.add(z, -*factor);
    c.divided = true;
    return form;
  }
  const int kappa = turned(drop, z, 1) ? 1 : -1;
  if (drop.is_constant() || !turned(drop, z, kappa) || !turned(c.s, c.row, kappa)) return std::nullopt;
  const Rational d = drop.constant - Rational(kappa) * z.constant, k = c.s.constant - Rational(kappa) * c.row.constant;
  form = d * c.row;
  form.add(z, -k);
  return form;
}

class Conditions {
 public:
  Conditions(Region& region, const RootPlace& place)
      : region_(region),
        forms_(*region.forms),
        place_(place),
        layer_(region.at->shared().subject.cases[std::size_t(place.rule_case)].layers[std::size_t(place.root_layer)]),
        suffix_(region.at->shared().suffixes[std::size_t(place.rule_case)][std::size_t(place.root_layer)]),
        fixed_(place.kind == root::Kind::fixed),
        ray_(ray_of(*region.at, layer_, place.unit, fixed_)) {}

  RootForms run() {
    out_.impossible = ray_.impossible;
    if (out_.impossible.empty() && !region::find_edges(region_.at->point(), suffix_).none())
      out_.impossible = "a unit behind the layer is on its kink on the whole region";
    if (!out_.impossible.empty()) return std::move(out_);
    out_.z = Rational(place_.sign) * forms_.form(layer_.node, place_.unit);
    make_drop();
    place_.domain ? make_domain_conditions() : make_conditions();
    return std::move(out_);
  }

 private:
  AffineForm along(const Slopes& gradient) {  // gradient . v, as a form
    std::vector<Rational> factor(gradient.size());
    Rational constant;
    for (std::size_t k = 0; k < gradient.size(); ++k) {
      if (gradient[k].is_zero()) continue;
      if (!ray_.factor[k].is_zero()) factor[k] = gradient[k] * ray_.factor[k];
      constant.add_product(gradient[k], ray_.constant[k]);
    }
    const bool any = std::any_of(factor.begin(), factor.end(), [](const Rational& f) { return !f.is_zero(); });
    AffineForm form;
    if (any) form = forms_.combination(layer_.tensor, factor);
    form.slope.resize(region_.polytope.bounds.size());
    form.constant += constant;
    return form;
  }

  void make_drop() {
    if (fixed_) {
      out_.drop.slope.resize(region_.polytope.bounds.size());
      out_.drop.constant = Rational(1);
      return;
    }
    std::vector<Rational> w(ray_.factor.size());
    const net::Linear& linear = region_.at->point().ready().linear(layer_.node);
    linear.taps(place_.unit, [&](std::int64_t in, std::int64_t weight) {
      w[std::size_t(in)] += linear.weights().rational(std::size_t(weight));
    });
    out_.drop = along(w);
  }

  void make_conditions() {
    for (const OrientedRow& row : forms_.rows()) {
      if (!suffix_.moves[std::size_t(row.of.unit.node)]) continue;
      const Slopes& gradient = row.gradient[std::size_t(layer_.tensor)];
      if (gradient.empty()) continue;
      AffineForm s = along(gradient);
      if (s.is_constant() && s.constant.is_zero()) continue;  // the root does not move this unit
      out_.conditions.push_back({row.form, std::move(s), row.name});
    }
  }

  void make_domain_conditions() {
    const auto& domain = region_.at->shared().subject.settings.domain;
    const std::int64_t size = region_.at->point().network().node(layer_.tensor).size();
    for (std::int64_t k = 0; k < size; ++k) {
      if (ray_.factor[std::size_t(k)].is_zero() && ray_.constant[std::size_t(k)].is_zero()) continue;
      const auto bound =
          region::producer_bound(region_.at->shared().ready, layer_.tensor, k, {domain.low, domain.high});
      std::vector<Rational> unit(static_cast<std::size_t>(size));
      for (const bool upper : {false, true}) {
        const auto& limit = upper ? bound.high : bound.low;
        if (!limit) continue;
        unit[std::size_t(k)] = Rational(upper ? -1 : 1);
        AffineForm row = forms_.combination(layer_.tensor, unit);
        row.constant += upper ? *limit : -*limit;
        out_.conditions.push_back({std::move(row), along(unit), (upper ? "high:" : "low:") + std::to_string(k)});
      }
    }
  }

  Region& region_;
  CellForms& forms_;
  const RootPlace& place_;
  const root::Layer& layer_;
  const region::Suffix& suffix_;
  const bool fixed_;
  const Ray ray_;
  RootForms out_;
};

}  // namespace

RootForms root_forms(Region& region, const RootPlace& place) { return Conditions(region, place).run(); }

void make_affine(RootCondition& condition, const AffineForm& z, const AffineForm& drop, bool fixed) {
  condition.affine = affine_form(condition, z, drop, fixed);
}

}  // namespace lrproof::prove
