#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/file.hpp"
#include "report/escape.hpp"
#include "report/file.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"
#include "report/words.hpp"
#include "sample.hpp"

using namespace lrproof;
using num::Rational;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace

TEST_CASE("rounding never turns nearly all into all") {
  CHECK(report::share_text(9999, 10000) == ">99.9%");
  CHECK(report::share_text(10000, 10000) == "100%");
  CHECK(report::share_text(1, 100000) == "<0.1%");
  CHECK(report::share_text(0, 7) == "0%");
  CHECK(report::share_text(0, 0) == "-");
  CHECK(report::share_text(1, 8) == "12.5%");
  CHECK(report::share_range(1, 1, 8) == "12.5\u201325.0%");
  CHECK(report::share_range(2, 0, 8) == "25.0%");
  CHECK(report::count_text(1234567) == "1,234,567");
  CHECK(report::count_text(-1234) == "-1,234");
  CHECK(report::count_text(123) == "123");
}

TEST_CASE("exact numbers are readable") {
  CHECK(report::exact_text({Rational(8, 25)}) == "0.32 (8/25)");
  CHECK(report::exact_text({Rational(3), Rational(3)}) == "3");
  CHECK(report::exact_text({Rational(1, 3), Rational(1, 2)}) == "between 0.333333 and 0.5");
  CHECK(report::exact_text({Rational(4375112, 10000000), Rational(4375148, 10000000)}) == "\u2248 0.43751");
  CHECK(report::exact_text({Rational(0.1)}) == "\u2248 0.1");
  CHECK(report::exact_text({}) == "unknown");
  CHECK(report::fraction_text(0.0) == "0");
  CHECK(report::fraction_text(-0.125) == "-12.5%");
  CHECK(report::fraction_text(1.0) == "100%");
  CHECK(report::fraction_text(0.9999) == "~100.0%");
  CHECK(report::fraction_text(3e-7) == "3e-05%");
}

TEST_CASE("witnesses become sentences") {
  const claim::Witness feature{
      "feature", {{"feature", 5}}, {}, {{"relevance", {Rational(1, 4)}}, {"gradient_x_input", {Rational(1, 2)}}}};
  CHECK(report::witness_sentence(feature) == "feature 5 has relevance 0.25 (1/4), but gradient x input 0.5 (1/2)");
  CHECK(
      has(report::witness_sentence({"outside", {{"unit", 1}}, {}, {{"value", {Rational(2)}}, {"high", {Rational(1)}}}}),
          "above 1"));
  CHECK(has(report::witness_sentence({"ratio", {{"feature", 1}, {"other", -1}}, {}, {}}), "sign"));
  CHECK(report::witness_sentence({"novel", {{"a", 1}}, {{"b", "c"}}, {}}) == "novel: a = 1, b = c");
}

