// Which node gets which rule (RUL-5): nodes in execution order, assigns in file order, the first that matches wins.
// A rule is checked against the operation it meets here, so that nothing later has to ask whether it can be applied.
#include <algorithm>
#include <cctype>

#include "base/words.hpp"
#include "rule/builtin.hpp"
#include "rule/rule.hpp"

namespace lrproof::rule {
namespace {

using net::Network;
using net::Node;
using net::NodeId;

base::Diagnostic complain(const RuleSet& rules, int line, const std::string& code, std::string sentence,
                          std::string hint = "") {
  std::string place = rules.name;
  if (line > 0) place.append(":").append(std::to_string(line));
  return {"rules." + code, std::move(place), std::move(sentence), std::move(hint)};
}

bool is_structural(const net::Op& op) {
  return std::holds_alternative<net::Input>(op) || std::holds_alternative<net::Constant>(op) ||
         std::holds_alternative<net::Concat>(op) || std::holds_alternative<net::Select>(op) ||
         std::holds_alternative<net::Reshape>(op);
}

/// By NodeId: does the node need a rule, and does the explained output depend on it?
std::vector<bool> nodes_in_question(const Network& network) {
  std::vector<bool> needed(std::size_t(network.size()));
  needed[std::size_t(network.output())] = true;
  for (NodeId id = network.size() - 1; id >= 0; --id)
    if (needed[std::size_t(id)])
      for (const NodeId input : network.node(id).inputs) needed[std::size_t(input)] = true;
  for (NodeId id = 0; id < network.size(); ++id)
    if (is_structural(network.node(id).op)) needed[std::size_t(id)] = false;
  return needed;
}

/// "HardSwish" and "hard-swish" are one word.
std::string folded(const std::string& word) {
  std::string out;
  for (const char c : word)
    if (c != '-') out += char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool matches_op(const std::string& word, const Node& node) {
  const std::string own = net::op_word(node.op);
  if (word == own) return true;
  if (word == "linear") return own == "dense" || own == "conv";
  if (word == "affine") return net::is_affine(node.op);
  if (const auto* activation = std::get_if<net::Activation>(&node.op)) return word == activation->kind;
  if (const auto* opaque = std::get_if<net::Opaque>(&node.op)) return folded(word) == folded(opaque->type);
  return false;
}

/// Inputs that one element of the node's output reads, padding included.
long fan_in(const Network& network, const Node& node) {
  const auto window = [](const net::Window& w) { return net::element_count(w.kernel); };
  if (const auto* dense = std::get_if<net::Dense>(&node.op)) return dense->in;
  if (const auto* pool = std::get_if<net::AveragePool>(&node.op)) return window(pool->window);
  if (const auto* pool = std::get_if<net::MaxPool>(&node.op)) return window(pool->window);
  if (const auto* conv = std::get_if<net::Conv>(&node.op)) {
    const auto& shape = network.node(node.inputs.front()).shape;
    return (shape.size() > 1 ? shape[1] : 1) / std::max<std::int64_t>(conv->groups, 1) * window(conv->window);
  }
  return long(node.inputs.size());
}

/// Nodes a selector speaks about, in execution order.
std::vector<NodeId> selected(const Selector& to, const Network& network, const std::vector<bool>& in_question) {
  std::vector<NodeId> out;
  for (NodeId id = 0; id < network.size(); ++id) {
    const Node& node = network.node(id);
    if (!in_question[std::size_t(id)]) continue;
    if (to.op && !matches_op(*to.op, node)) continue;
    if (to.name && !base::glob_match(*to.name, node.name)) continue;
    if (to.fan_in && *to.fan_in != fan_in(network, node)) continue;
    out.push_back(id);
  }
  if (to.first && !out.empty()) return {out.front()};
  if (to.last && !out.empty()) return {out.back()};
  if (!to.index) return out;
  if (std::size_t(*to.index) >= out.size()) return {};
  return {out[std::size_t(*to.index)]};
}

base::Status check_selector(const RuleSet& rules, const Assign& assign, const Network& network,
                            const std::vector<bool>& in_question) {
  const Selector& to = assign.to;
  if (to.op) {
    std::vector<std::string> known(op_words().begin(), op_words().end());
    if (std::find(known.begin(), known.end(), *to.op) == known.end())
      return complain(rules, assign.line, "selector", "no operation is called '" + *to.op + "'",
                      base::did_you_mean(*to.op, known));
  }
  if (!to.name) return base::fine();
  std::vector<std::string> known;
  const Node* structural = nullptr;
  for (NodeId id = 0; id < network.size(); ++id) {
    const Node& node = network.node(id);
    const bool hit = base::glob_match(*to.name, node.name);
    if (in_question[std::size_t(id)] && hit) return base::fine();
    if (in_question[std::size_t(id)]) known.push_back(node.name);
    if (hit) structural = &node;
  }
  if (structural)
    return complain(rules, assign.line, "selector", "the name '" + *to.name + "' matches only nodes that take no rule",
                    "'" + structural->name + "' is " + net::op_word(structural->op));
  return complain(rules, assign.line, "selector", "the name '" + *to.name + "' matches no node",
                  base::did_you_mean(*to.name, known));
}

bool keeps_size(const Network& network, const Node& node) {
  return node.inputs.size() == 1 && network.node(node.inputs.front()).size() == node.size();
}

/// Why this rule cannot be applied to this operation; empty when it can.
std::string misfit(const NamedRule& rule, const Network& network, const Node& node) {
  using Kind = NamedRule::Kind;
  const auto* activation = std::get_if<net::Activation>(&node.op);
  const bool pools = std::holds_alternative<net::MaxPool>(node.op) || std::holds_alternative<net::Max>(node.op);
  switch (rule.kind) {
    case Kind::gradient:
    case Kind::zero:
      return "";
    case Kind::pass:
      if (pools) return "it is for nodes that keep each element; winner or proportional fit here";
      return keeps_size(network, node) ? "" : "it is for nodes with one operand of their own size";
    case Kind::winner:
    case Kind::proportional:
      return pools ? "" : "it is for max-pool and max";
    case Kind::ratio:
    case Kind::deconvnet:
      return activation ? "" : "it is for activations";
    case Kind::guided_backprop:
    case Kind::rectgrad:
    case Kind::beta_smooth:
      return activation && activation->kind == "relu" ? "" : "it is for relu";
  }
  return "";
}

std::string misfit(const Rule& rule, const Network& network, const Node& node) {
  if (const auto* named = std::get_if<NamedRule>(&rule.body)) return misfit(*named, network, node);
  return net::is_affine(node.op) ? "" : "it is for dense, conv, batch-norm, scale, average-pool and add";
}

std::string described(const Node& node) {
  const auto* activation = std::get_if<net::Activation>(&node.op);
  const auto* opaque = std::get_if<net::Opaque>(&node.op);
  const std::string detail = activation ? activation->kind : opaque ? opaque->type : "";
  return "node '" + node.name + "' (" + net::op_word(node.op) + (detail.empty() ? "" : " " + detail) + ")";
}

/// What becomes of a node that no assign speaks about.
base::Result<Rule> fallback(const RuleSet& rules, const Network& network, const Node& node) {
  if (rules.unmatched == Unmatched::gradient) return Rule{"gradient", NamedRule{NamedRule::Kind::gradient, {}}};
  const Rule pass{"pass", NamedRule{NamedRule::Kind::pass, {}}};
  const std::string word = net::op_word(node.op);
  const std::string hint = "add [[assign]] with to = { op = \"" + word + "\" }";
  if (rules.unmatched == Unmatched::error)
    return complain(rules, 0, "unmatched", described(node) + " has no rule",
                    hint + ", or say unmatched = \"gradient\"");
  if (const std::string why = misfit(pass, network, node); !why.empty())
    return complain(rules, 0, "unmatched", described(node) + " has no rule, and pass does not fit: " + why, hint);
  return pass;
}

}  // namespace

Survey survey(const RuleSet& rules, const Network& network) {
  const std::vector<bool> in_question = nodes_in_question(network);
  Survey out;
  auto& [of, unmatched] = out.assignment;
  of.resize(std::size_t(network.size())), unmatched.resize(of.size()), out.by.resize(of.size());
  using Kind = Complaint::Kind;
  for (std::size_t k = 0; k < rules.assigns.size(); ++k) {
    const auto& assign = rules.assigns[k];
    auto& reach = out.reach.emplace_back();
    if (const auto fine = check_selector(rules, assign, network, in_question); !fine) {
      out.complaints.push_back({Kind::selector, k, -1, fine.error()});
      continue;
    }
    reach.selected = selected(assign.to, network, in_question);
    for (const NodeId id : reach.selected) {
      auto& place = of[std::size_t(id)];
      if (place) continue;
      if (const std::string why = misfit(assign.rule, network, network.node(id)); !why.empty()) {
        out.complaints.push_back(
            {Kind::misfit, k, id,
             complain(rules, assign.line, "misfit",
                      "rule '" + assign.rule.name + "' does not fit " + described(network.node(id)), why)});
        continue;
      }
      place = assign.rule, out.by[std::size_t(id)] = k, reach.decided.push_back(id);
    }
  }
  for (NodeId id = 0; id < network.size(); ++id) {
    if (!in_question[std::size_t(id)] || of[std::size_t(id)]) continue;
    auto rule = fallback(rules, network, network.node(id));
    if (rule)
      of[std::size_t(id)] = *rule, unmatched[std::size_t(id)] = true;
    else
      out.complaints.push_back({Kind::unmatched, 0, id, rule.error()});
  }
  return out;
}

base::Result<Assignment> assign(const RuleSet& rules, const Network& network) {
  Survey found = survey(rules, network);
  if (!found.complaints.empty()) return found.complaints.front().error;
  return std::move(found.assignment);
}

}  // namespace lrproof::rule
