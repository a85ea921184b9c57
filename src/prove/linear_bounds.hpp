#pragma once
// Linear lower bounds by backward substitution (Singh et al. 2019, DeepPoly; Zhang et al. 2018, CROWN), in doubles with
// a bound on every rounding error, so that what they say is a proof.
//
// A part is a box of inputs and bounds on elements of tensors: every statement is about the inputs of the box at which
// all elements lie within their bounds. A sum of elements is replaced, from the output down, by sums of earlier ones:
//   affine        exactly: sum_j l_j (w_j x + b_j) = (W^T l) x + l b
//   activation    l c(t) >= a t + b with any number a and b = min over the unit's bounds of l c(t) - a t
//   maximum       l m >= min(l lo, l hi)
// until it is a sum of inputs, whose least value over the box is plain.
#include <functional>
#include <optional>

#include "net/evaluate.hpp"

namespace lrproof::prove {

/// Enclosures of all elements, by node.
using TensorBounds = std::vector<std::vector<num::Interval>>;

/// The slope a of a unit of an activation, by what stands before the unit and its bounds; NaN: the default.
using SlopeChoice =
    std::function<double(net::NodeId activation, std::int64_t element, double factor, const num::Interval& range)>;

/// A sum of elements of one node.
struct ElementSum {
  net::NodeId node = 0;
  std::vector<double> factor;
};

/// What a backward substitution of one sum leaves.
struct Substituted {
  double least = 0;                          ///< lower bound; -infinity where there is none
  std::vector<std::vector<double>> factors;  ///< per node: what stood before its elements; empty: nothing
};

class LinearBounds {
 public:
  /// `ready` outlives this.
  explicit LinearBounds(const net::Evaluator<num::Interval>& ready);

  const net::Network& network() const { return ready_.network(); }
  const net::Evaluator<double>& near() const { return near_; }
  /// Multiply-adds of one substitution from the node down to the input.
  std::int64_t cost(net::NodeId from) const { return cost_[std::size_t(from)]; }

  /// Enclosures of every element over the box, cut with `within` where that has any: by intervals, and where an
  /// activation does not tell its piece by substitution too. Nothing where the box is empty (lo > hi, or no number).
  std::optional<TensorBounds> over(const std::vector<num::Interval>& box, const TensorBounds& within = {}) const;
  /// A certified lower bound of the sum over the part, with these slopes.
  Substituted least(const TensorBounds& part, const ElementSum& sum, const SlopeChoice& choose = {}) const;
  /// The same bound without its rounding errors: for searches.
  Substituted guess(const TensorBounds& part, const ElementSum& sum, const SlopeChoice& choose = {}) const;
  /// The slope a unit has when nobody chooses: of the candidates chord, first and last piece the one whose line is
  /// highest in the middle of the unit's range.
  double default_slope(net::NodeId activation, std::int64_t element, double factor, const num::Interval& range) const;
  /// Some bounds exclude each other: no input has all of them.
  static bool empty(const TensorBounds& part);
  /// So short that a constant is as good as any line, and does not hang on which piece a rounding error picks.
  static bool narrow(const num::Interval& range) { return range.hi - range.lo < 0x1p-40; }
  static num::Interval meet(const num::Interval& a, const num::Interval& b);

 private:
  struct Panel;
  struct Piece {
    num::Interval from, to, slope, intercept;
  };
  using Pieces = std::vector<Piece>;

  void refine(net::NodeId node, TensorBounds& bounds) const;
  bool undecided(net::NodeId node, std::int64_t element, const TensorBounds& bounds) const;
  void substitute(Panel& panel, net::NodeId from, const TensorBounds& part, const SlopeChoice& choose, bool sure) const;
  void through_affine(Panel& panel, net::NodeId id, const TensorBounds& part, bool sure) const;
  void through_activation(Panel& panel, net::NodeId id, const TensorBounds& part, const SlopeChoice& choose,
                          bool sure) const;
  void through_move(Panel& panel, net::NodeId id, const TensorBounds& part) const;
  void through_maximum(Panel& panel, net::NodeId id, const TensorBounds& part) const;
  double height(const Pieces& pieces, double factor, double slope, const num::Interval& range) const;
  const Piece* plain_piece(net::NodeId activation, std::int64_t element, const num::Interval& range) const;
  const Pieces& pieces_of(net::NodeId activation, std::int64_t element) const;
  Substituted run(const TensorBounds& part, const ElementSum& sum, const SlopeChoice& choose, bool sure) const;

  const net::Evaluator<num::Interval>& ready_;
  net::Evaluator<double> near_;
  std::vector<std::vector<double>> size_of_weight_;  // |w|, and |b|
  std::vector<std::vector<double>> size_of_bias_;
  std::vector<std::vector<Pieces>> curves_;  // of activations
  std::vector<std::int64_t> cost_;
  std::vector<std::int64_t> fan_;  // of affine nodes: terms of one sum of the substitution, at most
  std::vector<bool> asked_;        // read by an activation
};

}  // namespace lrproof::prove
