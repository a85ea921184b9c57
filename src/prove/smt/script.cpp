#include "prove/smt/script.hpp"

#ifdef LRPROOF_HAVE_Z3
#include <z3++.h>
#endif

namespace lrproof::prove {

using num::Rational;

std::string smt_number(const Rational& value) {
  if (value.sign() < 0) return "(- " + smt_number(-value) + ")";
  const std::string text = value.to_string();
  const auto slash = text.find('/');
  if (slash == std::string::npos) return text + ".0";
  return "(/ " + text.substr(0, slash) + ".0 " + text.substr(slash + 1) + ".0)";
}

namespace {

std::string joined(const char* word, const std::vector<std::string>& parts, const char* none) {
  if (parts.empty()) return none;
  if (parts.size() == 1) return parts[0];
  std::string text = std::string("(") + word;
  for (const auto& part : parts) text += " " + part;
  return text + ")";
}

}  // namespace

std::string smt_sum(const std::vector<std::string>& terms) { return joined("+", terms, "0.0"); }
std::string smt_all(const std::vector<std::string>& conditions) { return joined("and", conditions, "true"); }
std::string smt_any(const std::vector<std::string>& conditions) { return joined("or", conditions, "false"); }
std::string smt_product(const Rational& factor, const std::string& term) {
  return factor == Rational(1) ? term : "(* " + smt_number(factor) + " " + term + ")";
}

Script::Script(std::string question) : question_(std::move(question)) {}
void Script::declare(const std::string& name) { body_ += "(declare-fun " + name + " () Real)\n"; }
void Script::define(const std::string& name, const std::string& term) {
  body_ += "(define-fun " + name + " () Real " + term + ")\n";
}
std::string Script::given() const { return "(set-logic QF_NRA)\n" + body_.substr(0, given_); }
std::string Script::text() const { return "; " + question_ + "\n" + given() + asked() + "(check-sat)\n"; }

#ifdef LRPROOF_HAVE_Z3
namespace {

// (:reason-unknown "...") without its frame; what a budget stopped is called by its name.
std::string reason_of(const std::string& said, const std::string& info, unsigned steps) {
  const auto first = info.find('"'), last = info.rfind('"');
  const std::string reason = last > first ? info.substr(first + 1, last - first - 1) : "";
  if (reason.find("resource limit") != std::string::npos || reason == "canceled")
    return "rlimit of " + std::to_string(steps) + " reached";
  if (!reason.empty()) return reason;
  return said == "unknown\n" ? "no reason given" : said;
}

}  // namespace

SmtAnswer ask_z3(const std::string& script, unsigned steps) {
  SmtAnswer out;
  try {
    z3::context context;
    z3::solver solver(context, "QF_NRA");
    z3::params settings(context);
    settings.set("rlimit", steps);
    solver.set(settings);
    solver.from_string(script.c_str());
    const auto answer = solver.check();
    out.answer = answer == z3::sat     ? SmtAnswer::Answer::sat
                 : answer == z3::unsat ? SmtAnswer::Answer::unsat
                                       : SmtAnswer::Answer::unknown;
    if (answer == z3::unknown) out.reason = solver.reason_unknown();
  } catch (const z3::exception& error) {
    out.reason = error.msg();
  }
  return out;
}

struct Z3::State {
  z3::context context;
  std::string given;  ///< what is asserted at the base

  std::string run(const std::string& commands) {
    const std::string said = Z3_eval_smtlib2_string(context, commands.c_str());
    context.check_error();
    return said;
  }
  void assert_given(const std::string& text) {
    if (text == given) return;
    given.clear();
    run("(reset)\n" + text);
    given = text;
  }
};

Z3::Z3() = default;
Z3::~Z3() = default;

// The commands of a script that Z3 does not understand are errors, after which it goes on: no answer counts then.
SmtAnswer Z3::ask(const Script& script, unsigned steps) {
  SmtAnswer out;
  try {
    if (!state_) state_ = std::make_unique<State>();
    state_->assert_given(script.given());
    const std::string said = state_->run("(set-option :rlimit " + std::to_string(steps) + ")\n(push 1)\n" +
                                         script.asked() + "(check-sat-using qfnra)\n");
    const std::string reason = state_->run("(get-info :reason-unknown)\n(pop 1)\n");
    if (said == "sat\n") out.answer = SmtAnswer::Answer::sat;
    if (said == "unsat\n") out.answer = SmtAnswer::Answer::unsat;
    if (out.answer == SmtAnswer::Answer::unknown) out.reason = reason_of(said, reason, steps);
  } catch (const z3::exception& error) {
    state_.reset();  // of a context in an unknown state nothing is asked
    out.reason = error.msg();
  }
  return out;
}
#else
struct Z3::State {};
Z3::Z3() = default;
Z3::~Z3() = default;
SmtAnswer Z3::ask(const Script&, unsigned) { return {SmtAnswer::Answer::unknown, "this build is without Z3"}; }
SmtAnswer ask_z3(const std::string&, unsigned) { return {SmtAnswer::Answer::unknown, "this build is without Z3"}; }
#endif

}  // namespace lrproof::prove
