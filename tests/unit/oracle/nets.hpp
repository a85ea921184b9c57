#pragma once
// Small ONNX models for the oracle's tests, written as protobuf messages.
#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace lrproof::oracle::test {

class Builder {
 public:
  explicit Builder(const std::vector<long>& input) {
    model_.set_ir_version(7);
    model_.add_opset_import()->set_version(13);
    auto* value = model_.mutable_graph()->add_input();
    value->set_name("x");
    auto* type = value->mutable_type()->mutable_tensor_type();
    type->set_elem_type(::onnx::TensorProto::FLOAT);
    for (long d : input) type->mutable_shape()->add_dim()->set_dim_value(d);
  }

  Builder& tensor(const std::string& name, const std::vector<long>& shape, const std::vector<float>& values) {
    auto* stored = model_.mutable_graph()->add_initializer();
    stored->set_name(name);
    stored->set_data_type(::onnx::TensorProto::FLOAT);
    for (long d : shape) stored->add_dims(d);
    for (float v : values) stored->add_float_data(v);
    return *this;
  }

  ::onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output) {
    auto* node = model_.mutable_graph()->add_node();
    node->set_op_type(op);
    node->set_name(output);
    for (const auto& input : inputs) node->add_input(input);
    node->add_output(output);
    return *node;
  }

  /// weight: [out, in]
  Builder& gemm(const std::string& input, const std::string& output, long out, long in,
                const std::vector<float>& weight, const std::vector<float>& bias) {
    tensor(output + ".w", {out, in}, weight).tensor(output + ".b", {out}, bias);
    integer(node("Gemm", {input, output + ".w", output + ".b"}, output), "transB", 1);
    return *this;
  }

  static void integer(::onnx::NodeProto& node, const std::string& name, long value) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::INT);
    attribute->set_i(value);
  }
  static void real(::onnx::NodeProto& node, const std::string& name, float value) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::FLOAT);
    attribute->set_f(value);
  }
  static void integers(::onnx::NodeProto& node, const std::string& name, const std::vector<long>& values) {
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::INTS);
    for (long v : values) attribute->add_ints(v);
  }

  std::string bytes(const std::string& output) {
    model_.mutable_graph()->clear_output();
    model_.mutable_graph()->add_output()->set_name(output);
    return model_.SerializeAsString();
  }

 private:
  ::onnx::ModelProto model_;
};

}  // namespace lrproof::oracle::test
