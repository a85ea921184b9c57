#include "prop/subject.hpp"

// POS-1. pos.layer at a node: the share of every unit that reaches every input is >= 0, so that R >= 0 above gives
// R >= 0 below whatever is above.
namespace lrproof::prop {

void add_positivity(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  Obligation o;
  o.rule_case = rule_case, o.check = "pos.layer";
  int layer = 0;
  for (const net::NodeId id : ruled_nodes(subject, rule_case)) {
    o.node = id, o.layer = layer++;
    o.statement = "no share that " + subject.network->node(id).name + " hands down is negative";
    out.push_back(o);
  }
}

}  // namespace lrproof::prop
