#pragma once
// --dump-smt FOLDER: every question that a solver is asked as a file of its own, SMT-LIB 2 on its own feet.
#include <mutex>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace lrproof::job {

class SmtFolder {
 public:
  explicit SmtFolder(std::string path) : path_(std::move(path)) {}

  bool asked() const { return !path_.empty(); }
  base::Status open();
  /// From any thread; characters that no file name needs become '_'. The first failure is kept.
  void write(const std::string& name, const std::string& text);
  base::Status status() const;

 private:
  std::string path_;
  std::mutex writing_;
  std::optional<base::Diagnostic> failed_;
};

}  // namespace lrproof::job
