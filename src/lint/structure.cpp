// Lint rules that look at the graph, at stored numbers and at who has which rule: nothing here needs bounds.
#include <algorithm>
#include <set>

#include "lint/look.hpp"

namespace lrproof::lint {

using claim::Level;
using Kind = rule::NamedRule::Kind;

namespace {

bool is_named(const rule::Rule& rule, Kind kind) {
  const auto* named = std::get_if<rule::NamedRule>(&rule.body);
  return named && named->kind == kind;
}

// No rule of it is a formula of shares: the gradient is what it means everywhere (guided backpropagation and the like).
bool is_gradient_method(const RuleCase& rules) {
  return std::none_of(rules.rules.assigns.begin(), rules.rules.assigns.end(), [](const rule::Assign& assign) {
    return std::holds_alternative<rule::AffineRule>(assign.rule.body);
  });
}

template <class Op>
bool is(const net::Node& node) {
  return std::holds_alternative<Op>(node.op);
}

bool multiplies_variables(const net::Node& node) { return is<net::Opaque>(node) && node.inputs.size() > 1; }

bool is_softmax(const net::Node& node) {
  const auto* opaque = std::get_if<net::Opaque>(&node.op);
  return opaque && (opaque->type == "Softmax" || opaque->type == "LogSoftmax");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t k = 0; k < names.size() && k < 8; ++k) text += (k ? ", " : "") + names[k];
  return names.size() > 8 ? text + " and " + std::to_string(names.size() - 8) + " more" : text;
}

std::string to_assign(const net::Node& node, const std::string& rule) {
  const auto* opaque = std::get_if<net::Opaque>(&node.op);
  const std::string selector = opaque ? "name = \"" + node.name + "\"" : "op = \"" + net::op_word(node.op) + "\"";
  return "[[assign]] to = { " + selector + " }, rule = \"" + rule + "\"";
}

// The gradient of a maximum is the winner rule.
Level level_of_fallback(const net::Node& node) {
  return is<net::MaxPool>(node) || is<net::Max>(node) ? Level::note : Level::warning;
}

std::string fitting_rule(const net::Node& node) {
  if (is<net::MaxPool>(node) || is<net::Max>(node)) return "winner";
  return net::is_affine(node.op) ? "epsilon" : "pass";
}

}  // namespace

void unmatched(Look& look, std::size_t c, Findings& out) {
  const auto& survey = look.rules(c).survey;
  for (const auto& complaint : survey.complaints) {
    if (complaint.kind != rule::Complaint::Kind::unmatched) continue;
    const auto& node = look.node(complaint.node);
    out.push_back(Draft(look, "A001", int(c), complaint.node, "no rule speaks of " + name_of(node))
                      .level(Level::error)
                      .reason(complaint.error.sentence)
                      .fix(to_assign(node, fitting_rule(node)))
                      .refuted());
  }
  if (is_gradient_method(look.rules(c))) return;
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto& node = look.node(id);
    // Sums and norms have rules of their own here, A004 and A006, and so have products, A019.
    if (!survey.assignment.unmatched[std::size_t(id)] || is<net::Add>(node) || multiplies_variables(node)) continue;
    const std::string& word = look.rule_at(c, id)->name;
    if (is<net::BatchNorm>(node) && word == "pass") continue;
    out.push_back(
        Draft(look, "A001", int(c), id, "no rule speaks of " + name_of(node) + ": it falls back to \"" + word + "\"")
            .level(level_of_fallback(node))
            .fix(to_assign(node, fitting_rule(node)))
            .refuted());
  }
}

void shared_weights(Look& look, Findings& out) {
  for (const auto& [tensor, nodes] : look.subject().file.shared) {
    Draft draft(look, "A003", -1, look.network().find(nodes.front()),
                "the weight " + tensor + " is read by " + std::to_string(nodes.size()) + " layers: " + listed(nodes));
    draft.finding.place.node = nodes.front();
    draft.finding.place.notion = tensor;
    out.push_back(draft.number("layers", double(nodes.size())).refuted());
  }
}

void sums_without_rule(Look& look, std::size_t c, Findings& out) {
  if (is_gradient_method(look.rules(c))) return;
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.rule_at(c, id);
    if (!rule || !is<net::Add>(look.node(id)) || !is_named(*rule, Kind::gradient)) continue;
    const auto count = look.node(id).inputs.size();
    const bool fell = look.rules(c).survey.assignment.unmatched[std::size_t(id)];
    out.push_back(Draft(look, "A004", int(c), id,
                        std::string(fell ? "no rule splits" : "the rule \"gradient\" does not split") +
                            " the relevance of " + name_of(look.node(id)) + ": each of its " + std::to_string(count) +
                            " operands gets all of it")
                      .number("operands", double(count))
                      .fix(to_assign(look.node(id), "epsilon"))
                      .refuted());
  }
}

