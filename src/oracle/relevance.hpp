#pragma once
// Relevance by the published formulas, unit by unit (RUL-1..4), at one point, for one target and rule set.
#include "oracle/gradient.hpp"
#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

struct Bounds {
  std::optional<Exact> low, high;
};

/// The denominator of one term at one unit: d, its exact sign, S(d), and whether S(d) is 0.
template <class N>
struct Denominator {
  bool open = false;  ///< the term's gate
  N d, s, chi;
  int d_sign = 0;
  bool s_zero = false;
};

/// Where a unit's relevance goes besides its inputs (CON-1).
template <class N>
struct Causes {
  N bias, stabilizer, vanished, coefficients, other;
};

class Explanation {
 public:
  Explanation(const Point& point, const Assignment& assignment, std::string start, Bounds domain, long target);

  const Point& point() const { return point_; }
  const Network& network() const { return point_.network(); }
  long target() const { return target_; }
  const Bounds& domain() const { return domain_; }
  const std::string& start_word() const { return start_; }
  const Rule* rule(int node) const;

  /// Relevance of all tensors; empty where nothing arrived.
  template <class N>
  const Tensors<N>& relevance() const;
  template <class N>
  N relevance(int node, long e) const;
  /// Gradient of the target's value.
  template <class N>
  const Gradient<N>& slope() const;
  template <class N>
  N slope(int node, long e) const;
  /// The relevance that enters at the output.
  template <class N>
  N start(long e) const;
  /// Units on kinks that a gradient rule read.
  const std::set<std::pair<int, long>>& edges() const { return edges_; }
  bool on_edge() const { return !edges_.empty(); }

  /// A map that was computed split a tie of a max, or read a slope at a kink: it is one of several, none by right.
  bool ambiguous() const;

  /// `term` is one of the terms of rule(node); enclosures are remembered.
  template <class N>
  Denominator<N> denominator(int node, long unit, const Term& term) const;
  /// The numerator n_ij of one tap.
  template <class N>
  N numerator(const Term& term, const Node& node, int operand, long element, long weight) const;
  /// Is one of the term's numerators at the unit not 0, exactly?
  bool has_numerator(int node, long unit, const Term& term) const;
  /// Share of unit that reaches element of operand, for relevance 1.
  template <class N>
  N share(int node, long unit, int operand, long element) const;
  template <class N>
  Causes<N> causes(int node, long unit) const;
  /// phi and psi of a formula at one tap.
  template <class N>
  N evaluate(const Formula& formula, const Node& node, int operand, long element, long weight) const;

 private:
  template <class N>
  struct Flow;
  template <class N>
  N phi(Phi phi, int node, long e) const;
  template <class N>
  Denominator<N> compute_denominator(int node, long unit, const Term& term) const;
  template <class N>
  N stabilised(const Stabilizer& s, const N& d, int sign) const;
  template <class N>
  std::optional<Tensors<N>>& kept() const;
  template <class N>
  std::optional<Gradient<N>>& kept_slope() const;

  const Point& point_;
  const Assignment& assignment_;
  std::string start_;
  Bounds domain_;
  long target_;
  mutable std::set<std::pair<int, long>> edges_;
  mutable bool tied_ = false;
  mutable std::map<std::pair<int, const Term*>, std::vector<std::optional<Denominator<Enclosure>>>> denominators_;
  mutable std::optional<Tensors<Enclosure>> near_;
  mutable std::optional<Tensors<Exact>> exact_;
  mutable std::optional<Gradient<Enclosure>> near_slope_;
  mutable std::optional<Gradient<Exact>> exact_slope_;
};

}  // namespace lrproof::oracle
