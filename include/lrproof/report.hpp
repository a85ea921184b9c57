#pragma once
// What an audit found. Exact numbers are strings "p" or "p/q".
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "lrproof/outcome.hpp"

namespace lrproof {

/// Where a finding holds; empty strings and -1 are absent.
struct Place {
  std::string node;
  int layer = -1;
  std::string kind;    ///< roots: hinge, relevance, fixed
  std::string notion;  ///< roots: cell, linear
  std::string target;
};

/// One place of a finding, shown.
struct Exemplar {
  Verdict verdict = Verdict::unknown;
  std::int64_t input = -1;                                  ///< index into the inputs
  std::int64_t neuron = -1;                                 ///< element of the node's tensor
  std::int64_t target = -1;                                 ///< explained output at this input
  std::map<std::string, std::vector<std::string>> witness;  ///< exact numbers by name
  std::string reason;                                       ///< unknown, rejected: why
};

/// How many places had which verdict.
struct Counts {
  std::int64_t places = 0, proved = 0, refuted = 0, unknown = 0, rejected = 0, vacuous = 0;
};

/// One per check, rule set, layer, kind, notion and target.
struct Finding {
  std::string id;  ///< the same in every run that asks the same
  std::string check, law, rule_set;
  Place place;
  Verdict verdict = Verdict::unknown;
  Trust trust = Trust::none;
  bool vacuous = false;
  std::string statement;  ///< one sentence
  Counts counts;
  std::vector<Exemplar> exemplars;
};

/// One row of the table of roots (ROO-2, ROO-5).
struct RootRow {
  std::string rule_set;
  Place place;
  std::int64_t roots = 0, inside = 0, no_root = 0, zero_relevance = 0, inputs = 0, inputs_with_outside = 0;
};

struct Report {
  std::vector<Finding> findings;
  std::vector<RootRow> roots;
  std::string json;  ///< the whole report, schema lrproof-report/1

  const std::string& to_json() const { return json; }
};

}  // namespace lrproof
