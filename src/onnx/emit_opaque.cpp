// Operations outside NET-4, written back as they were read (see net/opaque.hpp for what they hold).
#include <algorithm>

#include "net/opaque.hpp"
#include "onnx/emit.hpp"

namespace lrproof::onnx {

using base::Diagnostic;
using net::Opaque;

namespace {

float real(const Opaque& op, const char* key) { return float(op.numbers.at(key)); }
std::int64_t whole(const Opaque& op, const char* key) { return std::int64_t(op.numbers.at(key)); }

bool is_reduction(const Opaque& op) { return op.type.starts_with("Reduce"); }

void emit_pair(Writer& writer, const Opaque& op) {
  std::vector<std::string> inputs;
  for (std::size_t k = 0; k < writer.node().inputs.size(); ++k) inputs.push_back(writer.operand(k));
  if (op.numbers.contains("constant_at"))
    inputs.insert(inputs.begin() + long(whole(op, "constant_at")),
                  writer.reals("constant", writer.node().shape, op.constants[0]));
  writer.last(op.type, inputs);
}

void emit_softmax(Writer& writer, const Opaque& op) {
  const Shape& shape = writer.node().shape;
  const auto axis = whole(op, "axis");
  const bool plain = writer.opset() < 13 || !whole(op, "coerced") || axis + 1 == std::int64_t(shape.size());
  if (plain) return writer.last(op.type, {writer.operand(0)}, {{"axis", axis}});
  const auto rows = writer.part("rows", "Flatten", {writer.operand(0)}, {{"axis", axis}});
  const auto made = writer.part("of-rows", op.type, {rows}, {{"axis", std::int64_t(1)}});
  writer.last("Reshape", {made, writer.integers("shape", shape)});
}

void emit_norm(Writer& writer, const Opaque& op, const Shape& of, const Settings& settings) {
  static constexpr const char* kWords[] = {"scale", "bias"};
  std::vector<std::string> inputs{writer.operand(0)};
  for (std::size_t k = 0; k < op.constants.size(); ++k) inputs.push_back(writer.reals(kWords[k], of, op.constants[k]));
  writer.last(op.type, inputs, settings);
}

void emit_reduction(Writer& writer, const Opaque& op) {
  const Settings keep{{"keepdims", std::int64_t(1)}};
  if (writer.opset() >= 18) return writer.last(op.type, {writer.operand(0), writer.integers("axes", Index{2})}, keep);
  writer.last(op.type, {writer.operand(0)}, {{"axes", Index{2}}, {"keepdims", std::int64_t(1)}});
}

void emit_elementwise(Writer& writer, const Opaque& op) {
  Settings settings;
  for (const auto& [key, value] : op.numbers) {
    if (op.type == "Gelu")
      settings.push_back({"approximate", std::string(value != 0 ? "tanh" : "none")});
    else
      settings.push_back({key, float(value)});
  }
  writer.last(op.type, {writer.operand(0)}, settings);
}

}  // namespace

base::Status emit(Writer& writer, const Opaque& op) {
  const Shape& shape = writer.node().shape;
  if (!op.evaluable || !net::can_evaluate(op.type))
    return Diagnostic{"onnx.unsupported", "node " + writer.node().name, "not supported: writing " + op.type, ""};
  if (op.type == "Mul" || op.type == "Div" || op.type == "Pow" || op.type == "MatMul") {
    emit_pair(writer, op);
  } else if (op.type == "Softmax" || op.type == "LogSoftmax") {
    emit_softmax(writer, op);
  } else if (op.type == "LayerNormalization") {
    const auto axis = whole(op, "axis");
    emit_norm(writer, op, Shape(shape.begin() + axis, shape.end()), {{"axis", axis}, {"epsilon", real(op, "epsilon")}});
  } else if (op.type == "InstanceNormalization") {
    emit_norm(writer, op, {shape[1]}, {{"epsilon", real(op, "epsilon")}});
  } else if (op.type == "GroupNormalization") {
    emit_norm(writer, op, {shape[1]}, {{"epsilon", real(op, "epsilon")}, {"num_groups", whole(op, "groups")}});
  } else if (op.type == "LpNormalization") {
    emit_norm(writer, op, {}, {{"axis", whole(op, "axis")}, {"p", whole(op, "p")}});
  } else if (op.type == "LRN") {
    emit_norm(writer, op, {},
              {{"alpha", real(op, "alpha")},
               {"beta", real(op, "beta")},
               {"bias", real(op, "bias")},
               {"size", whole(op, "size")}});
  } else if (is_reduction(op)) {
    emit_reduction(writer, op);
  } else {
    emit_elementwise(writer, op);
  }
  return base::fine();
}

std::int64_t opset_of(const net::Op& op) {
  constexpr std::int64_t kPlain = 12;
  if (const auto* pool = std::get_if<net::AveragePool>(&op))
    return std::ranges::any_of(pool->window.dilations, [](auto d) { return d != 1; }) ? 19 : kPlain;
  const auto* opaque = std::get_if<Opaque>(&op);
  if (!opaque) return kPlain;
  if (opaque->type == "GroupNormalization") return 21;
  if (opaque->type == "Gelu") return 20;
  if (opaque->type == "Mish") return 18;
  if (opaque->type == "LayerNormalization") return 17;
  if (opaque->type == "HardSwish") return 14;
  if ((opaque->type == "Softmax" || opaque->type == "LogSoftmax") && opaque->numbers.at("coerced") == 0) return 13;
  return kPlain;
}

}  // namespace lrproof::onnx
