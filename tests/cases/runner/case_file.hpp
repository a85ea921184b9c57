#pragma once
// .case files: several cases a file, divided by a line of =====. A case is directives (#: word ...) and bodies
// (--- net, --- rules, --- check), each what a user would write; "--- rules NAME" is the shipped rule set of that name.
// Lines of # before the first directive are prose.
//
//   #: case    title
//   #: truth   holds | fails | open  [CHECK [at NODE] [kind] [notion]]        the last line that fits a finding counts
//   #: expect  proved | refuted | unknown | vacuous | rejected  CHECK [at NODE] [kind] [notion] [: reason]
//   #: expect  rejected CODE [at LINE:COLUMN]                                 a diagnostic; lines count in their body
//   #: expect  nothing                                                        no finding at all (lint)
//   #: answer  always | never | sometimes | not-always  CHECK [at NODE] [kind] [notion]   of one root over a scope
//   #: witness NAME = number or [list] ...                                    fields that one exemplar's witness has
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "num/rational.hpp"

namespace lrproof::cases {

/// Which finding a line speaks about; empty fields match all.
struct About {
  std::string check, node, kind, notion;
};

struct Truth {
  std::string word;
  About about;
};

/// An exemplar of a finding that fits has this answer.
struct Answer {
  std::string word;
  About about;
};

/// One expect line. word: a verdict, or "vacuous". place: of a diagnostic, "line:column".
struct Expectation {
  std::string text, word, reason, place;
  About about;
};

struct Case {
  std::string file, title;
  int line = 0;
  std::vector<Truth> truths;
  std::vector<Expectation> expects;
  std::vector<Answer> answers;
  std::vector<std::map<std::string, std::vector<num::Rational>>> witnesses;
  std::string net, rules, check;
  std::string shipped;  ///< name of a shipped rule set, instead of rules
};

base::Result<std::vector<Case>> read_cases(std::string_view text, const std::string& file);

}  // namespace lrproof::cases
