#pragma once
// Suffixes (REG-4): the network from a tensor T on. If T cuts the input from the explained output that is a network of
// its own; otherwise T is replaced for all its consumers, its descendants are recomputed, and every other tensor keeps
// its value at x ("others frozen").
#include <vector>

#include "region/point.hpp"

namespace lrproof::region {

struct Suffix {
  net::NodeId at = 0;
  bool cuts = true;                ///< every path from input to output passes through T
  std::vector<net::NodeId> nodes;  ///< descendants of T on which the output depends, in order
  std::vector<bool> moves;         ///< by NodeId: is it one of them
};

Suffix make_suffix(const net::Network& network, net::NodeId at);

/// A batch of values for the suffix's tensor. pinned[c] names an element whose exact value at candidate c is known to
/// be 0 whatever an enclosure says: the pre-activation of the unit whose hinge root this is.
struct Candidates {
  std::int64_t count = 0;
  std::vector<num::Interval> values;  ///< count x elements of T
  struct Pin {
    net::NodeId node = -1;
    std::int64_t element = -1;
  };
  std::vector<Pin> pinned;  ///< empty or one per candidate
};

/// Enclosures of the suffix's tensors at the candidates; of[at] and of[moved nodes] are filled, batch = count.
net::Values<num::Interval> evaluate_suffix(const Point& point, const Suffix& suffix, const Candidates& candidates);

/// Piece of an activation or winner of a maximum at a candidate; -1: unknown, the gradient then encloses all.
using Choice = std::function<int(net::NodeId node, std::int64_t candidate, std::int64_t element)>;
/// Gradient of element `element` of `node` with respect to T at each of `count` candidates: count x elements of T.
std::vector<num::Interval> suffix_gradient(const Point& point, const Suffix& suffix, std::int64_t count,
                                           net::NodeId node, std::int64_t element, const Choice& choice);
std::vector<num::Rational> suffix_gradient_exact(const Point& point, const Suffix& suffix, net::NodeId node,
                                                 std::int64_t element, const Choice& choice);
/// The gradient of that element with respect to EVERY tensor of the suffix, by node, at the point (one candidate).
std::vector<std::vector<num::Interval>> all_gradients(const Point& point, const Suffix& suffix, net::NodeId node,
                                                      std::int64_t element, const Choice& choice);
/// The pieces that are on at the point itself (at a tie the first option).
Choice choice_of(const Branch& branch);
/// Multiply-adds of one evaluation of the suffix.
std::int64_t suffix_cost(const Ready& ready, const Suffix& suffix);

/// Bounds on T's elements that its producer guarantees for every input (REG-4): ReLU and Abs >= 0, Clip in
/// [low, high], pooling and concat inherit, affine, norm, Add and leaky activations give none.
struct ElementBound {
  std::optional<num::Rational> low, high;
};
ElementBound producer_bound(const Ready& ready, net::NodeId node, std::int64_t element, const ElementBound& input);

}  // namespace lrproof::region
