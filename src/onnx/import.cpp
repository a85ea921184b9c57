// From the bytes of a model file to a Network (NET-1, NET-2).
//
// Only the protobuf messages of ONNX are used, neither its checker nor its shape inference: every shape is known,
// because the batch axis is fixed at 1 and all other extents must stand in the file. The part of the graph that the
// outputs need is walked once, in topological order (order.hpp). Tensors that do not depend on the input are constants
// and are folded on the way, exactly (fold.hpp); the others become nodes. One table (table.cpp) says which function
// lowers which operator; a function sees its operator through a Site. What a function cannot say exactly in NET-4
// terms becomes an opaque node (NET-5) or an error that names operator and node.
#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include "onnx/import.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <limits>
#include <set>

#include "base/digest.hpp"
#include "base/file.hpp"
#include "onnx/export.hpp"
#include "onnx/order.hpp"
#include "onnx/site.hpp"
#include "onnx/table.hpp"
#include "onnx/wire.hpp"

namespace lrproof::onnx {

namespace pb = ::onnx;
using base::Diagnostic;
using base::Result;
using base::Status;

namespace {

constexpr int kNestingLimit = 32;

Status parse(std::string_view bytes, const std::string& path, pb::ModelProto& model) {
  if (bytes.empty()) return Diagnostic{"onnx.empty", path, "the file is empty", ""};
  if (bytes.size() > std::size_t(std::numeric_limits<int>::max()))
    return Diagnostic{"onnx.huge", path, "the message has more than 2^31 bytes", "store the weights as external data"};
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(bytes.data()), int(bytes.size()));
  stream.SetRecursionLimit(kNestingLimit);
  if (!model.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) return why_unreadable(bytes, path);
  if (!model.has_graph() || model.ir_version() < 1)
    return Diagnostic{"onnx.not_onnx", path, "the file holds no graph or no ir_version",
                      "an ONNX model is a protobuf message ModelProto"};
  return base::fine();
}

Result<std::int64_t> opset_of(const pb::ModelProto& model, const std::string& path) {
  std::int64_t opset = -1;
  for (const auto& entry : model.opset_import())
    if (entry.domain().empty() || entry.domain() == "ai.onnx") opset = entry.version();
  const auto range = "opsets " + std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset) + " are read";
  if (opset < 0) return Diagnostic{"onnx.opset", path, "the model names no opset of the standard operators", range};
  if (opset < kOldestOpset || opset > kNewestOpset)
    return Diagnostic{"onnx.opset", path, "not supported: opset " + std::to_string(opset), range};
  return opset;
}

/// Reads one model: the draft and the values of its tensors so far.
class Reader {
 public:
  Reader(pb::ModelProto& model, std::int64_t opset, const std::string& path, const Limits& limits, Training training)
      : graph_(*model.mutable_graph()), opset_(opset), source_{path}, draft_(limits.built_elements) {
    draft_.accepts_training = training == Training::read_as_inference;
    for (const auto& entry : model.metadata_props())
      if (entry.key().starts_with(kTypeKey)) types_[entry.key().substr(std::strlen(kTypeKey))] = entry.value();
  }

  Status read() {
    LRPROOF_TRY(order, order_of(graph_, source_));
    order_ = std::move(order);
    LRPROOF_CHECK(read_input());
    for (const auto* node : order_.nodes) LRPROOF_CHECK(lower(*node));
    return read_outputs();
  }

  Result<Model> model() && {
    for (auto& node : draft_.nodes)
      if (const auto type = types_.find(node.name); type != types_.end() && find_lowering(type->second))
        node.type = type->second;
    auto network = net::Network::create(std::move(draft_.nodes), std::move(outputs_));
    if (!network) {
      network.error().place = source_.model_path + ": " + network.error().place;
      return network.error();
    }
    Model model{std::move(*network), "", "", opset_, std::move(input_), std::move(ports_), doubles_, {}, {}, {}};
    model.notes = std::move(draft_.notes);
    for (auto& [tensor, nodes] : weights_)
      if (nodes.size() > 1) model.shared.push_back({tensor, std::move(nodes)});
    for (auto& [node, how] : draft_.training) model.training.push_back({node, how});
    return model;
  }

