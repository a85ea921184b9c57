#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include "build_model.hpp"

#include <doctest/doctest.h>

#include <onnx/onnx_pb.h>

namespace lrproof::onnx::testing {

namespace pb = ::onnx;

Attribute list(const std::string& name, std::vector<std::int64_t> values) { return {name, std::move(values)}; }
Attribute integer(const std::string& name, std::int64_t value) { return {name, {value}, true}; }
Attribute real(const std::string& name, double value) { return {name, {}, false, value, true}; }
Attribute word(const std::string& name, const std::string& value) { return {name, {}, false, 0, false, value}; }

Draft& Draft::with(Operator op) {
  operators.push_back(std::move(op));
  return *this;
}

Draft& Draft::reals(const std::string& name, std::vector<std::int64_t> dims, std::vector<double> values) {
  stored.push_back({name, std::move(dims), std::move(values), {}});
  return *this;
}

Draft& Draft::integers(const std::string& name, std::vector<std::int64_t> values, bool scalar) {
  std::vector<std::int64_t> dims;
  if (!scalar) dims.push_back(std::int64_t(values.size()));
  stored.push_back({name, std::move(dims), {}, std::move(values)});
  return *this;
}

namespace {

void fill(pb::AttributeProto& to, const Attribute& from) {
  to.set_name(from.name);
  if (from.single) {
    to.set_type(pb::AttributeProto::INT);
    to.set_i(from.integers[0]);
  } else if (from.is_real) {
    to.set_type(pb::AttributeProto::FLOAT);
    to.set_f(float(from.real));
  } else if (!from.word.empty()) {
    to.set_type(pb::AttributeProto::STRING);
    to.set_s(from.word);
  } else {
    to.set_type(pb::AttributeProto::INTS);
    for (const auto v : from.integers) to.add_ints(v);
  }
}

void fill(pb::ValueInfoProto& to, const std::string& name, const std::vector<std::int64_t>& dims) {
  to.set_name(name);
  auto& type = *to.mutable_type()->mutable_tensor_type();
  type.set_elem_type(pb::TensorProto::FLOAT);
  type.mutable_shape();
  for (const auto d : dims) {
    auto& dim = *type.mutable_shape()->add_dim();
    if (d > 0)
      dim.set_dim_value(d);
    else
      dim.set_dim_param("N");
  }
}

void fill(pb::TensorProto& to, const Draft::Stored& from) {
  to.set_name(from.name);
  for (const auto d : from.dims) to.add_dims(d);
  to.set_data_type(from.integers.empty() ? pb::TensorProto::FLOAT : pb::TensorProto::INT64);
  for (const auto v : from.reals) to.add_float_data(float(v));
  for (const auto v : from.integers) to.add_int64_data(v);
}

}  // namespace

std::string Draft::bytes() const {
  pb::ModelProto model;
  model.set_ir_version(7);
  model.set_producer_name("test");
  model.add_opset_import()->set_version(opset);
  auto& graph = *model.mutable_graph();
  fill(*graph.add_input(), "x", input);
  if (!more_inputs.empty()) fill(*graph.add_input(), more_inputs, input);
  for (const auto& tensor : stored) {
    fill(*graph.add_initializer(), tensor);
    if (listed_inputs) fill(*graph.add_input(), tensor.name, tensor.dims);
  }
  for (const auto& op : operators) {
    auto& node = *graph.add_node();
    node.set_op_type(op.op);
    node.set_name(op.name);
    node.set_domain(op.domain);
    for (const auto& name : op.inputs) node.add_input(name);
    for (const auto& name : op.outputs) node.add_output(name);
    for (const auto& attribute : op.attributes) fill(*node.add_attribute(), attribute);
  }
  for (const auto& name : outputs) graph.add_output()->set_name(name);
  return model.SerializeAsString();
}

std::vector<std::string> exact(const net::Network& network, const std::vector<double>& x) {
  std::vector<num::Rational> inputs;
  for (const double v : x) inputs.push_back(num::Rational(v));
  const auto values = net::evaluate<num::Rational>(network, std::span<const num::Rational>(inputs), 1);
  std::vector<std::string> out;
  for (const auto& v : values.of[std::size_t(network.output())]) out.push_back(v.to_string());
  return out;
}

std::vector<double> value(const net::Network& network, const std::vector<double>& x) {
  return net::evaluate<double>(network, std::span<const double>(x), 1).of[std::size_t(network.output())];
}

base::Result<Model> Draft::import() const {
  auto model = import_model(bytes(), "test.onnx");
  if (model) {
    const auto wrong = round_trips(*model);
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  return model;
}

std::string round_trips(const Model& model) {
  const auto round = rounded(model.network, model.doubles);
  if (!round) return round.error().code == "onnx.overflow" ? "" : round.error().text();
  const auto bytes = export_network(round->network, frame_of(model));
  if (!bytes) return bytes.error().text();
  const auto back = import_model(*bytes, "again.onnx");
  if (!back) return back.error().text();
  const auto port = [](const Port& p) { return p.name + net::to_string(p.shape) + (p.open ? p.open_axis + "?" : ""); };
  if (port(model.input) != port(back->input)) return "input " + port(back->input);
  for (std::size_t k = 0; k < model.outputs.size(); ++k)
    if (port(model.outputs[k]) != port(back->outputs[k])) return "output " + port(back->outputs[k]);
  if (round->constants == 0 && !(round->network.nodes() == model.network.nodes())) return "rounded without a word";
  const auto &a = round->network.nodes(), &b = back->network.nodes();
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k)
    if (!(a[k] == b[k]))
      return "node " + std::to_string(k) + ": " + a[k].name + " " + a[k].type + " " + net::to_string(a[k].shape) +
             " became " + b[k].name + " " + b[k].type + " " + net::to_string(b[k].shape);
  if (a.size() != b.size()) return std::to_string(a.size()) + " nodes became " + std::to_string(b.size());
  return round->network.outputs() == back->network.outputs() ? "" : "other outputs";
}

std::string code(const base::Result<Model>& result) { return result ? "" : result.error().code; }

std::string summary(const net::Network& network) {
  std::string text;
  for (const auto& node : network.nodes()) text += (text.empty() ? "" : " ") + node.name + ":" + net::op_word(node.op);
  return text;
}

}  // namespace lrproof::onnx::testing
