#include "prop/subject.hpp"

// ROO-5. For every unit asked (ROO-2): its root lies in the closed cell of the suffix at the layer's input
// (root.inside), in the linear region of the suffix (root.linear), within the bounds of the tensor (root.domain).
// root.exists: some point of the input's cell within the domain has f_c = 0.
namespace lrproof::prop {

void add_root(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  const RuleCase& c = subject.cases[std::size_t(rule_case)];
  if (c.layers.empty()) return;
  for (std::size_t l = 0; l < c.layers.size(); ++l) {
    const root::Layer& layer = c.layers[l];
    Obligation o;
    o.rule_case = rule_case, o.node = layer.node, o.layer = layer.index, o.root_layer = int(l);
    o.rejected = layer.reason, o.fix = layer.fix;
    const std::string where = " of " + subject.network->node(layer.node).name;
    std::vector<root::Kind> kinds{root::Kind::hinge, root::Kind::relevance};
    if (layer.direction.zero) kinds = {root::Kind::fixed};
    for (const root::Kind kind : kinds) {
      const std::string roots = std::string("every ") + root::word(kind) + " root" + where;
      o.kind = kind;
      o.check = "root.inside", o.notion = "cell", o.statement = roots + " lies in the activation cell of the input";
      out.push_back(o);
      o.check = "root.linear", o.notion = "linear", o.statement = roots + " lies in the linear region of the input";
      out.push_back(o);
      o.check = "root.domain", o.notion = "", o.statement = roots + " lies within the bounds of its tensor";
      out.push_back(o);
    }
  }
  Obligation exists;
  exists.check = "root.exists", exists.rule_case = rule_case;
  exists.statement = "the activation cell of the input contains a root of the explained output";
  out.push_back(exists);
}

}  // namespace lrproof::prop
