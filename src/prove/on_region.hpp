#pragma once
// Laws with a bound, on one region of a scope: den.nonzero and pre.rule (DEN-1, PRE-1). Linear programs give the least
// value of a denominator or a margin, and the input where it is taken: a certified bound proves, the input refutes.
#include <functional>

#include "prove/in_scope.hpp"

namespace lrproof::prove {

/// What comes nearest to breaking a law, over the regions seen so far.
struct Nearest {
  std::optional<num::Rational> bound;  ///< certified: nothing of them comes nearer
  std::vector<num::Rational> at;       ///< the nearest input that was found; empty: none
  num::Rational value;                 ///< there
  std::map<std::string, long> where;   ///< unit and term, or element

  void bounded_by(const num::Rational& least);
  void found(const std::vector<num::Rational>& x, const num::Rational& value, std::map<std::string, long> where);
  bool improved_by(const num::Rational& least) const { return at.empty() || least < value; }
};

/// Judges an input as any other, and keeps it when it refutes.
using Refutes = std::function<bool(const std::vector<num::Rational>&)>;

struct OnRegion {
  std::string open;      ///< why the law is not proved on the region; "" when it is, or was refuted
  bool nothing = false;  ///< it is about nothing there
  long removable = 0;    ///< denominators that vanish there, and are removable
};

OnRegion denominators_on_region(InScope& scope, std::size_t region, const prop::Obligation& obligation,
                                const Refutes& refutes, Nearest& nearest);
OnRegion premises_on_region(InScope& scope, std::size_t region, const prop::Obligation& obligation,
                            const Refutes& refutes, Nearest& nearest);

}  // namespace lrproof::prove
