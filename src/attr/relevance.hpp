#pragma once
// The relevance of every tensor of a network: one backward traversal, one meaning for all scalars.
//
// Idea. Nodes are visited in reverse topological order, so a node's relevance is complete (the sum over its readers)
// when its turn comes. An affine node z = L(w) a + b goes through net::Linear: the products of a term are grouped by
// the factor phi they read from the input, so that one term costs one linear map and one adjoint per group:
//     d = sum_phi L(psi_phi(w)) phi(a) + chi(b),   m_j = k g(z_j) R_j / S(d_j),   R_i += phi(a_i) (L(psi_phi(w))^T
//     m)_i.
// The quotient m is taken before anything is multiplied with it: over the rationals LRP-0 cancels exactly. Activations
// and maxima follow their named rule; structural operations move relevance with their elements.
// Laws: RUL-1..5, CON-1. Method: Bach et al. 2015; Montavon et al. 2017 and 2019 for the rule families.
//
// Enclosures. Over Interval every result contains the exact one. A gate nobody can decide counts as [0, 1], an
// activation piece as the hull of the slopes, a winner as a share in [0, 1]; a quotient whose divisor may vanish is
// Interval::everything(). A relevance that is exactly [0, 0] stays so whatever it is divided by.
#include <memory>
#include <vector>

#include "attr/signs.hpp"
#include "base/result.hpp"
#include "net/evaluate.hpp"
#include "rule/rule.hpp"

namespace lrproof::attr {

/// Relevance of each node's OUTPUT tensor, by NodeId, batch x elements, added over its readers. Empty: never reached.
template <num::Scalar S>
struct Relevance {
  std::vector<std::vector<S>> of;
};

/// Bounds for the factors low and high of box rules: empty (none), one for all elements, or one per element of the
/// node's input.
struct Options {
  std::vector<num::Rational> low, high;
};

/// Where the relevance of unit j went that did not reach an input (CON-1). Each is batch x elements; empty means 0.
/// R_j = sum of what its inputs got + bias + stabilizer + vanished + coefficients + unmatched + constant + rule.
template <num::Scalar S>
struct Causes {
  std::vector<S> bias;          ///< k g R chi / S
  std::vector<S> stabilizer;    ///< k g R (S - d) / S
  std::vector<S> vanished;      ///< k g R where S = 0; shares of a sum that is 0
  std::vector<S> coefficients;  ///< (1 - sum of k g) R: closed gates, shares that do not sum to 1
  std::vector<S> unmatched;     ///< lost or gained at a node that no assignment matched
  std::vector<S> constant;      ///< went to a stored operand or to padding written by the network
  std::vector<S> rule;          ///< lost or gained by a rule that is no redistribution (gradient, ratio, RUL-4)
};

/// One term at an affine node: denominator, stabilised denominator, and k g R / S; each batch x out.
template <num::Scalar S>
struct TermTrace {
  std::vector<S> d, divisor, m;
};

template <num::Scalar S>
struct NodeTrace {
  std::vector<TermTrace<S>> terms;
  Causes<S> causes;
};

/// What a run leaves behind for the ledger and for DEN-1, by NodeId.
template <num::Scalar S>
struct Trace {
  std::vector<NodeTrace<S>> of;
};

/// Can these rules be run over scalar S on this network? Otherwise names the node: no rule, a box rule without bounds,
/// an opaque operation in the way, beta-smooth over exact numbers.
template <num::Scalar S>
base::Status supported(const net::Network& network, const rule::Assignment& assignment, const Options& options);

/// A rule set made ready for one network: psi(w) is computed once and reused by every run. The network or evaluator
/// must outlive the engine; supported<S>() holds. run() may be called from several threads.
template <num::Scalar S>
class Engine {
 public:
  Engine(const net::Network& network, const rule::Assignment& assignment, const Options& options = {});
  Engine(const net::Evaluator<S>& evaluator, const rule::Assignment& assignment, const Options& options = {});
  ~Engine();
  Engine(Engine&&) noexcept;

  /// values: of this network, at values.batch inputs. start: batch x elements of the explained output.
  Relevance<S> run(const net::Values<S>& values, const std::vector<S>& start, const Signs<S>& signs = Signs<S>(),
                   Trace<S>* trace = nullptr) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

/// A term at an affine node, by unit: its denominator d_j before it is stabilised, and chi_j (empty: 0).
template <num::Scalar S>
struct TermParts {
  std::vector<S> d, chi;
};
/// By term, of one sample's values (enclosures of tensors give enclosures). The rule's bounds are given.
std::vector<TermParts<num::Interval>> denominators(const net::Evaluator<num::Interval>& evaluator, net::NodeId node,
                                                   const rule::AffineRule& rule, const Options& options,
                                                   const net::Values<num::Interval>& values);

/// One run without keeping the engine.
template <num::Scalar S>
Relevance<S> propagate(const net::Network& network, const rule::Assignment& assignment, const net::Values<S>& values,
                       const std::vector<S>& start, const Signs<S>& signs = Signs<S>(), const Options& options = {},
                       Trace<S>* trace = nullptr);

extern template class Engine<float>;
extern template class Engine<double>;
extern template class Engine<num::Interval>;
extern template class Engine<num::Rational>;
extern template class Engine<num::Symbol>;

}  // namespace lrproof::attr
