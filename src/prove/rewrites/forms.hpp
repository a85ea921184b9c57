#pragma once
// Values as exact functions of elements about which nothing is known, each in a form of its own: two of them that have
// the same form are the same function.
//
//   form   constant + sum of coefficient * atom, atoms ascending, no coefficient 0
//   atom   an element, or a unit relu(u - kink) of a base u: a form with constant 0 and leading coefficient 1
//
// A piecewise linear function of one base is one slope, one constant and one unit per kink, which determine it: so
// relu(-t), |t|, clip, or a sum of ReLUs of the same number come out alike, composed as often as it may be. The larger
// of a and b is b + relu(a - b), whichever is named first. Equal forms are equal functions; functions that are equal
// for deeper reasons (three numbers in another order) may have two forms.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "net/curve.hpp"

namespace lrproof::prove {

struct Form {
  std::vector<std::pair<std::int32_t, num::Rational>> terms;
  num::Rational constant;
  friend bool operator==(const Form&, const Form&) = default;
};

class Forms {
 public:
  /// steps: products and atoms it may spend; once they are spent, forms mean nothing.
  explicit Forms(std::int64_t steps) : steps_(steps) {}
  bool spent() const { return steps_ < 0; }

  Form element(int tensor, std::int64_t index);
  Form curve(const net::Curve& curve, const Form& of);
  Form larger(const Form& a, const Form& b);

  /// A running sum; one at a time.
  void add(const num::Rational& factor, const Form& form);
  void add(const num::Rational& constant) { constant_ += constant; }
  Form sum();

  /// An element of a tensor, and a number for it.
  struct Coordinate {
    int tensor = 0;
    std::int64_t index = 0;
    num::Rational value;
  };
  /// Values of elements at which a and b differ, those that matter; empty: none was found.
  std::vector<Coordinate> difference(const Form& a, const Form& b, num::Rational& of_a, num::Rational& of_b) const;

 private:
  struct Atom {
    int tensor = -1;  ///< -1: a unit
    std::int64_t index = 0;
    int base = -1;
    num::Rational kink;
  };
  struct Base {
    Form form;
    std::optional<num::Rational> low, high;
  };
  struct OneVariable {
    int base = 0;
    net::Curve curve;
  };

  OneVariable one_variable(const Form& form);
  std::optional<OneVariable> by_units(const Form& form) const;
  int base_of(Form form);
  Form unit(int base, const num::Rational& kink);
  num::Rational value(const Form& form, const std::vector<num::Rational>& atoms) const;
  std::vector<num::Rational> point(unsigned seed) const;

  std::int64_t steps_;
  std::vector<Atom> atoms_;
  std::vector<Base> bases_;
  std::map<std::pair<int, std::int64_t>, std::int32_t> elements_;
  std::map<std::pair<int, num::Rational>, std::int32_t> units_;
  std::map<std::vector<std::pair<std::int32_t, num::Rational>>, int> known_bases_;
  std::vector<num::Rational> sums_;
  std::vector<char> touched_;
  std::vector<std::int32_t> order_;
  num::Rational constant_;
};

}  // namespace lrproof::prove
