#include <algorithm>

#include "prop/subject.hpp"

namespace lrproof::prop {

namespace {

constexpr Property kProperties[] = {
    {"root", add_root},       {"gxi", add_reduction}, {"con", add_conservation}, {"pos", add_positivity},
    {"den", add_denominator}, {"pre", add_premise},   {"inv", add_invariance},
};

}  // namespace

std::vector<net::NodeId> ruled_nodes(const Subject& subject, int rule_case) {
  const net::Network& network = *subject.network;
  std::vector<bool> needed(std::size_t(network.size()));
  needed[std::size_t(network.output())] = true;
  std::vector<net::NodeId> nodes;
  for (net::NodeId id = network.output(); id > 0; --id) {
    if (!needed[std::size_t(id)]) continue;
    for (const net::NodeId in : network.node(id).inputs) needed[std::size_t(in)] = true;
    const auto& rule = subject.cases[std::size_t(rule_case)].assignment.of[std::size_t(id)];
    if (rule && net::is_affine(network.node(id).op) && std::holds_alternative<rule::AffineRule>(rule->body))
      nodes.push_back(id);
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

std::vector<Obligation> obligations(const Subject& subject) {
  std::vector<Obligation> all;
  for (int c = 0; c < int(subject.cases.size()); ++c)
    for (const Property& property : kProperties) property.add(subject, c, all);
  add_given_roots(subject, all);
  add_class(subject, all);
  add_gradients(subject, all);
  const auto& wanted = subject.settings.checks;
  if (!wanted.empty())
    std::erase_if(all, [&](const Obligation& o) { return !std::count(wanted.begin(), wanted.end(), o.check); });
  const auto& nodes = subject.settings.nodes;
  if (!nodes.empty())
    std::erase_if(all, [&](const Obligation& o) {
      return o.node < 0 || !std::count(nodes.begin(), nodes.end(), subject.network->node(o.node).name);
    });
  return all;
}

}  // namespace lrproof::prop
