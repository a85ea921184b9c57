#pragma once
// RUL-5: what relevance the explained output starts from.
#include "net/evaluate.hpp"
#include "rule/rule.hpp"

namespace lrproof::attr {

/// batch x output elements. value: f_c at the target c. one: 1. contrast: f_c at c and -f_k at k, the runner-up: the
/// largest other output, ties to the smallest index; a network with one output has no runner-up and starts from its
/// value. Over intervals an undecided runner-up gives every candidate a share in [0, 1].
template <num::Scalar S>
std::vector<S> start_relevance(const net::Network& network, const net::Values<S>& values, rule::Start start,
                               const std::vector<std::int64_t>& targets);

/// Index of the largest (or smallest) output of each sample; ties to the smallest index.
template <num::Scalar S>
  requires(!std::same_as<S, num::Interval>)
std::vector<std::int64_t> best_targets(const net::Network& network, const net::Values<S>& values, bool smallest);

}  // namespace lrproof::attr
