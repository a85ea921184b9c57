// Value numbering (Alpern, Wegman and Zadeck 1988) with a normal form for what acts element by element.
#include "prove/equal.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "net/evaluate.hpp"
#include "net/linear.hpp"

namespace lrproof::prove {

using net::Curve;
using net::Network;
using net::Node;
using net::NodeId;
using num::Constants;
using num::Rational;

namespace {

bool operator_less(const Curve& a, const Curve& b) {
  const auto less = [](const std::vector<Rational>& x, const std::vector<Rational>& y) {
    if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
    for (std::size_t k = 0; k < x.size(); ++k)
      if (const int c = Rational::compare(x[k], y[k])) return c;
    return 0;
  };
  for (const auto part : {&Curve::kinks, &Curve::slopes, &Curve::intercepts})
    if (const int c = less(a.*part, b.*part)) return c < 0;
  return false;
}
struct CurveLess {
  bool operator()(const Curve& a, const Curve& b) const { return operator_less(a, b); }
};

/// One curve per element; curves in the order in which elements first have them, so that equal ones are equal values.
struct Pointwise {
  std::vector<Curve> curves;
  std::vector<std::int32_t> of;

  static Pointwise from(const std::vector<Curve>& some, std::int64_t size, const auto& which) {
    std::map<Curve, std::int32_t, CurveLess> numbers;
    std::vector<std::int32_t> renamed(some.size(), -1);
    Pointwise out;
    out.of.reserve(std::size_t(size));
    for (std::int64_t k = 0; k < size; ++k) {
      auto& to = renamed[std::size_t(which(k))];
      if (to < 0) {
        const auto& curve = some[std::size_t(which(k))];
        const auto [at, fresh] = numbers.emplace(curve, std::int32_t(out.curves.size()));
        if (fresh) out.curves.push_back(curve);
        to = at->second;
      }
      out.of.push_back(to);
    }
    return out;
  }
  bool nothing() const { return curves.size() == 1 && curves[0] == Curve{{}, {Rational(1)}, {Rational(0)}}; }
  friend bool operator==(const Pointwise&, const Pointwise&) = default;
};

Pointwise composed(const Pointwise& outer, const Pointwise& inner) {
  std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> pairs;
  std::vector<Curve> curves;
  std::vector<std::int32_t> of;
  for (std::size_t k = 0; k < outer.of.size(); ++k) {
    const auto [at, fresh] = pairs.emplace(std::pair(outer.of[k], inner.of[k]), std::int32_t(curves.size()));
    if (fresh)
      curves.push_back(net::composed(outer.curves[std::size_t(outer.of[k])], inner.curves[std::size_t(inner.of[k])]));
    of.push_back(at->second);
  }
  return Pointwise::from(curves, std::int64_t(of.size()), [&](std::int64_t k) { return of[std::size_t(k)]; });
}

Pointwise negative(Pointwise of) {
  for (auto& curve : of.curves)
    for (auto* part : {&curve.slopes, &curve.intercepts})
      for (auto& v : *part) v = -v;
  return of;
}

bool larger(const Pointwise& a, const Pointwise& b) {
  return std::ranges::lexicographical_compare(b.curves, a.curves, operator_less);
}

Curve line(const Rational& slope, const Rational& intercept) { return {{}, {slope}, {intercept}}; }

/// A number, and what acts on its elements.
struct Form {
  int base = 0;
  std::shared_ptr<const Pointwise> pointwise;  ///< absent: nothing
};

class Numbering {
 public:
  /// The number of every node's value.
  std::vector<int> of(const Network& network) {
    std::vector<int> numbers;
    forms_.clear();
    for (NodeId id = 0; id < network.size(); ++id) {
      forms_.push_back(form(network, id));
      numbers.push_back(number(forms_.back()));
    }
    return numbers;
  }

 private:
  struct Row {
    net::Op op;
    std::vector<int> operands;
    std::vector<net::Shape> shapes;  ///< of the operands and of the result
    std::shared_ptr<const Pointwise> pointwise;
    int number = 0;
  };

  int intern(Row row) {
    auto& rows = rows_[{row.op.index(), row.operands}];
    for (const auto& known : rows) {
      const bool curves = row.pointwise ? known.pointwise && *known.pointwise == *row.pointwise : !known.pointwise;
      if (curves && known.shapes == row.shapes && known.op == row.op) return known.number;
    }
    row.number = next_++;
    rows.push_back(std::move(row));
    return next_ - 1;
  }
  int number(const Form& form) {
    if (!form.pointwise) return form.base;
    return intern({net::Activation{}, {form.base}, {}, form.pointwise});
  }
  Form with(const Form& below, Pointwise pointwise) {
    if (below.pointwise) pointwise = composed(pointwise, *below.pointwise);
    if (pointwise.nothing()) return {below.base, nullptr};
    if (const auto stored = stored_.find(below.base); stored != stored_.end()) {  // a file's reader has its value
      std::vector<Rational> values;
      for (std::size_t k = 0; k < pointwise.of.size(); ++k)
        values.push_back(net::apply_curve(pointwise.curves[std::size_t(pointwise.of[k])], stored->second.rational(k)));
      return constant({Constants::from_rationals(std::move(values))});
    }
    return {below.base, std::make_shared<const Pointwise>(std::move(pointwise))};
  }

