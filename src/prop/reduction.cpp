#include "prop/subject.hpp"

// GXI-1. R = x (*) grad f_c wherever no used denominator vanishes (gxi.reduces), without exceptions (gxi.strict), up
// to a positive factor (gxi.scaled), within tau |f_c| per feature (gxi.bounded, asked when tau is given).
namespace lrproof::prop {

void add_reduction(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  Obligation o;
  o.rule_case = rule_case;
  auto add = [&](const char* check, const std::string& statement) {
    o.check = check, o.statement = statement;
    out.push_back(o);
  };
  add("gxi.reduces", "the relevance of the input is input times gradient wherever no used denominator vanishes");
  add("gxi.strict", "the relevance of the input is input times gradient, without exceptions");
  add("gxi.scaled", "the relevance of the input is a positive multiple of input times gradient");
  if (subject.settings.tau)
    add("gxi.bounded", "no feature's relevance is further than " + subject.settings.tau->to_string() +
                           " |f_c| from input times gradient");
}

}  // namespace lrproof::prop
