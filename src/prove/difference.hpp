#pragma once
// How far are two networks apart over a box (canon.bound)? Layer by layer, with the difference d = a1 - a2 of aligned
// tensors beside enclosures of a1 and a2 themselves:
//   affine      W1 a1 + b1 - (W2 a2 + b2) = W1 d + (W1 - W2) a2 + (b1 - b2)
//   activation  c1(a1) - c2(a2) = s d + (c1 - c2)(a2), s between the least and the greatest slope between a2 and a1
//   maximum     between the least and the greatest d of those that can be the largest
// each met with a1 - a2. Outward rounding throughout, so that a bound is a proof.
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "net/evaluate.hpp"

namespace lrproof::prove {

/// Do the networks differ in constants alone: the same nodes with the same operands and shapes, in the same order?
/// "" when they do; else the first node that differs.
std::string not_aligned(const net::Network& a, const net::Network& b);

/// Enclosures of f1 - f2 for every element of the first output and each of `batch` boxes (batch x input elements);
/// aligned networks without opaque nodes.
std::vector<num::Interval> difference_over(const net::Network& f1, const net::Network& f2,
                                           const std::vector<num::Interval>& boxes, std::int64_t batch);

/// The same at one point, in enclosures of twice the digits: plain ones lose all of theirs on networks of 16 layers.
std::vector<num::Interval> difference_at(const net::Network& f1, const net::Network& f2, const std::vector<double>& x);

/// x -> f1(x) - f2(x) as a network: the nodes of both on one input, and one Add.
base::Result<net::Network> difference_network(const net::Network& f1, const net::Network& f2);

struct FarAnswer {
  enum class Kind { within, beyond, open } kind = Kind::open;
  std::vector<num::Rational> at;  ///< beyond: an input of the box
  double bound = 0;               ///< |f1 - f2| is at most this over the box (infinite: not known)
  std::int64_t parts = 0;
};
/// Is |f1 - f2| <= tolerance over the box? Branch and bound: linear bounds of the difference network over a part, which
/// is cut in the middle of the input that counts most. `beyond` decides exactly at an input of the box.
FarAnswer search_far(const net::Network& difference, const std::vector<num::Interval>& box,
                     const num::Rational& tolerance, std::int64_t steps,
                     const std::function<bool(const std::vector<num::Rational>&)>& beyond);

}  // namespace lrproof::prove
