#pragma once
// A failing example made small: numbers go to 0, in groups and then one by one, or to the nearest whole number, as long
// as the failure stays. What is left is what it takes to fail.
#include <onnx/onnx_pb.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

namespace lrproof::prove::testing {

using Groups = std::vector<std::vector<float*>>;

/// `groups(example)` gives its numbers, rows together; `fails(example)` says whether it still fails.
template <class Example, class GroupsOf, class Fails>
Example shrink(Example example, GroupsOf groups, Fails fails) {
  const auto simpler = [&](std::size_t group, std::size_t from, std::size_t to, auto change) {
    Example next = example;
    Groups all = groups(next);
    bool changed = false;
    for (std::size_t k = from; k < to; ++k) {
      float& v = *all[group][k];
      const float w = change(v);
      changed = changed || w != v;
      v = w;
    }
    if (!changed || !fails(next)) return false;
    example = std::move(next);
    return true;
  };
  const auto zero = [](float) { return 0.0F; };
  const auto whole = [](float v) { return std::round(v); };
  for (bool any = true; any;) {
    any = false;
    const std::size_t count = groups(example).size();
    for (std::size_t g = 0; g < count; ++g) {
      const std::size_t size = groups(example)[g].size();
      any = simpler(g, 0, size, zero) || any;
      for (std::size_t k = 0; k < size; ++k) any = simpler(g, k, k + 1, zero) || simpler(g, k, k + 1, whole) || any;
    }
  }
  return example;
}

/// Of a model: its stored floats, row by row.
inline Groups stored_numbers(::onnx::ModelProto& model) {
  Groups groups;
  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
    const int size = tensor.float_data_size();
    const int row = tensor.dims_size() > 1 && tensor.dims(0) > 0 ? size / int(tensor.dims(0)) : size;
    for (int from = 0; from < size; from += std::max(row, 1)) {
      groups.emplace_back();
      for (int k = from; k < std::min(from + row, size); ++k)
        groups.back().push_back(&(*tensor.mutable_float_data())[k]);
    }
  }
  return groups;
}

template <class Fails>
std::string shrink_model(const std::string& bytes, Fails fails) {
  ::onnx::ModelProto model;
  if (!model.ParseFromString(bytes)) return bytes;
  return shrink(model, stored_numbers, [&](const ::onnx::ModelProto& m) { return fails(m.SerializeAsString()); })
      .SerializeAsString();
}

/// For a person: every stored tensor, and every node.
inline std::string describe(const std::string& bytes) {
  ::onnx::ModelProto model;
  model.ParseFromString(bytes);
  std::ostringstream out;
  for (const auto& tensor : model.graph().initializer()) {
    out << "\n  " << tensor.name() << " =";
    for (const float v : tensor.float_data()) out << ' ' << v;
  }
  for (const auto& node : model.graph().node()) {
    out << "\n  " << node.output(0) << " = " << node.op_type() << '(';
    for (const auto& in : node.input()) out << in << ' ';
    out << ')';
  }
  return out.str();
}

}  // namespace lrproof::prove::testing
