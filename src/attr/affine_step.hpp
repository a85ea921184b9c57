#pragma once
// RUL-1 at one affine node, made ready: the factors psi of a term are grouped by the factor phi they multiply.
#include <memory>
#include <mutex>

#include "attr/step.hpp"
#include "net/linear.hpp"

namespace lrproof::attr {

/// sum of coefficient * psi(w) over the node's weights, made when first asked for.
template <num::Scalar S>
class PsiSum {
 public:
  using Parts = std::vector<std::pair<rule::Psi, num::Rational>>;
  PsiSum(const std::vector<S>& weight, Parts parts) : weight_(weight), parts_(std::move(parts)) {}
  const Parts& parts() const { return parts_; }
  const std::vector<S>& value() const;

 private:
  const std::vector<S>& weight_;
  Parts parts_;
  mutable std::once_flag once_;
  mutable std::vector<S> value_;
};

/// An affine rule at one node. Invariant: every PsiSum that a group names belongs to this node's weights.
template <num::Scalar S>
class AffineStep {
 public:
  AffineStep(const net::Evaluator<S>& evaluator, net::NodeId node, const rule::AffineRule& rule,
             const Options& options);
  void run(const Step<S>& step) const;
  /// d_j and chi_j of every term.
  std::vector<TermParts<S>> parts(const Step<S>& step) const;

 private:
  struct Group {
    rule::Phi phi;
    const PsiSum<S>* psi;
  };
  struct Term {
    S share;
    rule::Gate gate;
    rule::Stabilizer stabilizer;
    std::vector<Group> general, nonnegative;  ///< the second holds where every a_i >= 0: pos(a) = a, neg(a) = 0
    std::vector<Group> fixed;                 ///< phi in one, low, high: independent of the input
    std::vector<S> offset;                    ///< their part of d_j, plus chi(b_j); by unit, or empty
    std::vector<S> chi;                       ///< by unit, or empty
    bool is_z = false;                        ///< d_j is the unit's own z_j
    int definite = 0;                         ///< +1: d >= 0 by its form, -1: d <= 0
  };
  struct Operands;

  const PsiSum<S>* psi_sum(typename PsiSum<S>::Parts parts);
  std::vector<Group> groups(const std::vector<rule::Product>& numerator, bool nonnegative, bool fixed);
  Term make_term(const rule::Term& term);
  std::vector<S> chi_of(const std::vector<rule::BiasPart>& parts) const;
  std::vector<S> factor(rule::Phi phi) const;
  std::vector<S> denominators(const Step<S>& step, const Term& term, const Operands& operands) const;
  std::vector<S> multipliers(const Step<S>& step, int index, const Term& term, const std::vector<S>& d) const;
  void add_shares(const Step<S>& step, const Group& group, const Operands& operands, const std::vector<S>& m,
                  std::vector<S>& into) const;
  void book_constants(const Step<S>& step, const Term& term, const Operands& operands, const std::vector<S>& m) const;
  void book_coefficients(const Step<S>& step) const;
  S gate_value(const Step<S>& step, rule::Gate gate, std::size_t k) const;

  const net::Evaluator<S>& evaluator_;
  net::NodeId node_;
  const net::Linear& linear_;
  std::vector<S> low_, high_;
  std::vector<std::unique_ptr<PsiSum<S>>> sums_;
  std::vector<Term> terms_;
  bool reads_parts_ = false;  ///< some term reads pos(a) or neg(a)
};

/// x += phi * (L(w)^T m) with m unbounded in places: an infinite bound reaches only the inputs it touches.
template <num::Scalar S>
std::vector<S> adjoint(const net::Linear& linear, const std::vector<S>& weight, const std::vector<S>& m,
                       std::int64_t batch);

/// The plain vector-Jacobian product of an affine node: the rule "gradient".
template <num::Scalar S>
void affine_gradient_step(const Step<S>& step, const net::Evaluator<S>& evaluator);

/// Gives batch x (all operands one after the other) to the operands' sinks.
template <num::Scalar S>
void deliver(const Step<S>& step, const std::vector<S>& shares);

}  // namespace lrproof::attr
