#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "report/compose.hpp"
#include "report/words.hpp"

namespace lrproof::report {
namespace {

using claim::Exemplar;
using claim::Finding;
using claim::Verdict;

std::string title_of(const Group& group) {
  return group.check + (group.rule_set.empty() ? "" : " \u00b7 " + group.rule_set);
}

std::int64_t count_of(const Group& group, Verdict verdict) {
  return std::count_if(group.findings.begin(), group.findings.end(),
                       [&](const Finding* finding) { return finding->verdict == verdict; });
}

std::string how_many(const Group& group, Verdict verdict) {
  const std::int64_t count = count_of(group, verdict);
  if (group.findings.size() == 1) {
    const claim::Counts& n = group.findings[0]->counts;
    const std::int64_t places = verdict == Verdict::refuted ? n.refuted : n.unknown;
    return n.places == 0
               ? to_string(verdict)
               : fmt::format("{} at {} of {}", to_string(verdict), count_text(places), plural(n.places, "place"));
  }
  return fmt::format("{} in {} of {}", to_string(verdict), count_text(count),
                     plural(std::int64_t(group.findings.size()), "finding"));
}

struct Shown {
  const Finding* finding;
  const Exemplar* exemplar;
};

/// Refuting exemplars, the shortest to read first.
std::vector<Shown> witnesses_of(const Group& group) {
  std::vector<Shown> shown;
  for (const Finding* finding : group.findings)
    for (const Exemplar& exemplar : finding->exemplars)
      if (exemplar.verdict == Verdict::refuted) shown.push_back({finding, &exemplar});
  std::stable_sort(shown.begin(), shown.end(), [](const Shown& a, const Shown& b) {
    return witness_size(a.exemplar->witness) < witness_size(b.exemplar->witness);
  });
  return shown;
}

std::string shown_words(const Shown& shown) {
  return place_words(*shown.finding, *shown.exemplar) + " \u2014 " + witness_sentence(shown.exemplar->witness);
}

/// What was claimed and found, its further figures, then its witnesses.
void add_finding(std::vector<std::string>& lines, const Finding& finding, const std::vector<Shown>& witnesses) {
  std::string line = fmt::format("[{}] {}: {} of {} refuted", finding.id, finding.statement,
                                 count_text(finding.counts.refuted), plural(finding.counts.places, "place"));
  if (!finding.answer.empty()) line += " (" + finding.answer + ")";
  for (const auto& [name, number] : finding.numbers) line += fmt::format("; {} {}", name, amount_text(number));
  lines.push_back(std::move(line));
  for (const Shown& shown : witnesses)
    if (shown.finding == &finding) lines.push_back("\u21b3 " + shown_words(shown));
}

Note refuted_note(const Group& group) {
  Note note{Tone::bad, title_of(group) + " \u00b7 " + how_many(group, Verdict::refuted), {}};
  const std::vector<Shown> witnesses = witnesses_of(group);
  for (const Finding* finding : group.findings)
    if (finding->verdict == Verdict::refuted) add_finding(note.lines, *finding, witnesses);
  return note;
}

/// One note per check for all rule sets, with the shortest witness of all.
std::vector<Note> brief_notes(const std::vector<Group>& groups) {
  std::vector<Note> notes;
  for (std::size_t first = 0, last = 0; first < groups.size(); first = last) {
    Group merged{groups[first].check, "", {}};
    std::vector<std::string> names;
    for (last = first; last < groups.size() && groups[last].check == merged.check; ++last) {
      if (count_of(groups[last], Verdict::refuted) == 0) continue;
      if (!groups[last].rule_set.empty()) names.push_back(groups[last].rule_set);
      merged.findings.insert(merged.findings.end(), groups[last].findings.begin(), groups[last].findings.end());
    }
    if (merged.findings.empty()) continue;
    Note note{Tone::bad, merged.check, {}};
    if (!names.empty()) note.title += fmt::format(" \u00b7 {}", fmt::join(names, ", "));
    const std::vector<Shown> witnesses = witnesses_of(merged);
    if (!witnesses.empty())
      note.lines.push_back((names.size() > 1 ? witnesses[0].finding->rule_set + ", " : std::string()) +
                           shown_words(witnesses[0]));
    notes.push_back(std::move(note));
  }
  return notes;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

/// Long lists are cut in a brief report; how much is missing is said.
void shorten(std::vector<std::string>& list, std::size_t most, const std::string& noun) {
  if (list.size() <= most) return;
  const std::size_t left = list.size() - most;
  list.resize(most);
  list.push_back(fmt::format("and {}", plural(std::int64_t(left), noun)));
}

std::string node_words(const Finding& finding) {
  return finding.place.node.empty() ? std::string("the network") : finding.place.node;
}

}  // namespace

std::optional<Section> refuted_section(const claim::Report& report, Depth depth) {
  Section section{
      "Refuted, with the shortest witness", "Each witness can be replayed by hand or with lrproof-recheck.", {}, {}};
  if (depth == Depth::brief) section.notes = brief_notes(groups_of(report));
  if (depth == Depth::full)
    for (const Group& group : groups_of(report))
      if (count_of(group, Verdict::refuted) > 0) section.notes.push_back(refuted_note(group));
  if (section.notes.empty()) return std::nullopt;
  return section;
}

std::optional<Section> unknown_section(const claim::Report& report, Depth depth) {
  Section section{"Unknown, and why", "Unknown is never a pass.", {}, {}};
  for (const Group& group : groups_of(report)) {
    std::vector<std::string> reasons;
    std::int64_t places = 0;
    for (const Finding* finding : group.findings) {
      places += finding->counts.unknown;
      if (finding->counts.unknown > 0 || finding->verdict == Verdict::unknown)
        for (const std::string& reason : finding->reasons) add_once(reasons, reason);
    }
    if (places == 0 && count_of(group, Verdict::unknown) == 0) continue;
    if (depth == Depth::brief) shorten(reasons, 3, "other reason");
    section.notes.push_back(
        {Tone::doubt, title_of(group) + " \u00b7 " + plural(places, "place") + " unknown", reasons});
  }
  if (section.notes.empty()) return std::nullopt;
  return section;
}

std::optional<Section> rejected_section(const claim::Report& report, Depth depth) {
  Section section{"Rejected, and what would help", "The question makes no sense there.", {}, {}};
  struct Merged {
    std::vector<std::string> checks, nodes, reasons;
  };
  std::map<std::string, Merged> by_fix;
  for (const Finding& finding : report.findings) {
    if (finding.verdict != Verdict::rejected && finding.counts.rejected == 0) continue;
    Merged& merged = by_fix[finding.fix];
    add_once(merged.checks, finding.check);
    add_once(merged.nodes, node_words(finding));
    for (const std::string& reason : finding.reasons) add_once(merged.reasons, reason);
  }
  for (auto& [fix, merged] : by_fix) {
    if (depth == Depth::brief) {
      shorten(merged.nodes, 6, "other node");
      shorten(merged.reasons, 3, "other reason");
    }
    Note note{Tone::faint, fmt::format("{} at {}", fmt::join(merged.checks, ", "), fmt::join(merged.nodes, ", ")),
              merged.reasons};
    if (!fix.empty()) note.lines.push_back("would help: " + fix);
    section.notes.push_back(std::move(note));
  }
  if (section.notes.empty()) return std::nullopt;
  return section;
}

}  // namespace lrproof::report
