#pragma once
// Reports on disk.
#include <string>

#include "base/result.hpp"
#include "claim/claim.hpp"

namespace lrproof::report {

/// The text of the format that the path's extension names: .json .md .html .htm .txt. An unknown extension is a
/// diagnostic, before anything is written.
base::Result<std::string> render(const claim::Report& report, const std::string& path);
/// Is there a format for this path? To be asked before a long audit starts.
base::Status check_report_path(const std::string& path);
/// Writes atomically. The model's, the inputs' and the rule files' paths are made relative to the report's folder.
base::Status write_report(const claim::Report& report, const std::string& path);

}  // namespace lrproof::report
