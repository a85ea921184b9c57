#pragma once
// The linear part of an affine node as one thing, whatever the operation: y = L(w) x, where w is ANY array indexed
// like the node's weights (a rule passes psi(W)). Four forms carry all of NET-4's affine operations:
//   matrix    dense                 y[r, j] = sum_i w[j, i] x[r, i]
//   window    conv, average pool    y[o, p] = sum_k w[...] x[gather(p, k)]; transposed convolution is its adjoint
//   diagonal  batch norm, scale     y[k] = w[weight_of(k)] x[k]
//   sum       add                   y[k] = sum_o w[o] x_o[k]; x is the operands one after the other
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "net/network.hpp"
#include "net/wide_product.hpp"

namespace lrproof::net {

/// What a product over num::Wide takes; `rest` holds what the constants do not.
Pairs pairs_of(const num::Constants& values, std::vector<double>& rest);

class Linear {
 public:
  /// node must be affine (is_affine). Keeps a reference to the network's constants: the network must outlive it.
  Linear(const Network& network, NodeId node);
  ~Linear();
  Linear(Linear&&) noexcept;

  std::int64_t in_size() const;  ///< elements of all operands together
  std::int64_t out_size() const;
  std::int64_t weight_size() const;
  const num::Constants& weights() const;
  /// Bias per weight group; bias_of(j) picks the entry of output element j. Empty: no bias.
  const num::Constants& bias() const;
  std::int64_t bias_of(std::int64_t out) const;

  /// y (batch x out) = L(w) x (batch x in). w has weight_size() entries.
  template <num::Scalar S>
  void apply(std::span<const S> w, std::span<const S> x, std::span<S> y, std::int64_t batch) const;
  /// x (batch x in) = L(w)^T y (batch x out).
  template <num::Scalar S>
  void apply_adjoint(std::span<const S> w, std::span<const S> y, std::span<S> x, std::int64_t batch) const;

  /// The same with the node's own weights where that is faster than with a copy of them as S; false: not done.
  bool apply_stored(std::span<const num::Interval> x, std::span<num::Interval> y, std::int64_t batch) const;
  bool apply_adjoint_stored(std::span<const num::Interval> y, std::span<num::Interval> x, std::int64_t batch) const;
  bool apply_stored(std::span<const num::Rational> x, std::span<num::Rational> y, std::int64_t batch) const;
  /// y = L(w) x for weights of one or two doubles each, such as the node's own (pairs_of).
  void apply_pairs(const Pairs& w, std::span<const num::Wide> x, std::span<num::Wide> y, std::int64_t batch) const;
  bool apply_adjoint_stored(std::span<const num::Rational> y, std::span<num::Rational> x, std::int64_t batch) const;

  /// Receptive field of output element j: visit(input element, weight index), padded positions left out.
  void taps(std::int64_t out, const std::function<void(std::int64_t in, std::int64_t weight)>& visit) const;
  /// Number of taps of output element j (fan-in).
  std::int64_t fan_in(std::int64_t out) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace lrproof::net
