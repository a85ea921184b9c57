// Audits a network from inside another program.
// usage: embed MODEL.onnx INPUTS.npy RULES...
#include <cstdio>
#include <lrproof/audit.hpp>

namespace {

int fail(const lrproof::Error& error) {
  std::fprintf(stderr, "embed: %s\n", error.text.c_str());
  return 2;
}

void print(const lrproof::Report& report) {
  for (const auto& finding : report.findings) {
    std::printf("%-16s %-14s %-12s %-10s %s\n", finding.rule_set.c_str(), finding.check.c_str(),
                finding.place.node.c_str(), lrproof::name_of(finding.verdict), finding.vacuous ? "vacuous" : "");
  }
  for (const auto& row : report.roots) {
    std::printf("%-16s roots of %s, %s, %s: %lld of %lld inside\n", row.rule_set.c_str(), row.place.node.c_str(),
                row.place.kind.c_str(), row.place.notion.c_str(), static_cast<long long>(row.inside),
                static_cast<long long>(row.roots));
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) {
    std::fprintf(stderr, "usage: embed MODEL.onnx INPUTS.npy RULES...\n");
    return 2;
  }
  const auto network = lrproof::load_network(words[1]);
  if (!network) return fail(network.error());
  const auto inputs = lrproof::load_inputs(words[2]);
  if (!inputs) return fail(inputs.error());
  std::vector<lrproof::RuleSet> rule_sets;
  for (int k = 3; k < count; ++k) {
    const auto rules = lrproof::load_rule_set(words[k]);
    if (!rules) return fail(rules.error());
    rule_sets.push_back(*rules);
  }

  lrproof::AuditOptions options;
  options.limit = 5;
  options.domain = {"0", "1"};
  const auto report = lrproof::audit(*network, rule_sets, *inputs, options);
  if (!report) return fail(report.error());
  std::printf("lrproof %s: %zu findings on %zu nodes\n", lrproof::version().c_str(), report->findings.size(),
              network->nodes().size());
  print(*report);
  return report->findings.empty() ? 1 : 0;
}
