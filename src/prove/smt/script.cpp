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

Script::Script(std::string question) : text_("; " + std::move(question) + "\n(set-logic QF_NRA)\n") {}
void Script::declare(const std::string& name) { text_ += "(declare-fun " + name + " () Real)\n"; }
void Script::define(const std::string& name, const std::string& term) {
  text_ += "(define-fun " + name + " () Real " + term + ")\n";
}
std::string Script::text() const { return text_ + "(check-sat)\n"; }

#ifdef LRPROOF_HAVE_Z3
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
#else
SmtAnswer ask_z3(const std::string&, unsigned) { return {SmtAnswer::Answer::unknown, "this build is without Z3"}; }
#endif

}  // namespace lrproof::prove
