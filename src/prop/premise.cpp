#include <algorithm>

#include "prop/subject.hpp"

// PRE-1. Premises of the rules in use are checked where they are used: a >= 0, low <= a <= high at the node's input,
// f_c > 0 once for the network.
namespace lrproof::prop {

void add_premise(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  const auto& assignment = subject.cases[std::size_t(rule_case)].assignment;
  Obligation o;
  o.rule_case = rule_case, o.check = "pre.rule";
  bool output_positive = false;
  int layer = 0;
  for (const net::NodeId id : ruled_nodes(subject, rule_case)) {
    const auto& premises = std::get<rule::AffineRule>(assignment.of[std::size_t(id)]->body).premises;
    o.node = id, o.layer = layer++;
    const std::string& name = subject.network->node(id).name;
    for (const rule::Premise premise : premises) {
      if (premise == rule::Premise::output_positive) output_positive = true;
      if (premise == rule::Premise::inputs_nonnegative) {
        o.notion = "a >= 0", o.statement = "every input of " + name + " is >= 0, as its rule needs";
        out.push_back(o);
      }
      if (premise == rule::Premise::inputs_in_domain) {
        o.notion = "low <= a <= high", o.statement = "every input of " + name + " lies in the rule's domain";
        out.push_back(o);
      }
    }
  }
  if (!output_positive) return;
  o.node = -1, o.layer = -1, o.notion = "f > 0", o.statement = "the explained output is positive, as the rules need";
  out.push_back(o);
}

}  // namespace lrproof::prop
