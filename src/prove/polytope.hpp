#pragma once
// Polytopes of inputs, exactly: bounds on each input and affine rows that are at least 0. One question is asked of
// them: by how much can some further affine forms all be above 0 at once? Doubles propose (CLP), rationals dispose: a
// point is evaluated, and where there is none the multipliers of the basis are solved for exactly and add up to a
// constant that is not positive (Farkas; LP duality).
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "num/simplex.hpp"
#include "prove/affine_form.hpp"

namespace lrproof::prove {

/// {x : bounds, and every row's form >= 0}. `interior` satisfies every bound, and every row strictly.
struct Polytope {
  struct Row : RoundedForm {
    Row(AffineForm f, std::string n) : RoundedForm(f), form(std::move(f)), name(std::move(n)) {}
    AffineForm form;
    std::string name;  ///< of a certificate's term
  };
  std::vector<num::Bound> bounds;
  std::vector<Row> rows;
  std::vector<num::Rational> interior;

  bool contains(const std::vector<num::Rational>& x) const;
};

/// One term of a combination: multiplier times a form that was asked about, a row, or an input's distance from its
/// bound. Multipliers are >= 0.
struct CombinationTerm {
  enum class Of { asked, row, low, high } of = Of::row;
  std::size_t index = 0;
  num::Rational multiplier;
};

/// What is known of max min_k asked_k(x) over the polytope.
struct Slack {
  enum class Answer {
    positive,    ///< `point` is in the polytope and every asked form is > 0 there
    touching,    ///< the combination adds up to 0: they cannot all be > 0 at once, but may all be >= 0
    infeasible,  ///< the combination adds up to `level` < 0: they cannot all be >= 0 at once
    unknown,     ///< neither was found
  };
  Answer answer = Answer::unknown;
  std::vector<num::Rational> point;
  std::vector<CombinationTerm> combination;  ///< at least one asked form among its terms
  num::Rational level;
  std::int64_t steps = 0;  ///< of the program in doubles
};

/// `asked` is not empty.
Slack max_slack(const Polytope& polytope, std::span<const AskedForm> asked);
Slack max_slack(const Polytope& polytope, const AffineForm& asked);
/// The same over the rationals alone, for small programs that doubles do not decide; never `touching`.
Slack exact_slack(const Polytope& polytope, std::span<const AskedForm> asked);

/// A certified lower bound of the form over the polytope, as near to its minimum as doubles tell; nothing where none
/// was found.
std::optional<num::Rational> lower_bound(const Polytope& polytope, const AffineForm& form);

/// What is known of min form(x) over the polytope.
struct Minimum {
  std::optional<num::Rational> bound;  ///< certified: the form is nowhere below it
  std::vector<num::Rational> point;    ///< of the polytope, where the form is least as far as was found; empty: none
  num::Rational value;                 ///< of the form at the point
  bool attained() const { return bound && !point.empty() && value == *bound; }
};
Minimum minimum(const Polytope& polytope, const AffineForm& form);

/// The same for |form|, and on which side of 0 the form stays: 1 (>= 0), -1 (<= 0), or 0 where neither is certain.
struct LeastSize : Minimum {
  int side = 0;
};
LeastSize least_size(const Polytope& polytope, const AffineForm& form);

/// Does the combination add up, slopes to 0, constants to `level`, with multipliers of the right sign?
bool adds_up(const Polytope& polytope, std::span<const AskedForm> asked, const Slack& slack);

}  // namespace lrproof::prove