 private:
  Diagnostic error(const char* code, const std::string& sentence, const std::string& hint = "") const {
    return {code, source_.model_path, sentence, hint};
  }

  Status read_input() {
    if (order_.inputs.empty()) return error("onnx.no_input", "the graph has no input");
    if (order_.inputs.size() > 1) {
      std::string names;
      for (std::size_t k = 0; k < order_.inputs.size() && k < 8; ++k)
        names += (k ? ", " : "") + shown(order_.inputs[k]);
      return error("onnx.unsupported", "not supported: several inputs (" + names + ")", "one input tensor is read");
    }
    for (const auto& info : graph_.input())
      if (info.name() == order_.inputs[0]) return accept_input(info);
    return base::fine();
  }

  Status accept_input(const pb::ValueInfoProto& info) {
    const auto name = "input " + shown(info.name());
    const auto& type = info.type().tensor_type();
    if (!info.type().has_tensor_type() || !type.has_shape())
      return error("onnx.shape", name + " is no tensor of stated shape");
    const bool floating = type.elem_type() == pb::TensorProto::FLOAT || type.elem_type() == pb::TensorProto::DOUBLE ||
                          type.elem_type() == pb::TensorProto::FLOAT16 || type.elem_type() == pb::TensorProto::BFLOAT16;
    if (!floating)
      return error("onnx.unsupported",
                   "not supported: " + name + " with elements of type " + std::to_string(type.elem_type()),
                   "the input must be floating point");
    LRPROOF_TRY(shape, input_shape(type.shape(), name));
    const auto count = checked_count(shape);
    if (!count || *count == 0) return error("onnx.size", name + " has shape " + net::to_string(shape));
    input_ = {info.name(), shape, false, ""};
    open_axis(info, input_);
    doubles_ = draft_.doubles = type.elem_type() == pb::TensorProto::DOUBLE;
    draft_.nodes.push_back({draft_.unique(info.name()), "Input", net::Input{}, {}, shape});
    values_[info.name()] = Value{nullptr, 0, shape};
    return base::fine();
  }

  Result<Shape> input_shape(const pb::TensorShapeProto& stated, const std::string& name) {
    Shape shape;
    for (int a = 0; a < stated.dim_size(); ++a) {
      const auto& dim = stated.dim(a);
      const bool open = !dim.has_dim_value() || dim.dim_value() <= 0;
      if (open && a > 0)
        return error("onnx.unsupported",
                     "not supported: axis " + std::to_string(a) + " of " + name + " is open" +
                         (dim.dim_param().empty() ? "" : " ('" + shown(dim.dim_param()) + "')"),
                     "export the model with this extent fixed; only the batch axis, axis 0, may be open");
      shape.push_back(open ? 1 : dim.dim_value());
    }
    if (shape.size() > 1 && shape[0] > 1)
      draft_.notes.push_back(name + " has a fixed first extent of " + std::to_string(shape[0]) +
                             ": it is taken as part of one sample, not as a batch");
    return shape;
  }

  static void open_axis(const pb::ValueInfoProto& info, Port& port) {
    const auto& shape = info.type().tensor_type().shape();
    if (shape.dim_size() == 0 || port.shape.empty() || port.shape[0] != 1) return;
    port.open = !shape.dim(0).has_dim_value() || shape.dim(0).dim_value() <= 0;
    if (port.open) port.open_axis = shape.dim(0).dim_param();
  }

  Result<Value> value_of(const std::string& name) {
    if (name.empty()) return Value{};
    if (const auto at = values_.find(name); at != values_.end()) return at->second;
    const auto stored = order_.initializers.find(name);
    if (stored == order_.initializers.end())
      return error("onnx.missing_tensor", "tensor " + shown(name) + " is read, but its operator does not make it");
    LRPROOF_TRY(tensor, read_tensor(*stored->second, source_));
    delete stored->second->release_raw_data();  // a tensor is read once; a large model is not kept twice
    Shape shape = tensor.shape;
    return values_[name] = Value{std::make_shared<const Tensor>(std::move(tensor)), -1, std::move(shape)};
  }

  /// Constants are let go after their last use.
  void release(const std::string& name) {
    if (--order_.uses[name] <= 0) values_.erase(name);
  }

