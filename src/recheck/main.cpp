// lrproof-recheck: replays the exemplars of a report with code of its own.
#include <cstdio>
#include <string>

#include "recheck/recheck.hpp"

namespace {

constexpr const char* kUsage =
    "usage: lrproof-recheck REPORT.json [--model MODEL.onnx] [--inputs X.npy] [--roots R.npz]\n"
    "Replays every exemplar of a report from the model's bytes, the inputs, the rule text and the listed\n"
    "canonization steps, and every refuted law in a file of lrproof rules audit. Exit code: 0 all accepted, 70 any "
    "rejected, 3 some not covered, 2 unreadable.\n"
    "example: lrproof-recheck report.json\n";

}  // namespace

int main(int count, char** arguments) {
  lrproof::recheck::Request request;
  for (int k = 1; k < count; ++k) {
    const std::string word = arguments[k];
    const bool option = word == "--model" || word == "--inputs" || word == "--roots";
    if (word == "--help" || word == "-h") return std::fputs(kUsage, stdout), 0;
    if (word == "--version") return std::puts("lrproof-recheck " LRPROOF_VERSION), 0;
    if (option && k + 1 < count) {
      (word == "--model" ? request.model : word == "--inputs" ? request.inputs : request.roots) = arguments[++k];
    } else if (!option && word.rfind("--", 0) != 0 && request.report.empty()) {
      request.report = word;
    } else {
      return std::fprintf(stderr, "lrproof-recheck: unexpected '%s'\n%s", word.c_str(), kUsage), 2;
    }
  }
  if (request.report.empty()) return std::fputs(kUsage, stderr), 2;
  const auto result = lrproof::recheck::recheck(request);
  std::fputs(lrproof::recheck::to_text(result).c_str(), result.error.empty() ? stdout : stderr);
  return lrproof::recheck::exit_code(result);
}
