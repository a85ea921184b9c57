#pragma once
// Internal to the oracle's ONNX reading: included by its .cpp files only (it pulls in the protobuf messages).
#include <onnx/onnx_pb.h>

#include <functional>
#include <map>
#include <set>

#include "oracle/model.hpp"

namespace lrproof::oracle {

/// A constant of the file: reals, or integers (booleans too).
struct Stored {
  std::vector<long> shape;
  Reals real;
  std::vector<long> whole;
  bool integer = false;
  long size() const { return long(integer ? whole.size() : real.size()); }
};

/// Thrown inside the reader, caught at read_model.
struct Unreadable {
  std::string why;
};

Stored read_stored(const ::onnx::TensorProto& proto);
/// The elements index[k] of a tensor, fill where it is -1.
Stored picked(const Stored& from, const std::vector<long>& index, std::vector<long> shape, double fill);
std::vector<long> broadcast_shape(const std::vector<long>& a, const std::vector<long>& b);
std::vector<long> broadcast_index(const std::vector<long>& from, const std::vector<long>& to);

/// Attributes of a node, with their defaults.
class Attributes {
 public:
  explicit Attributes(const ::onnx::NodeProto& node) : node_(node) {}
  const ::onnx::AttributeProto* find(const std::string& name) const;
  long integer(const std::string& name, long otherwise) const;
  double real(const std::string& name, double otherwise) const;
  std::string word(const std::string& name, const std::string& otherwise) const;
  std::vector<long> integers(const std::string& name, std::vector<long> otherwise = {}) const;

 private:
  const ::onnx::NodeProto& node_;
};

class Importer {
 public:
  Network read(::onnx::ModelProto& model);

 private:
  using Proto = ::onnx::NodeProto;
  void read_inputs(::onnx::GraphProto& graph);
  bool is_ready(const Proto& proto) const;
  void lower(const Proto& proto);
  bool lower_constant(const Proto& proto);
  bool lower_linear(const Proto& proto);
  bool lower_elementwise(const Proto& proto);
  bool lower_window(const Proto& proto);
  bool lower_move(const Proto& proto);
  void lower_opaque(const Proto& proto);

  void dense(const Proto& proto);
  void stored_times(const Proto& proto);
  int turned(int from, const std::string& name, const std::string& output);
  void convolution(const Proto& proto);
  void batch_norm(const Proto& proto);
  void add_or_scale(const Proto& proto);
  void multiply(const Proto& proto);
  void extreme(const Proto& proto);
  void activation(const Proto& proto);
  void prelu(const Proto& proto);
  void clip(const Proto& proto);
  void reduce_mean(const Proto& proto);
  void window_of(Node& node, const Proto& proto, const std::vector<long>& in, bool pool);
  void absorb_bias(const Proto& proto, Node& node);
  bool takes_bias(const Node& node, const Stored& value, std::vector<Exact>& bias) const;

  struct Moved {
    std::vector<long> shape, index;
  };
  Moved reshape(const Proto& proto, const std::vector<long>& in) const;
  Moved axes_moved(const Proto& proto, const std::vector<long>& in) const;
  Moved grid_moved(const Proto& proto, const std::vector<long>& in) const;
  void concat(const Proto& proto);
  void split(const Proto& proto);
  void place_moved(const Proto& proto, const std::string& output, Moved moved, double fill);

  bool is_constant(const std::string& name) const { return stored_.count(name) != 0; }
  const Stored& constant(const std::string& name) const;
  std::vector<long> whole_constant(const Proto& proto, int operand, const std::string& attribute) const;
  const std::vector<long>& shape_of(const std::string& name) const;
  int variable(const std::string& name) const;
  int broadcast_operand(const std::string& name, const std::vector<long>& shape, const std::string& base);
  int emit(Node node, const std::string& output);
  std::string unique(const std::string& name);
  static bool has(const Proto& proto, int operand) {
    return operand < proto.input_size() && !proto.input(operand).empty();
  }

  Network network_;
  std::map<std::string, Stored> stored_;
  std::map<std::string, int> node_of_;          // tensor name -> node
  std::map<std::string, int> uses_;             // tensor name -> number of reading edges
  std::map<std::string, const Proto*> reader_;  // tensor name -> its last reader
  std::set<std::string> graph_outputs_, names_;
  std::set<const Proto*> absorbed_;
  long opset_ = 0;
  bool doubles_ = false;  // the input holds float64
};

std::string name_of(const ::onnx::NodeProto& proto);

}  // namespace lrproof::oracle
