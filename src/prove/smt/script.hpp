#pragma once
// Questions as SMT-LIB 2 text over the reals, with or without products of variables, for any solver to read. Z3 gets
// the same text that --dump-smt writes.
#include <string>
#include <vector>

#include "num/rational.hpp"

namespace lrproof::prove {

/// Numbers and sums as SMT-LIB terms.
std::string smt_number(const num::Rational& value);
std::string smt_sum(const std::vector<std::string>& terms);
std::string smt_product(const num::Rational& factor, const std::string& term);
std::string smt_all(const std::vector<std::string>& conditions);
std::string smt_any(const std::vector<std::string>& conditions);

class Script {
 public:
  explicit Script(std::string question);  ///< as a comment at its head
  void declare(const std::string& name);
  /// Declares the name and states its meaning; its sort is Real.
  void define(const std::string& name, const std::string& term);
  void require(const std::string& condition) { text_ += "(assert " + condition + ")\n"; }
  std::string text() const;  ///< ends with (check-sat)

 private:
  std::string text_;
};

struct SmtAnswer {
  enum class Answer { sat, unsat, unknown } answer = Answer::unknown;
  std::string reason;  ///< unknown: the solver's words, or that there is none in this build
};

/// Z3 on the script, a context of its own, at most `steps` of its resource units.
SmtAnswer ask_z3(const std::string& script, unsigned steps);

}  // namespace lrproof::prove
