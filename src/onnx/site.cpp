#include "onnx/site.hpp"

#include <algorithm>
#include <numeric>

namespace lrproof::onnx {

using base::Diagnostic;
using base::Result;
using base::Status;

std::string Draft::unique(const std::string& name) {
  if (names_.insert(name).second) return name;
  for (int& k = copies_[name];;) {
    k = std::max(k, 1) + 1;
    const auto candidate = name + "#" + std::to_string(k);
    if (names_.insert(candidate).second) return candidate;
  }
}

Diagnostic Site::error(const std::string& code, const std::string& sentence, const std::string& hint) const {
  return {code, source_.model_path + ": node " + shown(name_), op_ + ": " + sentence, hint};
}

Diagnostic Site::unsupported(const std::string& what, const std::string& hint) const {
  return {"onnx.unsupported", source_.model_path + ": node " + shown(name_),
          "not supported: " + shown(op_) + (what.empty() ? "" : " " + what), hint};
}

Status Site::in_training(const std::string& how) const {
  if (!draft_.accepts_training) return unsupported("in training mode", "export for inference");
  draft_.training.emplace_back(name_, how);
  return base::fine();
}

bool Site::all_constant() const {
  return std::all_of(operands_.begin(), operands_.end(), [](auto& v) { return v.constant || !v.present(); });
}

Status Site::expects(std::size_t least, std::size_t most) const {
  bool fits = operands_.size() >= least && operands_.size() <= most;
  for (std::size_t k = 0; k < least; ++k) fits = fits && has(k);
  if (fits) return base::fine();
  return error("onnx.operands", "has " + std::to_string(operands_.size()) + " operands, or one is left out",
               "it takes " + std::to_string(least) + (most > least ? " or more" : ""));
}

Status Site::finite(const Tensor& tensor) const {
  const auto k = first_nonfinite(tensor);
  if (k < 0) return base::fine();
  return error("onnx.nan",
               "tensor " + shown(tensor.name) + " holds " + std::to_string(tensor.reals.approx[std::size_t(k)]) +
                   " at index " + std::to_string(k) + " of dims " + net::to_string(tensor.shape),
               "every weight must be a finite number");
}

Result<TensorPtr> Site::real_tensor(std::size_t k, const std::string& role) const {
  if (!constant(k)) return unsupported("with a " + role + " that is computed from the input");
  if (operand(k).constant->kind != Kind::real)
    return error("onnx.type", "the " + role + " holds integers where floating point numbers are wanted");
  LRPROOF_CHECK(finite(*operand(k).constant));
  return operand(k).constant;
}

Result<Index> Site::integer_list(std::size_t k, const std::string& role) const {
  if (!constant(k)) return unsupported("with " + role + " computed from the input");
  const auto& tensor = *operand(k).constant;
  if (tensor.kind != Kind::integer) return error("onnx.type", role + " are no integers");
  return tensor.integers;
}

Result<num::Rational> Site::real_number(std::size_t k, const std::string& role) const {
  LRPROOF_TRY(tensor, real_tensor(k, role));
  if (tensor->size() != 1) return misshapen("the " + role + " is not one number");
  return tensor->reals.rational(0);
}

Result<Index> Site::axes(const std::string& key, std::size_t operand, std::int64_t rank, Index fallback) const {
  Index list = std::move(fallback);
  if (has_attribute(key)) {
    LRPROOF_TRY(stored, integers(key));
    list = stored;
  } else if (has(operand)) {
    LRPROOF_TRY(stored, integer_list(operand, key));
    list = stored;
  }
  std::set<std::int64_t> seen;
  for (auto& a : list) {
    if (a < -rank || a >= rank)
      return misshapen("axis " + std::to_string(a) + " of a tensor with " + std::to_string(rank) + " axes");
    if (a < 0) a += rank;
    if (!seen.insert(a).second) return misshapen("axis " + std::to_string(a) + " stands twice");
  }
  return list;
}

Result<std::int64_t> Site::axis(const std::string& key, std::int64_t fallback, std::int64_t rank) const {
  LRPROOF_TRY(given, integer(key, fallback));
  if (given < -rank || given >= rank)
    return misshapen("axis " + std::to_string(given) + " of a tensor with " + std::to_string(rank) + " axes");
  return given < 0 ? given + rank : given;
}

Status Site::give(std::size_t k, Value value) {
  if (given_.size() <= k) given_.resize(k + 1);
  given_[k] = std::move(value);
  return base::fine();
}

Status Site::give(Tensor tensor) {
  tensor.name = name_;
  Shape shape = tensor.shape;
  return give(Value{std::make_shared<const Tensor>(std::move(tensor)), -1, std::move(shape)});
}

Status Site::spend(std::int64_t elements) {
  if (draft_.spend(elements)) return base::fine();
  return error("onnx.size", "the tensors that the graph builds from small ones grow beyond the limit",
               "a model of this size cannot be read");
}

Result<Value> Site::add(std::string name, std::string type, net::Op op, std::vector<net::NodeId> inputs, Shape shape) {
  const auto count = checked_count(shape);
  if (!count) return error("onnx.size", "its output " + net::to_string(shape) + " is too large");
  if (*count == 0) return misshapen("its output " + net::to_string(shape) + " has no elements");
  draft_.nodes.push_back({std::move(name), std::move(type), std::move(op), std::move(inputs), shape});
  return Value{nullptr, net::NodeId(draft_.nodes.size()) - 1, std::move(shape)};
}

Result<Value> Site::part(const std::string& word, const std::string& type, net::Op op, std::vector<net::NodeId> inputs,
                         Shape shape) {
  return add(draft_.unique(name_ + "/" + word), type, std::move(op), std::move(inputs), std::move(shape));
}

Result<Value> Site::last(net::Op op, std::vector<net::NodeId> inputs, Shape shape) {
  return add(name_, op_, std::move(op), std::move(inputs), std::move(shape));
}

Status Site::finish(net::Op op, std::vector<net::NodeId> inputs, Shape shape) {
  LRPROOF_TRY(value, last(std::move(op), std::move(inputs), std::move(shape)));
  return give(value);
}

Result<net::NodeId> Site::node_of(const Value& value) {
  if (value.node >= 0) return value.node;
  if (value.constant->kind != Kind::real)
    return error("onnx.type", "integer tensor " + shown(value.constant->name) + " meets floating point numbers");
  LRPROOF_CHECK(finite(*value.constant));
  LRPROOF_CHECK(spend(value.constant->size()));
  LRPROOF_TRY(made, part("constant", "Constant", net::Constant{value.constant->reals}, {}, value.shape));
  return made.node;
}

Result<Value> Site::moved(const Value& value, const Index& index, Shape shape, const std::string& part_name,
                          const std::string& type, const num::Rational& fill) {
  if (value.constant) {
    Tensor tensor = taken(*value.constant, index, shape, fill);
    return Value{std::make_shared<const Tensor>(std::move(tensor)), -1, std::move(shape)};
  }
  net::Op op = net::Reshape{};
  if (!is_identity(index, *checked_count(value.shape))) op = net::Select{index, fill};
  return part_name.empty() ? last(std::move(op), {value.node}, std::move(shape))
                           : part(part_name, type, std::move(op), {value.node}, std::move(shape));
}

Result<Value> Site::reshaped(const Value& value, Shape shape, const std::string& part_name, const std::string& type) {
  if (checked_count(shape) != checked_count(value.shape))
    return misshapen("cannot reshape " + net::to_string(value.shape) + " to " + net::to_string(shape));
  if (value.constant) {
    Tensor tensor = *value.constant;
    LRPROOF_CHECK(spend(tensor.size()));
    tensor.shape = shape;
    return Value{std::make_shared<const Tensor>(std::move(tensor)), -1, std::move(shape)};
  }
  return part_name.empty() ? last(net::Reshape{}, {value.node}, std::move(shape))
                           : part(part_name, type, net::Reshape{}, {value.node}, std::move(shape));
}

Result<Value> Site::broadcasted(const Value& value, const Shape& shape) {
  if (value.shape == shape) return value;
  if (!checked_count(shape)) return error("onnx.size", "broadcasting to " + net::to_string(shape) + " is too large");
  if (checked_count(shape) == checked_count(value.shape)) return reshaped(value, shape, "reshape", "Reshape");
  LRPROOF_CHECK(spend(*checked_count(shape)));
  return moved(value, broadcast_index(value.shape, shape), shape, "expand", "Expand");
}

}  // namespace lrproof::onnx
