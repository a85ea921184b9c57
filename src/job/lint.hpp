#pragma once
// `lrproof lint`: what can be said of a model and rule sets without inputs, as one report.
#include "job/load.hpp"

namespace lrproof::job {

struct LintRequest {
  std::string model;
  std::vector<std::string> rules;
  std::string domain;  ///< "LOW,HIGH" or empty
  std::vector<std::string> canonize;
  bool canonize_given = false;
  std::vector<std::string> checks;       ///< ids of lint rules; empty: all
  std::int64_t budget = 20'000'000'000;  ///< multiply-adds that bounds, and inputs to try, may cost
};

base::Result<claim::Report> lint(const LintRequest& request);

/// 1: a finding at or above the level, 3: something is unknown, else 0. Level::none: no finding counts.
int lint_exit_code(const claim::Report& report, claim::Level fail_on, bool allow_unknown);

}  // namespace lrproof::job
