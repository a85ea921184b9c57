#pragma once
// Questions as SMT-LIB 2 text over the reals, with or without products of variables, for any solver to read. Z3 gets
// the same text that --dump-smt writes.
#include <memory>
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

/// What is given, then what is asked: the first part is the same for all questions about one region.
class Script {
 public:
  explicit Script(std::string question);  ///< as a comment at its head
  void declare(const std::string& name);
  /// Declares the name and states its meaning; its sort is Real.
  void define(const std::string& name, const std::string& term);
  void require(const std::string& condition) { body_ += "(assert " + condition + ")\n"; }
  void ask() { given_ = body_.size(); }  ///< all that was said so far is given
  std::string text() const;              ///< on its own, for any solver: ends with (check-sat)
  std::string given() const;             ///< from (set-logic ...) on
  std::string asked() const { return body_.substr(given_); }

 private:
  std::string question_, body_;
  std::size_t given_ = 0;
};

struct SmtAnswer {
  enum class Answer { sat, unsat, unknown } answer = Answer::unknown;
  std::string reason;  ///< unknown: the solver's words, or that there is none in this build
};

/// Z3 on the script, a context of its own, at most `steps` of its resource units.
SmtAnswer ask_z3(const std::string& script, unsigned steps);

/// A Z3 that lasts: what is given stays asserted, and questions about it come and go on top of it (push, pop), each
/// within a budget of its own. Answers depend on the questions before, in order, and on nothing else.
class Z3 {
 public:
  Z3();
  ~Z3();
  SmtAnswer ask(const Script& script, unsigned steps);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lrproof::prove
