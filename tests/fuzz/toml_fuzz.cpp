// Any bytes as a rule file: one Diagnostic, or a rule set whose print is read back to the same print.
#include <cstdint>
#include <string>
#include <string_view>

#include "rule/ruleset_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lrproof;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rules = rule::parse_ruleset(text, "fuzz.toml");
  if (!rules) {
    LRPROOF_INVARIANT(!rules.error().sentence.empty() && !rules.error().place.empty(), "a diagnostic says nothing");
    return 0;
  }
  const std::string printed = rule::print_ruleset(*rules);
  const auto again = rule::parse_ruleset(printed, "printed.toml");
  LRPROOF_INVARIANT(again.ok(), again.ok() ? "" : again.error().text());
  LRPROOF_INVARIANT(rule::print_ruleset(*again) == printed, "the normal form is not stable");
  for (std::size_t k = 0; k < rules->assigns.size(); ++k)
    LRPROOF_INVARIANT(again->assigns[k].rule == rules->assigns[k].rule && again->assigns[k].to == rules->assigns[k].to,
                      "a rule changed on its way through text");
  return 0;
}
