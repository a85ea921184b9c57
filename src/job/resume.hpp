#pragma once
// --resume FILE: what an audit decided, written down as it goes, so that one that was stopped at any moment goes on
// from there. The first line says which question the file is about; every other line is one obligation at one input,
// whole, with its digest. Lines are only ever added. A last line that was torn when the program was stopped is dropped;
// the file of another question, and one that was changed, are refused.
#include <map>
#include <mutex>
#include <optional>

#include "base/result.hpp"
#include "prove/audit_points.hpp"

namespace lrproof::job {

class Resume : public prove::Notebook {
 public:
  /// question: by name, whatever an answer depends on.
  static base::Result<std::unique_ptr<Resume>> open(const std::string& path,
                                                    const std::map<std::string, std::string>& question);
  ~Resume() override;

  bool recall(const std::string& target, long input, std::size_t obligation, prove::Tally& tally,
              double& seconds) override;
  void keep(const std::string& target, long input, std::size_t obligation, const prove::Tally& tally,
            double seconds) override;
  /// The first line that could not be written.
  base::Status status() const;

 private:
  explicit Resume(std::string path) : path_(std::move(path)) {}
  base::Status read(const std::map<std::string, std::string>& question);
  base::Status begin(const std::map<std::string, std::string>& question, std::size_t whole_bytes);
  void write(const std::string& line);

  const std::string path_;
  int file_ = -1;
  std::map<std::string, std::string> lines_;  // by target, input and obligation: the tally's JSON
  mutable std::mutex writing_;
  std::optional<base::Diagnostic> failed_;
};

}  // namespace lrproof::job
