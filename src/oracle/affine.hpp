#pragma once
// Tensors as affine functions of the input, on the branch of a point. Every element is worked out once, from those that
// it reads.
#include "oracle/rows.hpp"

namespace lrproof::oracle {

/// slope . x + constant, one slope per feature.
struct Affine {
  std::vector<Exact> slope;
  Exact constant;

  void add(const Affine& other, const Exact& factor);
  bool is_constant() const;
  bool is_zero() const { return is_constant() && sgn(constant) == 0; }
  Exact at(const Point& x) const;
};

class Branch {
 public:
  explicit Branch(const Point& at) : at_(at), known_(at.network().nodes.size()) {}

  const Point& point() const { return at_; }
  long features() const { return at_.network().node(0).size(); }
  Affine constant(const Exact& value) const { return {std::vector<Exact>(std::size_t(features())), value}; }
  /// NotCovered where the element feels a kink or a tie at the point.
  const Affine& of(int node, long e) const;
  Affine of(const Combination& sum) const;

 private:
  Affine compute(int node, long e) const;

  const Point& at_;
  mutable std::vector<std::map<long, Affine>> known_;
};

/// The greatest value within the bounds of each feature; nothing where a bound that it needs is missing.
std::optional<Exact> greatest_value(const Affine& form, const std::function<Bounds(long)>& bounds);

}  // namespace lrproof::oracle
