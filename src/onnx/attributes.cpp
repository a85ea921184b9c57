#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>

#include "onnx/site.hpp"

namespace lrproof::onnx {

namespace pb = ::onnx;
using base::Result;

Site::Site(const pb::NodeProto& proto, std::int64_t opset, const Source& source, Draft& draft,
           std::vector<Value> operands, std::vector<bool> sole_reader, std::vector<bool> wanted)
    : proto_(proto),
      op_(proto.op_type()),
      opset_(opset),
      source_(source),
      draft_(draft),
      operands_(std::move(operands)),
      sole_reader_(std::move(sole_reader)),
      wanted_(std::move(wanted)) {
  const bool named = !proto.name().empty();
  name_ = draft.unique(named ? proto.name() : proto.output_size() > 0 ? proto.output(0) : proto.op_type());
}

const pb::AttributeProto* Site::find(const std::string& key) const {
  for (const auto& attribute : proto_.attribute())
    if (attribute.name() == key) return &attribute;
  return nullptr;
}

namespace {

bool is_type(const pb::AttributeProto& a, pb::AttributeProto::AttributeType type, bool filled) {
  return a.has_type() && a.type() != pb::AttributeProto::UNDEFINED ? a.type() == type : filled;
}

}  // namespace

Result<std::int64_t> Site::integer(const std::string& key, std::int64_t fallback) const {
  const auto* a = find(key);
  if (!a) return fallback;
  if (!is_type(*a, pb::AttributeProto::INT, a->has_i())) return error("onnx.attribute", key + " is no integer");
  return std::int64_t(a->i());
}

Result<Index> Site::integers(const std::string& key, Index fallback) const {
  const auto* a = find(key);
  if (!a) return fallback;
  if (!is_type(*a, pb::AttributeProto::INTS, a->ints_size() > 0))
    return error("onnx.attribute", key + " is no list of integers");
  return Index(a->ints().begin(), a->ints().end());
}

Result<num::Rational> Site::real(const std::string& key, float fallback) const {
  LRPROOF_TRY(value, number(key, fallback));
  if (!std::isfinite(value)) return error("onnx.nan", "attribute " + key + " is " + std::to_string(value));
  return num::Rational(value);
}

Result<double> Site::number(const std::string& key, float fallback) const {
  const auto* a = find(key);
  if (!a) return double(fallback);
  if (!is_type(*a, pb::AttributeProto::FLOAT, a->has_f())) return error("onnx.attribute", key + " is no number");
  if (std::isnan(a->f())) return error("onnx.nan", "attribute " + key + " is NaN");
  return double(a->f());
}

Result<std::vector<num::Rational>> Site::reals(const std::string& key) const {
  std::vector<num::Rational> out;
  const auto* a = find(key);
  if (!a || !is_type(*a, pb::AttributeProto::FLOATS, a->floats_size() > 0))
    return error("onnx.attribute", key + " is no list of numbers");
  for (const float f : a->floats()) {
    if (!std::isfinite(f)) return error("onnx.nan", "attribute " + key + " holds " + std::to_string(f));
    out.push_back(num::Rational(double(f)));
  }
  return out;
}

Result<std::string> Site::word(const std::string& key, const std::string& fallback) const {
  const auto* a = find(key);
  if (!a) return fallback;
  if (!is_type(*a, pb::AttributeProto::STRING, a->has_s())) return error("onnx.attribute", key + " is no word");
  return std::string(a->s());
}

Result<Tensor> Site::tensor(const std::string& key) const {
  const auto* a = find(key);
  if (!a || !is_type(*a, pb::AttributeProto::TENSOR, a->has_t())) return error("onnx.attribute", key + " is no tensor");
  LRPROOF_TRY(made, read_tensor(a->t(), source_));
  if (made.name.empty()) made.name = name_;
  return made;
}

std::size_t Site::named_outputs() const {
  return std::size_t(
      std::count_if(proto_.output().begin(), proto_.output().end(), [](auto& name) { return !name.empty(); }));
}

}  // namespace lrproof::onnx
