#pragma once
// A model file while it is being written: names, stored tensors and operators. The counterpart of Site.
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "onnx/export.hpp"
#include "onnx/tensor.hpp"

namespace onnx {
class ModelProto;
class NodeProto;
}  // namespace onnx

namespace lrproof::onnx {

using Setting = std::variant<std::int64_t, Index, float, std::string>;
using Settings = std::vector<std::pair<std::string, Setting>>;

class Writer {
 public:
  Writer(const net::Network& network, const Frame& frame, std::int64_t opset);
  ~Writer();

  const net::Network& network() const { return network_; }
  std::int64_t opset() const { return opset_; }
  const net::Node& node() const { return network_.node(current_); }
  net::NodeId id() const { return current_; }
  /// What is written from now on belongs to this node.
  void begin(net::NodeId id) { current_ = id; }

  /// The tensor that operand k of the current node is; a Constant's becomes a stored tensor.
  std::string operand(std::size_t k);
  std::string tensor(net::NodeId id);
  /// Stored tensors, named after the current node. Reals must be numbers of the file's type: see `rounded`.
  std::string reals(const std::string& word, const Shape& shape, const num::Constants& values);
  std::string integers(const std::string& word, const Index& values, bool scalar = false);
  std::string integers(const std::string& word, const Shape& shape, const Index& values);

  /// An operator on the way to the node's value: "name/word"; its tensor.
  std::string part(const std::string& word, const std::string& op, std::vector<std::string> inputs,
                   Settings settings = {});
  /// The operator that bears the node's name and makes its tensor.
  void last(const std::string& op, std::vector<std::string> inputs, Settings settings = {});
  /// The same for a product and the constant added to it, which the importer reads as one node.
  void last_with_sum(const std::string& op, std::vector<std::string> inputs, const std::string& summand);
  /// An operator whose output is named otherwise than the current node's tensor.
  void copy(const std::string& from, const std::string& to, const std::string& name);

  void metadata(const std::string& key, const std::string& value);
  base::Result<std::string> bytes();

 private:
  ::onnx::NodeProto& add(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
                         const std::string& output, const Settings& settings);
  std::string fresh(const std::string& name);
  void write_ports();

  const net::Network& network_;
  const Frame& frame_;
  std::int64_t opset_;
  net::NodeId current_ = 0;
  std::unique_ptr<::onnx::ModelProto> model_;
  std::set<std::string> tensors_, names_;
  std::map<net::NodeId, std::string> tensor_of_;
};

}  // namespace lrproof::onnx
