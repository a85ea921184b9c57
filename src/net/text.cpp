// The text form, read. One line, one node; a node may only read nodes above it, so the order is topological as it
// stands. Numbers are taken exactly from their spelling (NET-2): 0.1 is one tenth.
#include "net/text.hpp"

#include "net/shape.hpp"
#include "net/text_settings.hpp"

namespace lrproof::net {

namespace {

constexpr std::int64_t kMostElements = std::int64_t(1) << 26;

/// Reads the lines of a network.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file) : tokens_(text, file), file_(file) {}

  Result<Network> read() {
    while (true) {
      LRPROOF_CHECK(tokens_.skip_line_ends());
      LRPROOF_TRY(first, tokens_.take());
      if (first.kind == TextToken::Kind::end) break;
      if (!first.is_name()) return tokens_.error(first, "a line starts with a name, 'input' or 'output'");
      LRPROOF_CHECK(line(first));
      if (tokens_.peek().kind != TextToken::Kind::line_end && tokens_.peek().kind != TextToken::Kind::end)
        return tokens_.error(tokens_.peek(), "unexpected '" + tokens_.peek().text + "'", "one node per line");
    }
    if (nodes_.empty()) return tokens_.error(tokens_.peek(), "a network without an input", "input x[1, 2]");
    if (outputs_.empty()) return tokens_.error(tokens_.peek(), "a network without an output", "output y");
    auto network = Network::create(std::move(nodes_), std::move(outputs_));
    if (!network && network.error().place.find(file_) != 0)
      network.error().place = file_ + (network.error().place.empty() ? "" : ": " + network.error().place);
    return network;
  }

 private:
  base::Status line(const TextToken& first) {
    if (!tokens_.peek().is("=")) {
      if (first.kind == TextToken::Kind::word && first.text == "input") return input();
      if (first.kind == TextToken::Kind::word && first.text == "output") return output();
      return tokens_.error(tokens_.peek(), "expected '=' after '" + first.text + "'", "name = operation(operands)");
    }
    LRPROOF_CHECK(tokens_.take());
    if (nodes_.empty()) return tokens_.error(first, "the first line of a network is its input", "input x[1, 2]");
    LRPROOF_CHECK(fresh(first));
    return node(first);
  }

  base::Status fresh(const TextToken& name) {
    if (ids_.contains(name.text)) return tokens_.error(name, "'" + name.text + "' is defined twice");
    return base::fine();
  }

  base::Status input() {
    LRPROOF_TRY(name, tokens_.take());
    if (!name.is_name()) return tokens_.error(name, "expected the input's name", "input x[1, 2]");
    if (!nodes_.empty()) return tokens_.error(name, "not supported: a network with two inputs");
    LRPROOF_TRY(literal, tokens_.take_literal());
    Settings settings(tokens_, name);
    LRPROOF_TRY(shape, settings.integers(literal));
    if (shape.empty()) return tokens_.error(literal.token, "a shape has at least one axis");
    return add(name, Built{Input{}, shape, "Input"}, {}, literal.token);
  }

  base::Status output() {
    while (true) {
      LRPROOF_TRY(name, tokens_.take());
      LRPROOF_TRY(id, known(name));
      outputs_.push_back(id);
      if (!tokens_.peek().is(",")) return base::fine();
      LRPROOF_CHECK(tokens_.take());
    }
  }

  Result<NodeId> known(const TextToken& name) {
    if (!name.is_name()) return tokens_.error(name, "expected the name of a node");
    const auto it = ids_.find(name.text);
    if (it != ids_.end()) return it->second;
    std::vector<std::string> names;
    for (const auto& [known_name, id] : ids_) names.push_back(known_name);
    return tokens_.error(name, "no node '" + name.text + "' above this line", base::did_you_mean(name.text, names));
  }

  base::Status node(const TextToken& name) {
    LRPROOF_TRY(op, tokens_.take());
    std::vector<std::string> words;
    const Builder build = find_builder(op.text, words);
    if (!build) return tokens_.error(op, "no operation '" + op.text + "'", base::did_you_mean(op.text, words));
    LRPROOF_TRY(inputs, operands());
    Settings settings(tokens_, op);
    while (tokens_.peek().is_name()) {
      LRPROOF_TRY(key, tokens_.take());
      LRPROOF_TRY(literal, tokens_.take_literal());
      LRPROOF_CHECK(settings.insert(key, std::move(literal)));
    }
    Operands shapes;
    for (const auto id : inputs) shapes.push_back(nodes_[std::size_t(id)].shape);
    LRPROOF_TRY(built, build(settings, shapes));
    if (const auto* type = settings.find("type")) built.type = type->token.text;
    LRPROOF_CHECK(settings.finish());
    return add(name, std::move(built), inputs, op);
  }

  Result<std::vector<NodeId>> operands() {
    std::vector<NodeId> inputs;
    if (!tokens_.peek().is("(")) return inputs;
    LRPROOF_CHECK(tokens_.take());
    while (!tokens_.peek().is(")")) {
      LRPROOF_TRY(name, tokens_.take());
      LRPROOF_TRY(id, known(name));
      inputs.push_back(id);
      if (tokens_.peek().is(")")) break;
      LRPROOF_CHECK(tokens_.expect(",", "or ')' between operands"));
    }
    LRPROOF_CHECK(tokens_.expect(")", "after the operands"));
    return inputs;
  }

  base::Status add(const TextToken& name, Built built, std::vector<NodeId> inputs, const TextToken& at) {
    Operands shapes;
    for (const auto id : inputs) shapes.push_back(nodes_[std::size_t(id)].shape);
    auto shape = infer_shape(built.op, shapes, built.declared);
    if (!shape) return tokens_.error(at, shape.error().sentence, shape.error().hint);
    if (element_count(*shape) > kMostElements)
      return tokens_.error(
          at, "not supported: a tensor of more than " + std::to_string(kMostElements) + " elements in the text form");
    ids_[name.text] = NodeId(nodes_.size());
    nodes_.push_back({name.text, built.type, std::move(built.op), std::move(inputs), std::move(*shape)});
    return base::fine();
  }

  TextTokens tokens_;
  std::string file_;
  std::map<std::string, NodeId> ids_;
  std::vector<Node> nodes_;
  std::vector<NodeId> outputs_;
};

}  // namespace

base::Result<Network> parse_network(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

}  // namespace lrproof::net
