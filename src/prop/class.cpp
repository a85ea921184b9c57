#include <algorithm>

#include "prop/subject.hpp"

// NET-6. f_c is above every other output at every input of the scope (net.class). No rule set takes part; asked when
// named, as it says nothing about the rules.
namespace lrproof::prop {

void add_class(const Subject& subject, std::vector<Obligation>& out) {
  const auto& checks = subject.settings.checks;
  if (!std::count(checks.begin(), checks.end(), "net.class")) return;
  Obligation o;
  o.check = "net.class", o.rule_case = -1;
  o.statement = "the explained output is above every other output";
  out.push_back(std::move(o));
}

}  // namespace lrproof::prop