TEST_CASE("names cannot act on a terminal, a table or a page") {
  CHECK(report::clean("a\x1b[31m\nb\xff\u202e\x7f") == "a\\x1b[31m b\uFFFD\\u202e\\x7f");
  CHECK(report::clean("\xc0\xaf\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD");
  CHECK(report::clean("Grün \u00d7 \U0001F600") == "Grün \u00d7 \U0001F600");
  CHECK(report::for_markdown("a|b`c*<d>") == "a&#124;b\\`c\\*&lt;d&gt;");
  CHECK(report::for_html("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  CHECK(report::shortened("/layer1/layer1.0/conv1/Conv", 12) == "/la\u2026nv1/Conv");
  CHECK(report::width_of(report::shortened(std::string(50, 'x'), 20)) == 20);
  const claim::Report hostile = sample::hostile();
  for (const report::TextOptions& options : {report::TextOptions{}, report::TextOptions{false, 100, true}}) {
    const std::string text = report::to_text(hostile, options);
    CHECK_FALSE(has(text, "\x1b"));
    CHECK_FALSE(has(text, "\u202e"));
    CHECK_FALSE(has(text, "\xff"));
  }
  CHECK_FALSE(has(report::to_html(hostile), "<script"));
  CHECK_FALSE(has(report::to_markdown(hostile), "<script"));
}

TEST_CASE("numbers that are none are written as unknown") {
  for (const std::string& text : {report::to_text(sample::hostile()), report::to_markdown(sample::hostile()),
                                  report::to_html(sample::hostile()), report::to_json(sample::hostile())}) {
    CHECK_FALSE(has(text, "nan"));
    CHECK_FALSE(has(text, "NaN"));
  }
  CHECK(has(report::to_text(sample::hostile()), "unknown"));
}

TEST_CASE("the terminal text says what was found, within its width") {
  const std::string text = report::to_text(sample::digits(), {false, 110, false});
  for (const std::string& line : lines_of(text)) CHECK_MESSAGE(report::width_of(line) <= 110, line);
  CHECK(lines_of(text).size() < 120);
  for (const char* part :
       {"Audit of digits_mlp.onnx", "dtd-z-plus", "inputs with", "25.", "\u2713 proved", "\u2717 refuted",
        "2 of 3, refuted at fc3", "bias", "stabilizer", "feature 25 has relevance 0.32 (8/25)",
        "would help: --canonize batchnorm-into-affine", "budget: 200000 pivots", "batchnorm-into-affine", "; 12.5 s"})
    CHECK_MESSAGE(has(text, part), part);
  CHECK_FALSE(has(text, "\x1b"));
  CHECK(has(report::to_text(sample::digits(), {true, 110, false}), "\x1b[31m"));
  CHECK(report::to_text(sample::digits(), {false, 110, true}).size() > text.size());
}

TEST_CASE("an empty report is still a report") {
  CHECK(has(report::to_text(claim::Report{}), "0 proved"));
  CHECK(has(report::to_html(claim::Report{}), "</html>"));
  CHECK(has(report::to_markdown(claim::Report{}), "# Audit of"));
}

TEST_CASE("many layers are summed up in a brief text and listed in a full one") {
  claim::Report deep = sample::digits();
  deep.roots.clear();
  for (int layer = 0; layer < 30; ++layer) {
    claim::RootRow row{"dtd-x", "conv" + std::to_string(layer), "argmax", "hinge", "cell"};
    row.layer = layer, row.roots = 100, row.inside = 40, row.outside = 60, row.inputs = 10;
    row.inputs_with_outside = layer == 7 ? 9 : 3;
    deep.roots.push_back(row);
  }
  const std::string brief = report::to_text(deep);
  CHECK(has(brief, "30 layers"));
  CHECK(has(brief, "\u2265 90.0%"));
  CHECK_FALSE(has(brief, "conv29"));
  CHECK(has(report::to_text(deep, {false, 100, true}), "conv29"));
}

TEST_CASE("Markdown tables are well formed") {
  for (const claim::Report& value : {sample::digits(), sample::hostile()}) {
    std::size_t columns = 0;
    for (const std::string& line : lines_of(report::to_markdown(value))) {
      const std::size_t bars = line.empty() || line[0] != '|' ? 0 : count_of(line, "|");
      if (bars > 0 && columns > 0) CHECK_MESSAGE(bars == columns, line);
      columns = bars;
    }
  }
}

TEST_CASE("HTML tags are balanced and nothing is loaded") {
  for (const claim::Report& value : {sample::digits(), sample::hostile()}) {
    const std::string html = report::to_html(value);
    for (const std::string tag : {"table", "tbody", "tr", "td", "details", "section", "ul", "li", "div", "pre", "p"})
      CHECK_MESSAGE(
          count_of(html, "<" + tag + ">") + count_of(html, "<" + tag + " ") == count_of(html, "</" + tag + ">"), tag);
    for (const char* loading : {"<link", "<img", "<script", "src=", "@import", "url("}) CHECK_FALSE(has(html, loading));
  }
}

TEST_CASE("the format is the extension's, and nothing is written for one that is none") {
  const auto folder = std::filesystem::temp_directory_path() / "lrproof_report_test";
  std::filesystem::create_directories(folder);
  const auto path = [&](const char* name) { return (folder / name).string(); };
  CHECK(report::write_report(sample::digits(), path("r.json")).ok());
  CHECK(report::write_report(sample::digits(), path("r.html")).ok());
  const auto sarif = report::write_report(sample::digits(), path("r.sarif"));
  REQUIRE_FALSE(sarif.ok());
  CHECK(has(sarif.error().sentence, "not supported yet: SARIF"));
  CHECK(has(report::write_report(sample::digits(), path("r.xml")).error().sentence, "not supported yet: JUnit"));
  CHECK(report::check_report_path("r.pdf").error().code == "report.format");
  CHECK(report::check_report_path("r").error().code == "report.format");
  CHECK_FALSE(std::filesystem::exists(folder / "r.sarif"));
  claim::Report placed = sample::digits();
  placed.model.path = path("models/m.onnx");
  CHECK(report::write_report(placed, path("out.json")).ok());
  CHECK(has(*base::read_file(path("out.json")), "\"path\": \"models/m.onnx\""));
  std::filesystem::remove_all(folder);
}

TEST_CASE("the schema in the program is the one in the documentation") {
  CHECK(report::schema_text() ==
        *base::read_file(std::string(LRPROOF_SOURCE_DIR) + "/docs/lrproof-report-1.schema.json"));
}
