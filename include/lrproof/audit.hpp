#pragma once
// Every applicable check of rule sets on a network at given inputs.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lrproof/network.hpp"
#include "lrproof/property.hpp"
#include "lrproof/report.hpp"
#include "lrproof/ruleset.hpp"
#include "lrproof/version.hpp"

namespace lrproof {

/// Points, row by row; each double is taken for exactly the number it denotes.
struct Inputs {
  std::string path;            ///< file they came from; may be empty
  std::string sha256;          ///< of that file; empty (clear it when you change values): computed from the values
  std::int64_t count = 0;      ///< points
  std::int64_t size = 0;       ///< numbers per point
  std::vector<double> values;  ///< count * size
};

/// A .npy or .npz file, float32 or float64, batch first.
Expected<Inputs> load_inputs(const std::string& path);

struct AuditOptions {
  std::string target = "argmax";                              ///< argmax, argmin, all, a number, or FILE.npy
  std::optional<std::pair<std::string, std::string>> domain;  ///< low and high, exact: {"0", "1"}, {"-1/2", "0.5"}
  std::string tau;                                            ///< bound of gxi.bounded; empty: not asked
  std::vector<std::string> canonize;                          ///< empty: as the rule sets say; {"none"}: no rewrite
  std::vector<std::string> checks;                            ///< ids; empty: every applicable one
  std::int64_t limit = 0;                                     ///< use that many inputs; 0: all
  std::int64_t root_samples = 64;                             ///< roots per layer of more than 512 units; 0: all
  int witnesses = 3;                                          ///< exemplars per finding
  int jobs = 1;                                               ///< threads; 0: one per core
  std::uint64_t seed = 0;                                     ///< for whatever samples places
};

Expected<Report> audit(const Network& network, const std::vector<RuleSet>& rule_sets, const Inputs& inputs,
                       const AuditOptions& options = {});

}  // namespace lrproof
