#pragma once
// What several lint rules look at, made when first asked for: bounds of all tensors over the domain, inputs to try, and
// denominators at both.
#include <map>
#include <optional>

#include "attr/relevance.hpp"
#include "canon/rewrite.hpp"
#include "lint/lint.hpp"

namespace lrproof::lint {

using net::NodeId;
using num::Interval;

using Tensors = net::Values<Interval>;  ///< of one sample

/// An input that is tried, and enclosures of all tensors there.
struct Trial {
  std::vector<double> x;
  Tensors values;
};

class Look {
 public:
  explicit Look(const Subject& subject);

  const Subject& subject() const { return subject_; }
  const net::Network& network() const { return *subject_.network; }
  const net::Node& node(NodeId id) const { return network().node(id); }
  const RuleCase& rules(std::size_t c) const { return subject_.cases[c]; }
  /// Does the explained output depend on it?
  bool needed(NodeId id) const { return needed_[std::size_t(id)]; }
  bool bounded() const { return subject_.domain.low.has_value(); }
  /// The rule of a node, nullptr where it has none; of an affine node, where it is a formula.
  const rule::Rule* rule_at(std::size_t c, NodeId id) const;
  const rule::AffineRule* affine_at(std::size_t c, NodeId id) const;
  const net::Evaluator<Interval>& ready();

  /// Over the domain, or over all inputs. nullptr: beyond the budget.
  const Tensors* bounds();
  /// Middle and corners of the domain (of [-1, 1] where there is none), and random inputs.
  const std::vector<Trial>& trials();
  /// Of a node's rule, by term.
  using Parts = std::vector<attr::TermParts<Interval>>;
  const Parts* bounds_of_terms(std::size_t c, NodeId id);
  Parts terms_at(std::size_t c, NodeId id, const Trial& trial);
  /// Every element of what the node reads is >= 0 over the domain.
  bool reads_nonnegative(NodeId id);
  /// The network after every usual rewrite.
  const canon::Rewritten& rewritten();

 private:
  Tensors evaluate(const std::vector<Interval>& box);
  attr::Options box_of(std::size_t c) const;
  /// A large layer that reads elements without bounds: what it makes has none, or is not worth the sum.
  bool endless(NodeId id, const Tensors& values) const;

  const Subject& subject_;
  std::vector<bool> needed_;
  std::int64_t cost_ = 0;  ///< multiply-adds of one evaluation
  std::unique_ptr<net::Evaluator<Interval>> ready_;
  std::optional<std::optional<Tensors>> bounds_;
  std::optional<std::vector<Trial>> trials_;
  std::map<std::pair<std::size_t, NodeId>, std::optional<Parts>> terms_;
  std::optional<canon::Rewritten> rewritten_;
};

/// A finding of one rule while it is being made.
class Draft {
 public:
  /// c < 0: of the network alone. node < 0: of no node.
  Draft(Look& look, const char* id, int c, NodeId node, std::string statement);

  claim::Finding finding;

  /// At the line of this assign.
  Draft& at(std::size_t assign);
  Draft& fix(std::string text);
  /// About all inputs of the domain, and not only the structure.
  Draft& over_domain();
  Draft& level(claim::Level level);
  Draft& reason(std::string text);
  Draft& number(const std::string& name, double value);
  /// The numbers of a witness at an input that was tried; the input too, where it is small.
  Draft& witness(const Trial& trial, const std::string& kind, std::map<std::string, long> indices,
                 const std::map<std::string, std::vector<Interval>>& numbers);
  claim::Finding refuted();
  claim::Finding proved();
  claim::Finding unknown(std::string why);

 private:
  claim::Finding settled();
  Look& look_;
  std::optional<claim::Level> level_;
};

/// "fc1 (Gemm)"
std::string name_of(const net::Node& node);
/// Why bounds do not decide, for unknown findings.
std::string undecided(Look& look);

using Findings = std::vector<claim::Finding>;

// One per lint rule. c: the rule set it is asked of.
void unmatched(Look& look, std::size_t c, Findings& out);               // A001
void shared_weights(Look& look, Findings& out);                         // A003
void sums_without_rule(Look& look, std::size_t c, Findings& out);       // A004
void cancelling_sums(Look& look, std::size_t c, Findings& out);         // A005
void passed_norms(Look& look, std::size_t c, Findings& out);            // A006
void norms_that_stay(Look& look, Findings& out);                        // A007
void training_mode(Look& look, Findings& out);                          // A009
void biases_that_absorb(Look& look, std::size_t c, Findings& out);      // A010
void biases_against_sum(Look& look, std::size_t c, Findings& out);      // A011
void indefinite_inputs(Look& look, std::size_t c, Findings& out);       // A012
void gamma_without_split(Look& look, std::size_t c, Findings& out);     // A013
void unsigned_epsilons(Look& look, std::size_t c, Findings& out);       // A014
void vanishing_denominators(Look& look, std::size_t c, Findings& out);  // A015
void squares_with_bias(Look& look, std::size_t c, Findings& out);       // A016
void softmax_inside(Look& look, Findings& out);                         // A017
void overlapping_pools(Look& look, std::size_t c, Findings& out);       // A018
void bilinear_nodes(Look& look, std::size_t c, Findings& out);          // A019
void boxes_too_small(Look& look, std::size_t c, Findings& out);         // A020
void outputs_not_positive(Look& look, std::size_t c, Findings& out);    // A021
void roots_outside(Look& look, std::size_t c, Findings& out);           // A022
void dead_assigns(Look& look, std::size_t c, Findings& out);            // A023
void misplaced_first(Look& look, std::size_t c, Findings& out);         // A024
void gradient_in_disguise(Look& look, std::size_t c, Findings& out);    // A025
void gates_beside_bias(Look& look, std::size_t c, Findings& out);       // A026
void borrowed_names(Look& look, std::size_t c, Findings& out);          // A028

}  // namespace lrproof::lint
