#pragma once
// Is a value of T in the closed cell C of the suffix at T(x), and in its linear region N (REG-2, REG-3)? Batched over
// candidates: enclosures decide almost all, the exact cone the rest.
//
// C off edges: every unit stays on the closure of its piece. At an edge: some full-dimensional branch around the
// point contains the candidate. By induction along the data flow, values computed freely agree with the branch's
// affine maps as long as every earlier unit is on its closed piece, so one free evaluation decides all branches.
// N: the gradient of f_c is the same on every open piece of the segment from T(x) to the candidate; the endpoints then
// have it in their closure. Pieces are cut at the breakpoints, exactly.
#include <functional>
#include <string>

#include "region/edges.hpp"

namespace lrproof::region {

struct Membership {
  enum class Answer { inside, outside, unknown };
  Answer answer = Answer::unknown;
  net::NodeId node = -1;      ///< outside the cell: the activation or maximum that leaves its piece
  std::int64_t element = -1;  ///< its element; outside N: element of T whose gradient differs
  int slot = -1;              ///< of a maximum: the candidate that overtakes
  num::Interval at_input, at_candidate;
  num::Rational s;     ///< outside N: a parameter of the segment at which the gradient differs; 0: near the end
  std::string reason;  ///< unknown
};

/// Exact values of T at a candidate; nullptr when they are not to be had.
using ExactValues = std::function<const std::vector<num::Rational>*(std::int64_t candidate)>;

/// A candidate on a known ray: T(x) + s (end - T(x)) for some s in [sure, 1]; what the segment does before `sure`, and
/// what it does all the way to `end`, is then decided without knowing s.
struct Bracket {
  std::vector<num::Rational> end;
  num::Rational sure;
};
using BracketOf = std::function<std::optional<Bracket>(std::int64_t candidate)>;

struct Question {
  const Point& point;
  const Suffix& suffix;
  const Edges& edges;
  const Candidates& candidates;
  const net::Values<num::Interval>& values;  ///< evaluate_suffix of them
  ExactValues exact;
  std::int64_t target = 0;                 ///< explained output
  std::int64_t exact_budget = 20'000'000;  ///< multiply-adds of exact arithmetic per candidate
  BracketOf bracket = {};                  ///< asked where `exact` gives nothing
};

std::vector<Membership> in_cell(const Question& question);
/// cell: the answers of in_cell; candidates inside the cell are inside N.
std::vector<Membership> in_linear_region(const Question& question, const std::vector<Membership>& cell);

/// The gradient of f_c on the open pieces of the segment from T(x) to `end`, cut at its breakpoints; stops at the
/// first that differs from the first piece's. Exact. A piece that differs but begins at or after `sure` leaves the
/// answer unknown.
Membership walk_segment(const Question& question, const std::vector<num::Rational>& end,
                        const num::Rational& sure = num::Rational(1));

/// The same in enclosures, at an input without edges; nothing where they cannot tell. `first_gradient` is that of the
/// first piece.
std::optional<Membership> walk_enclosed(const Question& question, std::int64_t candidate,
                                        const std::vector<num::Interval>& first_gradient);

}  // namespace lrproof::region
