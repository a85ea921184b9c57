#include "claim/json.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/file.hpp"
#include "claim/claim.hpp"

#include "../report/sample.hpp"

using namespace lrproof;
using claim::Report;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a report survives its JSON form") {
  for (const Report& report : {sample::digits(), sample::hostile(), Report{}}) {
    const std::string text = claim::to_json_text(report);
    const auto back = claim::report_from_json(text, "r.json");
    REQUIRE_MESSAGE(back.ok(), back.error().text());
    CHECK(claim::to_json_text(*back) == text);
    CHECK(back->findings.size() == report.findings.size());
  }
}

TEST_CASE("values come back as they were") {
  const Report report = sample::digits();
  const auto back = claim::report_from_json(claim::to_json_text(report), "r.json");
  REQUIRE(back.ok());
  for (std::size_t k = 0; k < report.findings.size(); ++k) {
    CHECK(back->findings[k].place == report.findings[k].place);
    CHECK(back->findings[k].scope.inputs == report.findings[k].scope.inputs);
    REQUIRE(back->findings[k].exemplars.size() == report.findings[k].exemplars.size());
    for (std::size_t e = 0; e < report.findings[k].exemplars.size(); ++e)
      CHECK(back->findings[k].exemplars[e].witness == report.findings[k].exemplars[e].witness);
  }
  CHECK(back->settings == report.settings);
}

TEST_CASE("a finding and an exemplar alone survive too") {
  for (const claim::Finding& finding : sample::digits().findings) {
    const std::string text = claim::to_json_text(finding);
    const auto back = claim::finding_from_json(text, "finding");
    REQUIRE(back.ok());
    CHECK(claim::to_json_text(*back) == text);
    CHECK(back->scope.inputs == finding.scope.inputs);
    for (const claim::Exemplar& exemplar : finding.exemplars) {
      const auto again = claim::exemplar_from_json(claim::to_json_text(exemplar), "exemplar");
      REQUIRE(again.ok());
      CHECK(again->witness == exemplar.witness);
      CHECK(again->input == exemplar.input);
    }
  }
}

TEST_CASE("numbers stay on one line and NaN is never written") {
  const std::string text = claim::to_json_text(sample::hostile());
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("NaN") == std::string::npos);
  CHECK(text.find("inf\"") == std::string::npos);
  CHECK(text.find("\"indices\": [0, 1, 2, 3") != std::string::npos);
  CHECK(text.find("\"inputs\": \"all\"") != std::string::npos);
}

TEST_CASE("a thousand inputs and three hundred findings stay below 5 MB") {
  Report report = sample::digits();
  report.input_indices.clear();
  for (long k = 0; k < 1000; ++k) report.input_indices.push_back(k);
  while (report.findings.size() < 300) report.findings.push_back(report.findings[report.findings.size() % 10]);
  for (claim::Finding& finding : report.findings) finding.scope.inputs = report.input_indices;
  CHECK(claim::to_json_text(report).size() < 2'000'000);
}

TEST_CASE("a damaged report is one error with its place") {
  const std::string text = claim::to_json_text(sample::digits());
  const auto error_of = [](const std::string& damaged) {
    const auto result = claim::report_from_json(damaged, "r.json");
    REQUIRE_FALSE(result.ok());
    return result.error();
  };
  CHECK(error_of("").code == "report.json");
  CHECK(error_of(text.substr(0, text.size() / 2)).place.find("r.json: byte ") == 0);
  CHECK(error_of("[]").code == "report.schema");
  CHECK(error_of("{\"schema\": \"lrproof-report/2\"}").code == "report.schema");
  CHECK(error_of("{\"schema\": \"lrproof-report/1\"}").place == "r.json: /tool");
  CHECK(error_of(replaced(text, "\"verdict\": \"proved\"", "\"verdict\": \"surely\"")).sentence ==
        "unknown word 'surely'");
  CHECK(error_of(replaced(text, "\"nodes\": 7", "\"nodes\": 99999999999")).place == "r.json: /model/nodes");
  CHECK(error_of(replaced(text, "\"steps\": 1200", "\"steps\": \"many\"")).place == "r.json: /findings/0/cost/steps");
  CHECK(error_of(replaced(text, "[\"1/2\"]", "[\"1/0\"]")).sentence.find("exact number") != std::string::npos);
  CHECK(error_of(replaced(text, "\"seconds\": 12.5", "\"seconds\": 1e999")).code == "report.json");
  CHECK(error_of(std::string(100000, '[')).code == "report.json");
  CHECK(error_of(std::string(100000, '[') + std::string(100000, ']')).code == "report.schema");
  for (std::size_t k = 0; k < text.size(); k += 997) (void)claim::report_from_json(text.substr(0, k), "r.json");
}

TEST_CASE("the finding in the documentation is one") {
  const std::string page = *base::read_file(std::string(LRPROOF_SOURCE_DIR) + "/docs/reports.md");
  const auto open = page.find("```json\n") + 8;
  const auto finding = claim::finding_from_json(
      replaced(page.substr(open, page.find("```", open) - open), "\"inputs\": \"all\"", "\"inputs\": []"), "docs");
  REQUIRE_MESSAGE(finding.ok(), finding.error().text());
  CHECK(finding->exemplars.at(0).witness.numbers.at("relevance").at(0) == num::Rational(8, 25));
}
