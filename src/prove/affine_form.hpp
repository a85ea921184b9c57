#pragma once
// Affine forms over the inputs, exactly, and in doubles for programs and cheap signs.
#include <functional>
#include <memory>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::prove {

/// A vector of rationals whose copies share it until one of them changes: forms are copied far more often.
class Slopes {
 public:
  Slopes() = default;
  Slopes(std::vector<num::Rational> values)
      : values_(std::make_shared<std::vector<num::Rational>>(std::move(values))) {}
  Slopes(std::initializer_list<num::Rational> values) : Slopes(std::vector<num::Rational>(values)) {}

  std::size_t size() const { return values_ ? values_->size() : 0; }
  bool empty() const { return size() == 0; }
  const num::Rational& operator[](std::size_t k) const { return (*values_)[k]; }
  num::Rational& operator[](std::size_t k) { return edit()[k]; }
  auto begin() const { return all().begin(); }
  auto end() const { return all().end(); }
  void resize(std::size_t n) {
    if (n != size()) edit().resize(n);
  }
  /// This one's own numbers.
  std::vector<num::Rational>& edit() {
    if (!values_) values_ = std::make_shared<std::vector<num::Rational>>();
    if (values_.use_count() > 1) values_ = std::make_shared<std::vector<num::Rational>>(*values_);
    return *values_;
  }
  friend bool operator==(const Slopes& a, const Slopes& b) { return a.values_ == b.values_ || a.all() == b.all(); }

 private:
  const std::vector<num::Rational>& all() const {
    static const std::vector<num::Rational> kNone;
    return values_ ? *values_ : kNone;
  }
  std::shared_ptr<std::vector<num::Rational>> values_;
};

/// slope . x + constant; one slope per input.
struct AffineForm {
  Slopes slope;
  num::Rational constant;

  num::Rational at(const std::vector<num::Rational>& x) const;
  bool is_constant() const;
  void add(const AffineForm& other, const num::Rational& factor);
};
AffineForm operator*(const num::Rational& factor, AffineForm form);
AffineForm operator-(AffineForm a, const AffineForm& b);

/// A form in doubles, for programs and cheap signs, and exactly. Exact numbers that were not given are made when they
/// are first asked for. Not for sharing between threads.
class RoundedForm {
 public:
  /// The doubles nearest to its slopes and, last, its constant.
  explicit RoundedForm(AffineForm f);
  /// Doubles that are off by 2^-51 of themselves and `error` at most, each; and what makes the form.
  RoundedForm(std::vector<double> near, double error, bool is_faint, std::function<AffineForm()> make);

  const AffineForm& exact() const;
  std::vector<double> approx;
  double off = 0;
  bool faint = false;  ///< a number that is not 0 is below what doubles hold in full: approx decides no sign

 private:
  mutable AffineForm form_;
  mutable std::function<AffineForm()> make_;  // none: form_ is made
};
using FormPtr = std::shared_ptr<const RoundedForm>;

/// A number in doubles and a bound of its error.
struct Near {
  double value = 0, error = 0;
  int sure_sign() const { return value > error ? 1 : value < -error ? -1 : 0; }  ///< 0: not sure
};
/// The form at an input; nothing is sure where the form is faint.
Near value_near(const RoundedForm& form, const std::vector<double>& x);
/// The doubles nearest to x; NAN where there are none in full: nothing is sure then.
std::vector<double> doubles_near(const std::vector<num::Rational>& x);

/// A form that is asked about as a sum of known ones: doubles for the program, rationals where they count.
class AskedForm {
  using Rational = num::Rational;

 public:
  explicit AskedForm(Rational constant = {}) : constant_(std::move(constant)) {}
  AskedForm(const RoundedForm& form) { add(form, Rational(1)); }
  /// += factor form, which outlives this
  void add(const RoundedForm& form, Rational factor);
  AffineForm exact() const;
  std::vector<double> approx(std::size_t inputs) const;
  /// sum += factor this
  void add_to(AffineForm& sum, const Rational& factor) const;
  num::Rational at(const std::vector<Rational>& x) const;
  /// Its sign at x, whose nearest doubles are `near`.
  int sign_at(const std::vector<Rational>& x, const std::vector<double>& near) const;

 private:
  std::vector<std::pair<const RoundedForm*, Rational>> parts_;
  Rational constant_;
};

}  // namespace lrproof::prove
