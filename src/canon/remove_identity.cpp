// remove-identity. Theorem: the node's value is its operand's, element by element: 1 a + 0 = a, and a mean, a sum, a
// concatenation or a maximum of one tensor is that tensor. Its readers read the operand. An output of the network keeps
// its name, so an identity that is one stays.
#include <algorithm>
#include <numeric>

#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

using num::Rational;

bool all_equal(const num::Constants& values, const Rational& to) {
  for (std::size_t k = 0; k < values.size(); ++k)
    if (values.rational(k) != to) return false;
  return true;
}

/// A window of one position that steps over none.
bool reads_in_place(const net::Window& window, const net::Shape& shape) {
  if (net::element_count(window.kernel) != 1) return false;
  for (std::size_t a = 0; a < window.kernel.size(); ++a)
    if (window.pads_begin[a] != 0 || window.pads_end[a] != 0 || (window.strides[a] != 1 && shape[a + 2] != 1))
      return false;
  return true;
}

/// What makes it an identity, given one operand of the node's shape; "" when nothing does.
struct Why {
  const net::Node& node;

  std::string operator()(const net::Reshape&) const { return "a " + node.type + " that changes no shape"; }
  std::string operator()(const net::Scale& scale) const {
    return all_equal(scale.mul, Rational(1)) && all_equal(scale.add, Rational(0)) ? "a scale by 1 plus 0" : "";
  }
  std::string operator()(const net::Select& select) const {
    std::vector<std::int64_t> same(select.index.size());
    std::iota(same.begin(), same.end(), 0);
    return select.index == same ? "a " + node.type + " that moves no element" : "";
  }
  std::string operator()(const net::Concat&) const { return "a concatenation of one tensor"; }
  std::string operator()(const net::Add& add) const {
    return add.signs == std::vector<int>{1} ? "a sum of one operand" : "";
  }
  std::string operator()(const net::Max& max) const {
    return max.minimum ? "a minimum of one operand" : "a maximum of one operand";
  }
  std::string operator()(const net::AveragePool& pool) const {
    return reads_in_place(pool.window, node.shape) ? "an average over one position" : "";
  }
  std::string operator()(const net::MaxPool& pool) const {
    return reads_in_place(pool.window, node.shape) ? "a maximum over one position" : "";
  }
  std::string operator()(const net::Activation& activation) const {
    const net::Curve same{{}, {Rational(1)}, {Rational(0)}};
    return std::ranges::all_of(activation.curves, [&](const net::Curve& c) { return c == same; })
               ? "an activation of slope 1"
               : "";
  }
  std::string operator()(const auto&) const { return ""; }
};

}  // namespace

Attempt remove_identity(const DataFlow& flow, NodeId at) {
  const auto& node = flow.node(at);
  if (node.inputs.size() != 1 || flow.operand(at).shape != node.shape) return {};
  const auto why = std::visit(Why{node}, node.op);
  if (why.empty()) return {};
  if (flow.is_output(at)) return {std::nullopt, "'" + node.name + "' is an output of the network and keeps its name"};
  const auto& operand = flow.operand(at).name;
  return {Edit{{at},
               {},
               {{node.name, operand}},
               "'" + node.name + "', " + why + ", has the value of '" + operand + "' for every input"}};
}

}  // namespace lrproof::canon
