#include "job/canonize.hpp"

#include "canon/rewrite.hpp"

namespace lrproof::job {

base::Result<std::string> canonize_dry_run(const std::string& path, std::vector<std::string> asked) {
  if (asked.empty())
    for (const auto& row : canon::rewrites())
      if (row.usual) asked.push_back(row.name);
  LRPROOF_TRY(model, load_model(path, asked));
  std::string out = path + ": " + std::to_string(model.info.steps.size()) + " rewrites apply\n";
  for (const auto& step : model.info.steps) {
    std::string nodes;
    for (const auto& n : step.nodes) nodes += (nodes.empty() ? "" : " <- ") + n;
    out += "  " + claim::to_string(step.verdict) + "  " + step.rewrite + "  " + nodes + "  (" + step.symbolic + ")\n";
  }
  for (const auto& note : model.info.notes) out += "  " + note + "\n";
  LRPROOF_TRY(again, canon::canonize(model.network, asked));
  for (const auto& place : again.in_form) out += "  " + place.rewrite + ": " + place.reason + "\n";
  return out;
}

}  // namespace lrproof::job
