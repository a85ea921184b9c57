#pragma once
// Everything known at one input, made when first asked for: decided point, edges, relevance with its trace, gradients,
// roots. One per input and thread.
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "attr/relevance.hpp"
#include "claim/claim.hpp"
#include "prop/subject.hpp"
#include "region/member.hpp"

namespace lrproof::prove {

/// What many inputs share: the network made ready for each scalar, and an engine per rule set.
class Shared {
 public:
  explicit Shared(const prop::Subject& subject);

  const prop::Subject& subject;
  region::Ready ready;
  std::int64_t cost = 0;  ///< multiply-adds of one evaluation
  std::vector<std::unique_ptr<attr::Engine<num::Interval>>> bounds;
  std::vector<std::string> rejected;  ///< per rule set: why its relevance has no enclosures; "" when it has
  std::vector<bool> reduces_by_form;  ///< per rule set: every affine rule is LRP-0 (its exact relevance stays small)
  region::Suffix whole;               ///< the network as the suffix of its input
  std::vector<std::vector<region::Suffix>> suffixes;  ///< per rule set and root layer
  /// Exact engines are made on first use (they hold every weight as a Rational).
  /// Some rules have enclosures but no exact relevance (an irrational weight).
  bool has_exact_engine(std::size_t rule_case) const;
  const attr::Engine<num::Rational>& exact_engine(std::size_t rule_case) const;
  const net::Evaluator<num::Rational>& exact_ready() const;
  /// The subject's twin under the same rule sets (INV-1), made on first use.
  const Shared& twin() const;

 private:
  mutable std::once_flag twin_once_;
  mutable std::unique_ptr<prop::Subject> twin_subject_;
  mutable std::unique_ptr<Shared> twin_;
  mutable std::once_flag exact_once_;
  mutable std::unique_ptr<net::Evaluator<num::Rational>> exact_ready_;
  mutable std::vector<std::unique_ptr<attr::Engine<num::Rational>>> exact_engines_;
  void make_exact() const;
};

/// Exact decisions for enclosures: the point's, with the options of one branch at its edges put in.
class BranchSigns : public attr::Signs<num::Interval> {
 public:
  BranchSigns(const region::Point& point, const region::Branch& branch, const region::Edges& edges,
              const std::vector<int>& options, const rule::Assignment& assignment, const root::Domain& domain)
      : point_(point), branch_(branch), edges_(edges), options_(options), assignment_(assignment), domain_(domain) {}

  num::Sign sign(net::NodeId node, std::int64_t element, std::int64_t sample,
                 const num::Interval& value) const override;
  num::Sign denominator(net::NodeId node, int term, std::int64_t element, std::int64_t sample,
                        const num::Interval& d) const override;
  int piece(net::NodeId node, std::int64_t element, std::int64_t sample, const num::Interval& z,
            const attr::Pieces<num::Interval>& pieces) const override;
  bool winners(net::NodeId node, std::int64_t element, std::int64_t sample, std::span<const num::Interval> candidates,
               bool minimum, std::vector<int>& out) const override;

 private:
  const region::Point& point_;
  const region::Branch& branch_;
  const region::Edges& edges_;
  const std::vector<int>& options_;
  const rule::Assignment& assignment_;
  const root::Domain& domain_;
};

/// psi(w) and chi(b) of RUL-1.
num::Rational factor_of_weight(rule::Psi psi, const num::Rational& w);
num::Rational factor_of_bias(rule::Chi chi, const num::Rational& b);

/// Exact denominator of one unit under one term. some_product: is one of the n_ij not 0?
num::Rational exact_denominator(const region::Point& point, net::NodeId node, const rule::Term& term,
                                std::int64_t element, const root::Domain& domain, bool* some_product = nullptr);

/// Relevance of one rule set at the point, on one branch.
struct Map {
  region::Branch branch;
  std::vector<int> options;
  attr::Relevance<num::Interval> relevance;
  attr::Trace<num::Interval> trace;
  std::vector<std::vector<num::Interval>> gradient;  ///< of f_c, by node
};

struct RootBatch;  ///< the roots of one layer and kind, placed and judged once for all checks

class AtPoint {
 public:
  /// input: its index in the inputs file; for another input of a scope, its centre's; -1: none.
  AtPoint(const Shared& shared, std::vector<num::Rational> x, std::int64_t target, long input = -1);

