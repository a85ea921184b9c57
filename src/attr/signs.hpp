#pragma once
// What a relevance pass must know for sure: signs, pieces of activations, winners of maxima. The base class reads the
// values it is handed; an enclosure may not decide, and then it says unknown. Who can decide exactly (REG-5), or who
// fixes a branch at an edge (REG-2), overrides.
#include <span>
#include <vector>

#include "net/network.hpp"
#include "num/scalar.hpp"

namespace lrproof::attr {

/// One curve's kinks and slopes as scalars. at_kink[k]: the piece taken when the value equals kinks[k] and nobody
/// fixes a branch: the constant piece if one of the two is constant (relu'(0) = 0, hard-tanh'(+-1) = 0), else the left.
template <num::Scalar S>
struct Pieces {
  std::vector<S> kinks, slopes;
  std::vector<int> at_kink;
};
template <num::Scalar S>
Pieces<S> pieces_of(const net::Curve& curve);

/// Decisions read from the values themselves.
template <num::Scalar S>
class Signs {
 public:
  virtual ~Signs() = default;
  /// Sign of one element of a node's output tensor.
  virtual num::Sign sign(net::NodeId node, std::int64_t element, std::int64_t sample, const S& value) const;
  /// Sign of the denominator d_j of a rule's term. Asked of enclosures only: other scalars decide themselves.
  virtual num::Sign denominator(net::NodeId node, int term, std::int64_t element, std::int64_t sample,
                                const S& d) const;
  /// Piece of an activation at its input z; -1: unknown.
  virtual int piece(net::NodeId node, std::int64_t element, std::int64_t sample, const S& z,
                    const Pieces<S>& pieces) const;
  /// Indices of the largest (minimum: smallest) candidates, all of them on a tie; false: unknown. Candidates stand in
  /// the order of the operands (max) or of the window's positions, first axis slowest (max-pool), padding left out.
  virtual bool winners(net::NodeId node, std::int64_t element, std::int64_t sample, std::span<const S> candidates,
                       bool minimum, std::vector<int>& out) const;
};

extern template class Signs<float>;
extern template class Signs<double>;
extern template class Signs<num::Interval>;
extern template class Signs<num::Rational>;
extern template class Signs<num::Symbol>;

}  // namespace lrproof::attr
