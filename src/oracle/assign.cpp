#include "oracle/rule_set.hpp"

namespace lrproof::oracle {

namespace {

std::string word_of(const Node& node) {
  switch (node.kind) {
    case Kind::dense:
      return "dense";
    case Kind::conv:
    case Kind::conv_transposed:
      return "conv";
    case Kind::batch_norm:
      return "batch-norm";
    case Kind::scale:
      return "scale";
    case Kind::average_pool:
      return "average-pool";
    case Kind::add:
      return "add";
    case Kind::activation:
      return "activation";
    case Kind::max_pool:
      return "max-pool";
    case Kind::max:
      return "max";
    case Kind::opaque:
      return "opaque";
    default:
      return "";
  }
}

bool glob(const char* pattern, const char* text) {
  if (*pattern == '\0') return *text == '\0';
  if (*pattern == '*') return glob(pattern + 1, text) || (*text != '\0' && glob(pattern, text + 1));
  return *text != '\0' && (*pattern == '?' || *pattern == *text) && glob(pattern + 1, text + 1);
}

long reads(const Network& network, const Node& node) {
  if (node.kind == Kind::dense) return node.in;
  if (node.kind == Kind::average_pool || node.kind == Kind::max_pool) return product(node.kernel);
  if (node.kind == Kind::conv || node.kind == Kind::conv_transposed)
    return network.node(node.inputs[0]).shape[1] / node.groups * product(node.kernel);
  return long(node.inputs.size());
}

bool matches(const Selector& to, const Network& network, const Node& node) {
  if (to.op) {
    const std::string own = word_of(node);
    const bool linear = *to.op == "linear" && (own == "dense" || own == "conv");
    const bool affine = *to.op == "affine" && node.affine();
    const bool kind = node.kind == Kind::activation && node.activation == *to.op;
    if (*to.op != own && !linear && !affine && !kind) return false;
  }
  if (to.name && !glob(to.name->c_str(), node.name.c_str())) return false;
  return !to.fan_in || *to.fan_in == reads(network, node);
}

}  // namespace

Read<Assignment> assign(const RuleSet& rules, const Network& network) {
  Assignment result{std::vector<std::optional<Rule>>(network.nodes.size()), std::vector<char>(network.nodes.size(), 0)};
  for (const Assign& entry : rules.assigns) {
    std::vector<std::size_t> found;
    for (std::size_t id = 0; id < network.nodes.size(); ++id)
      if (!word_of(network.nodes[id]).empty() && matches(entry.to, network, network.nodes[id])) found.push_back(id);
    if (found.empty()) continue;
    if (entry.to.first)
      found = {found.front()};
    else if (entry.to.last)
      found = {found.back()};
    else if (entry.to.index)
      found = std::size_t(*entry.to.index) < found.size()
                  ? std::vector<std::size_t>{found[std::size_t(*entry.to.index)]}
                  : std::vector<std::size_t>{};
    for (std::size_t id : found)
      if (!result.of[id]) result.of[id] = entry.rule;
  }
  for (std::size_t id = 0; id < network.nodes.size(); ++id) {
    if (result.of[id] || word_of(network.nodes[id]).empty()) continue;
    if (rules.unmatched == "error") return Read<Assignment>::fail("no rule for '" + network.nodes[id].name + "'");
    result.of[id] = builtin_rule(rules.unmatched, {});
    result.unmatched[id] = 1;
  }
  return {std::move(result), ""};
}

}  // namespace lrproof::oracle
