#include <algorithm>

#include "prop/subject.hpp"

// ROO-5. For every unit asked (ROO-2): its root lies in the closed cell of the suffix at the layer's input
// (root.inside), in the linear region of the suffix (root.linear), within the bounds of the tensor (root.domain).
// root.exists: some point of the input's cell within the domain has f_c = 0. GXI-3: full-backward decomposition with
// given roots, each in its cell, is gradient times (input - root) (root.constant).
namespace lrproof::prop {

namespace {

// Roots at the origin are constant. Other directions depend on a, most of them rationally: full-backward is not defined
// for those (ROO-3), which is said when somebody asks.
std::string no_constant(const std::vector<root::Layer>& layers) {
  if (layers.empty()) return "the rule set names no roots";
  const auto along_weights = [](const root::Layer& layer) {  // then z_j / (w . v) v is affine in a
    return std::all_of(layer.direction.parts.begin(), layer.direction.parts.end(),
                       [](const auto& part) { return part.phi == rule::Phi::one; });
  };
  if (std::all_of(layers.begin(), layers.end(), along_weights))
    return "not supported: roots along the weights are functions of the activations with a slope for each unit";
  return "roots along the rule's directions are rational functions of the activations: full-backward decomposition "
         "would leave a Taylor remainder";
}

void add_constant(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  const RuleCase& c = subject.cases[std::size_t(rule_case)];
  const auto& checks = subject.settings.checks;
  const bool asked = std::count(checks.begin(), checks.end(), "root.constant") > 0;
  const bool origins = !c.layers.empty() && std::all_of(c.layers.begin(), c.layers.end(),
                                                        [](const root::Layer& l) { return l.direction.zero; });
  if (!origins && (!asked || subject.settings.roots)) return;
  Obligation o;
  o.check = "root.constant", o.rule_case = rule_case;
  o.statement = "full-backward decomposition with the origin as every root is gradient times input";
  if (origins) {
    o.roots = std::make_shared<root::GivenRoots>(root::origins(*subject.network, c.layers, o.rejected));
  } else {
    o.rejected = no_constant(c.layers);
    o.fix = "--roots FILE.npz with root points";
  }
  out.push_back(std::move(o));
}

}  // namespace

void add_given_roots(const Subject& subject, std::vector<Obligation>& out) {
  if (!subject.settings.roots) return;
  Obligation o;
  o.check = "root.constant", o.rule_case = -1, o.roots = subject.settings.roots;
  o.statement = "full-backward decomposition with the given roots is gradient times (input - root)";
  out.push_back(std::move(o));
}

void add_root(const Subject& subject, int rule_case, std::vector<Obligation>& out) {
  const RuleCase& c = subject.cases[std::size_t(rule_case)];
  if (c.layers.empty()) return add_constant(subject, rule_case, out);
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
  add_constant(subject, rule_case, out);
}

}  // namespace lrproof::prop
