// From a Network to the bytes of a model file.
#include "onnx/export.hpp"

#include <algorithm>

#include "onnx/emit.hpp"

namespace lrproof::onnx {

namespace {

/// Nodes the outputs need: a file holds no others.
std::vector<bool> needed(const net::Network& network) {
  std::vector<bool> out(std::size_t(network.size()), false);
  for (const auto id : network.outputs()) out[std::size_t(id)] = true;
  for (net::NodeId id = network.size(); id-- > 0;)
    if (out[std::size_t(id)])
      for (const auto input : network.node(id).inputs) out[std::size_t(input)] = true;
  return out;
}

struct Emit {
  Writer& writer;
  bool doubles;

  template <class Op>
  base::Status operator()(const Op& op) const {
    emit(writer, op);
    return base::fine();
  }
  base::Status operator()(const net::Input&) const { return base::fine(); }
  base::Status operator()(const net::Constant&) const { return base::fine(); }  // stored where it is read
  base::Status operator()(const net::Scale& op) const {
    emit(writer, op, doubles);
    return base::fine();
  }
  base::Status operator()(const net::Reshape&) const {
    emit_reshape(writer);
    return base::fine();
  }
  base::Status operator()(const net::Max& op) const {
    all(op.minimum ? "Min" : "Max", {});
    return base::fine();
  }
  base::Status operator()(const net::Concat& op) const {
    all("Concat", {{"axis", op.axis}});
    return base::fine();
  }
  base::Status operator()(const net::Opaque& op) const { return emit(writer, op); }

  void all(const std::string& word, const Settings& settings) const {
    std::vector<std::string> inputs;
    for (std::size_t k = 0; k < writer.node().inputs.size(); ++k) inputs.push_back(writer.operand(k));
    writer.last(word, inputs, settings);
  }
};

}  // namespace

Frame frame_of(const Model& model) { return {model.input, model.outputs, model.doubles}; }

base::Result<std::string> export_network(const net::Network& network, const Frame& frame,
                                         const std::vector<std::pair<std::string, std::string>>& metadata) {
  const auto wanted = needed(network);
  std::int64_t opset = 0;
  for (net::NodeId id = 0; id < network.size(); ++id)
    if (wanted[std::size_t(id)]) opset = std::max(opset, opset_of(network.node(id).op));
  Writer writer(network, frame, opset);
  for (net::NodeId id = 0; id < network.size(); ++id) {
    if (!wanted[std::size_t(id)]) continue;
    writer.begin(id);
    LRPROOF_CHECK(std::visit(Emit{writer, frame.doubles}, network.node(id).op));
  }
  for (const auto& [key, value] : metadata) writer.metadata(key, value);
  return writer.bytes();
}

}  // namespace lrproof::onnx
