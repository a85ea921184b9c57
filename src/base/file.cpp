#include "base/file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace lrproof::base {

namespace fs = std::filesystem;

Result<std::string> read_file(const std::string& path, std::uint64_t max_bytes) {
  std::error_code why;
  const auto status = fs::status(path, why);
  if (!fs::exists(status)) return Diagnostic{"file.missing", path, "no such file", ""};
  if (!fs::is_regular_file(status)) return Diagnostic{"file.kind", path, "not a regular file", ""};
  const auto size = fs::file_size(path, why);
  if (why) return Diagnostic{"file.read", path, "cannot be read: " + why.message(), ""};
  if (size > max_bytes)
    return Diagnostic{"file.huge", path, "has " + std::to_string(size) + " bytes, more than the limit",
                      "at most " + std::to_string(max_bytes)};
  std::ifstream in(path, std::ios::binary);
  std::string bytes(size, '\0');
  if (!in || !in.read(bytes.data(), std::streamsize(size))) return Diagnostic{"file.read", path, "cannot be read", ""};
  return bytes;
}

Status check_writable(const std::string& path) {
  std::error_code why;
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, why))
    return Diagnostic{"file.write", path, "cannot be written: there is no folder " + folder.string(), "make it first"};
  if (fs::is_directory(path, why)) return Diagnostic{"file.write", path, "cannot be written: it is a folder", ""};
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return Diagnostic{"file.write", path, "cannot be written: no permission in " + folder.string(), ""};
  return fine();
}

Status write_file(const std::string& path, const std::string& bytes) {
  const std::string draft = path + ".tmp" + std::to_string(::getpid());
  {
    std::ofstream out(draft, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), std::streamsize(bytes.size()));
    out.flush();
    if (!out) {
      std::error_code ignored;
      fs::remove(draft, ignored);
      return Diagnostic{"file.write", path, "cannot be written", "does the folder exist?"};
    }
  }
  std::error_code why;
  fs::rename(draft, path, why);
  if (why) {
    std::error_code ignored;
    fs::remove(draft, ignored);
    return Diagnostic{"file.write", path, "cannot be written: " + why.message(), ""};
  }
  return fine();
}

}  // namespace lrproof::base
