#include "claim/claim.hpp"

#include "base/digest.hpp"

namespace lrproof::claim {
namespace {

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

Verdict settled_verdict(const Counts& counts) {
  if (counts.refuted > 0) return Verdict::refuted;
  if (counts.unknown > 0) return Verdict::unknown;
  if (counts.proved > 0) return Verdict::proved;
  return counts.rejected > 0 ? Verdict::rejected : Verdict::proved;
}

/// ROO-6. One outside witness refutes; "never" and "sometimes" need evidence of their own.
std::string settled_answer(const Counts& counts) {
  if (counts.refuted > 0 && counts.proved > 0) return "sometimes";
  if (counts.refuted > 0) return counts.unknown > 0 ? "not-always" : "never";
  return counts.proved > 0 && counts.unknown == 0 ? "always" : "";
}

/// What a reader should be stopped by. A rewrite that changes the function is an error: everything after it speaks of
/// another network. A refuted property is a warning, whatever the rule set promises. What stayed open, says nothing or
/// could be helped by a rewrite is a note.
Level settled_level(const Finding& finding) {
  switch (finding.verdict) {
    case Verdict::refuted:
      return starts_with(finding.check, "canon.") ? Level::error : Level::warning;
    case Verdict::unknown:
      return Level::note;
    case Verdict::rejected:
      return finding.fix.empty() ? Level::none : Level::note;
    case Verdict::proved:
      return finding.vacuous ? Level::note : Level::none;
  }
  return Level::none;
}

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::proved:
      return "proved";
    case Verdict::refuted:
      return "refuted";
    case Verdict::unknown:
      return "unknown";
    case Verdict::rejected:
      return "rejected";
  }
  return "unknown";
}

std::string to_string(Trust trust) {
  switch (trust) {
    case Trust::none:
      return "null";
    case Trust::asserted:
      return "asserted";
    case Trust::evaluated:
      return "evaluated";
    case Trust::checked:
      return "checked";
  }
  return "null";
}

std::string to_string(Level level) {
  switch (level) {
    case Level::none:
      return "none";
    case Level::note:
      return "note";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "none";
}

void settle(Finding& finding) {
  finding.verdict = settled_verdict(finding.counts);
  finding.vacuous = finding.verdict == Verdict::proved && finding.counts.proved == 0;
  if (finding.verdict == Verdict::unknown || finding.verdict == Verdict::rejected) finding.trust = Trust::none;
  if (starts_with(finding.check, "root.")) finding.answer = settled_answer(finding.counts);
  finding.level = settled_level(finding);
}

std::string finding_id(const Finding& finding) {
  std::string key;
  for (const std::string& part : {finding.check, finding.place.node, finding.place.kind, finding.place.notion,
                                  finding.rule_set, finding.scope.kind, finding.place.target})
    key += std::to_string(part.size()) + ":" + part + ";";
  return base::sha256(key).substr(0, 16);
}

}  // namespace lrproof::claim