  const Shared& shared() const { return shared_; }
  const region::Point& point() const { return point_; }
  std::int64_t target() const { return target_; }
  long input() const { return input_; }
  const num::Interval& output() const { return point_.bound(shared_.ready.network().output(), target_); }
  const region::Edges& edges();  ///< of the whole network
  /// One map per full-dimensional branch; empty when the edges are too many. Rule set must not be rejected.
  const std::vector<Map>& maps(std::size_t rule_case);
  /// Exact relevance of a node's element; nullptr when it would cost more than the budget.
  const num::Rational* exact_relevance(std::size_t rule_case, net::NodeId node, std::int64_t element);
  bool exact_affordable(std::size_t rule_case) const;
  bool output_passes_to(std::size_t rule_case, net::NodeId node) const;
  std::map<std::tuple<int, int, int>, std::shared_ptr<RootBatch>> root_batches;
  const attr::Relevance<num::Rational>* exact_map(std::size_t rule_case);

 private:
  const Shared& shared_;
  region::Point point_;
  std::int64_t target_;
  long input_;
  std::unique_ptr<region::Edges> edges_;
  std::map<std::size_t, std::vector<Map>> maps_;
  std::unique_ptr<net::Values<num::Rational>> exact_values_;
  std::map<std::size_t, attr::Relevance<num::Rational>> exact_;
};

/// What was found at one input for one obligation; folded over the inputs in order.
struct Tally {
  claim::Counts counts;
  std::vector<claim::Exemplar> exemplars;  ///< a few per verdict
  std::vector<std::string> reasons;
  std::map<std::string, double> smallest, largest, sum;
  claim::RootRow roots;
  bool root_row = false;
  bool all_proved = false;  ///< keep every proved exemplar

  void proved(claim::Exemplar exemplar) { add(claim::Verdict::proved, std::move(exemplar)); }
  void refuted(claim::Exemplar exemplar) { add(claim::Verdict::refuted, std::move(exemplar)); }
  void unknown(const std::string& reason);
  void rejected(const std::string& reason);
  void vacuous(const std::string& reason);
  void add(claim::Verdict verdict, claim::Exemplar exemplar);
  void reason(const std::string& text);
};

/// Evidence of an enclosure as the report carries it.
std::vector<num::Rational> pair_of(const num::Interval& interval);

/// One unit's root at the input, judged for the obligation's check.
struct RootVerdict {
  std::int64_t unit = -1;
  claim::Verdict verdict = claim::Verdict::unknown;
  claim::Exemplar exemplar;
  std::string reason;
};
struct RootVerdicts {
  std::string impossible;  ///< why nothing could be asked
  bool bounded = false;    ///< some element of the tensor has a bound
  std::int64_t no_root = 0, zero_relevance = 0, zero_activation = 0, not_sampled = 0;
  std::vector<std::int64_t> dormant;  ///< units without relevance, or without a root, at this input
  std::vector<std::string> reasons;   ///< one per unit of which not even the state is known
  std::vector<RootVerdict> of;        ///< the units asked
};
inline constexpr const char* kNoBounds = "the tensor has no bounds; --domain LOW,HIGH states those of the input";
inline constexpr const char* kNotSampled = "not all of a large layer's roots were asked (--root-samples 0 asks all)";
/// Of all units of the layer.
RootVerdicts root_verdicts(AtPoint& at, const prop::Obligation& obligation);
/// Of the one unit; unknown where nothing is asked of it. alone: nobody is going to ask about others at this input.
RootVerdict root_verdict(AtPoint& at, const prop::Obligation& obligation, std::int64_t unit, bool alone = false);

void decide_roots(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_class(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_constant(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_exists(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_reduction(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
/// The node at which the lemma of GXI-2 stops on some piece of its units; "" when it goes through on all of them, and
/// then it does so on the whole cell, the pieces beyond its facets among them.
std::string lemma_stops_at(AtPoint& at, const prop::Obligation& obligation);
void decide_conservation(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_positivity(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_denominator(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_premise(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
void decide_invariance(AtPoint& at, const prop::Obligation& obligation, Tally& tally);
/// Over a scope: what holds by law, and what its centre refutes.
void invariance_in_scope(AtPoint& centre, const prop::Obligation& obligation, Tally& tally);

}  // namespace lrproof::prove
