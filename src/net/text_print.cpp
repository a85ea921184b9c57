// The text form, written. What cannot be told from the operation's word alone (the model file's operator, an
// activation that is none of the named ones) is written out, so that reading gives the same value.
#include "base/digest.hpp"
#include "net/curve.hpp"
#include "net/text.hpp"
#include "net/text_tree.hpp"

namespace lrproof::net {

namespace {

using num::Rational;

std::string number(const Rational& value) { return value.to_string(); }

template <class T, class Spell>
std::string list(const std::vector<T>& items, Spell spell) {
  std::string out = "[";
  for (std::size_t k = 0; k < items.size(); ++k) out += (k ? ", " : "") + spell(items[k]);
  return out + "]";
}
std::string integers(const Shape& values) {
  return list(values, [](std::int64_t v) { return std::to_string(v); });
}
std::string numbers(const std::vector<Rational>& values) { return list(values, number); }

/// A tensor as nested lists.
std::string nested(const num::Constants& values, const Shape& shape, std::size_t axis, std::size_t& at) {
  if (axis == shape.size()) return number(values.rational(at++));
  std::string out = "[";
  for (std::int64_t k = 0; k < shape[axis]; ++k) out += (k ? ", " : "") + nested(values, shape, axis + 1, at);
  return out + "]";
}
std::string tensor(const num::Constants& values, const Shape& shape) {
  std::size_t at = 0;
  return nested(values, shape, 0, at);
}

/// A tensor by the digests of what it is stored as.
std::string digest(const num::Constants& values) {
  const auto of = [](const std::vector<double>& numbers) {
    return base::sha256({reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)});
  };
  std::string out = std::to_string(values.size()) + " numbers, nearest doubles " + of(values.approx);
  if (!values.rest.empty()) out += ", rests " + of(values.rest);
  if (!values.exact.empty()) out += ", " + base::sha256(numbers(values.exact));
  return out;
}

std::string name_of(const std::string& name) { return is_plain_name(name) ? name : quoted(name); }

/// Word, settings, and the operator that the word stands for when nothing else is said.
struct Spelling {
  std::string word, settings, type;
  bool operands = true;
};

std::string window_settings(const Window& window, bool kernel) {
  Shape pads = window.pads_begin;
  pads.insert(pads.end(), window.pads_end.begin(), window.pads_end.end());
  std::string out;
  if (kernel) out += "  kernel " + integers(window.kernel);
  out += "  strides " + integers(window.strides) + "  pads " + integers(pads);
  if (window.dilations != Shape(window.kernel.size(), 1)) out += "  dilations " + integers(window.dilations);
  return out;
}

Spelling activation(const Activation& op) {
  const bool one = op.curve_of.empty() && op.curves.size() == 1;
  if (one && op.kind == "relu" && op.curves[0] == relu_curve()) return {"relu", "", "Relu"};
  if (one && op.kind == "abs" && op.curves[0] == abs_curve()) return {"abs", "", "Abs"};
  if (one && op.kind == "leaky-relu" && op.curves[0] == leaky_curve(op.curves[0].slopes[0]))
    return {"leaky-relu", "  alpha " + number(op.curves[0].slopes[0]), "LeakyRelu"};
  if (one && op.kind == "hard-tanh" && op.curves[0] == clip_curve(Rational(-1), Rational(1)))
    return {"hard-tanh", "", "HardTanh"};
  if (one && op.kind == "clip" && op.curves[0].kinks.size() == 2) {
    const auto& k = op.curves[0].kinks;
    if (op.curves[0] == clip_curve(k[0], k[1]))
      return {"clip", "  min " + number(k[0]) + "  max " + number(k[1]), "Clip"};
  }
  const auto curve = [](const Curve& c) {
    std::string text(1, '[');
    text.append(numbers(c.kinks)).append(", ").append(numbers(c.slopes)).append(", ");
    return text.append(numbers(c.intercepts)).append("]");
  };
  std::string settings = "  kind " + quoted(op.kind) + "  curves " + list(op.curves, curve);
  if (!op.curve_of.empty())
    settings += "  curve-of " + list(op.curve_of, [](std::int32_t k) { return std::to_string(k); });
  return {"activation", settings, "Activation"};
}

/// How each operation is spelt.
struct Speller {
  const Network& network;
  const Node& node;
  bool digests = false;  ///< in the place of tensors

  std::string spelt(const num::Constants& values, const Shape& shape) const {
    return digests ? digest(values) : tensor(values, shape);
  }
  std::string flat(const num::Constants& values) const { return spelt(values, {std::int64_t(values.size())}); }

