#include "prove/affine_form.hpp"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace lrproof::prove {

using num::Rational;

Rational AffineForm::at(const std::vector<Rational>& x) const {
  Rational sum = constant;
  for (std::size_t k = 0; k < slope.size(); ++k)
    if (!slope[k].is_zero()) sum.add_product(slope[k], x[k]);
  return sum;
}

bool AffineForm::is_constant() const {
  return std::all_of(slope.begin(), slope.end(), [](const Rational& s) { return s.is_zero(); });
}

void AffineForm::add(const AffineForm& other, const Rational& factor) {
  if (slope.size() < other.slope.size()) slope.resize(other.slope.size());
  auto& sum = slope.edit();
  for (std::size_t k = 0; k < other.slope.size(); ++k)
    if (!other.slope[k].is_zero()) sum[k].add_product(factor, other.slope[k]);
  constant.add_product(factor, other.constant);
}

AffineForm operator*(const Rational& factor, AffineForm form) {
  if (factor == Rational(1)) return form;
  for (auto& s : form.slope.edit()) s *= factor;
  form.constant *= factor;
  return form;
}

AffineForm operator-(AffineForm a, const AffineForm& b) {
  a.add(b, Rational(-1));
  return a;
}

namespace {

std::vector<double> approx_of(const AffineForm& form, std::size_t n) {
  std::vector<double> out(n + 1);
  for (std::size_t k = 0; k < form.slope.size(); ++k) out[k] = form.slope[k].to_double();
  out[n] = form.constant.to_double();
  return out;
}

bool is_faint(const Rational& exact, double near) { return !exact.is_zero() && !(std::abs(near) >= DBL_MIN); }

}  // namespace

// Each term is off by less than 4 units in its last place, each addition by one of the sum of magnitudes.
Near value_near(const RoundedForm& form, const std::vector<double>& near) {
  const std::size_t n = near.size();
  if (form.faint || form.approx.size() != n + 1) return {0, HUGE_VAL};
  double value = form.approx[n], size = std::abs(value), far = 1;
  for (std::size_t k = 0; k < n; ++k) {
    const double term = form.approx[k] * near[k];
    value += term, size += std::abs(term), far += std::abs(near[k]);
  }
  const double error = size * 0x1p-50 * double(n + 8) + form.off * far * 2 + 0x1p-900;
  return std::isfinite(value) && std::isfinite(error) ? Near{value, error} : Near{0, HUGE_VAL};
}

// A number too small for doubles becomes none at all: signs are then decided exactly.
std::vector<double> doubles_near(const std::vector<Rational>& x) {
  std::vector<double> out;
  for (const Rational& v : x) out.push_back(v.to_double()), out.back() = is_faint(v, out.back()) ? NAN : out.back();
  return out;
}

RoundedForm::RoundedForm(AffineForm f) : approx(approx_of(f, f.slope.size())), form_(std::move(f)) {
  faint = is_faint(form_.constant, approx.back());
  for (std::size_t k = 0; k < form_.slope.size(); ++k)
    faint = faint || is_faint(std::as_const(form_).slope[k], approx[k]);
}

RoundedForm::RoundedForm(std::vector<double> near, double error, bool is_faint, std::function<AffineForm()> make)
    : approx(std::move(near)), off(error), faint(is_faint), make_(std::move(make)) {}

const AffineForm& RoundedForm::exact() const {
  if (make_) form_ = std::exchange(make_, nullptr)();
  return form_;
}

void AskedForm::add(const RoundedForm& form, Rational factor) {
  if (!factor.is_zero()) parts_.emplace_back(&form, std::move(factor));
}
void AskedForm::add_to(AffineForm& sum, const Rational& factor) const {
  for (const auto& [form, share] : parts_) sum.add(form->exact(), factor * share);
  sum.constant.add_product(factor, constant_);
}
AffineForm AskedForm::exact() const {
  AffineForm sum;
  add_to(sum, Rational(1));
  return sum;
}
std::vector<double> AskedForm::approx(std::size_t inputs) const {
  std::vector<double> sum(inputs + 1);
  for (const auto& [form, share] : parts_) {
    const double factor = share.to_double();
    for (std::size_t k = 0; k + 1 < form->approx.size(); ++k) sum[k] += factor * form->approx[k];
    sum[inputs] += factor * form->approx.back();
  }
  sum[inputs] += constant_.to_double();
  return sum;
}
Rational AskedForm::at(const std::vector<Rational>& x) const {
  Rational sum = constant_;
  for (const auto& [form, share] : parts_) sum.add_product(share, form->exact().at(x));
  return sum;
}
int AskedForm::sign_at(const std::vector<Rational>& x, const std::vector<double>& near) const {
  Near sum{constant_.to_double(), 0};
  double size = std::abs(sum.value);
  for (const auto& [form, share] : parts_) {
    const double factor = share.to_double();
    if (is_faint(share, factor)) return at(x).sign();
    const Near part = value_near(*form, near);
    sum.value += factor * part.value, size += std::abs(factor * part.value);
    sum.error += std::abs(factor) * part.error * (1 + 0x1p-40);
  }
  sum.error += size * 0x1p-50 * double(parts_.size() + 4) + 0x1p-900;
  const int sure = std::isfinite(sum.value) && std::isfinite(sum.error) ? sum.sure_sign() : 0;
  return sure != 0 ? sure : at(x).sign();
}

}  // namespace lrproof::prove
