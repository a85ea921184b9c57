#pragma once
// Claims as plain values (VER-1..4). A claim is "for all of the scope" and names property, network, rule set, place,
// scope and premises; an Outcome is what is known of it. Nothing here decides anything: prop states what must hold,
// prove answers, cert checks, report prints.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::claim {

enum class Verdict { proved, refuted, unknown, rejected };
/// What a "proved" rests on. checked: the independent checker accepted it in this run; evaluated: the tool's own
/// exact evaluation at a point decided it; asserted: a solver said so.
enum class Trust { none, asserted, evaluated, checked };
enum class Level { none, note, warning, error };

std::string to_string(Verdict verdict);
std::string to_string(Trust trust);  ///< "null" for none
std::string to_string(Level level);

/// Where in network and rule set a claim speaks. Empty strings and -1 are absent.
struct Place {
  std::string node;    ///< name of the node, "" for the whole network
  int layer = -1;      ///< execution order among the layers the check speaks about
  std::string kind;    ///< roots: hinge, relevance, fixed
  std::string notion;  ///< roots: cell, linear; pre.rule: the premise; lint: an assign by its number
  std::string target;  ///< "argmax", "argmin", "3", "file"
  int line = 0;        ///< lint: of the rule file; 0: none
  friend bool operator==(const Place&, const Place&) = default;
};

struct Scope {
  std::string kind = "points";  ///< point, points, cell, box, everywhere
  std::vector<long> inputs;     ///< indices into the inputs file
  std::string radius;           ///< box: exact number; "" otherwise
  std::string min_activation;   ///< roots over a cell or box: exact number, or "half" of |z_j| at the input
};

/// Replayable numbers, exact. `kind` names the form (docs/certificates.md); the maps hold its fields.
struct Witness {
  std::string kind;
  std::map<std::string, long> indices;
  std::map<std::string, std::string> words;
  std::map<std::string, std::vector<num::Rational>> numbers;
  friend bool operator==(const Witness&, const Witness&) = default;
};

/// One place of a finding, shown: the input it concerns, the neuron, and what makes the verdict true there.
struct Exemplar {
  Verdict verdict = Verdict::unknown;  ///< at this place
  long input = -1;                     ///< index into the inputs file
  long neuron = -1;                    ///< element of the node's tensor, or -1
  long target = -1;                    ///< explained output at this input
  Witness witness;
  std::string reason;  ///< unknown, rejected: why
};

struct Premise {
  std::string check, place;
  Verdict verdict = Verdict::unknown;
};

/// How many places had which verdict. places is the sum of the others: a vacuous place is not counted as proved.
struct Counts {
  std::int64_t places = 0, proved = 0, refuted = 0, unknown = 0, rejected = 0, vacuous = 0;
};

/// One per check x rule set x layer x kind x notion x target.
struct Finding {
  std::string id;  ///< digest of (check, place, rule set, scope, target): stable between runs
  std::string check, law, rule_set;
  Scope scope;
  Place place;
  Verdict verdict = Verdict::unknown;
  Trust trust = Trust::none;
  std::string answer;  ///< always, never, sometimes, not-always, or ""
  bool vacuous = false;
  std::vector<Premise> premises;
  std::string statement;  ///< one sentence
  Counts counts;
  std::map<std::string, double> numbers;  ///< further figures: smallest denominator, largest deviation
  std::vector<std::string> reasons;       ///< why unknown or rejected, each once
  std::vector<Exemplar> exemplars;
  double seconds = 0;
  std::int64_t steps = 0;
  std::string prover;  ///< "exact", "simplex", "smt"
  Level level = Level::none;
  std::string fix;  ///< e.g. a canonization that would help; "" when none
};

/// Verdict, vacuous, answer (root.*) and level of a finding from its check, counts and fix (VER-1..3): refuted if any
/// place is; else unknown if any is; else proved if any place is; else rejected if any is; else proved and vacuous.
/// trust stays as the provers set it, and is none for unknown and rejected.
void settle(Finding& finding);
/// 16 hexadecimal digits of the digest of (check, node, kind, notion, rule set, scope kind, target).
std::string finding_id(const Finding& finding);

/// One row of tables.roots.
struct RootRow {
  std::string rule_set, node, target, kind, notion;
  int layer = -1;
  std::int64_t roots = 0, inside = 0, outside = 0, unknown = 0, no_root = 0, zero_relevance = 0, not_asked = 0;
  std::int64_t inputs = 0, inputs_with_outside = 0;
};

/// One row of tables.ledger (CON-1): mean over the inputs of each cause as a share of |start|, and the largest.
struct LedgerRow {
  std::string rule_set, node, op, target;
  int layer = -1;
  std::int64_t inputs = 0;
  double relevance_out = 0, relevance_in = 0;  ///< above and below the node, mean share of |start|
  std::map<std::string, double> causes;        ///< bias, stabilizer, vanished, coefficients, unmatched, constant, rule
  double largest = 0;                          ///< largest |sum of causes| / |start| over the inputs
};

/// A rewrite's claim (CAN-1): before = after on the matched subgraph, for all inputs.
struct Step {
  std::string rewrite;
  std::vector<std::string> nodes;  ///< matched nodes, in data-flow order
  std::string statement;
  Verdict verdict = Verdict::unknown;
  Trust trust = Trust::none;
  std::string symbolic;  ///< how the identity of the shape was proved: "algebra", "smt"
  std::string note;
};

struct ModelInfo {
  std::string path, sha256;
  std::vector<std::vector<std::int64_t>> inputs, outputs;
  int nodes = 0;
  std::vector<std::string> cut;
  bool canonized = false;
  std::string canonized_digest;
  std::vector<Step> steps;
  std::vector<std::string> notes;
};

struct AssignmentRow {
  std::string node, op, rule;
};
struct RuleSetInfo {
  std::string name, path, sha256, dialect, text;
  std::vector<AssignmentRow> assignment;
};

/// Where root functions were given, and how they were read (docs/certificates.md).
struct RootsInfo {
  struct Tensor {
    std::string node, per;  ///< per: layer, unit, input
    bool slope = false;
  };
  std::string path, sha256;
  std::vector<Tensor> tensors;  ///< from the input up
};

/// The report: one value, many coats.
struct Report {
  std::string version, z3, command;
  ModelInfo model;
  std::vector<RuleSetInfo> rule_sets;
  std::string inputs_path, inputs_sha256;
  std::vector<long> input_indices;
  std::optional<RootsInfo> given_roots;  ///< --roots
  std::vector<Finding> findings;
  std::vector<RootRow> roots;
  std::vector<LedgerRow> ledger;
  std::map<std::string, std::string> settings;
  double seconds = 0;
};

}  // namespace lrproof::claim
