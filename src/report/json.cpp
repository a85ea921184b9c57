#include "report/json.hpp"

#include "claim/json.hpp"

namespace lrproof::report {

std::string to_json(const claim::Report& report) { return claim::to_json_text(report); }

}  // namespace lrproof::report
