#pragma once
// The second opinion: every exemplar of a finding is replayed from the model's bytes, the rule text, the listed
// canonization steps and the input (docs/certificates.md). Nothing of the tool is used, so a mistake of its reading,
// evaluation or formulas does not confirm itself. What the oracle cannot decide it calls not covered, with the reason.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "oracle/given_root.hpp"
#include "oracle/model.hpp"

namespace lrproof::oracle {

enum class Verdict { accepted, rejected, not_covered };
std::string to_string(Verdict verdict);

struct Answer {
  Verdict verdict = Verdict::not_covered;
  std::string why;
};

/// A rule set by its name in the report, and its normalised text.
struct NamedRules {
  std::string name, text;
};

/// A network to compare with (inv.impl).
struct Compared {
  std::string_view model;  ///< ONNX bytes
  std::vector<std::string> cut;
};

struct Material {
  std::string_view model;  ///< ONNX bytes
  std::vector<NamedRules> rules;
  std::vector<Step> steps;                                        ///< canonization, as listed
  std::vector<std::string> cut;                                   ///< nodes cut off the end, last first
  std::string domain;                                             ///< "LOW,HIGH" or empty
  std::function<std::optional<std::vector<double>>(long)> input;  ///< by index into the inputs file; from any thread
  std::function<std::optional<long>(long)> file_target;           ///< target "file": by input index
  std::vector<GivenRoot> roots;                                   ///< --roots, from the input up
  std::optional<Compared> other;                                  ///< without it: the model before its steps
  bool other_missing = false;                                     ///< it is another model, which is not at hand
};

class Session {
 public:
  static Read<Session> open(Material material);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// One answer per exemplar of each finding (its JSON form in a report). What is evaluated at an input for one rule
  /// set serves all findings there, and is forgotten before the next; `jobs` of them run at once.
  /// `progress` is told how many of how many are done, one call at a time.
  std::vector<std::vector<Answer>> replay(const std::vector<std::string>& findings, int jobs = 1,
                                          const std::function<void(std::size_t, std::size_t)>& progress = {}) const;
  std::vector<Answer> replay(const std::string& finding) const { return replay(std::vector{finding})[0]; }
  /// Lines "name: value" for one input: relevance of every feature, then its gradient. For comparison by tests.
  Read<std::string> attribute(const std::string& rules, long input, long target, bool exact) const;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lrproof::oracle
