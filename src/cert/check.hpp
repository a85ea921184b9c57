#pragma once
// What the tool found, handed to the second opinion (VER-2, VER-3): the checker takes only the plain values of claim,
// writes a finding as a report would, and has the oracle replay it from the ONNX bytes, the rule text and the listed
// rewrites. A finding that is rejected is a bug of the tool and ends the run.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "claim/claim.hpp"
#include "oracle/given_root.hpp"

namespace lrproof::cert {

enum class Verdict { accepted, rejected, not_covered };

/// What the oracle says of a finding. accepted: at least one exemplar was replayed and none was rejected or left out
/// (for a refuted finding one accepted witness is enough).
struct Checked {
  Verdict verdict = Verdict::not_covered;
  std::string why;
  int accepted = 0, rejected = 0, not_covered = 0;  ///< exemplars
  std::vector<Verdict> exemplars;                   ///< by place in the finding's list
};

/// All that a replay reads.
struct Material {
  std::string model;                                       ///< ONNX bytes
  std::vector<std::pair<std::string, std::string>> rules;  ///< name and normalised text
  std::vector<claim::Step> steps;
  std::vector<std::string> cut;
  std::string domain;                                             ///< "LOW,HIGH" or empty
  std::function<std::optional<std::vector<double>>(long)> input;  ///< by index into the inputs file; any thread
  std::vector<oracle::GivenRoot> roots;                           ///< --roots, from the input up
  /// The file of the network beside (inv.impl), and what is cut off it; without it the model before its steps.
  std::optional<std::string> other;
  std::vector<std::string> other_cut;
};

class Checker {
 public:
  static base::Result<Checker> create(Material material);
  Checker(Checker&&) noexcept;
  Checker& operator=(Checker&&) noexcept;
  ~Checker();

  /// In the order of the findings, `jobs` threads at a time.
  std::vector<Checked> check(const std::vector<claim::Finding>& findings, int jobs = 1,
                             const std::function<void(std::size_t done, std::size_t all)>& progress = {}) const;
  Checked check(const claim::Finding& finding) const { return check(std::vector{finding})[0]; }

 private:
  struct State;
  explicit Checker(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lrproof::cert
