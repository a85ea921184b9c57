#pragma once
// The report as JSON, and the schema it obeys.
#include <string>
#include <string_view>

#include "claim/claim.hpp"

namespace lrproof::report {

std::string to_json(const claim::Report& report);  ///< schema lrproof-report/1
/// docs/lrproof-report-1.schema.json, as it was when this program was built.
std::string_view schema_text();

}  // namespace lrproof::report
