#pragma once
// Backward passes on the branch of a point: the gradient of a combination of elements with respect to a tensor.
#include <set>

#include "oracle/point.hpp"

namespace lrproof::oracle {

/// One number per element of a node, or empty where nothing arrived.
template <class N>
using Tensors = std::vector<std::vector<N>>;

/// Seeds: element and coefficient.
struct Seed {
  int node = 0;
  long element = 0;
  Exact coefficient = 1;
};

/// Which piece an activation at a kink takes (index or index + 1); others are refused.
using Choice = std::map<std::pair<int, long>, int>;

template <class N>
struct Gradient {
  Tensors<N> of;                         ///< by node: d(combination) / d(element)
  std::set<std::pair<int, long>> edges;  ///< units on a kink that the combination feels
  bool tied = false;                     ///< a max tie was split equally
};

/// Adjoints of all tensors; at a kink without a choice the lower piece is taken and the unit is listed in edges.
/// Beyond `stop` nodes nothing is propagated.
template <class N>
Gradient<N> gradient(const Point& point, const std::vector<Seed>& seeds, const Choice& choice = {},
                     const std::set<int>& stop = {});

}  // namespace lrproof::oracle
