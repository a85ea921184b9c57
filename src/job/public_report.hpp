#pragma once
// From the tool's own report to the plain structs of the public API.
#include "base/result.hpp"
#include "claim/claim.hpp"
#include "lrproof/report.hpp"

namespace lrproof::job {

lrproof::Report public_report(const claim::Report& report);
lrproof::Error public_error(const base::Diagnostic& diagnostic);

}  // namespace lrproof::job
