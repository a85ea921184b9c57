#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include "onnx/writer.hpp"

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace lrproof::onnx {

namespace pb = ::onnx;

namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

template <class T>
void store(pb::TensorProto& proto, const std::vector<T>& values) {
  proto.set_raw_data(std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)));
}

void write_port(pb::ValueInfoProto& info, const Port& port, bool doubles) {
  info.set_name(port.name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(doubles ? pb::TensorProto::DOUBLE : pb::TensorProto::FLOAT);
  auto& shape = *type.mutable_shape();
  for (std::size_t a = 0; a < port.shape.size(); ++a) {
    auto& dim = *shape.add_dim();
    if (a > 0 || !port.open) dim.set_dim_value(port.shape[a]);
    if (a == 0 && port.open && !port.open_axis.empty()) dim.set_dim_param(port.open_axis);
  }
}

void write_setting(pb::AttributeProto& attribute, const Setting& setting) {
  if (const auto* i = std::get_if<std::int64_t>(&setting)) {
    attribute.set_type(pb::AttributeProto::INT);
    attribute.set_i(*i);
  } else if (const auto* list = std::get_if<Index>(&setting)) {
    attribute.set_type(pb::AttributeProto::INTS);
    for (const auto v : *list) attribute.add_ints(v);
  } else if (const auto* f = std::get_if<float>(&setting)) {
    attribute.set_type(pb::AttributeProto::FLOAT);
    attribute.set_f(*f);
  } else {
    attribute.set_type(pb::AttributeProto::STRING);
    attribute.set_s(std::get<std::string>(setting));
  }
}

}  // namespace

Writer::Writer(const net::Network& network, const Frame& frame, std::int64_t opset)
    : network_(network), frame_(frame), opset_(opset), model_(std::make_unique<pb::ModelProto>()) {
  model_->set_ir_version(8);
  auto& set = *model_->add_opset_import();
  set.set_domain("");
  set.set_version(opset);
  model_->mutable_graph()->set_name("lrproof");
  tensors_.insert(frame.input.name);
  for (const auto& port : frame.outputs) tensors_.insert(port.name);
  for (const auto& node : network.nodes()) names_.insert(node.name);
  tensor_of_[0] = frame.input.name;
  for (std::size_t k = 0; k < frame.outputs.size(); ++k) {
    const auto id = network.outputs()[k];
    if (!std::holds_alternative<net::Constant>(network.node(id).op)) tensor_of_.emplace(id, frame.outputs[k].name);
  }
}

Writer::~Writer() = default;

std::string Writer::fresh(const std::string& name) {
  if (tensors_.insert(name).second) return name;
  for (int k = 2;; ++k)
    if (const auto candidate = name + "#" + std::to_string(k); tensors_.insert(candidate).second) return candidate;
}

std::string Writer::tensor(net::NodeId id) {
  const auto at = tensor_of_.find(id);
  if (at != tensor_of_.end()) return at->second;
  const auto& node = network_.node(id);
  if (const auto* constant = std::get_if<net::Constant>(&node.op)) {
    const auto back = std::exchange(current_, id);
    const auto name = reals("", node.shape, constant->value);
    current_ = back;
    return tensor_of_[id] = name;
  }
  return tensor_of_[id] = fresh(node.name);
}

std::string Writer::operand(std::size_t k) { return tensor(node().inputs[k]); }

std::string Writer::reals(const std::string& word, const Shape& shape, const num::Constants& values) {
  auto& proto = *model_->mutable_graph()->add_initializer();
  for (const auto extent : shape) proto.add_dims(extent);
  proto.set_data_type(frame_.doubles ? pb::TensorProto::DOUBLE : pb::TensorProto::FLOAT);
  proto.set_name(fresh(word.empty() ? node().name : node().name + "." + word));
  if (frame_.doubles) {
    store(proto, values.as<double>());
  } else {
    store(proto, values.as<float>());
  }
  return proto.name();
}

std::string Writer::integers(const std::string& word, const Index& values, bool scalar) {
  return integers(word, scalar ? Shape{} : Shape{std::int64_t(values.size())}, values);
}

std::string Writer::integers(const std::string& word, const Shape& shape, const Index& values) {
  auto& proto = *model_->mutable_graph()->add_initializer();
  for (const auto extent : shape) proto.add_dims(extent);
  proto.set_data_type(pb::TensorProto::INT64);
  proto.set_name(fresh(node().name + "." + word));
  store(proto, values);
  return proto.name();
}

pb::NodeProto& Writer::add(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
                           const std::string& output, const Settings& settings) {
  auto& proto = *model_->mutable_graph()->add_node();
  proto.set_name(name);
  proto.set_op_type(op);
  for (const auto& input : inputs) proto.add_input(input);
  proto.add_output(output);
  for (const auto& [key, setting] : settings) {
    auto& attribute = *proto.add_attribute();
    attribute.set_name(key);
    write_setting(attribute, setting);
  }
  return proto;
}

std::string Writer::part(const std::string& word, const std::string& op, std::vector<std::string> inputs,
                         Settings settings) {
  std::string name = node().name + "/" + word;
  for (int k = 2; !names_.insert(name).second; ++k) name = node().name + "/" + word + "#" + std::to_string(k);
  const auto output = fresh(name);
  add(name, op, inputs, output, settings);
  return output;
}

void Writer::last(const std::string& op, std::vector<std::string> inputs, Settings settings) {
  add(node().name, op, inputs, tensor(current_), settings);
  if (op != node().type) metadata(kTypeKey + node().name, node().type);
}

void Writer::last_with_sum(const std::string& op, std::vector<std::string> inputs, const std::string& summand) {
  const auto product = fresh(node().name + "/product");
  add(node().name, op, inputs, product, {});
  if (op != node().type) metadata(kTypeKey + node().name, node().type);
  std::string name = node().name + "/bias";
  for (int k = 2; !names_.insert(name).second; ++k) name = node().name + "/bias#" + std::to_string(k);
  add(name, "Add", {product, summand}, tensor(current_), {});
}

void Writer::copy(const std::string& from, const std::string& to, const std::string& name) {
  add(name, "Identity", {from}, to, {});
}

void Writer::metadata(const std::string& key, const std::string& value) {
  auto& entry = *model_->add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

void Writer::write_ports() {
  auto& graph = *model_->mutable_graph();
  write_port(*graph.add_input(), frame_.input, frame_.doubles);
  for (std::size_t k = 0; k < frame_.outputs.size(); ++k) {
    const auto& port = frame_.outputs[k];
    write_port(*graph.add_output(), port, frame_.doubles);
    const auto made = tensor(network_.outputs()[k]);
    if (made != port.name) copy(made, port.name, port.name + "/copy");
  }
}

base::Result<std::string> Writer::bytes() {
  write_ports();
  model_->set_producer_name("lrproof");
  if (model_->ByteSizeLong() > std::size_t(std::numeric_limits<int>::max()))
    return base::Diagnostic{"onnx.huge", "", "the model would have more than 2^31 bytes, which one file cannot hold",
                            ""};
  return model_->SerializeAsString();
}

}  // namespace lrproof::onnx
