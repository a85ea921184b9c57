#include "job/smt_folder.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/file.hpp"

namespace lrproof::job {

base::Status SmtFolder::open() {
  if (!asked()) return base::fine();
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) return base::Diagnostic{"usage.dump", path_, "is no folder to write to: " + error.message(), ""};
  return base::fine();
}

void SmtFolder::write(const std::string& name, const std::string& text) {
  const std::lock_guard lock(writing_);
  if (failed_) return;
  std::string file = name;
  std::replace_if(
      file.begin(), file.end(), [](unsigned char c) { return !std::isalnum(c) && c != '-'; }, '_');
  if (const auto written = base::write_file(path_ + "/" + file + ".smt2", text); !written) failed_ = written.error();
}

base::Status SmtFolder::status() const {
  if (failed_) return *failed_;
  return base::fine();
}

}  // namespace lrproof::job
