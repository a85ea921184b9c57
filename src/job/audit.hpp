#pragma once
// `lrproof audit`: every applicable check of rule sets on a network at inputs, one report. Reads like the data flow in
// docs/architecture.md: load, canonize, assign, obligations, prove, check, report.
#include <functional>

#include "job/load.hpp"
#include "prop/subject.hpp"

namespace lrproof::job {

struct AuditRequest {
  std::string model, inputs;
  std::vector<std::string> rules;
  std::string target = "argmax";
  std::string roots;            ///< .npz of root functions (job/roots.hpp) or empty
  std::string domain;           ///< "LOW,HIGH" or empty
  std::string tau;              ///< gxi.bounded; empty: not asked
  std::string scope = "point";  ///< point, cell or box
  std::string radius;           ///< of the box; empty: none
  std::string min_activation;   ///< roots over a scope: |z_j| at least; empty: half of the centre's
  std::string dump_smt;         ///< folder for every question about roots over a scope, as SMT-LIB; empty: none
  std::string resume;           ///< file that holds what was decided, to go on from (job/resume.hpp); empty: none
  std::vector<std::string> canonize;
  bool canonize_given = false;
  std::vector<std::string> checks;
  std::vector<std::string> nodes;  ///< names; only what is asked at these; empty: everything
  long limit = 0;                  ///< 0: all inputs
  long witnesses = 3;
  bool all_certificates = false;  ///< every proved place is an exemplar
  long root_samples = 64;
  std::int64_t budget = 20'000'000;  ///< multiply-adds of exact arithmetic per question
  int jobs = 0;                      ///< 0: one per core
  std::uint64_t seed = 0;
  std::function<void(const std::string& what, std::size_t done, std::size_t all)> progress;
};

struct AuditResult {
  claim::Report report;
  std::string bug;  ///< why the checker rejected one of our own findings; "" as it should be
};

/// canon.equal, one finding per rewrite.
std::vector<claim::Finding> canon_findings(const claim::ModelInfo& model);

base::Result<AuditResult> audit(const AuditRequest& request);
/// The same on a model, rule sets and inputs that are loaded already.
base::Result<AuditResult> audit_loaded(const AuditRequest& request, const LoadedModel& model,
                                       const std::vector<LoadedRules>& rules, const LoadedInputs& inputs);

/// Exit code of an audit (contract): 70 bug, then 1 a required check is not proved, then 3 something unknown.
int exit_code(const AuditResult& result, const std::vector<std::string>& required, bool allow_unknown);

}  // namespace lrproof::job
