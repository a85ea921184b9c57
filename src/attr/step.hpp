#pragma once
// One node's turn in the backward traversal: what it reads and where its shares go.
#include "attr/relevance.hpp"

namespace lrproof::attr {

template <num::Scalar S>
struct Step {
  const net::Network& network;
  net::NodeId node;
  const net::Values<S>& values;
  const std::vector<S>& incoming;  ///< batch x elements of this node
  const Signs<S>& signs;
  std::vector<std::vector<S>*> sinks;  ///< by operand: batch x its elements, added to
  NodeTrace<S>* trace;                 ///< may be null
  bool unmatched;                      ///< losses of a rule count as "unmatched"

  const net::Node& self() const { return network.node(node); }
  const net::Node& operand(std::size_t k) const { return network.node(self().inputs[k]); }
  const std::vector<S>& operand_values(std::size_t k) const { return values.of[std::size_t(self().inputs[k])]; }
  bool is_constant(std::size_t k) const { return std::holds_alternative<net::Constant>(operand(k).op); }
  std::int64_t size() const { return self().size(); }
  /// Adds an amount to one unit's cause; k counts batch x elements.
  void book(std::vector<S> Causes<S>::*cause, std::size_t k, const S& amount) const {
    if (!trace || num::sign_of(amount) == num::Sign::zero) return;
    auto& column = trace->causes.*cause;
    if (column.empty()) column.resize(incoming.size());
    column[k] += amount;
  }
  /// The cause that a rule's own loss or gain belongs to.
  std::vector<S> Causes<S>::*rule_cause() const { return unmatched ? &Causes<S>::unmatched : &Causes<S>::rule; }
};

/// r times an undecided 0 or 1, or an undecided share in [0, 1].
template <num::Scalar S>
S some_of(const S& r) {
  if constexpr (std::same_as<S, num::Interval>)
    return hull(num::Interval(), r);
  else
    return r;
}

template <num::Scalar S>
void activation_step(const Step<S>& step, const rule::NamedRule& rule, const std::vector<Pieces<S>>& pieces);
template <num::Scalar S>
void max_step(const Step<S>& step, const rule::NamedRule& rule);
template <num::Scalar S>
void max_pool_step(const Step<S>& step, const rule::NamedRule& rule, const net::PoolCells& cells);
/// Concat, Select, Reshape: relevance moves with its element.
template <num::Scalar S>
void structural_step(const Step<S>& step);
/// Relevance unchanged to the only operand, or stopped: rules "pass" and "zero".
template <num::Scalar S>
void pass_step(const Step<S>& step);
template <num::Scalar S>
void zero_step(const Step<S>& step);

}  // namespace lrproof::attr