void passed_norms(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.rule_at(c, id);
    const auto* norm = std::get_if<net::BatchNorm>(&look.node(id).op);
    if (!rule || !norm || !is_named(*rule, Kind::pass)) continue;
    std::size_t changed = 0;
    for (std::size_t k = 0; k < norm->scale.size(); ++k)
      changed += norm->scale.rational(k) != num::Rational(1) || !norm->shift.rational(k).is_zero();
    if (changed == 0) continue;
    Draft draft(look, "A006", int(c), id,
                name_of(look.node(id)) + " is not folded, and its rule \"pass\" takes no notice of what it does to " +
                    std::to_string(changed) + " of " + std::to_string(norm->scale.size()) + " channels");
    for (const auto& step : look.rewritten().steps)
      if (step.rewrite.starts_with("batchnorm") &&
          std::find(step.nodes.begin(), step.nodes.end(), look.node(id).name) != step.nodes.end())
        draft.fix("canonize = [\"" + step.rewrite + "\"] folds it, with a proof");
    out.push_back(draft.number("channels", double(changed)).refuted());
  }
}

void norms_that_stay(Look& look, Findings& out) {
  const bool any = std::any_of(look.network().nodes().begin(), look.network().nodes().end(), is<net::BatchNorm>);
  if (!any) return;
  const auto& rewritten = look.rewritten();
  for (NodeId id = 0; id < rewritten.network.size(); ++id) {
    const auto& node = rewritten.network.node(id);
    if (!is<net::BatchNorm>(node) || look.network().find(node.name) < 0) continue;
    Draft draft(look, "A007", -1, look.network().find(node.name), "no rewrite folds " + name_of(node));
    for (const auto& miss : rewritten.near_misses) {
      if (miss.node != node.name) continue;
      draft.reason(miss.rewrite + ": " + miss.reason);
      if (!miss.help.empty()) draft.fix(miss.help);
    }
    out.push_back(draft.refuted());
  }
}

void training_mode(Look& look, Findings& out) {
  for (const auto& [node, how] : look.subject().file.training) {
    Draft draft(look, "A009", -1, look.network().find(node),
                node + " runs as in training: " + how + "; it is read as for inference here");
    draft.finding.place.node = node;
    out.push_back(draft.fix("export the model for inference").refuted());
  }
}

void softmax_inside(Look& look, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id)
    if (look.needed(id) && is_softmax(look.node(id)))
      out.push_back(
          Draft(look, "A017", -1, id, name_of(look.node(id)) + " lies between the input and the explained output")
              .refuted());
}

void overlapping_pools(Look& look, std::size_t c, Findings& out) {
  for (NodeId id = 0; id < look.network().size(); ++id) {
    const auto* rule = look.rule_at(c, id);
    const auto* pool = std::get_if<net::MaxPool>(&look.node(id).op);
    if (!rule || !pool || !(is_named(*rule, Kind::winner) || is_named(*rule, Kind::gradient))) continue;
    const auto& w = pool->window;
    bool overlaps = false;
    for (std::size_t a = 0; a < w.kernel.size(); ++a) {
      // Windows share an element iff some tap of one lies on a tap of another.
      for (std::int64_t tap = 1; tap < w.kernel[a]; ++tap)
        overlaps = overlaps || tap * w.dilations[a] % w.strides[a] == 0;
    }
    if (overlaps)
      out.push_back(Draft(look, "A018", int(c), id,
                          "windows of " + name_of(look.node(id)) + " overlap: kernel " + net::to_string(w.kernel) +
                              ", strides " + net::to_string(w.strides))
                        .refuted());
  }
}

void bilinear_nodes(Look& look, std::size_t c, Findings& out) {
  if (is_gradient_method(look.rules(c))) return;
  for (NodeId id = 0; id < look.network().size(); ++id) {
    if (!look.needed(id) || !multiplies_variables(look.node(id))) continue;
    const auto* rule = look.rule_at(c, id);
    if (!rule) continue;  // A001 says so
    const std::string both =
        look.node(id).inputs[0] == look.node(id).inputs[1] ? "a variable with itself" : "variables";
    out.push_back(
        Draft(look, "A019", int(c), id,
              name_of(look.node(id)) + " combines " + both + ", and its rule \"" + rule->name + "\" is none for that")
            .refuted());
  }
}

}  // namespace lrproof::lint
