#pragma once
// Is f_c above every other output at every input of a box? Branch and bound over the box (NET-6): a part of it is
// closed by a linear lower bound of f_c - f_k that is above 0, or cut in two at a kink of a unit or in the middle of an
// input; slopes of the bound's lines and multipliers of cuts go up the bound's own gradient (Wang et al. 2021,
// beta-CROWN), and a linear program decides a part on which every unit has its piece. Counterexamples are looked for on
// the way, and count when they are exact.
#include <functional>

#include "num/simplex.hpp"
#include "prove/linear_bounds.hpp"

namespace lrproof::prove {

/// How the box was cut, and with which slopes its parts were closed (docs/certificates.md).
struct ClassTree {
  std::string text;
  std::vector<std::string> nodes;  ///< by the numbers the text has for them
  std::vector<num::Rational> cuts, slopes;
  std::int64_t parts = 0;
};

struct ClassAnswer {
  enum class Kind { greatest, rivalled, open } kind = Kind::open;
  std::vector<num::Rational> at;  ///< rivalled: an input of the box
  ClassTree tree;                 ///< greatest
  std::string reason;             ///< open
  double least = 0;               ///< greatest: f_c - f_k is nowhere below it
  std::int64_t parts = 0;         ///< of the box that were bounded
};

struct ClassQuestion {
  const LinearBounds& bounds;
  std::vector<num::Bound> box;  ///< both ends of every input
  std::vector<num::Rational> centre;
  std::int64_t target = 0;
  std::int64_t steps = 0;  ///< multiply-adds of doubles that the search may cost
  /// Decides exactly: is some other output as great as the target's at x?
  std::function<bool(const std::vector<num::Rational>& x)> rivalled;
};

ClassAnswer search_class(const ClassQuestion& question);

}  // namespace lrproof::prove
