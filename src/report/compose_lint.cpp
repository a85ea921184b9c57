#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/compose.hpp"
#include "report/words.hpp"

namespace lrproof::report {
namespace {

using claim::Finding;
using claim::Level;
using claim::Verdict;

constexpr std::size_t kBrief = 5;  // findings of one lint rule and rule set that a brief report tells apart

Tone tone_of(Level level) {
  return level == Level::error ? Tone::bad : level == Level::warning ? Tone::doubt : Tone::plain;
}

/// "zennit-epsilon-plus:12", the rule file as the user named it.
std::string source_of(const claim::Report& report, const Finding& finding) {
  for (const auto& rules : report.rule_sets) {
    if (rules.name != finding.rule_set) continue;
    return rules.path + (finding.place.line > 0 ? ":" + std::to_string(finding.place.line) : "");
  }
  return "";
}

Note note_of(const claim::Report& report, const Finding& finding) {
  Note note{tone_of(finding.level), to_string(finding.level) + " " + finding.check, {}};
  if (!finding.place.node.empty()) note.title += " at " + finding.place.node;
  if (const std::string source = source_of(report, finding); !source.empty()) note.title += " \u00b7 " + source;
  note.lines.push_back(finding.statement);
  for (const std::string& reason : finding.reasons) note.lines.push_back(reason);
  for (const auto& exemplar : finding.exemplars) note.lines.push_back("\u21b3 " + witness_sentence(exemplar.witness));
  if (!finding.fix.empty()) note.lines.push_back("fix: " + finding.fix);
  return note;
}

}  // namespace

std::optional<Section> lint_section(const claim::Report& report, Depth depth) {
  Section section{"Findings", "lrproof checks show ID says what a finding means.", {}, {}};
  std::vector<const Finding*> found;
  for (const Finding& finding : report.findings)
    if (finding.verdict == Verdict::refuted && finding.level != Level::none) found.push_back(&finding);
  std::stable_sort(found.begin(), found.end(), [](const Finding* a, const Finding* b) { return a->level > b->level; });
  std::map<std::pair<std::string, std::string>, std::size_t> told;
  std::size_t left_out = 0;
  for (const Finding* finding : found) {
    if (++told[{finding->check, finding->rule_set}] > kBrief && depth == Depth::brief)
      ++left_out;
    else
      section.notes.push_back(note_of(report, *finding));
  }
  if (left_out > 0)
    section.notes.push_back(
        {Tone::faint,
         fmt::format("and {} of the same kinds: --verbose", plural(std::int64_t(left_out), "finding")),
         {}});
  if (section.notes.empty()) return std::nullopt;
  return section;
}

std::optional<Section> allowed_section(const claim::Report& report) {
  Section section{"Allowed by the rule files", "Findings that a comment in the rule file gives a reason for.", {}, {}};
  for (const Finding& finding : report.findings) {
    if (finding.verdict != Verdict::refuted || finding.level != Level::none) continue;
    section.notes.push_back(note_of(report, finding));
    section.notes.back().tone = Tone::faint;
    section.notes.back().title.replace(0, to_string(finding.level).size(), "allowed");
  }
  if (section.notes.empty()) return std::nullopt;
  return section;
}

std::optional<Section> passed_section(const claim::Report& report) {
  Section section{"Shown to be as it should", "Proved by bounds over the domain, or over all inputs.", {}, {}};
  for (const Finding& finding : report.findings) {
    if (finding.verdict != Verdict::proved || finding.check.starts_with("canon.")) continue;
    section.notes.push_back({Tone::good, finding.check + " at " + finding.place.node, {finding.statement}});
  }
  if (section.notes.empty()) return std::nullopt;
  return section;
}

}  // namespace lrproof::report
