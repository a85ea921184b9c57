#pragma once
// `lrproof attribute`: relevance maps of a rule set, one per input, to a .npy file.
#include "attr/attribute.hpp"
#include "job/load.hpp"

namespace lrproof::job {

struct AttributeRequest {
  std::string model, inputs, rules, output;
  std::string target = "argmax", domain, precision = "single";
  std::vector<std::string> canonize;
  bool canonize_given = false;
  bool exact = false;
  long limit = 0;
  // Of formulas only: job/symbolic.hpp
  bool symbolic = false;
  long input = -1;
  std::vector<long> features;
  std::string smt;
};

/// Writes the map, shaped like the inputs: .npy (float32 for single, float64 for double; under `exact` the doubles
/// nearest to the exact values) or, under `exact`, .json with the exact fractions. Returns a line for the terminal.
base::Result<std::string> attribute(const AttributeRequest& request);

}  // namespace lrproof::job
