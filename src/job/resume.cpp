#include "job/resume.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "claim/json.hpp"
#include "prove/at_point.hpp"

namespace lrproof::job {

using base::Diagnostic;
using nlohmann::json;

namespace {

constexpr std::size_t kDigits = 16;  // of a line's digest

std::string sealed(const std::string& text) { return base::sha256(text).substr(0, kDigits) + " " + text + "\n"; }
// The text of a whole line without its end; nothing where the digest does not fit.
std::optional<std::string> opened(const std::string& line) {
  if (line.size() <= kDigits + 1) return std::nullopt;
  std::string text = line.substr(kDigits + 1);
  if (base::sha256(text).substr(0, kDigits) + " " != line.substr(0, kDigits + 1)) return std::nullopt;
  return text;
}

std::string key_of(const std::string& target, long input, std::size_t obligation) {
  return target + " " + std::to_string(input) + " " + std::to_string(obligation);
}

json counts_json(const claim::Counts& c) { return {c.places, c.proved, c.refuted, c.unknown, c.rejected, c.vacuous}; }
void read_counts(const json& j, claim::Counts& c) {
  c.places = j.at(0), c.proved = j.at(1), c.refuted = j.at(2), c.unknown = j.at(3), c.rejected = j.at(4);
  c.vacuous = j.at(5);
}

// Node, rule set and the like of a row are put in when rows are added up.
json roots_json(const claim::RootRow& r) {
  return {r.roots,     r.inside,  r.outside,
          r.unknown,   r.no_root, r.zero_relevance,
          r.not_asked, r.inputs,  r.inputs_with_outside};
}
void read_roots(const json& j, claim::RootRow& r) {
  r.roots = j.at(0), r.inside = j.at(1), r.outside = j.at(2), r.unknown = j.at(3), r.no_root = j.at(4);
  r.zero_relevance = j.at(5), r.not_asked = j.at(6), r.inputs = j.at(7), r.inputs_with_outside = j.at(8);
}

// A double by its bytes: infinities are numbers of a tally, too.
json exact_doubles(const std::map<std::string, double>& numbers) {
  json out = json::object();
  for (const auto& [name, value] : numbers) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    out[name] = bits;
  }
  return out;
}
void read_doubles(const json& j, std::map<std::string, double>& numbers) {
  for (const auto& [name, item] : j.items()) {
    const auto bits = item.get<std::uint64_t>();
    std::memcpy(&numbers[name], &bits, sizeof(bits));
  }
}

json tally_json(const prove::Tally& t, double seconds) {
  json exemplars = json::array();
  for (const auto& e : t.exemplars) exemplars.push_back(claim::to_json_text(e));
  return {{"counts", counts_json(t.counts)},
          {"exemplars", exemplars},
          {"reasons", t.reasons},
          {"smallest", exact_doubles(t.smallest)},
          {"largest", exact_doubles(t.largest)},
          {"sum", exact_doubles(t.sum)},
          {"roots", t.root_row ? roots_json(t.roots) : json()},
          {"seconds", seconds}};
}

bool read_tally(const json& j, const std::string& path, prove::Tally& t, double& seconds) {
  read_counts(j.at("counts"), t.counts);
  for (const auto& text : j.at("exemplars")) {
    auto exemplar = claim::exemplar_from_json(text.get<std::string>(), path);
    if (!exemplar) return false;
    t.exemplars.push_back(std::move(*exemplar));
  }
  t.reasons = j.at("reasons").get<std::vector<std::string>>();
  read_doubles(j.at("smallest"), t.smallest), read_doubles(j.at("largest"), t.largest);
  read_doubles(j.at("sum"), t.sum);
  t.root_row = !j.at("roots").is_null();
  if (t.root_row) read_roots(j.at("roots"), t.roots);
  seconds = j.at("seconds");
  return true;
}

Diagnostic refused(const std::string& path, const std::string& why) {
  return {"usage.resume", "--resume " + path, why, "another file, or none of this name, begins anew"};
}

}  // namespace

base::Result<std::unique_ptr<Resume>> Resume::open(const std::string& path,
                                                   const std::map<std::string, std::string>& question) {
  std::unique_ptr<Resume> resume(new Resume(path));
  LRPROOF_CHECK(resume->read(question));
  return resume;
}

Resume::~Resume() {
  if (file_ >= 0) ::close(file_);
}

base::Status Resume::read(const std::map<std::string, std::string>& question) {
  std::string bytes;
  if (std::filesystem::exists(path_)) {
    LRPROOF_TRY(read, base::read_file(path_));
    bytes = std::move(read);
  }
  std::size_t at = 0, number = 0;
  for (std::size_t end; (end = bytes.find('\n', at)) != std::string::npos; at = end + 1) {
    const auto text = opened(bytes.substr(at, end - at));
    const json line = text ? json::parse(*text, nullptr, false) : json();
    if (!line.is_object()) return refused(path_, "line " + std::to_string(number + 1) + " is none that lrproof wrote");
    if (number++ > 0) {
      lines_[line.value("key", "")] = line.value("tally", json()).dump();
      continue;
    }
    for (const auto& [name, value] : question)
      if (line.value(name, "") != value) return refused(path_, "is about another question: its " + name + " differs");
  }
  const std::string header = sealed(json(question).dump());
  if (number == 0 && header.compare(0, bytes.size(), bytes) != 0)  // nor the beginning of such a file
    return refused(path_, "is no file that lrproof wrote");
  return begin(question, at);
}

// whole_bytes: what the file holds in whole lines.
base::Status Resume::begin(const std::map<std::string, std::string>& question, std::size_t whole_bytes) {
  const auto failed = [&](const char* what) { return refused(path_, std::string(what) + ": " + std::strerror(errno)); };
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file_ < 0) return failed("cannot be written");
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return failed("is written to by another audit");
  if (::ftruncate(file_, off_t(whole_bytes)) != 0) return failed("cannot be written");
  if (whole_bytes == 0) write(sealed(json(question).dump()));
  return status();
}

bool Resume::recall(const std::string& target, long input, std::size_t obligation, prove::Tally& tally,
                    double& seconds) {
  const auto found = lines_.find(key_of(target, input, obligation));
  if (found == lines_.end()) return false;
  try {
    prove::Tally whole;
    if (!read_tally(json::parse(found->second), path_, whole, seconds)) return false;
    tally = std::move(whole);
    return true;
  } catch (const json::exception&) {  // none that lrproof wrote, under a digest that fits: decided anew
    return false;
  }
}

void Resume::keep(const std::string& target, long input, std::size_t obligation, const prove::Tally& tally,
                  double seconds) {
  const json line{{"key", key_of(target, input, obligation)}, {"tally", tally_json(tally, seconds)}};
  const std::string text = sealed(line.dump());
  const std::lock_guard lock(writing_);
  write(text);
}

void Resume::write(const std::string& line) {
  for (std::size_t done = 0; done < line.size() && !failed_;) {
    const auto wrote = ::write(file_, line.data() + done, line.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) failed_ = refused(path_, std::string("cannot be written: ") + std::strerror(errno));
    if (wrote > 0) done += std::size_t(wrote);
  }
}

base::Status Resume::status() const {
  const std::lock_guard lock(writing_);
  if (failed_) return *failed_;
  return base::fine();
}

}  // namespace lrproof::job
