// Any bytes as a JSON report: one Diagnostic, or a report whose JSON is read back to the same JSON and that every coat
// can show.
#include <cstdint>
#include <string>
#include <string_view>

#include "claim/json.hpp"
#include "report/html.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrproof;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto report = claim::report_from_json(text, "fuzz.json");
  if (!report) {
    LRPROOF_INVARIANT(!report.error().sentence.empty() && !report.error().place.empty(), "a diagnostic says nothing");
    return 0;
  }
  const std::string printed = claim::to_json_text(*report);
  const auto again = claim::report_from_json(printed, "printed.json");
  LRPROOF_INVARIANT(again.ok(), again.ok() ? "" : again.error().text());
  LRPROOF_INVARIANT(claim::to_json_text(*again) == printed, "the JSON form is not stable");
  LRPROOF_INVARIANT(!report::to_text(*report, {true, 80, true}).empty(), "no text");
  LRPROOF_INVARIANT(!report::to_text(*report).empty() && !report::to_markdown(*report).empty(), "no text");
  LRPROOF_INVARIANT(report::to_html(*report).find("<script") == std::string::npos, "a name became markup");
  return 0;
}