  Form form(const Network& network, NodeId id) {
    const Node& node = network.node(id);
    return std::visit([&](const auto& op) { return lower(network, node, id, op); }, node.op);
  }

  /// The operation itself, on numbered operands.
  Form plain(const Network& network, const Node& node, net::Op op, bool commutes = false) {
    Row row{std::move(op), {}, {}, nullptr};
    for (const auto input : node.inputs) row.operands.push_back(number(forms_[std::size_t(input)]));
    if (commutes) {
      std::ranges::sort(row.operands);
    } else {
      // A selection goes by flat positions: shapes are nothing to it.
      const bool flat = std::holds_alternative<net::Select>(node.op);
      const auto shape = [&](const Node& of) { return flat ? net::Shape{of.size()} : of.shape; };
      for (const auto input : node.inputs) row.shapes.push_back(shape(network.node(input)));
      row.shapes.push_back(shape(node));
    }
    return {intern(std::move(row)), nullptr};
  }

  template <class Op>
  Form lower(const Network& network, const Node& node, NodeId, const Op& op) {
    return plain(network, node, op);
  }
  Form lower(const Network& network, const Node& node, NodeId, const net::Select& op) {
    const auto operand = node.inputs[0];
    bool moves = network.node(operand).size() != node.size();
    for (std::size_t k = 0; k < op.index.size() && !moves; ++k) moves = op.index[k] != std::int64_t(k);
    return moves ? plain(network, node, op) : forms_[std::size_t(operand)];
  }
  /// Which operand is called its gate is nothing to the function, and no file holds it.
  Form lower(const Network& network, const Node& node, NodeId, const net::Opaque& op) {
    auto plainly = op;
    plainly.numbers.erase("gate");
    return plain(network, node, std::move(plainly));
  }
  Form lower(const Network&, const Node& node, NodeId, const net::Input& op) {
    return {intern({op, {}, {{node.size()}}, nullptr}), nullptr};
  }
  Form lower(const Network&, const Node&, NodeId, const net::Constant& op) { return constant(op); }
  /// The value of a node that is one stored tensor; null: it is none.
  const Constants* stored(NodeId id) const {
    const auto& form = forms_[std::size_t(id)];
    const auto at = form.pointwise ? stored_.end() : stored_.find(form.base);
    return at == stored_.end() ? nullptr : &at->second;
  }
  Form constant(const net::Constant& op) {
    const int made = intern({op, {}, {{std::int64_t(op.value.size())}}, nullptr});
    stored_.emplace(made, op.value);
    return {made, nullptr};
  }
  Form lower(const Network&, const Node& node, NodeId, const net::Reshape&) {
    return forms_[std::size_t(node.inputs[0])];
  }

  /// The linear part, then the biases as one line per element.
  template <class Affine>
  Form biased(const Network& network, const Node& node, NodeId id, Affine op) {
    const net::Linear linear(network, id);
    const Constants bias = op.bias;
    op.bias = {};
    const Form below = plain(network, node, std::move(op));
    if (bias.empty()) return below;
    std::vector<Curve> lines;
    for (std::size_t k = 0; k < bias.size(); ++k) lines.push_back(line(Rational(1), bias.rational(k)));
    return with(below, Pointwise::from(lines, node.size(), [&](std::int64_t k) { return linear.bias_of(k); }));
  }
  Form lower(const Network& network, const Node& node, NodeId id, const net::Dense& op) {
    return biased(network, node, id, op);
  }
  Form lower(const Network& network, const Node& node, NodeId id, const net::Conv& op) {
    return biased(network, node, id, op);
  }
  Form lower(const Network&, const Node& node, NodeId, const net::BatchNorm& op) {
    std::vector<Curve> lines;
    for (std::size_t c = 0; c < op.scale.size(); ++c) lines.push_back(line(op.scale.rational(c), op.shift.rational(c)));
    const auto plane = node.size() / (node.shape[0] * node.shape[1]);
    return with(forms_[std::size_t(node.inputs[0])],
                Pointwise::from(lines, node.size(), [&](std::int64_t k) { return k / plane % node.shape[1]; }));
  }
  Form lower(const Network&, const Node& node, NodeId, const net::Scale& op) {
    std::vector<Curve> lines;
    for (std::size_t k = 0; k < op.mul.size(); ++k) lines.push_back(line(op.mul.rational(k), op.add.rational(k)));
    return with(forms_[std::size_t(node.inputs[0])],
                Pointwise::from(lines, node.size(), [](std::int64_t k) { return k; }));
  }
  Form lower(const Network&, const Node& node, NodeId, const net::Activation& op) {
    return with(forms_[std::size_t(node.inputs[0])], Pointwise::from(op.curves, node.size(), [&](std::int64_t k) {
                  return op.curve_of.empty() ? 0 : std::int64_t(op.curve_of[std::size_t(k)]);
                }));
  }
  Form lower(const Network& network, const Node& node, NodeId, const net::Max& op) {
    std::vector<NodeId> variables;
    std::vector<const Constants*> constants;
    for (const auto input : node.inputs) {
      if (const auto* known = stored(input))
        constants.push_back(known);
      else
        variables.push_back(input);
    }
    if (variables.size() != 1 || constants.size() != 1) return plain(network, node, op, true);
    std::vector<Curve> curves;
    for (std::int64_t k = 0; k < node.size(); ++k) {
      const Rational c = constants[0]->rational(std::size_t(k));
      const Rational below(op.minimum ? 1 : 0), above(op.minimum ? 0 : 1);
      curves.push_back({{c}, {below, above}, {op.minimum ? Rational(0) : c, op.minimum ? c : Rational(0)}});
    }
    return with(forms_[std::size_t(variables[0])],
                Pointwise::from(curves, node.size(), [](std::int64_t k) { return k; }));
  }

