#include "report/file.hpp"

#include <array>
#include <filesystem>

#include "base/file.hpp"
#include "report/html.hpp"
#include "report/json.hpp"
#include "report/markdown.hpp"
#include "report/text.hpp"

namespace lrproof::report {
namespace {

struct Format {
  const char* extension;
  std::string (*render)(const claim::Report&);
};
constexpr std::array kFormats = {Format{".json", to_json}, Format{".md", to_markdown}, Format{".html", to_html},
                                 Format{".htm", to_html}, Format{".txt", [](const claim::Report& report) {
                                                                   return to_text(report, {false, 120, true});
                                                                 }}};
constexpr const char* kKnown = "formats: .json .md .html .txt";

base::Result<Format> format_of(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  for (const Format& format : kFormats)
    if (extension == format.extension) return format;
  if (extension == ".sarif")
    return base::Diagnostic{"report.format", path, "not supported yet: SARIF reports (.sarif)", kKnown};
  if (extension == ".xml")
    return base::Diagnostic{"report.format", path, "not supported yet: JUnit reports (.xml)", kKnown};
  return base::Diagnostic{"report.format", path, "no report format has the extension '" + extension + "'", kKnown};
}

/// As seen from folder; unchanged when there is no such way.
std::string relative_to(const std::filesystem::path& folder, const std::string& path) {
  if (path.empty()) return path;
  std::error_code trouble;
  const auto from = std::filesystem::absolute(folder.empty() ? "." : folder, trouble).lexically_normal();
  if (trouble) return path;
  const auto to = std::filesystem::absolute(path, trouble).lexically_normal();
  if (trouble) return path;
  const std::string relative = to.lexically_relative(from).generic_string();
  return relative.empty() ? path : relative;
}

}  // namespace

base::Result<std::string> render(const claim::Report& report, const std::string& path) {
  LRPROOF_TRY(format, format_of(path));
  return format.render(report);
}

base::Status check_report_path(const std::string& path) {
  LRPROOF_CHECK(format_of(path));
  return base::check_writable(path);
}

base::Status write_report(const claim::Report& report, const std::string& path) {
  LRPROOF_TRY(format, format_of(path));
  claim::Report placed = report;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  placed.model.path = relative_to(folder, report.model.path);
  placed.inputs_path = relative_to(folder, report.inputs_path);
  if (placed.given_roots) placed.given_roots->path = relative_to(folder, placed.given_roots->path);
  for (claim::RuleSetInfo& rules : placed.rule_sets) rules.path = relative_to(folder, rules.path);
  return base::write_file(path, format.render(placed));
}

}  // namespace lrproof::report
