#pragma once
// Files into values, and the words users give into settings.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "claim/claim.hpp"
#include "onnx/import.hpp"
#include "rule/ruleset_file.hpp"

namespace lrproof::job {

/// Another network for the function of a model (INV-1).
struct OtherNetwork {
  std::string name;  ///< "the network before its rewrites"
  net::Network network;
  std::string bytes;             ///< of its file; empty: the model's own, before its steps
  std::vector<std::string> cut;  ///< nodes cut off the end of that file, last first
  bool same_function = false;    ///< proved
};

/// A model file, its final softmax or sigmoid cut off, rewritten as asked with every step proved.
struct LoadedModel {
  std::string bytes;
  net::Network network;  ///< what is audited
  claim::ModelInfo info;
  std::shared_ptr<const OtherNetwork> other = {};  ///< before its rewrites, where there are any
};

struct LoadedInputs {
  std::string path, sha256;
  std::int64_t count = 0, size = 0;
  std::vector<double> values;  ///< count x size
};

base::Result<LoadedModel> load_model(const std::string& path, const std::vector<std::string>& canonize);
base::Result<LoadedModel> load_model_bytes(std::string bytes, const std::string& path,
                                           const std::vector<std::string>& canonize);
/// The same from what was read; the head stays where it is not to be cut.
base::Result<LoadedModel> load_imported(std::string bytes, onnx::Model imported, const std::string& path,
                                        const std::vector<std::string>& canonize, bool cut_head);
/// One row per sample; the file's shape is [batch, ...] with the network's number of input elements per sample.
base::Result<LoadedInputs> load_inputs(const std::string& path);
base::Status check_inputs(const LoadedInputs& inputs, const net::Network& network);

struct LoadedRules {
  rule::RuleSet rules;
  std::string path, text;  ///< as named by the user; normalised
};
base::Result<LoadedRules> load_rules(const std::string& name_or_path);
/// No two of one name: reports tell them apart by it.
base::Status check_distinct(const std::vector<LoadedRules>& rules);
/// As reports have it: its text, and which node has which rule.
claim::RuleSetInfo info_of(const LoadedRules& loaded, const rule::Assignment& assignment, const net::Network& network);
/// The diagnostic of a rule set, with the rule file as its place.
base::Diagnostic in_file(const LoadedRules& loaded, base::Diagnostic error);
/// rule::assign, with the rule file in the place of an error.
base::Result<rule::Assignment> assign(const LoadedRules& loaded, const net::Network& network);

/// Canonization passes to run: the user's, or what the rule sets agree on; "none" is none.
base::Result<std::vector<std::string>> passes(const std::vector<std::string>& asked, bool given,
                                              const std::vector<LoadedRules>& rules);

/// "LOW,HIGH", exact numbers, LOW <= HIGH; empty is no domain.
struct DomainWords {
  std::optional<num::Rational> low, high;
};
base::Result<DomainWords> parse_domain(const std::string& text);

/// The explained output of each input row in `indices`: argmax, argmin (ties to the smallest index, decided exactly),
/// an output's number, or a .npy file of numbers, one per row of the inputs.
base::Result<std::vector<std::int64_t>> targets_of(const net::Network& network, const LoadedInputs& inputs,
                                                   const std::vector<long>& indices, const std::string& target);

}  // namespace lrproof::job
