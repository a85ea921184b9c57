#include "prop/subject.hpp"

// DEN-1. den.nonzero at a node: no denominator S(d_j) with R_j != 0 is 0; the nearest one is told.
namespace lrproof::prop {

void add_denominator(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  Obligation o;
  o.rule_case = rule_case, o.check = "den.nonzero";
  int layer = 0;
  for (const net::NodeId id : ruled_nodes(subject, rule_case)) {
    o.node = id, o.layer = layer++;
    o.statement = "no used denominator of " + subject.network->node(id).name + " vanishes";
    out.push_back(o);
  }
}

}  // namespace lrproof::prop