  Spelling operator()(const Input&) const { return {"input", "", "Input"}; }
  Spelling operator()(const Constant& op) const {
    return {"constant", "  shape " + integers(node.shape) + "  value " + flat(op.value), "Constant", false};
  }
  Spelling operator()(const Dense& op) const {
    std::string settings = "  weight " + spelt(op.weight, {op.out, op.in});
    if (!op.bias.empty()) settings += "  bias " + flat(op.bias);
    return {"dense", settings, "Gemm"};
  }
  Spelling operator()(const Conv& op) const {
    const auto in = network.node(node.inputs[0]).shape[1], out = node.shape[1];
    Shape shape = op.transposed ? Shape{in, out / op.groups} : Shape{out, in / op.groups};
    shape.insert(shape.end(), op.window.kernel.begin(), op.window.kernel.end());
    std::string settings = "  weight " + spelt(op.weight, shape);
    if (!op.bias.empty()) settings += "  bias " + flat(op.bias);
    settings += window_settings(op.window, false);
    if (op.groups != 1) settings += "  groups " + std::to_string(op.groups);
    if (op.transposed) return {"conv-transpose", settings + "  shape " + integers(node.shape), "ConvTranspose"};
    return {"conv", settings, "Conv"};
  }
  Spelling operator()(const BatchNorm& op) const {
    return {"batch-norm",
            "  gamma " + flat(op.gamma) + "  beta " + flat(op.beta) + "  mean " + flat(op.mean) + "  variance " +
                flat(op.variance) + "  epsilon " + number(op.epsilon),
            "BatchNormalization"};
  }
  Spelling operator()(const Scale& op) const {
    return {"scale", "  mul " + flat(op.mul) + "  add " + flat(op.add), "Mul"};
  }
  Spelling operator()(const AveragePool& op) const {
    return {"average-pool", window_settings(op.window, true) + (op.count_include_pad ? "  count-include-pad 1" : ""),
            "AveragePool"};
  }
  Spelling operator()(const Activation& op) const { return activation(op); }
  Spelling operator()(const MaxPool& op) const { return {"max-pool", window_settings(op.window, true), "MaxPool"}; }
  Spelling operator()(const Max& op) const {
    return op.minimum ? Spelling{"min", "", "Min"} : Spelling{"max", "", "Max"};
  }
  Spelling operator()(const Add& op) const {
    if (op.signs == std::vector<int>{1, -1}) return {"sub", "", "Sub"};
    std::string settings;
    if (op.signs != std::vector<int>(op.signs.size(), 1))
      settings = "  signs " + list(op.signs, [](int s) { return std::to_string(s); });
    return {"add", settings, "Add"};
  }
  Spelling operator()(const Concat& op) const { return {"concat", "  axis " + std::to_string(op.axis), "Concat"}; }
  Spelling operator()(const Select& op) const {
    return {"select", "  shape " + integers(node.shape) + "  index " + integers(op.index) + "  fill " + number(op.fill),
            "Gather"};
  }
  Spelling operator()(const Reshape&) const { return {"reshape", "  shape " + integers(node.shape), "Reshape"}; }
  Spelling operator()(const Opaque& op) const {
    std::string settings = "  op " + quoted(op.type) + "  shape " + integers(node.shape);
    if (!op.numbers.empty()) {
      settings += "  numbers [";
      for (bool comma = false; const auto& [key, value] : op.numbers) {
        settings += (comma ? ", [" : "[") + quoted(key) + ", " + number(Rational(value)) + "]";
        comma = true;
      }
      settings += "]";
    }
    if (!op.constants.empty()) settings += "  constants " + list(op.constants, [&](const auto& c) { return flat(c); });
    if (op.evaluable) settings += "  evaluable 1";
    return {"opaque", settings, op.type};
  }
};

std::string line_of(const Network& network, const Node& node, bool digests) {
  if (std::holds_alternative<Input>(node.op)) return "input " + name_of(node.name) + integers(node.shape);
  const auto spelling = std::visit(Speller{network, node, digests}, node.op);
  std::string line = name_of(node.name) + " = " + spelling.word;
  if (spelling.operands) {
    line += "(";
    for (std::size_t k = 0; k < node.inputs.size(); ++k)
      line += (k ? ", " : "") + name_of(network.node(node.inputs[k]).name);
    line += ")";
  }
  line += spelling.settings;
  if (node.type != spelling.type) line += "  type " + quoted(node.type);
  return line;
}

std::string printed(const Network& network, bool digests) {
  std::string out;
  for (const auto& node : network.nodes()) out += line_of(network, node, digests) + "\n";
  out += "output ";
  for (std::size_t k = 0; k < network.outputs().size(); ++k)
    out += (k ? ", " : "") + name_of(network.node(network.outputs()[k]).name);
  return out + "\n";
}

}  // namespace

std::string print_network(const Network& network) { return printed(network, false); }
std::string digest_of(const Network& network) { return base::sha256(printed(network, true)); }

}  // namespace lrproof::net