  /// A sum: numbers in order, each with how often it is added; those of a sum that is read here in its place. A value
  /// taken negative is one added less often. Stored tensors are added to the whole, element by element.
  Form lower(const Network&, const Node& node, NodeId, const net::Add& op) {
    std::vector<NodeId> inputs;
    net::Add variables;
    std::vector<Rational> constant;
    for (std::size_t k = 0; k < op.signs.size(); ++k)
      if (const auto* known = stored(node.inputs[k])) {
        constant.resize(std::size_t(node.size()));
        for (std::size_t e = 0; e < constant.size(); ++e)
          constant[e].add_product(Rational(op.signs[k]), known->rational(e));
      } else {
        inputs.push_back(node.inputs[k]), variables.signs.push_back(op.signs[k]);
      }
    if (inputs.empty()) return sum(node.inputs, op);
    if (constant.empty()) return sum(inputs, variables);
    // With one variable this is a line per element of it, as a file's reader has it.
    const bool one = inputs.size() == 1;
    std::vector<Curve> lines;
    for (const auto& c : constant) lines.push_back(line(Rational(one ? variables.signs[0] : 1), c));
    return with(one ? forms_[std::size_t(inputs[0])] : sum(inputs, variables),
                Pointwise::from(lines, node.size(), [](std::int64_t k) { return k; }));
  }
  Form sum(const std::vector<NodeId>& inputs, const net::Add& op) {
    constexpr std::size_t kTerms = 4096;
    constexpr std::int64_t kTimes = 1 << 10;  // far from what an int holds
    std::map<int, std::int64_t> times;
    for (std::size_t k = 0; k < op.signs.size(); ++k) {
      Form form = forms_[std::size_t(inputs[k])];
      int sign = op.signs[k];
      if (form.pointwise)  // of f and -f the larger one stands, so that both are one term
        if (auto other = negative(*form.pointwise); larger(other, *form.pointwise))
          form.pointwise = other.nothing() ? nullptr : std::make_shared<const Pointwise>(std::move(other)),
          sign = -sign;
      const int operand = number(form);
      const auto known = sums_.find(operand);
      const bool small = known != sums_.end() && known->second.size() < kTerms &&
                         std::ranges::all_of(known->second, [](const auto& t) { return std::abs(t.second) < kTimes; });
      if (!small)
        times[operand] += sign;
      else
        for (const auto& [term, count] : known->second) times[term] += sign * count;
    }
    Row row{net::Add{}, {}, {}, nullptr};
    net::Add counts;
    for (const auto& [term, count] : times) row.operands.push_back(term), counts.signs.push_back(int(count));
    row.op = std::move(counts);
    const int made = intern(std::move(row));
    sums_[made] = std::move(times);
    return {made, nullptr};
  }

  std::map<std::pair<std::size_t, std::vector<int>>, std::vector<Row>> rows_;
  std::map<int, std::map<int, std::int64_t>> sums_;
  std::map<int, Constants> stored_;
  std::vector<Form> forms_;
  int next_ = 0;
};

}  // namespace

Sameness same_graph(const Network& a, const Network& b) {
  if (a.input_size() != b.input_size() || a.outputs().size() != b.outputs().size()) return {false, "input"};
  Numbering numbering;
  const auto first = numbering.of(a), second = numbering.of(b);
  bool same = true;
  for (std::size_t k = 0; k < a.outputs().size(); ++k)
    same = same && first[std::size_t(a.outputs()[k])] == second[std::size_t(b.outputs()[k])];
  if (same) return {true, ""};
  std::vector<bool> needed(std::size_t(b.size()), false);
  for (const auto output : b.outputs()) needed[std::size_t(output)] = true;
  for (NodeId id = b.size(); id-- > 0;)
    if (needed[std::size_t(id)])
      for (const auto input : b.node(id).inputs) needed[std::size_t(input)] = true;
  for (NodeId id = 0; id < b.size(); ++id)
    if (needed[std::size_t(id)] && std::ranges::find(first, second[std::size_t(id)]) == first.end())
      return {false, b.node(id).name};
  return {false, b.node(b.output()).name};
}

}  // namespace lrproof::prove
