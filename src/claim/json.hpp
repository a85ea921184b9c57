#pragma once
// The JSON forms of the values, schema lrproof-report/1 (docs/reports.md, docs/lrproof-report-1.schema.json).
// Absent strings and indices are null, exact numbers are strings "p/q", a number that is not finite is null: NaN is
// never written. Equal values print equally; reading what was written gives the same value.
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "claim/claim.hpp"

namespace lrproof::claim {

std::string to_json_text(const Exemplar& exemplar);  ///< witness flat, as docs/certificates.md has it
std::string to_json_text(const Finding& finding);
std::string to_json_text(const Report& report);

/// name is used in diagnostics only: "name: /findings/3/verdict". Unknown keys are passed over, as a later version of
/// the same schema may add some.
base::Result<Exemplar> exemplar_from_json(std::string_view text, const std::string& name);
base::Result<Finding> finding_from_json(std::string_view text, const std::string& name);
base::Result<Report> report_from_json(std::string_view text, const std::string& name);

/// How many findings had which verdict, trust and level: the report's summary.
struct Summary {
  std::int64_t proved = 0, checked = 0, evaluated = 0, asserted = 0, vacuous = 0, refuted = 0, unknown = 0,
               rejected = 0;
  std::int64_t errors = 0, warnings = 0, notes = 0;
};
Summary summarise(const Report& report);

}  // namespace lrproof::claim
