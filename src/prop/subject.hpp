#pragma once
// What an audit is about: one network and one or more rule sets assigned to it.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "root/given.hpp"
#include "root/roots.hpp"
#include "rule/rule.hpp"

namespace lrproof::prop {

struct RuleCase {
  rule::RuleSet rules;
  rule::Assignment assignment;
  std::vector<root::Layer> layers;  ///< where roots are asked
};

/// What a claim speaks of (VER-1): the inputs given, or every input of their cells, or of boxes around them.
enum class ScopeKind { point, cell, box };

struct Settings {
  ScopeKind scope = ScopeKind::point;
  std::optional<num::Rational> radius;          ///< of a box: largest distance in any input from the centre
  std::optional<num::Rational> min_activation;  ///< roots over a scope: |z_j| at least; empty: half of the centre's
  root::Domain domain;                          ///< of the input; empty: unbounded
  std::optional<num::Rational> tau;             ///< gxi.bounded is asked when given
  std::vector<std::string> checks;              ///< empty: all that apply
  std::vector<std::string> nodes;               ///< by name, what is asked at them only; empty: everything
  std::string target = "argmax";                ///< argmax, argmin, an index, or "file"
  std::int64_t root_samples = 64;               ///< roots per layer of more than kAllRoots units
  bool all_certificates = false;                ///< of proved places: as many witnesses as there are
  long witnesses = 3;
  std::int64_t exact_budget = 20'000'000;  ///< multiply-adds of exact arithmetic per question
  std::uint64_t seed = 0;
  std::shared_ptr<const root::GivenRoots> roots;  ///< root.constant is asked of them when given
  /// Told every question about roots over a scope as SMT-LIB text, by a name fit for a file; any thread. Empty: not.
  std::function<void(const std::string& name, const std::string& text)> dump_smt;
};
inline constexpr std::int64_t kAllRoots = 512;

/// Another network for the same function, under the same rule sets (INV-1); the network must outlive the subject.
struct Twin {
  const net::Network* network = nullptr;
  std::string name;                           ///< "the network before its rewrites"
  bool same_function = false;                 ///< proved, for all inputs
  std::vector<rule::Assignment> assignments;  ///< one per rule case
  std::vector<std::string> problems;          ///< one per rule case: why the rules do not fit it; "" when they do
};

/// network must outlive the subject.
struct Subject {
  const net::Network* network = nullptr;
  std::vector<RuleCase> cases;
  Settings settings;
  std::shared_ptr<const Twin> twin = {};  ///< inv.impl is asked of it, where it is asked by name
};

/// What must hold: a property at a place, for one rule set, over the audit's inputs. Plain value; sorted by place.
struct Obligation {
  std::string check;
  int rule_case = 0;      ///< -1: no rule set takes part
  net::NodeId node = -1;  ///< -1: the whole network
  int layer = -1;         ///< execution order among dense and convolution layers, for roots; else among affine nodes
  int root_layer = -1;    ///< index into RuleCase::layers
  root::Kind kind = root::Kind::hinge;
  std::string notion;  ///< cell, linear
  std::string statement;
  std::shared_ptr<const root::GivenRoots> roots;  ///< root.constant
  std::string rejected, fix;                      ///< the question makes no sense here, and what would help
};

/// Every applicable property of every rule set, in a fixed order.
std::vector<Obligation> obligations(const Subject& subject);

/// One row per property file.
struct Property {
  const char* prefix;  ///< of its check ids
  void (*add)(const Subject& subject, int rule_case, std::vector<Obligation>& out);
};
/// root.constant of the roots in the settings; asked once, as no rule set takes part.
void add_given_roots(const Subject& subject, std::vector<Obligation>& out);
/// net.class, where it is asked by name; once, as no rule set takes part.
void add_class(const Subject& subject, std::vector<Obligation>& out);
/// inv.impl of gradients, which no rule set takes part in.
void add_gradients(const Subject& subject, std::vector<Obligation>& out);
/// inv.impl and inv.rescale, where they are asked by name.
void add_invariance(const Subject& subject, int rule_case, std::vector<Obligation>& out);
void add_root(const Subject& subject, int rule_case, std::vector<Obligation>& out);
void add_reduction(const Subject& subject, int rule_case, std::vector<Obligation>& out);
void add_conservation(const Subject& subject, int rule_case, std::vector<Obligation>& out);
void add_positivity(const Subject& subject, int rule_case, std::vector<Obligation>& out);
void add_denominator(const Subject& subject, int rule_case, std::vector<Obligation>& out);
void add_premise(const Subject& subject, int rule_case, std::vector<Obligation>& out);

/// Affine nodes on which the output depends and that carry an affine rule, in execution order.
std::vector<net::NodeId> ruled_nodes(const Subject& subject, int rule_case);

}  // namespace lrproof::prop
