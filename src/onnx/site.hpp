#pragma once
// One operator of the file while it is being lowered: its operands, its attributes, and the nodes it becomes.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "onnx/tensor.hpp"

namespace onnx {
class NodeProto;
class AttributeProto;
}  // namespace onnx

namespace lrproof::onnx {

/// A tensor of the graph: a constant, or the output of a node of the network. Neither: an operand left out.
struct Value {
  TensorPtr constant;
  net::NodeId node = -1;
  Shape shape;
  bool present() const { return constant || node >= 0; }
};

/// The network as it grows. Invariant: names are unique.
class Draft {
 public:
  explicit Draft(std::int64_t budget) : budget_(budget) {}
  std::vector<net::Node> nodes;
  std::set<net::NodeId> open_bias;  ///< products that may still absorb the constant added to them
  std::vector<std::string> notes;
  bool doubles = false;           ///< the input holds float64
  bool accepts_training = false;  ///< what runs as in training is read as for inference, and noted here
  std::vector<std::pair<std::string, std::string>> training;  ///< node, and how the file says so

  std::string unique(const std::string& name);
  /// Takes elements that no byte of the file backs from the budget; false when it is spent.
  bool spend(std::int64_t elements) { return (budget_ -= elements) >= 0; }

 private:
  std::set<std::string> names_;
  std::map<std::string, int> copies_;
  std::int64_t budget_;
};

class Site {
 public:
  Site(const ::onnx::NodeProto& proto, std::int64_t opset, const Source& source, Draft& draft,
       std::vector<Value> operands, std::vector<bool> sole_reader, std::vector<bool> wanted);

  const std::string& op() const { return op_; }
  const std::string& name() const { return name_; }
  std::int64_t opset() const { return opset_; }
  Draft& draft() { return draft_; }
  base::Diagnostic error(const std::string& code, const std::string& sentence, const std::string& hint = "") const;
  base::Diagnostic unsupported(const std::string& what, const std::string& hint = "") const;
  base::Diagnostic misshapen(const std::string& sentence) const { return error("onnx.shape", sentence); }

  // Operands.
  std::size_t operands() const { return operands_.size(); }
  bool has(std::size_t k) const { return k < operands_.size() && operands_[k].present(); }
  const Value& operand(std::size_t k) const { return operands_[k]; }
  bool constant(std::size_t k) const { return has(k) && operands_[k].constant; }
  bool all_constant() const;
  bool sole_reader(std::size_t k) const { return sole_reader_[k]; }
  base::Status expects(std::size_t least, std::size_t most) const;
  /// A constant operand's finite real numbers, or its integers.
  base::Result<TensorPtr> real_tensor(std::size_t k, const std::string& role) const;
  base::Result<Index> integer_list(std::size_t k, const std::string& role) const;
  base::Result<num::Rational> real_number(std::size_t k, const std::string& role) const;
  base::Status finite(const Tensor& tensor) const;
  /// The operator runs as in training: noted where that is accepted, else an error.
  base::Status in_training(const std::string& how) const;

  // Attributes.
  bool has_attribute(const std::string& key) const { return find(key) != nullptr; }
  base::Result<std::int64_t> integer(const std::string& key, std::int64_t fallback) const;
  base::Result<Index> integers(const std::string& key, Index fallback = {}) const;
  base::Result<num::Rational> real(const std::string& key, float fallback) const;
  base::Result<double> number(const std::string& key, float fallback) const;  ///< infinity allowed, NaN not
  base::Result<std::vector<num::Rational>> reals(const std::string& key) const;
  base::Result<std::string> word(const std::string& key, const std::string& fallback) const;
  base::Result<Tensor> tensor(const std::string& key) const;
  /// Axes from the attribute, else from the operand; negative ones count from the end of `rank` axes; no repeats.
  base::Result<Index> axes(const std::string& key, std::size_t operand, std::int64_t rank, Index fallback) const;
  base::Result<std::int64_t> axis(const std::string& key, std::int64_t fallback, std::int64_t rank) const;

  // Outputs.
  std::size_t outputs() const { return wanted_.size(); }
  std::size_t named_outputs() const;  ///< those that have a name
  bool wanted(std::size_t k) const { return k < wanted_.size() && wanted_[k]; }
  base::Status give(Value value) { return give(0, std::move(value)); }
  base::Status give(std::size_t k, Value value);
  base::Status give(Tensor tensor);
  const std::vector<Value>& given() const { return given_; }

  // Nodes. The last node of a site carries its name, the ones before it "name/part".
  base::Result<Value> part(const std::string& word, const std::string& type, net::Op op,
                           std::vector<net::NodeId> inputs, Shape shape);
  base::Result<Value> last(net::Op op, std::vector<net::NodeId> inputs, Shape shape);
  base::Status finish(net::Op op, std::vector<net::NodeId> inputs, Shape shape);
  /// The node of a value; a constant becomes a Constant node.
  base::Result<net::NodeId> node_of(const Value& value);
  /// The elements of a value moved: a new constant, or a Select (Reshape where nothing moves). Empty part: last node.
  /// The caller has spent index.size().
  base::Result<Value> moved(const Value& value, const Index& index, Shape shape, const std::string& part,
                            const std::string& type, const num::Rational& fill = 0);
  base::Result<Value> reshaped(const Value& value, Shape shape, const std::string& part, const std::string& type);
  base::Result<Value> broadcasted(const Value& value, const Shape& shape);
  base::Status spend(std::int64_t elements);

 private:
  const ::onnx::AttributeProto* find(const std::string& key) const;
  base::Result<Value> add(std::string name, std::string type, net::Op op, std::vector<net::NodeId> inputs, Shape shape);

  const ::onnx::NodeProto& proto_;
  std::string op_, name_;
  std::int64_t opset_;
  const Source& source_;
  Draft& draft_;
  std::vector<Value> operands_;
  std::vector<bool> sole_reader_, wanted_;
  std::vector<Value> given_;
};

}  // namespace lrproof::onnx
