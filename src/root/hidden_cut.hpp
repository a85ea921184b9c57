#pragma once
// A hidden tensor T that cuts the network (NET-1), at one input x0 off kinks: what forging (GXI-3) needs to know of it.
// T(x0), the gradient g of f_c at T, products with the Jacobian J of T at x0, and who lies in which cell.
#include <optional>
#include <string>
#include <vector>

#include "region/member.hpp"
#include "region/rows.hpp"
#include "root/roots.hpp"

namespace lrproof::root {

/// An input off kinks and its cell. `point` outlives it.
class OpenPoint {
 public:
  OpenPoint(const region::Point& point, std::int64_t target);

  const region::Point& point() const { return point_; }
  std::int64_t target() const { return target_; }
  const region::Suffix& whole() const { return whole_; }
  const region::Edges& edges() const { return edges_; }
  /// The unit at a kink, as "node:element"; "" when there is none.
  std::string kink() const;
  /// Is x in the closed cell of the input? Without `exactly`, what enclosures do not decide is "no".
  bool holds(const std::vector<num::Rational>& x, bool exactly = true) const;

 private:
  const region::Point& point_;
  std::int64_t target_;
  region::Suffix whole_;
  region::Edges edges_;
};

/// Hidden tensors that cut x from f_c: outputs of activations first, then the others, each in execution order. A tensor
/// that only moves elements of the input, or that the output only moves, is no hidden one.
std::vector<net::NodeId> hidden_cuts(const net::Network& network);

class HiddenCut {
 public:
  /// domain: bounds of the input, which pooling and concatenation inherit (REG-4).
  HiddenCut(const OpenPoint& at, net::NodeId node, const Domain& domain);

  const OpenPoint& at() const { return at_; }
  net::NodeId node() const { return suffix_.at; }
  std::size_t size() const { return value_.size(); }
  const region::Suffix& suffix() const { return suffix_; }
  /// The suffix's unit that is at a kink at T(x0), "node:element"; "" when there is none.
  std::string kink() const;
  const std::vector<num::Rational>& value() const { return value_; }        ///< T(x0)
  const std::vector<num::Rational>& gradient() const { return gradient_; }  ///< g
  const std::vector<region::ElementBound>& bounds() const { return bounds_; }
  /// J^T y, one entry per input element.
  std::vector<num::Rational> pull_back(const std::vector<num::Rational>& y) const;
  /// Row k of J, made when first asked for.
  const std::vector<num::Rational>& row(std::size_t unit) const;
  /// False where the unit's own activation is flat: its row of J is 0.
  bool may_move(std::size_t unit) const;

  /// Its bounds leave the element one value only.
  bool fixed(std::size_t unit) const {
    const auto& [low, high] = bounds_[unit];
    return low && high && *low == *high;
  }

  /// Is a value of T in the closed cell of the suffix, and with `bounded` within the tensor's bounds as well?
  bool holds(const std::vector<num::Rational>& value, bool bounded) const;
  /// The same for value = shifted + T(x) - T(x0). T(x) is made exact only where enclosures do not decide, which costs a
  /// great deal when the numbers of x have no denominator in common; without `exactly` the answer then is "no".
  bool holds_moved(const std::vector<num::Rational>& shifted, const std::vector<num::Rational>& x, bool bounded,
                   bool exactly = true) const;
  /// A point of the cell and the bounds, at none of the tensor's bounds: T(x0) a little off them.
  std::vector<num::Rational> interior() const;

 private:
  bool holds(const std::vector<num::Interval>& near, const region::ExactValues& exact, bool bounded) const;

  const OpenPoint& at_;
  region::Suffix suffix_;
  region::Edges edges_;
  std::vector<num::Rational> value_, gradient_;
  std::vector<region::ElementBound> bounds_;
  mutable std::vector<std::vector<num::Rational>> rows_;
};

}  // namespace lrproof::root
