#pragma once
// Exact values on demand. Where enclosures cannot decide a sign (REG-5), the one unit in question is evaluated over
// the rationals; only the units it depends on are visited, each once.
#include <functional>
#include <unordered_map>
#include <vector>

#include "net/evaluate.hpp"

namespace lrproof::region {

using Ready = net::Evaluator<num::Interval>;

/// Values of one network at one exact point, or of a suffix (REG-4) at exact values of its tensor: then nodes outside
/// `moves` keep the values of `frozen`. Not for sharing between threads.
class ExactCone {
 public:
  using Source = std::function<num::Rational(std::int64_t element)>;

  ExactCone(const Ready& ready, Source input);
  ExactCone(const Ready& ready, net::NodeId at, Source values, const std::vector<bool>& moves, ExactCone& frozen);

  const num::Rational& value(net::NodeId node, std::int64_t element);
  /// Multiply-adds done so far: what a budget counts.
  std::int64_t steps() const { return steps_; }

 private:
  num::Rational compute(net::NodeId node, std::int64_t element);

  const Ready& ready_;
  net::NodeId at_;
  Source source_;
  const std::vector<bool>* moves_ = nullptr;
  ExactCone* frozen_ = nullptr;
  std::vector<std::unordered_map<std::int64_t, num::Rational>> known_;
  std::int64_t steps_ = 0;
};

/// Input elements of a max's or max pool's output element, as (operand, element), in the order of its candidates.
std::vector<std::pair<net::NodeId, std::int64_t>> candidates(const Ready& ready, net::NodeId node,
                                                             std::int64_t element);
/// Where element k of a concat or select comes from: (operand, element), or operand -1 for a fill.
std::pair<net::NodeId, std::int64_t> moved_from(const net::Network& network, net::NodeId node, std::int64_t element);

}  // namespace lrproof::region
