#include "attr/symbolic.hpp"

#include <set>
#include <unordered_map>

#include "attr/start.hpp"

namespace lrproof::attr {
namespace {

using base::Diagnostic;
using num::Symbol;

base::Status check_request(const net::Network& network, const rule::Assignment& assignment,
                           const SymbolicRequest& request) {
  LRPROOF_INVARIANT(std::int64_t(request.input.size()) == network.input_size(), "an input of another size");
  if (const net::NodeId opaque = network.first_opaque(); opaque >= 0)
    return Diagnostic{"attr.opaque", "node " + network.node(opaque).name,
                      "not supported: a formula of " + network.node(opaque).type, "cut the network before it"};
  if (request.target >= network.output_size())
    return Diagnostic{"attr.target", "target " + std::to_string(request.target), "does not exist",
                      "the output has " + std::to_string(network.output_size()) + " elements, counted from 0"};
  return supported<Symbol>(network, assignment, request.options);
}

std::int64_t largest_output(std::span<const Symbol> outputs) {
  std::size_t best = 0;
  for (std::size_t k = 1; k < outputs.size(); ++k)
    if (outputs[best].value() < outputs[k].value()) best = k;
  return std::int64_t(best);
}

// The element that an edge runs through, or through a kink of which it does: z, z - 1, z_1 - z_2.
std::string edge_name(const net::Network& network, const Symbolic& formula, const num::Expression* edge) {
  const std::vector<const num::Expression*> tries{edge, edge->left.expression(), edge->right.expression()};
  const auto names = element_names(network, formula);
  const std::unordered_map<const num::Expression*, std::string> name_of(names.begin(), names.end());
  for (const auto* e : tries)
    if (const auto at = e ? name_of.find(e) : name_of.end(); at != name_of.end()) return at->second;
  return "a denominator";
}

// cell: as many conditions, the first ones, are of the network itself; one of those that is 0 is a kink, on whichever
// side the evaluation counts it.
base::Status check_edges(const net::Network& network, const Symbolic& formula, std::size_t cell) {
  for (std::size_t k = 0; k < formula.conditions().size(); ++k)
    if (const num::Condition& c = formula.conditions()[k]; c.is_edge() || (k < cell && c.expression->value.is_zero()))
      return Diagnostic{"attr.edge", edge_name(network, formula, c.expression),
                        "lies on an edge at this input: a kink, a tie or a denominator that is 0; no formula holds "
                        "around it",
                        "move the input off the edge, or ask --exact for the value there"};
  return base::fine();
}

std::string printable(const std::string& name) {
  std::string out;
  for (const char c : name) out += c > ' ' && c <= '~' && c != '|' && c != '\\' && c != ';' ? c : '_';
  return out.empty() ? "_" : out;
}

}  // namespace

base::Result<Symbolic> symbolic(const net::Network& network, const rule::Assignment& assignment,
                                const SymbolicRequest& request) {
  LRPROOF_CHECK(check_request(network, assignment, request));
  Symbolic out;
  out.expressions = std::make_unique<num::Expressions>(request.input);
  std::vector<Symbol> x;
  for (std::int64_t k = 0; k < network.input_size(); ++k) x.push_back(out.expressions->variable(k));
  const net::Evaluator<Symbol> evaluator(network);
  out.values = evaluator.run(x, 1);
  const std::size_t cell = out.conditions().size();
  const auto outputs = out.values.at(network.output(), 0, network.output_size());
  out.target = request.target < 0 ? largest_output(outputs) : request.target;
  const auto start = start_relevance<Symbol>(network, out.values, request.start, {out.target});
  out.relevance = Engine<Symbol>(evaluator, assignment, request.options).run(out.values, start);
  out.map = out.relevance.of[0];
  out.map.resize(x.size());
  LRPROOF_CHECK(check_edges(network, out, cell));
  return out;
}

std::int64_t multiply_adds(const net::Network& network) {
  std::int64_t sum = 0;
  for (const net::Node& node : network.nodes()) {
    std::int64_t each = std::int64_t(node.inputs.size());
    if (const auto* dense = std::get_if<net::Dense>(&node.op)) each = dense->in;
    if (const auto* pool = std::get_if<net::AveragePool>(&node.op)) each = net::element_count(pool->window.kernel);
    if (const auto* pool = std::get_if<net::MaxPool>(&node.op)) each = net::element_count(pool->window.kernel);
    if (const auto* conv = std::get_if<net::Conv>(&node.op)) each = std::int64_t(conv->weight.size()) / node.shape[1];
    sum += node.size() * each;
  }
  return sum;
}

std::vector<std::string> printable_names(const net::Network& network) {
  std::vector<std::string> out;
  std::set<std::string> taken;
  for (const net::Node& node : network.nodes()) {
    std::string name = printable(node.name);
    if (name.rfind("R.", 0) == 0) name = "_" + name;  // names of relevance start so
    while (!taken.insert(name).second) name += "'";
    out.push_back(std::move(name));
  }
  return out;
}

std::vector<std::pair<const num::Expression*, std::string>> element_names(const net::Network& network,
                                                                          const Symbolic& formula) {
  std::vector<std::pair<const num::Expression*, std::string>> out;
  std::set<const num::Expression*> known;
  const auto names = printable_names(network);
  auto name = [&](const std::string& of, const std::vector<Symbol>& tensor) {
    for (std::size_t k = 0; k < tensor.size(); ++k)
      if (const auto* e = tensor[k].expression(); e && known.insert(e).second)
        out.emplace_back(e, of + "[" + std::to_string(k) + "]");
  };
  for (std::size_t id = 0; id < names.size(); ++id) name(names[id], formula.values.of[id]);
  for (std::size_t id = names.size(); id-- > 1;)
    if (id < formula.relevance.of.size()) name("R." + names[id], formula.relevance.of[id]);
  return out;
}

}  // namespace lrproof::attr
