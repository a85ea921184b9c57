#include "prove/root_conditions.hpp"

#include <algorithm>
#include <cmath>

namespace lrproof::prove {

using num::Rational;
using Side = rule::Direction::Side;

namespace {

bool equal(const AffineForm& a, const AffineForm& b) { return a.slope == b.slope && a.constant == b.constant; }

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
bool turned_slopes(const AffineForm& a, const AffineForm& b, int kappa) {
  if (kappa > 0) return a.slope == b.slope;
  for (std::size_t k = 0; k < a.slope.size(); ++k)
    if (a.slope[k] != -b.slope[k]) return false;
  return true;
}

// Doubles say no for sure, and what they leave open exact numbers answer.
double room(const RoundedForm& a, const RoundedForm& b, std::size_t k) {
  return a.off + b.off + 0x1p-50 * (std::abs(a.approx[k]) + std::abs(b.approx[k])) + 0x1p-900;
}
bool surely_differ(const RoundedForm& a, const RoundedForm& b, int kappa, std::size_t numbers) {
  if (a.faint || b.faint) return false;
  for (std::size_t k = 0; k < numbers; ++k)
    if (std::abs(a.approx[k] - kappa * b.approx[k]) > room(a, b, k)) return true;
  return false;
}
bool surely_no_multiple(const RoundedForm& a, const RoundedForm& b) {
  if (a.faint || b.faint) return false;
  const auto largest = std::max_element(b.approx.begin(), b.approx.end() - 1,
                                        [](double u, double v) { return std::abs(u) < std::abs(v); });
  const double most = std::abs(*largest), c = a.approx[std::size_t(largest - b.approx.begin())] / *largest;
  if (!(most > 0x1p30 * b.off) || !std::isfinite(c)) return false;
  const double off_c = 2 * (a.off + std::abs(c) * b.off) / most + 0x1p-45 * std::abs(c);
  for (std::size_t k = 0; k < a.approx.size(); ++k) {
    const double by = c * b.approx[k];
    if (std::abs(a.approx[k] - by) > 2 * (a.off + std::abs(c) * b.off) + off_c * std::abs(b.approx[k]) +
                                         0x1p-45 * (std::abs(a.approx[k]) + std::abs(by)) + 0x1p-900)
      return true;
  }
  return false;
}
// A slope is there for sure.
bool surely_varies(const RoundedForm& form) {
  return !form.faint &&
         std::any_of(form.approx.begin(), form.approx.end() - 1, [&](double v) { return std::abs(v) > 2 * form.off; });
}

double largest_of(const RoundedForm& form) {
  double most = 0;
  for (const double v : form.approx) most = std::max(most, std::abs(v));
  return most;
}

// a x + b y, where a and b are off by a part in 2^50, and `b` by b_off as well.
FormPtr combined(double a, const FormPtr& x, double b, double b_off, const FormPtr& y,
                 std::function<AffineForm()> make) {
  std::vector<double> near(x->approx.size());
  for (std::size_t k = 0; k < near.size(); ++k) near[k] = a * x->approx[k] + b * y->approx[k];
  const double of_x = std::abs(a) * largest_of(*x), of_y = std::abs(b) * largest_of(*y);
  const double off = 2 * (std::abs(a) * x->off + (std::abs(b) + b_off) * y->off + b_off * largest_of(*y)) +
                     0x1p-48 * (of_x + of_y) + 0x1p-900;
  const bool faint = x->faint || y->faint || !std::isfinite(off);
  return std::make_shared<RoundedForm>(std::move(near), off, faint, std::move(make));
}

FormPtr exactly(AffineForm form) { return std::make_shared<RoundedForm>(std::move(form)); }

// D and s constant: D row - s z.
FormPtr from_constants(const RootCondition& c, const FormPtr& z, const FormPtr& drop) {
  return combined(drop->approx.back(), c.row, -c.s->approx.back(), c.s->off + 0x1p-50 * std::abs(c.s->approx.back()), z,
                  [row = c.row, s = c.s, z, drop] {
                    AffineForm form = drop->exact().constant * row->exact();
                    form.add(z->exact(), -s->exact().constant);
                    return form;
                  });
}
// Products of slopes cancel: (D - kappa z) row - (s - kappa row) z, both brackets constant.
FormPtr from_turned(const RootCondition& c, int kappa, const FormPtr& z, const FormPtr& drop) {
  const Rational d = drop->exact().constant - Rational(kappa) * z->exact().constant;
  const double k = c.s->approx.back() - kappa * c.row->approx.back();
  const double k_off =
      c.s->off + c.row->off + 0x1p-49 * (std::abs(c.s->approx.back()) + std::abs(c.row->approx.back()));
  return combined(d.to_double(), c.row, -k, k_off, z, [row = c.row, s = c.s, z, d, kappa] {
    const Rational gap = s->exact().constant - Rational(kappa) * row->exact().constant;
    AffineForm form = d * row->exact();
    form.add(z->exact(), -gap);
    return form;
  });
}

// The fixed root meets row - s >= 0. Otherwise see the head of root_search.hpp; and where s = c row, the row itself
// (which is not negative) can be divided out; where the row is 0 the condition holds.
FormPtr affine_form(RootCondition& c, const FormPtr& z, const FormPtr& drop, bool fixed) {
  if (fixed) return exactly(c.row->exact() - c.s->exact());
  const bool flat = drop->exact().is_constant();
  if (flat && c.constant) return from_constants(c, z, drop);
  if (!surely_no_multiple(*c.s, *c.row)) {
    if (const auto factor = multiple(c.s->exact(), c.row->exact())) {
      AffineForm form = drop->exact();
      form.add(z->exact(), -*factor);
      c.divided = true;
      return exactly(std::move(form));
    }
  }
  const int kappa = turned_slopes(drop->exact(), z->exact(), 1) ? 1 : -1;
  if (flat || !turned_slopes(drop->exact(), z->exact(), kappa)) return nullptr;
  const std::size_t slopes = c.s->approx.size() - 1;
  const bool same = c.kappa == kappa ||
                    (!surely_differ(*c.s, *c.row, kappa, slopes) && turned_slopes(c.s->exact(), c.row->exact(), kappa));
  return same ? from_turned(c, kappa, z, drop) : nullptr;
}

// gradient . v, as a form
AffineForm root_along(CellForms& forms, net::NodeId tensor, const Ray& ray, const Slopes& gradient) {
  std::vector<Rational> factor(gradient.size());
  Rational constant;
  bool any = false;
  for (std::size_t k = 0; k < gradient.size(); ++k) {
    if (gradient[k].is_zero()) continue;
    if (!ray.factor[k].is_zero()) factor[k] = gradient[k] * ray.factor[k], any = true;
    constant.add_product(gradient[k], ray.constant[k]);
  }
  AffineForm form;
  if (any) form = forms.combination(tensor, factor);
  form.slope.resize(std::size_t(forms.at().point().network().input_size()));
  form.constant += constant;
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
        ray_(std::make_shared<const Ray>(ray_of(*region.at, layer_, place.unit, fixed_))) {
    const auto one = [](const Rational& f) { return f == Rational(1); };
    whole_ = std::all_of(ray_->factor.begin(), ray_->factor.end(), one);
    still_ = std::all_of(ray_->factor.begin(), ray_->factor.end(), [](const Rational& f) { return f.is_zero(); });
    factor_ = doubles_near(ray_->factor), constant_ = doubles_near(ray_->constant);
  }

  RootForms run() {
    out_.impossible = ray_->impossible;
    if (out_.impossible.empty() && !region::find_edges(region_.at->point(), suffix_).none())
      out_.impossible = "a unit behind the layer is on its kink on the whole region";
    if (!out_.impossible.empty()) return std::move(out_);
    out_.z = Rational(place_.sign) * forms_.form(layer_.node, place_.unit);
    make_drop();
    place_.domain ? make_domain_conditions() : make_conditions();
    return std::move(out_);
  }

 private:
  AffineForm along(const Slopes& gradient) { return root_along(forms_, layer_.tensor, *ray_, gradient); }

  void make_drop() {
    if (fixed_) {
      out_.drop.slope.resize(region_.polytope.bounds.size());
      out_.drop.constant = Rational(1);
      return;
    }
    std::vector<Rational> w(ray_->factor.size());
    const net::Linear& linear = region_.at->point().ready().linear(layer_.node);
    linear.taps(place_.unit, [&](std::int64_t in, std::int64_t weight) {
      w[std::size_t(in)] += linear.weights().rational(std::size_t(weight));
    });
    out_.drop = along(w);
  }

  // gradient . v in doubles. Each product is off by two roundings; sums by one of the sum of sizes each.
  FormPtr near_along(const Slopes& gradient, const std::vector<double>& g) {
    const std::size_t inputs = region_.polytope.bounds.size();
    std::vector<double> near(inputs + 1);
    double size = 0, most = 0;
    bool faint = false;
    const auto& at_inputs = layer_.tensor == 0 ? std::vector<FormPtr>() : forms_.rounded(layer_.tensor);
    for (std::size_t k = 0; k < g.size(); ++k) {
      if (g[k] == 0) continue;
      faint = faint || std::isnan(g[k]) || std::isnan(factor_[k]) || std::isnan(constant_[k]);
      near[inputs] += g[k] * constant_[k], size += std::abs(g[k] * constant_[k]);
      const double f = g[k] * factor_[k];
      faint = faint || (factor_[k] != 0 && !(std::abs(f) > 0x1p-900));
      if (f == 0) continue;
      if (layer_.tensor == 0) {
        near[k] = f;
        continue;
      }
      const RoundedForm& element = *at_inputs[k];
      faint = faint || element.faint;
      for (std::size_t i = 0; i <= inputs; ++i) near[i] += f * element.approx[i];
      most += std::abs(f) * forms_.largest(layer_.tensor, k);
    }
    const double off = (size + most) * 0x1p-50 * double(g.size() + 8) + 0x1p-900;
    return std::make_shared<RoundedForm>(std::move(near), off, faint || !std::isfinite(off),
                                         [forms = &forms_, tensor = layer_.tensor, ray = ray_, gradient] {
                                           return root_along(*forms, tensor, *ray, gradient);
                                         });
  }

  void make_conditions() {
    const auto& rows = forms_.rows();
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const OrientedRow& row = rows[r];
      if (!suffix_.moves[std::size_t(row.of.unit.node)]) continue;
      const Slopes& gradient = row.gradient[std::size_t(layer_.tensor)];
      if (gradient.empty()) continue;
      FormPtr s = near_along(gradient, forms_.near_gradient(r, layer_.tensor));
      const bool constant = still_ || (!surely_varies(*s) && s->exact().is_constant());
      if (constant && !(std::abs(s->approx.back()) > 2 * s->off) && s->exact().constant.is_zero())
        continue;  // the root does not move this unit
      RootCondition c{forms_.rounded_row(r), std::move(s), row.name, constant};
      if (whole_ && suffix_.cuts) c.kappa = 1;
      out_.conditions.push_back(std::move(c));
    }
  }

