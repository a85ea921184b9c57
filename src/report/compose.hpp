#pragma once
// The parts of compose; used inside this room only.
#include <optional>

#include "report/page.hpp"

namespace lrproof::report {

/// Findings of one check and one rule set, over all layers.
struct Group {
  std::string check, rule_set;
  std::vector<const claim::Finding*> findings;
};
/// In the order of the check table, then of the rule sets.
std::vector<Group> groups_of(const claim::Report& report);

/// The verdict of several findings together: the first of refuted, unknown, proved, rejected, vacuous that occurs.
Cell verdict_cell(const std::vector<const claim::Finding*>& findings);
Cell verdict_cell(const claim::Finding& finding);

std::optional<Section> roots_section(const claim::Report& report, Depth depth);
std::optional<Section> reduction_section(const claim::Report& report);
std::optional<Section> ledger_section(const claim::Report& report, Depth depth);
std::optional<Section> checks_section(const claim::Report& report);
std::optional<Section> bounds_section(const claim::Report& report, Depth depth);
std::optional<Section> lint_section(const claim::Report& report, Depth depth);
std::optional<Section> allowed_section(const claim::Report& report);
std::optional<Section> passed_section(const claim::Report& report);
std::optional<Section> rewrites_section(const claim::Report& report);
std::optional<Section> refuted_section(const claim::Report& report, Depth depth);
std::optional<Section> unknown_section(const claim::Report& report, Depth depth);
std::optional<Section> rejected_section(const claim::Report& report, Depth depth);

}  // namespace lrproof::report
