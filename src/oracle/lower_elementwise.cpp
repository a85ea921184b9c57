#include <cmath>
#include <limits>

#include "oracle/importer.hpp"

namespace lrproof::oracle {

namespace {

Curve leaky(const Exact& slope) {
  if (slope == 1) return {{}, {1}, {0}};
  return {{0}, {slope, 1}, {0, 0}};
}

Curve clipped(const std::optional<Exact>& low, const std::optional<Exact>& high) {
  Curve curve;
  if (low) {
    curve.kinks.push_back(*low);
    curve.slopes.push_back(0);
    curve.intercepts.push_back(*low);
  }
  curve.slopes.push_back(1);
  curve.intercepts.push_back(0);
  if (high) {
    curve.kinks.push_back(*high);
    curve.slopes.push_back(0);
    curve.intercepts.push_back(*high);
  }
  return curve;
}

// Infinity and the ends of the floats and doubles, and nothing else, are how exporters write that there is no limit.
std::optional<Exact> limit(double stored, bool doubles) {
  const double largest = doubles ? std::numeric_limits<double>::max() : double(std::numeric_limits<float>::max());
  const bool none = !std::isfinite(stored) || std::fabs(stored) == largest;
  return none ? std::nullopt : std::optional<Exact>(Exact(stored));
}

// max(0, min(1, alpha t + beta)) for alpha > 0.
Curve hard_sigmoid(const Exact& alpha, const Exact& beta) {
  return {{Exact(-beta / alpha), Exact((1 - beta) / alpha)}, {0, alpha, 0}, {0, beta, 1}};
}

}  // namespace

void Importer::add_or_scale(const Proto& proto) {
  const std::string& op = proto.op_type();
  Node node;
  node.name = name_of(proto);
  node.type = op;
  node.shape = shape_of(proto.input(0));
  for (const auto& operand : proto.input()) node.shape = broadcast_shape(node.shape, shape_of(operand));
  const bool minus = op == "Sub";
  int constants = 0;
  for (const auto& operand : proto.input()) constants += is_constant(operand);
  if (constants == 1 && proto.input_size() == 2) {
    const int fixed = is_constant(proto.input(0)) ? 0 : 1;
    const Stored& value = constant(proto.input(fixed));
    auto add = picked(value, broadcast_index(value.shape, node.shape), node.shape, 0).real.doubles();
    if (minus && fixed == 1)
      for (double& v : add) v = -v;
    node.kind = Kind::scale;
    node.weight = Numbers(std::vector<double>(add.size(), minus && fixed == 0 ? -1.0 : 1.0));
    node.bias = Numbers(std::move(add));
    node.inputs = {broadcast_operand(proto.input(1 - fixed), node.shape, node.name)};
  } else if (constants > 0 && constants < proto.input_size()) {  // the variables' sum first, then the constants
    Node sum;
    sum.name = node.name, sum.type = "Add", sum.shape = node.shape, sum.kind = Kind::add;
    std::vector<double> signs;
    std::vector<Exact> added(std::size_t(product(node.shape)));
    for (int i = 0; i < proto.input_size(); ++i) {
      if (!is_constant(proto.input(i))) {
        signs.push_back(1), sum.signs.push_back(1);
        sum.inputs.push_back(broadcast_operand(proto.input(i), node.shape, node.name));
        continue;
      }
      const Stored& value = constant(proto.input(i));
      const auto wide = picked(value, broadcast_index(value.shape, node.shape), node.shape, 0).real;
      for (std::size_t k = 0; k < wide.size(); ++k) added[k] += Exact(wide[k]);
    }
    int from = sum.inputs[0];
    if (sum.inputs.size() > 1) {
      sum.name += "/sum", sum.weight = Numbers(signs);
      from = emit(std::move(sum), "");
    }
    node.kind = Kind::scale;
    node.weight = Numbers(std::vector<double>(added.size(), 1.0));
    node.bias = Numbers(std::move(added));
    node.inputs = {from};
  } else {
    node.kind = Kind::add;
    std::vector<double> signs;
    for (int i = 0; i < proto.input_size(); ++i) {
      signs.push_back(minus && i == 1 ? -1 : 1);
      node.signs.push_back(int(signs.back()));
      node.inputs.push_back(broadcast_operand(proto.input(i), node.shape, node.name));
    }
    node.weight = Numbers(signs);
  }
  emit(std::move(node), proto.output(0));
}

void Importer::multiply(const Proto& proto) {
  const std::string& op = proto.op_type();
  Node node;
  node.name = name_of(proto);
  node.type = op;
  node.kind = Kind::scale;
  std::string from = proto.input(0);
  std::vector<Exact> factor;
  if (op == "Neg") {
    node.shape = shape_of(from);
    factor.assign(std::size_t(product(node.shape)), Exact(-1));
  } else {
    const int fixed = is_constant(proto.input(0)) ? 0 : 1;
    from = proto.input(1 - fixed);
    const Stored& value = constant(proto.input(fixed));
    node.shape = broadcast_shape(shape_of(from), value.shape);
    for (double v : picked(value, broadcast_index(value.shape, node.shape), node.shape, 0).real.doubles()) {
      if (op == "Div" && v == 0) throw Unreadable{"a division by zero at '" + node.name + "'"};
      factor.push_back(op == "Div" ? Exact(1 / Exact(v)) : Exact(v));
    }
  }
  node.weight = Numbers(factor);
  node.inputs = {broadcast_operand(from, node.shape, node.name)};
  emit(std::move(node), proto.output(0));
}

void Importer::extreme(const Proto& proto) {
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::max;
  node.minimum = proto.op_type() == "Min";
  node.shape = shape_of(proto.input(0));
  for (const auto& operand : proto.input()) node.shape = broadcast_shape(node.shape, shape_of(operand));
  for (const auto& operand : proto.input()) node.inputs.push_back(broadcast_operand(operand, node.shape, node.name));
  emit(std::move(node), proto.output(0));
}

void Importer::prelu(const Proto& proto) {
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::activation;
  node.activation = "prelu";
  node.inputs = {variable(proto.input(0))};
  node.shape = network_.node(node.inputs[0]).shape;
  const Stored& slope = constant(proto.input(1));
  for (double v : slope.real.doubles()) node.curves.push_back(leaky(Exact(v)));
  for (long i : broadcast_index(slope.shape, node.shape)) node.curve_of.push_back(int(i));
  emit(std::move(node), proto.output(0));
}

void Importer::clip(const Proto& proto) {
  const Attributes attributes(proto);
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::activation;
  node.inputs = {variable(proto.input(0))};
  node.shape = network_.node(node.inputs[0]).shape;
  std::optional<Exact> low, high;
  if (attributes.find("min")) low = limit(attributes.real("min", 0), doubles_);
  if (attributes.find("max")) high = limit(attributes.real("max", 0), doubles_);
  if (has(proto, 1)) low = limit(constant(proto.input(1)).real.at(0), doubles_);
  if (has(proto, 2)) high = limit(constant(proto.input(2)).real.at(0), doubles_);
  if (low && high && *low >= *high) throw Unreadable{"a clip of empty range at '" + node.name + "'"};
  node.curves = {clipped(low, high)};
  node.activation = low && sgn(*low) == 0 && !high ? "relu" : "clip";
  emit(std::move(node), proto.output(0));
}

void Importer::activation(const Proto& proto) {
  const std::string& op = proto.op_type();
  const Attributes attributes(proto);
  Node node;
  node.name = name_of(proto);
  node.type = op;
  node.kind = Kind::activation;
  node.inputs = {variable(proto.input(0))};
  node.shape = network_.node(node.inputs[0]).shape;
  if (op == "Relu") {
    node.activation = "relu";
    node.curves = {leaky(0)};
  } else if (op == "LeakyRelu") {
    node.activation = "leaky-relu";
    node.curves = {leaky(Exact(attributes.real("alpha", double(0.01F))))};
  } else if (op == "Abs") {
    node.activation = "abs";
    node.curves = {leaky(-1)};
  } else {
    const Exact alpha(attributes.real("alpha", double(0.2F))), beta(attributes.real("beta", 0.5));
    if (sgn(alpha) <= 0) throw Unreadable{"a hard sigmoid that does not rise at '" + node.name + "'"};
    node.activation = "hard-sigmoid";
    node.curves = {hard_sigmoid(alpha, beta)};
  }
  emit(std::move(node), proto.output(0));
}

void Importer::reduce_mean(const Proto& proto) {
  const Attributes attributes(proto);
  Node node;
  node.type = proto.op_type();
  node.kind = Kind::average_pool;
  node.inputs = {variable(proto.input(0))};
  const auto in = network_.node(node.inputs[0]).shape;
  auto axes = whole_constant(proto, 1, "axes");
  const long rank = long(in.size());
  node.shape = in;
  std::vector<long> kept;
  for (long axis = 2; axis < rank; ++axis) {
    const bool reduced =
        std::count(axes.begin(), axes.end(), axis) + std::count(axes.begin(), axes.end(), axis - rank) > 0;
    node.kernel.push_back(reduced ? in[std::size_t(axis)] : 1);
    if (reduced) node.shape[std::size_t(axis)] = 1;
    if (!reduced) kept.push_back(in[std::size_t(axis)]);
  }
  if (rank < 3 || long(kept.size()) + long(axes.size()) + 2 != rank)
    throw Unreadable{"a mean over other than spatial axes at '" + name_of(proto) + "'"};
  node.strides.assign(node.kernel.size(), 1);
  node.dilations = node.strides;
  node.pads_begin = node.pads_end = std::vector<long>(node.kernel.size(), 0);
  std::vector<Exact> inverse{Exact(0)};
  for (long count = 1; count <= product(node.kernel); ++count)
    inverse.emplace_back(1, static_cast<unsigned long>(count));
  node.weight = Numbers(inverse);
  const bool keep = attributes.integer("keepdims", 1) != 0;
  node.name = name_of(proto) + (keep ? "" : "/pool");
  const int id = emit(std::move(node), proto.output(0));
  if (keep) return;
  Node flat;
  flat.name = name_of(proto);
  flat.type = proto.op_type();
  flat.kind = Kind::move;
  flat.rewrites_shape_only = true;
  flat.inputs = {id};
  flat.shape = {in[0], in[1]};
  flat.shape.insert(flat.shape.end(), kept.begin(), kept.end());
  emit(std::move(flat), proto.output(0));
}

bool Importer::lower_elementwise(const Proto& proto) {
  const std::string& op = proto.op_type();
  int variables = 0;
  for (const auto& operand : proto.input()) variables += !operand.empty() && !is_constant(operand);
  if (op == "Add" || op == "Sub" || op == "Sum") return add_or_scale(proto), true;
  if (op == "Neg") return multiply(proto), true;
  if (variables == 1 && (op == "Mul" || (op == "Div" && is_constant(proto.input(1))))) return multiply(proto), true;
  if (op == "Max" || op == "Min") return extreme(proto), true;
  if (op == "Clip") return clip(proto), true;
  if (op == "PRelu" && is_constant(proto.input(1))) return prelu(proto), true;
  if (op == "Relu" || op == "LeakyRelu" || op == "Abs" || op == "HardSigmoid") return activation(proto), true;
  if (op == "ReduceMean") return reduce_mean(proto), true;
  return false;
}

}  // namespace lrproof::oracle
