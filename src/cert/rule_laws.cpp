#include "cert/rule_laws.hpp"

#include "oracle/rule_law.hpp"

namespace lrproof::cert {

std::string rejected_rule_law(const std::string& json) {
  const auto lines = oracle::replay_rule_laws(json);
  if (!lines.value) return lines.error;
  for (const auto& line : *lines.value)
    if (line.claimed && line.answer.verdict == oracle::Verdict::rejected)
      return line.rule + ", " + line.law + " (" + line.shape + "): " + line.answer.why;
  return "";
}

}  // namespace lrproof::cert