  void make_domain_conditions() {
    const auto& domain = region_.at->shared().subject.settings.domain;
    const std::int64_t size = region_.at->point().network().node(layer_.tensor).size();
    for (std::int64_t k = 0; k < size; ++k) {
      if (ray_->factor[std::size_t(k)].is_zero() && ray_->constant[std::size_t(k)].is_zero()) continue;
      const auto bound =
          region::producer_bound(region_.at->shared().ready, layer_.tensor, k, {domain.low, domain.high});
      std::vector<Rational> unit(static_cast<std::size_t>(size));
      for (const bool upper : {false, true}) {
        const auto& limit = upper ? bound.high : bound.low;
        if (!limit) continue;
        unit[std::size_t(k)] = Rational(upper ? -1 : 1);
        AffineForm row = forms_.combination(layer_.tensor, unit);
        row.constant += upper ? *limit : -*limit;
        AffineForm s = along(unit);
        const bool constant = s.is_constant();
        out_.conditions.push_back(
            {exactly(std::move(row)), exactly(std::move(s)), (upper ? "high:" : "low:") + std::to_string(k), constant});
      }
    }
  }

  Region& region_;
  CellForms& forms_;
  const RootPlace& place_;
  const root::Layer& layer_;
  const region::Suffix& suffix_;
  const bool fixed_;
  const std::shared_ptr<const Ray> ray_;
  bool whole_ = false, still_ = false;     // every factor is 1; every factor is 0
  std::vector<double> factor_, constant_;  // of the ray, in doubles
  RootForms out_;
};

}  // namespace

RootForms root_forms(Region& region, const RootPlace& place) { return Conditions(region, place).run(); }

FormPtr turned(const FormPtr& form, int sign) {
  if (sign > 0) return form;
  std::vector<double> near = form->approx;
  for (double& v : near) v = -v;
  return std::make_shared<RoundedForm>(std::move(near), form->off, form->faint,
                                       [form] { return Rational(-1) * form->exact(); });
}

RootCondition made_affine(const RootCondition& condition, int sign, const FormPtr& z, const FormPtr& drop, bool fixed) {
  RootCondition made = condition;
  made.s = turned(condition.s, sign), made.kappa = sign * condition.kappa;
  made.affine = affine_form(made, z, drop, fixed);
  return made;
}

bool equal(const RoundedForm& a, const RoundedForm& b) {
  return !surely_differ(a, b, 1, a.approx.size()) && equal(a.exact(), b.exact());
}

}  // namespace lrproof::prove
