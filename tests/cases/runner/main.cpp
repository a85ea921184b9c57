// lrproof_cases FOLDER|FILE... [--only WORD]: runs .case files. Exit: 0 all as expected, 4 a soundness failure (printed
// first), 1 any other difference, 3 a case that this build cannot ask, 2 an unreadable file.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "judge.hpp"

namespace {

using namespace lrproof;

std::vector<std::string> case_files(const std::vector<std::string>& roots) {
  std::vector<std::string> out;
  for (const auto& root : roots) {
    std::error_code error;
    if (!std::filesystem::is_directory(root, error)) {
      out.push_back(root);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root, error))
      if (entry.path().extension() == ".case") out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

struct Tally {
  int run = 0, not_asked = 0, failed = 0, unsound = 0;
  std::string first, then;  ///< text of soundness failures, of other differences
};

void count(const cases::Case& test, Tally& tally) {
  const auto judgement = cases::judge(test);
  if (!judgement.asked) {
    ++tally.not_asked;
    return;
  }
  ++tally.run;
  const std::string head = test.file + ":" + std::to_string(test.line) + ": " + test.title + "\n";
  if (!judgement.unsound.empty()) {
    ++tally.unsound;
    tally.first += "SOUNDNESS " + head;
    for (const auto& line : judgement.unsound) tally.first += "    " + line + "\n";
  }
  if (judgement.problems.empty()) return;
  ++tally.failed;
  tally.then += head;
  for (const auto& line : judgement.problems) tally.then += "    " + line + "\n";
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> roots;
  std::string only;
  for (int k = 1; k < argc; ++k) {
    const std::string word = argv[k];
    if (word == "--only" && k + 1 < argc)
      only = argv[++k];
    else
      roots.push_back(word);
  }
  Tally tally;
  for (const auto& file : case_files(roots)) {
    const auto text = base::read_file(file, 16 << 20);
    if (!text) return std::fprintf(stderr, "%s\n", text.error().text().c_str()), 2;
    const auto tests = cases::read_cases(*text, file);
    if (!tests) return std::fprintf(stderr, "%s\n", tests.error().text().c_str()), 2;
    for (const auto& test : *tests)
      if (only.empty() || test.title.find(only) != std::string::npos || file.find(only) != std::string::npos)
        count(test, tally);
  }
  std::printf("%s%s%d cases run, %d soundness failures, %d with differences, %d not asked by this build\n",
              tally.first.c_str(), tally.then.c_str(), tally.run, tally.unsound, tally.failed, tally.not_asked);
  return tally.unsound ? 4 : tally.failed ? 1 : tally.not_asked ? 3 : tally.run == 0 ? 2 : 0;
}
