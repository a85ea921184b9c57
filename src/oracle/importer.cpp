// ONNX protobuf messages to the oracle's graph. One tensor, one node; constants are kept apart and absorbed by their
// readers. The normal form of names and biases is the one docs/certificates.md states.
#include "oracle/importer.hpp"

namespace lrproof::oracle {

std::string name_of(const ::onnx::NodeProto& proto) {
  if (!proto.name().empty()) return proto.name();
  return proto.output_size() > 0 ? proto.output(0) : proto.op_type();
}

std::string Importer::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  for (int k = 2;; ++k)
    if (const std::string next = name + "#" + std::to_string(k); names_.insert(next).second) return next;
}

const Stored& Importer::constant(const std::string& name) const {
  const auto found = stored_.find(name);
  if (found == stored_.end()) throw Unreadable{"'" + name + "' is not a constant"};
  return found->second;
}

const std::vector<long>& Importer::shape_of(const std::string& name) const {
  if (is_constant(name)) return constant(name).shape;
  return network_.node(variable(name)).shape;
}

int Importer::variable(const std::string& name) const {
  const auto found = node_of_.find(name);
  if (found == node_of_.end()) throw Unreadable{"tensor '" + name + "' has no producer"};
  return found->second;
}

int Importer::emit(Node node, const std::string& output) {
  for (long d : node.shape)
    if (d <= 0) throw Unreadable{"node '" + node.name + "' has an empty shape"};
  if (product(node.shape) > (1L << 28)) throw Unreadable{"node '" + node.name + "' is too large"};
  node.name = unique(node.name);
  network_.nodes.push_back(std::move(node));
  const int id = int(network_.nodes.size()) - 1;
  if (!output.empty()) node_of_[output] = id;
  return id;
}

std::vector<long> Importer::whole_constant(const Proto& proto, int operand, const std::string& attribute) const {
  if (has(proto, operand)) return constant(proto.input(operand)).whole;
  return Attributes(proto).integers(attribute);
}

// The node for an operand at the given shape: a constant node, or the variable, broadcast where its shape differs.
int Importer::broadcast_operand(const std::string& name, const std::vector<long>& shape, const std::string& base) {
  Node node;
  node.shape = shape;
  if (is_constant(name)) {
    const Stored& value = constant(name);
    node.name = name;
    node.type = "Constant";
    node.kind = Kind::constant;
    node.weight = Numbers(picked(value, broadcast_index(value.shape, shape), shape, 0).real);
    return emit(std::move(node), "");
  }
  const int id = variable(name);
  if (network_.node(id).shape == shape) return id;
  node.name = base + "/expand";
  node.type = "Expand";
  node.kind = Kind::move;
  node.inputs = {id};
  for (long i : broadcast_index(network_.node(id).shape, shape)) node.sources.push_back({0, i});
  return emit(std::move(node), "");
}

void Importer::read_inputs(::onnx::GraphProto& graph) {
  for (auto& tensor : *graph.mutable_initializer()) {
    stored_[tensor.name()] = read_stored(tensor);
    delete tensor.release_raw_data();  // a large model is not kept twice
  }
  Node input;
  input.kind = Kind::input;
  input.type = "Input";
  bool found = false;
  for (const auto& value : graph.input()) {
    if (is_constant(value.name())) continue;
    if (found) throw Unreadable{"several inputs"};
    found = true;
    input.name = value.name();
    doubles_ = value.type().tensor_type().elem_type() == ::onnx::TensorProto::DOUBLE;
    bool first = true;
    for (const auto& dim : value.type().tensor_type().shape().dim()) {
      const long extent = dim.has_dim_value() ? long(dim.dim_value()) : 1;
      input.shape.push_back(first && extent <= 0 ? 1 : std::max(extent, 1L));
      first = false;
    }
  }
  if (!found) throw Unreadable{"no input"};
  const std::string name = input.name;
  emit(std::move(input), name);
}

void Importer::lower_opaque(const Proto& proto) {
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  for (const auto& operand : proto.input())
    if (!operand.empty() && !is_constant(operand)) node.inputs.push_back(variable(operand));
  if (node.inputs.empty()) throw Unreadable{"operator " + proto.op_type() + " on constants"};
  node.shape = network_.node(node.inputs[0]).shape;
  if (node.type == "Mul" || node.type == "Div" || node.type == "Pow") {
    for (const auto& operand : proto.input()) node.shape = broadcast_shape(node.shape, shape_of(operand));
    node.inputs.clear();
    for (const auto& operand : proto.input())
      if (!is_constant(operand)) node.inputs.push_back(broadcast_operand(operand, node.shape, node.name));
  }
  for (int i = 0; i < proto.output_size(); ++i)
    if (!proto.output(i).empty()) emit(node, proto.output(i));
}

void Importer::lower(const Proto& proto) {
  if (absorbed_.count(&proto)) return;
  if (lower_constant(proto) || lower_linear(proto) || lower_elementwise(proto) || lower_window(proto) ||
      lower_move(proto))
    return;
  lower_opaque(proto);
}

bool Importer::is_ready(const Proto& proto) const {
  for (const auto& operand : proto.input())
    if (!operand.empty() && !is_constant(operand) && !node_of_.count(operand) && !absorbed_.count(&proto)) return false;
  return true;
}

Network Importer::read(::onnx::ModelProto& model) {
  for (const auto& set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") opset_ = long(set.version());
  read_inputs(*model.mutable_graph());
  const auto& graph = model.graph();
  for (const auto& output : graph.output()) graph_outputs_.insert(output.name());
  for (const auto& proto : graph.node())
    for (const auto& operand : proto.input()) {
      ++uses_[operand];
      reader_[operand] = &proto;
    }
  // In the file's order, a node later than its operands' makers.
  std::vector<const Proto*> waiting;
  for (const auto& proto : graph.node()) waiting.push_back(&proto);
  while (!waiting.empty()) {
    std::vector<const Proto*> later;
    for (const Proto* proto : waiting) {
      if (is_ready(*proto))
        lower(*proto);
      else
        later.push_back(proto);
    }
    if (later.size() == waiting.size()) throw Unreadable{"tensors without a producer, or a cycle"};
    waiting = std::move(later);
  }
  if (graph.output_size() == 0) throw Unreadable{"no output"};
  network_.outputs = {variable(graph.output(0).name())};
  return trimmed(std::move(network_));
}

Read<Network> read_model(std::string_view bytes) {
  ::onnx::ModelProto model;
  if (bytes.empty() || bytes.size() > 0x7fffffff || !model.ParseFromArray(bytes.data(), int(bytes.size())))
    return Read<Network>::fail("not an ONNX model");
  try {
    return {Importer().read(model), ""};
  } catch (const Unreadable& unreadable) {
    return Read<Network>::fail(unreadable.why);
  } catch (const std::exception&) {  // an index beyond a malformed tensor
    return Read<Network>::fail("a malformed model");
  }
}

}  // namespace lrproof::oracle
