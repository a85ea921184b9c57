#pragma once
// Root points of single units at a point (ROO-1, ROO-2). Unit j of an affine layer z = w a + b has root direction
// v_j(a); its hinge root a - t v_j, t = z_j / (w_j . v_j), sets the unit to 0, its relevance root, t = R_j / (w_j .
// v_j), lowers it by R_j (as the published code of the DTD study does). Direction "zero": the root is 0 itself.
#include <optional>

#include "region/member.hpp"
#include "root/layers.hpp"

namespace lrproof::root {

enum class Kind { hinge, relevance, fixed };
const char* word(Kind kind);

/// low, high: bounds of the input domain for directions that use them.
struct Domain {
  std::optional<num::Rational> low, high;
};

/// What is known of one unit before any root is placed.
struct Unit {
  enum class State { asked, zero_activation, zero_relevance, no_root, unknown };
  std::int64_t element = -1;
  State state = State::unknown;
  num::Interval z, relevance, slope;  ///< slope: w_j . v_j
  std::string reason;
};

/// Exact relevance of a node's element; nullptr when it is not to be had.
using ExactRelevance = std::function<const num::Rational*(net::NodeId node, std::int64_t element)>;

class LayerRoots {
 public:
  LayerRoots(const region::Point& point, const Layer& layer, const Domain& domain, ExactRelevance exact);

  /// One unit, with relevance[] the enclosures at the layer's output.
  Unit unit(std::int64_t element, const num::Interval& relevance) const;
  num::Interval t(const Unit& unit, Kind kind) const;
  /// Enclosures of the roots of several units; the hinge's own pre-activation is pinned to 0.
  region::Candidates candidates(const std::vector<Unit>& units, Kind kind) const;
  /// The root exactly; nullopt when R_j is not to be had.
  std::optional<std::vector<num::Rational>> exact_root(const Unit& unit, Kind kind) const;
  /// A root whose R_j is known to rounding: a point just beyond it on its ray, and how much of the way is surely short
  /// of it; nullopt when the enclosure of t is not of one sign.
  std::optional<region::Bracket> bracket(const Unit& unit, Kind kind) const;

 private:
  template <class S>
  std::vector<std::pair<std::int64_t, S>> direction(std::int64_t element) const;
  template <class S>
  S at(std::int64_t in) const;
  template <class S>
  S slope(std::int64_t element) const;

  const region::Point& point_;
  const Layer& layer_;
  const Domain& domain_;
  ExactRelevance exact_;
};

}  // namespace lrproof::root
