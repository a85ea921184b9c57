#pragma once
// Polytopes of inputs, exactly: bounds on each input and affine rows that are at least 0. One question is asked of
// them: by how much can some further affine forms all be above 0 at once? Doubles propose (CLP), rationals dispose: a
// point is evaluated, and where there is none the multipliers of the basis are solved for exactly and add up to a
// constant that is not positive (Farkas; LP duality).
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "num/simplex.hpp"

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

/// {x : bounds, and every row's form >= 0}. `interior` satisfies every bound, and every row strictly.
struct Polytope {
  struct Row : RoundedForm {
    Row(AffineForm f, std::string n) : RoundedForm(f), form(std::move(f)), name(std::move(n)) {}
    AffineForm form;
    std::string name;  ///< of a certificate's term
  };
  std::vector<num::Bound> bounds;
  std::vector<Row> rows;
  std::vector<num::Rational> interior;

  bool contains(const std::vector<num::Rational>& x) const;
};

/// One term of a combination: multiplier times a form that was asked about, a row, or an input's distance from its
/// bound. Multipliers are >= 0.
struct CombinationTerm {
  enum class Of { asked, row, low, high } of = Of::row;
  std::size_t index = 0;
  num::Rational multiplier;
};

/// What is known of max min_k asked_k(x) over the polytope.
struct Slack {
  enum class Answer {
    positive,    ///< `point` is in the polytope and every asked form is > 0 there
    touching,    ///< the combination adds up to 0: they cannot all be > 0 at once, but may all be >= 0
    infeasible,  ///< the combination adds up to `level` < 0: they cannot all be >= 0 at once
    unknown,     ///< neither was found
  };
  Answer answer = Answer::unknown;
  std::vector<num::Rational> point;
  std::vector<CombinationTerm> combination;  ///< at least one asked form among its terms
  num::Rational level;
  std::int64_t steps = 0;  ///< of the program in doubles
};

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

/// `asked` is not empty.
Slack max_slack(const Polytope& polytope, std::span<const AskedForm> asked);
Slack max_slack(const Polytope& polytope, const AffineForm& asked);
/// The same over the rationals alone, for small programs that doubles do not decide; never `touching`.
Slack exact_slack(const Polytope& polytope, std::span<const AskedForm> asked);

/// A certified lower bound of the form over the polytope, as near to its minimum as doubles tell; nothing where none
/// was found.
std::optional<num::Rational> lower_bound(const Polytope& polytope, const AffineForm& form);

/// What is known of min form(x) over the polytope.
struct Minimum {
  std::optional<num::Rational> bound;  ///< certified: the form is nowhere below it
  std::vector<num::Rational> point;    ///< of the polytope, where the form is least as far as was found; empty: none
  num::Rational value;                 ///< of the form at the point
  bool attained() const { return bound && !point.empty() && value == *bound; }
};
Minimum minimum(const Polytope& polytope, const AffineForm& form);

/// The same for |form|, and on which side of 0 the form stays: 1 (>= 0), -1 (<= 0), or 0 where neither is certain.
struct LeastSize : Minimum {
  int side = 0;
};
LeastSize least_size(const Polytope& polytope, const AffineForm& form);

/// Does the combination add up, slopes to 0, constants to `level`, with multipliers of the right sign?
bool adds_up(const Polytope& polytope, std::span<const AskedForm> asked, const Slack& slack);

}  // namespace lrproof::prove
