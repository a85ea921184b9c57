// The public API as a caller meets it: values in, values or an Error out.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "lrproof/audit.hpp"

using namespace lrproof;

namespace {

const std::string kStudy = std::string(LRPROOF_SOURCE_DIR) + "/examples/dtd_study/dtd_study";

std::string bytes_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

AuditOptions few(std::vector<std::string> checks) {
  AuditOptions options;
  options.target = "0", options.limit = 4, options.checks = std::move(checks);
  return options;
}

}  // namespace

TEST_CASE("networks and rule sets say what they are") {
  const auto network = load_network(kStudy + ".onnx");
  REQUIRE(network);
  CHECK(network->sha256().size() == 64);
  CHECK(network->input_shape() == std::vector<std::int64_t>{1, 10});
  CHECK(network->output_size() == 2);
  CHECK(network->nodes().size() == 7);
  CHECK(network->nodes().back().inputs.size() == 1);
  const auto rules = load_rule_set("lrp-0");
  REQUIRE(rules);
  CHECK(rules->name() == "lrp-0");
  CHECK(rules->dialect() == "reference");
  const auto again = parse_rule_set(rules->text(), "again");
  REQUIRE(again);
  CHECK(again->text() == rules->text());
  const auto names = shipped_rule_sets();
  CHECK(std::find(names.begin(), names.end(), "dtd-z-plus") != names.end());
  CHECK(checks().size() >= 14);
  CHECK(version().find('.') != std::string::npos);
}

TEST_CASE("from memory and from files, an audit finds the same") {
  const auto network = load_network(kStudy + ".onnx");
  const auto parsed = parse_network(bytes_of(kStudy + ".onnx"), "study");
  const auto rules = load_rule_set("dtd-z-plus");
  auto inputs = load_inputs(kStudy + "_inputs.npy");
  REQUIRE((network && parsed && rules && inputs));
  CHECK(inputs->count == 1000);
  const auto options = few({"root.inside"});
  const auto first = audit(*network, {*rules}, *inputs, options);
  Inputs made = *inputs;
  made.path.clear(), made.sha256.clear();
  const auto second = audit(*parsed, {*rules}, made, options);
  REQUIRE((first && second));
  REQUIRE(first->roots.size() == 6);
  REQUIRE(second->roots.size() == 6);
  REQUIRE(!first->findings.empty());
  for (std::size_t k = 0; k < first->roots.size(); ++k) {
    CHECK(first->roots[k].roots == second->roots[k].roots);
    CHECK(first->roots[k].inside == second->roots[k].inside);
  }
  CHECK(first->to_json().find("\"lrproof-report/1\"") != std::string::npos);
  for (const auto& finding : first->findings) {
    CHECK(finding.check == "root.inside");
    CHECK(finding.law == "ROO-5");
    CHECK(finding.counts.places == finding.counts.proved + finding.counts.refuted + finding.counts.vacuous);
    if (finding.verdict == Verdict::refuted) CHECK(!finding.exemplars.empty());
  }
}

TEST_CASE("what is wrong comes back as an Error") {
  CHECK(!load_network(kStudy + "-missing.onnx"));
  CHECK(!parse_network("not a network", "junk"));
  CHECK(!load_inputs(kStudy + ".onnx"));
  const auto misspelt = load_rule_set("dtd-z-pluss");
  REQUIRE(!misspelt);
  CHECK(misspelt.error().text.find("dtd-z-plus") != std::string::npos);
  const auto toml = parse_rule_set("[ruleset]\nname = 3\n", "bad.toml");
  REQUIRE(!toml);
  CHECK(toml.error().place.find("bad.toml:") == 0);

  const auto network = load_network(kStudy + ".onnx");
  const auto rules = load_rule_set("lrp-0");
  const auto inputs = load_inputs(kStudy + "_inputs.npy");
  REQUIRE((network && rules && inputs));
  auto code = [&](const std::vector<RuleSet>& sets, const Inputs& given, const AuditOptions& options) {
    const auto report = audit(*network, sets, given, options);
    return report ? std::string("none") : report.error().code;
  };
  CHECK(code({}, *inputs, {}) == "usage.rules");
  CHECK(code({*rules, *rules}, *inputs, {}) == "usage.rules");
  CHECK(code({*rules}, *inputs, few({"root.insid"})) == "usage.check");
  CHECK(code({*rules}, {"", "", 1, 3, {1, 2, 3}}, {}) == "inputs.shape");
  CHECK(code({*rules}, {"", "", 2, 10, {1, 2, 3}}, {}) == "inputs.shape");
  CHECK(code({*rules}, {"", "", 1, 10, std::vector<double>(10, NAN)}, {}) == "inputs.non-finite");
  AuditOptions options;
  options.limit = -1;
  CHECK(code({*rules}, *inputs, options) == "usage.option");
  options = {};
  options.domain = {"1", "0"};
  CHECK(code({*rules}, *inputs, options) == "usage.domain");
  options = {};
  options.target = "2";
  CHECK(code({*rules}, *inputs, options) == "target.range");
}