  Status lower(const pb::NodeProto& node) {
    const auto label = shown(node.name().empty() && node.output_size() > 0 ? node.output(0) : node.name());
    const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
    const auto lowering = standard ? find_lowering(node.op_type()) : nullptr;
    if (!lowering)
      return error("onnx.unsupported",
                   "not supported: " + (standard ? "" : shown(node.domain()) + "::") + shown(node.op_type()) +
                       " (node " + label + ")",
                   standard ? "" : "only the standard operators of ONNX are read");
    std::vector<Value> operands;
    std::vector<bool> sole, wanted;
    for (const auto& name : node.input()) {
      LRPROOF_TRY(value, value_of(name));
      operands.push_back(value);
      sole.push_back(order_.readers[name] == 1);
    }
    for (const auto& name : node.output()) wanted.push_back(!name.empty() && order_.uses.count(name));
    Site site(node, opset_, source_, draft_, std::move(operands), std::move(sole), std::move(wanted));
    LRPROOF_CHECK(lowering(site));
    for (int k = 0; k < node.output_size(); ++k) {
      const bool given = std::size_t(k) < site.given().size() && site.given()[std::size_t(k)].present();
      if (given) values_[node.output(k)] = site.given()[std::size_t(k)];
      if (!given && site.wanted(std::size_t(k))) return site.unsupported("output number " + std::to_string(k + 1));
    }
    note_weight(node);
    for (const auto& name : node.input()) release(name);
    return base::fine();
  }

  /// Which layers read which stored weight.
  void note_weight(const pb::NodeProto& node) {
    static const std::set<std::string> layers{"Conv", "ConvTranspose", "Gemm", "MatMul"};
    if (!layers.count(node.op_type()) || node.input_size() < 2) return;
    const auto made = values_.find(node.output(0));
    if (made == values_.end() || made->second.node < 0) return;
    for (int k = 0; k < 2; ++k)
      if (order_.initializers.count(node.input(k)))
        weights_[node.input(k)].push_back(draft_.nodes[std::size_t(made->second.node)].name);
  }

  Status read_outputs() {
    if (graph_.output_size() == 0) return error("onnx.no_output", "the graph has no output");
    for (const auto& info : graph_.output()) {
      LRPROOF_TRY(value, value_of(info.name()));
      if (value.constant) LRPROOF_CHECK(store_output(info.name(), value));
      outputs_.push_back(value.node);
      ports_.push_back({info.name(), value.shape, false, ""});
      open_axis(info, ports_.back());
    }
    return base::fine();
  }

  Status store_output(const std::string& name, Value& value) {
    const auto& tensor = *value.constant;
    if (tensor.kind != Kind::real || first_nonfinite(tensor) >= 0 || tensor.size() == 0)
      return error("onnx.output", "output " + shown(name) + " is a constant that is no tensor of finite numbers");
    value.node = net::NodeId(draft_.nodes.size());
    draft_.nodes.push_back({draft_.unique(name), "Constant", net::Constant{tensor.reals}, {}, value.shape});
    return base::fine();
  }

  pb::GraphProto& graph_;
  std::int64_t opset_;
  Source source_;
  Draft draft_;
  Order order_;
  std::map<std::string, Value> values_;
  Port input_;
  std::vector<Port> ports_;
  bool doubles_ = false;
  std::map<std::string, std::vector<std::string>> weights_;
  std::map<std::string, std::string> types_;  ///< what export_network says of nodes whose operator is another
  std::vector<net::NodeId> outputs_;
};

}  // namespace

Result<Model> import_model(std::string_view bytes, const std::string& path, const Limits& limits, Training training) {
  pb::ModelProto proto;
  LRPROOF_CHECK(parse(bytes, path, proto));
  LRPROOF_TRY(opset, opset_of(proto, path));
  Reader reader(proto, opset, path, limits, training);
  LRPROOF_CHECK(reader.read());
  auto model = std::move(reader).model();
  if (!model) return model;
  model->sha256 = base::sha256(bytes);
  model->producer = proto.producer_name() + (proto.producer_version().empty() ? "" : " " + proto.producer_version());
  return model;
}

Result<Model> import_file(const std::string& path) {
  LRPROOF_TRY(bytes, base::read_file(path));
  return import_model(bytes, path);
}

}  // namespace lrproof::onnx
