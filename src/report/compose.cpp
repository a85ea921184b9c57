#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "claim/check.hpp"
#include "claim/json.hpp"
#include "report/compose.hpp"
#include "report/words.hpp"

namespace lrproof::report {
namespace {

using claim::Finding;
using claim::Verdict;

std::size_t check_order(const std::string& id) {
  const auto all = claim::checks();
  return std::size_t(std::find_if(all.begin(), all.end(), [&](const auto& check) { return check.id == id; }) -
                     all.begin());
}

std::size_t rule_set_order(const claim::Report& report, const std::string& name) {
  const auto& sets = report.rule_sets;
  return std::size_t(std::find_if(sets.begin(), sets.end(), [&](const auto& set) { return set.name == name; }) -
                     sets.begin());
}

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string joined(const std::vector<std::string>& words, const std::string& between = ", ") {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

std::string shapes_text(const std::vector<std::vector<std::int64_t>>& shapes) {
  std::vector<std::string> texts;
  for (const auto& shape : shapes) texts.push_back(fmt::format("{}", fmt::join(shape, "\u00d7")));
  return joined(texts);
}

std::string model_text(const claim::ModelInfo& model) {
  std::string text = fmt::format("{}, {}, input {}, output {}", model.path, plural(model.nodes, "node"),
                                 shapes_text(model.inputs), shapes_text(model.outputs));
  if (!model.cut.empty()) text += "; cut off: " + joined(model.cut);
  return text;
}

std::string inputs_text(const claim::Report& report) {
  if (report.inputs_path.empty()) return "none";
  return report.inputs_path + ", " + plural(std::int64_t(report.input_indices.size()), "input");
}

std::string roots_text(const claim::RootsInfo& roots) {
  std::vector<std::string> tensors;
  for (const auto& tensor : roots.tensors)
    tensors.push_back(fmt::format("{} (one per {}{})", tensor.node, tensor.per, tensor.slope ? ", with a slope" : ""));
  return roots.path + ": " + joined(tensors);
}

std::vector<Fact> facts_of(const claim::Report& report) {
  std::vector<Fact> facts = {{"model", model_text(report.model)}};
  std::vector<std::string> names;
  for (const auto& rules : report.rule_sets) names.push_back(rules.name);
  facts.push_back({"rule sets", names.empty() ? "none" : joined(names)});
  facts.push_back({"inputs", inputs_text(report)});
  if (report.given_roots) facts.push_back({"roots", roots_text(*report.given_roots)});
  std::vector<std::string> settings;
  for (const auto& [name, value] : report.settings) settings.push_back(name + " " + value);
  if (!settings.empty()) facts.push_back({"settings", joined(settings)});
  for (const std::string& note : report.model.notes) facts.push_back({"note", note});
  return facts;
}

std::string summary_text(const claim::Summary& sum, double seconds) {
  std::vector<std::string> parts;
  std::vector<std::string> trusts;
  if (sum.checked > 0) trusts.push_back(count_text(sum.checked) + " checked");
  if (sum.evaluated > 0) trusts.push_back(count_text(sum.evaluated) + " evaluated");
  if (sum.asserted > 0) trusts.push_back(count_text(sum.asserted) + " asserted");
  parts.push_back(count_text(sum.proved) + " proved" + (trusts.empty() ? "" : " (" + joined(trusts) + ")"));
  parts.push_back(count_text(sum.refuted) + " refuted");
  parts.push_back(count_text(sum.unknown) + " unknown");
  parts.push_back(count_text(sum.rejected) + " rejected");
  if (sum.vacuous > 0) parts.push_back(count_text(sum.vacuous) + " vacuous");
  const std::int64_t findings = sum.proved + sum.refuted + sum.unknown + sum.rejected + sum.vacuous;
  return fmt::format("{}: {}; {:.1f} s", plural(findings, "finding"), joined(parts), seconds);
}

std::vector<Tile> tiles_of(const claim::Summary& sum) {
  return {{"proved", sum.proved, Tone::good},
          {"refuted", sum.refuted, Tone::bad},
          {"unknown", sum.unknown, Tone::doubt},
          {"rejected", sum.rejected, Tone::faint},
          {"vacuous", sum.vacuous, Tone::faint}};
}

std::string flowing(std::string_view text) {
  std::string out(text);
  for (std::size_t k = 0; k + 1 < out.size(); ++k)
    if (out[k] == '\n' && out[k + 1] != '\n' && (k == 0 || out[k - 1] != '\n')) out[k] = ' ';
  return out;
}

std::vector<Listing> listings_of(const claim::Report& report) {
  std::vector<Listing> listings;
  std::set<std::size_t> seen;
  for (const Finding& finding : report.findings) seen.insert(check_order(finding.check));
  for (const std::size_t order : seen) {
    if (order >= claim::checks().size()) continue;
    const claim::Check& check = claim::checks()[order];
    listings.push_back({std::string(check.id) + " \u2014 " + flowing(check.question),
                        flowing(check.theorem) + "\n\nA witness: " + flowing(check.refuted) +
                            "\n\nWhat to do: " + flowing(check.remedy) + "\n\nSource: " + flowing(check.source),
                        false});
  }
  for (const auto& rules : report.rule_sets) {
    std::string text = rules.text;
    if (!rules.assignment.empty()) text += "\n# node -> rule\n";
    for (const auto& row : rules.assignment) text += fmt::format("# {} ({}): {}\n", row.node, row.op, row.rule);
    listings.push_back({"rule set " + rules.name, text, true});
  }
  return listings;
}

std::vector<Tile> levels_of(const claim::Summary& sum) {
  return {{"errors", sum.errors, Tone::bad},
          {"warnings", sum.warnings, Tone::doubt},
          {"notes", sum.notes - sum.unknown - sum.vacuous, Tone::plain},
          {"unknown", sum.unknown, Tone::faint}};
}

Page add_lint(Page page, const claim::Report& report, Depth depth, const claim::Summary& sum) {
  for (auto& section : {lint_section(report, depth), unknown_section(report, depth), allowed_section(report),
                        passed_section(report), rewrites_section(report)})
    if (section) page.sections.push_back(*section);
  page.listings = listings_of(report);
  page.summary =
      fmt::format("{}, {}, {}, {} unknown; {:.1f} s", plural(sum.errors, "error"), plural(sum.warnings, "warning"),
                  plural(sum.notes - sum.unknown - sum.vacuous, "note"), count_text(sum.unknown), report.seconds);
  page.facts.push_back({"tool", "lrproof " + report.version});
  return page;
}

}  // namespace

std::vector<Group> groups_of(const claim::Report& report) {
  std::map<std::tuple<std::size_t, std::size_t, std::string, std::string>, Group> groups;
  for (const Finding& finding : report.findings) {
    Group& group =
        groups[{check_order(finding.check), rule_set_order(report, finding.rule_set), finding.check, finding.rule_set}];
    group.check = finding.check;
    group.rule_set = finding.rule_set;
    group.findings.push_back(&finding);
  }
  std::vector<Group> list;
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  return list;
}

Cell verdict_cell(const std::vector<const Finding*>& findings) {
  const auto any = [&](Verdict verdict, bool vacuous) {
    return std::any_of(findings.begin(), findings.end(),
                       [&](const Finding* f) { return f->verdict == verdict && f->vacuous == vacuous; });
  };
  if (any(Verdict::refuted, false) || any(Verdict::refuted, true)) return {"\u2717 refuted", Tone::bad};
  if (any(Verdict::unknown, false) || any(Verdict::unknown, true)) return {"? unknown", Tone::doubt};
  if (any(Verdict::proved, false)) return {"\u2713 proved", Tone::good};
  if (any(Verdict::rejected, false) || any(Verdict::rejected, true)) return {"\u2013 rejected", Tone::faint};
  return {"\u2205 vacuous", Tone::faint};
}

Cell verdict_cell(const Finding& finding) { return verdict_cell(std::vector<const Finding*>{&finding}); }

Page compose(const claim::Report& report, Depth depth) {
  const claim::Summary sum = claim::summarise(report);
  const bool lints = report.command == "lint";
  Page page;
  page.title = (lints ? "Lint of " : "Audit of ") + file_name(report.model.path);
  page.facts = facts_of(report);
  page.tiles = lints ? levels_of(sum) : tiles_of(sum);
  if (lints) return add_lint(std::move(page), report, depth, sum);
  for (auto& section :
       {roots_section(report, depth), reduction_section(report), ledger_section(report, depth), checks_section(report),
        bounds_section(report, depth), rewrites_section(report), refuted_section(report, depth),
        unknown_section(report, depth), rejected_section(report, depth)})
    if (section) page.sections.push_back(*section);
  page.listings = listings_of(report);
  page.summary = summary_text(sum, report.seconds);
  page.facts.push_back({"tool", "lrproof " + report.version + (report.z3.empty() ? "" : ", Z3 " + report.z3)});
  return page;
}

}  // namespace lrproof::report
