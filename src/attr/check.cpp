#include "attr/relevance.hpp"

namespace lrproof::attr {
namespace {

using Kind = rule::NamedRule::Kind;

base::Diagnostic refuse(const net::Node& node, std::string code, std::string sentence, std::string hint) {
  return {"attr." + std::move(code), "node " + node.name, std::move(sentence), std::move(hint)};
}

bool is_structural(const net::Op& op) {
  return std::holds_alternative<net::Input>(op) || std::holds_alternative<net::Constant>(op) ||
         std::holds_alternative<net::Concat>(op) || std::holds_alternative<net::Select>(op) ||
         std::holds_alternative<net::Reshape>(op);
}

std::int64_t operand_elements(const net::Network& network, const net::Node& node) {
  std::int64_t sum = 0;
  for (const net::NodeId id : node.inputs) sum += network.node(id).size();
  return sum;
}

base::Status check_affine(const net::Network& network, const net::Node& node, const rule::Rule& rule,
                          const Options& options) {
  if (!net::is_affine(node.op))
    return refuse(node, "rule-does-not-fit",
                  "rule \"" + rule.name + "\" needs an affine operation, this is " + node.type,
                  "give it a rule such as pass, winner or gradient");
  for (const rule::Term& term : std::get<rule::AffineRule>(rule.body).terms)
    for (const rule::Product& product : term.numerator) {
      if (product.phi != rule::Phi::low && product.phi != rule::Phi::high) continue;
      const auto count = std::int64_t((product.phi == rule::Phi::low ? options.low : options.high).size());
      if (count == 0)
        return refuse(node, "no-bounds", "rule \"" + rule.name + "\" needs bounds of its input and none are given",
                      "pass --domain LOW,HIGH or set low and high in the rule set");
      if (count != 1 && count != operand_elements(network, node))
        return refuse(node, "bounds-size",
                      std::to_string(count) + " bounds are given for an input of " +
                          std::to_string(operand_elements(network, node)) + " elements",
                      "give one bound, or one per element");
    }
  return base::fine();
}

// A root mean square of the denominators is no rational function of the input.
base::Status check_rational(const net::Node& node, const rule::Rule& rule) {
  for (const rule::Term& term : std::get<rule::AffineRule>(rule.body).terms)
    if (term.stabilizer.rms)
      return refuse(node, "no-formula", "not supported: the formula of rule \"" + rule.name + "\", which takes a root",
                    "--exact gives its value at the input");
  return base::fine();
}

bool fits(const net::Network& network, const net::Node& node, Kind kind) {
  const bool same = node.inputs.size() == 1 && network.node(node.inputs[0]).size() == node.size();
  if (kind == Kind::zero) return true;
  if (std::holds_alternative<net::Activation>(node.op)) return kind != Kind::winner && kind != Kind::proportional;
  if (std::holds_alternative<net::Max>(node.op) || std::holds_alternative<net::MaxPool>(node.op))
    return kind == Kind::winner || kind == Kind::proportional || kind == Kind::gradient;
  if (kind == Kind::pass) return same;
  return kind == Kind::gradient && net::is_affine(node.op);
}

template <num::Scalar S>
base::Status check_named(const net::Network& network, const net::Node& node, const rule::Rule& rule) {
  const auto& named = std::get<rule::NamedRule>(rule.body);
  if (std::holds_alternative<net::Opaque>(node.op) && named.kind == Kind::gradient)
    return refuse(node, "opaque", "not supported: the gradient of " + node.type, "give the node a rule, or cut it off");
  if (!fits(network, node, named.kind))
    return refuse(node, "rule-does-not-fit", "rule \"" + rule.name + "\" does not fit the operation " + node.type,
                  "affine nodes take an affine rule or gradient, activations pass, maxima winner");
  if (num::kExact<S> && named.kind == Kind::beta_smooth)
    return refuse(node, "no-exact-value", "not supported: beta-smooth over exact numbers (its sigmoid is irrational)",
                  "use floating-point attribution for this rule set");
  return base::fine();
}

}  // namespace

template <num::Scalar S>
base::Status supported(const net::Network& network, const rule::Assignment& assignment, const Options& options) {
  LRPROOF_INVARIANT(assignment.of.size() == network.nodes().size(), "the assignment is of another network");
  std::vector<bool> reached(network.nodes().size(), false);
  reached[std::size_t(network.output())] = true;
  for (net::NodeId id = network.output(); id >= 0; --id) {
    if (!reached[std::size_t(id)]) continue;
    const net::Node& node = network.node(id);
    for (const net::NodeId from : node.inputs) reached[std::size_t(from)] = true;
    if (is_structural(node.op)) continue;
    const auto& rule = assignment.of[std::size_t(id)];
    if (!rule) return refuse(node, "no-rule", "no rule is assigned to this " + net::op_word(node.op), "");
    if (std::holds_alternative<rule::AffineRule>(rule->body)) {
      LRPROOF_CHECK(check_affine(network, node, *rule, options));
      if (std::same_as<S, num::Symbol>) LRPROOF_CHECK(check_rational(node, *rule));
    } else {
      LRPROOF_CHECK(check_named<S>(network, node, *rule));
    }
  }
  return base::fine();
}

template base::Status supported<float>(const net::Network&, const rule::Assignment&, const Options&);
template base::Status supported<double>(const net::Network&, const rule::Assignment&, const Options&);
template base::Status supported<num::Interval>(const net::Network&, const rule::Assignment&, const Options&);
template base::Status supported<num::Rational>(const net::Network&, const rule::Assignment&, const Options&);
template base::Status supported<num::Symbol>(const net::Network&, const rule::Assignment&, const Options&);

}  // namespace lrproof::attr
