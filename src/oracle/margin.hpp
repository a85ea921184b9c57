#pragma once
// That f_c is above another output on a whole box, by a tree of cuts (docs/certificates.md): every part of the box that
// the tree leaves is closed by a linear lower bound of f_c - f_k, worked out here with the slopes that the leaf names.
#include "oracle/scope.hpp"

namespace lrproof::oracle {

/// A box of inputs, and what cuts say of elements of tensors; enclosures of every element there.
struct BoxPart {
  std::vector<Enclosure> box;
  std::map<std::pair<int, long>, Enclosure> cuts;
  std::vector<std::vector<Enclosure>> bounds;
  bool empty = false;
};

/// Slopes by activation and element.
using UnitSlopes = std::map<std::pair<int, long>, Exact>;

class LinearBound {
 public:
  LinearBound(const Network& network, Budget& budget);

  /// Bounds of every element from the box and the cuts.
  void bound(BoxPart& part) const;
  /// The part's inputs at which the element lies within the range too; other bounds stay as they are.
  void restrict(BoxPart& part, int node, long e, const Enclosure& range) const;
  /// A lower bound of sum_e factor_e (element e of node) on the part.
  double least(const BoxPart& part, int node, const std::map<long, Enclosure>& sum, const UnitSlopes& slopes) const;

 private:
  using Factors = std::vector<std::vector<Enclosure>>;
  struct Piece {
    Enclosure from, to, slope, intercept;
  };
  std::vector<Enclosure> forward(int id, const BoxPart& part) const;
  Enclosure through_curve(const std::vector<Piece>& pieces, const Enclosure& t) const;
  bool undecided(int id, long e, const Enclosure& t) const;
  double line(int id, long e, const Enclosure& factor, const Enclosure& range, const Exact* slope, double& a) const;
  double lowest(const std::vector<Piece>& pieces, const Enclosure& factor, double a, const Enclosure& range) const;
  const std::vector<Piece>& pieces(int id, long e) const;

  const Network& network_;
  Budget& budget_;
  std::vector<std::vector<std::vector<Piece>>> pieces_;
  std::vector<long> cost_;
};

/// net.class over a cell or a box.
void replay_class_around(const Question& q, const Scope& scope, const Around& around);

}  // namespace lrproof::oracle
