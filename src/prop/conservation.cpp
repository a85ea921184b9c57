#include "prop/subject.hpp"

// CON-1. con.layer at a node: what its inputs receive is what it held, with every cause of loss 0 at every unit.
// con.total: the same between the explained output and the network's input.
namespace lrproof::prop {

void add_conservation(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  Obligation o;
  o.rule_case = rule_case, o.check = "con.layer";
  int layer = 0;
  for (const net::NodeId id : ruled_nodes(subject, rule_case)) {
    o.node = id, o.layer = layer++;
    o.statement = "no unit of " + subject.network->node(id).name + " loses or gains relevance";
    out.push_back(o);
  }
  o.check = "con.total", o.node = -1, o.layer = -1;
  o.statement = "the relevance of the input sums to the starting relevance";
  out.push_back(o);
}

}  // namespace lrproof::prop
