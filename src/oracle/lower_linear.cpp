#include "oracle/importer.hpp"

namespace lrproof::oracle {

// Is the constant constant but for the output channel (conv) or the last axis (dense)?
bool Importer::takes_bias(const Node& node, const Stored& value, std::vector<Exact>& bias) const {
  if (value.integer || value.shape.size() > node.shape.size()) return false;
  const std::size_t channel_axis = node.kind == Kind::dense ? node.shape.size() - 1 : 1;
  const std::size_t lead = node.shape.size() - value.shape.size();
  for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
    const long extent = value.shape[axis];
    if (extent != 1 && (axis + lead != channel_axis || extent != node.shape[channel_axis])) return false;
  }
  const long channels = node.shape[channel_axis];
  for (long c = 0; c < channels; ++c) bias.emplace_back(value.real[value.size() == 1 ? 0 : std::size_t(c)]);
  return true;
}

void Importer::absorb_bias(const Proto& proto, Node& node) {
  const std::string& output = proto.output(0);
  std::string result = output;
  if (uses_[output] == 1 && !graph_outputs_.count(output)) {
    const Proto& reader = *reader_[output];
    const bool plus = reader.op_type() == "Add", minus = reader.op_type() == "Sub" && reader.input(0) == output;
    if ((plus || minus) && reader.input_size() == 2) {
      const std::string& other = reader.input(reader.input(0) == output ? 1 : 0);
      std::vector<Exact> bias;
      if (is_constant(other) && takes_bias(node, constant(other), bias)) {
        for (std::size_t c = 0; c < bias.size(); ++c) {
          if (minus) bias[c] = -bias[c];
          if (node.bias.size() > 0) bias[c] += node.bias.exact(long(c));
        }
        node.bias = Numbers(bias);
        absorbed_.insert(&reader);
        result = reader.output(0);
      }
    }
  }
  emit(std::move(node), result);
}

void Importer::dense(const Proto& proto) {
  const Attributes attributes(proto);
  const bool gemm = proto.op_type() == "Gemm";
  const Stored& weight = constant(proto.input(1));
  if (weight.shape.size() != 2 || weight.integer)
    throw Unreadable{"a weight that is no matrix at '" + name_of(proto) + "'"};
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::dense;
  node.inputs = {variable(proto.input(0))};
  node.shape = network_.node(node.inputs[0]).shape;
  const bool flip = gemm && attributes.integer("transB", 0) != 0;
  node.in = weight.shape[flip ? 1 : 0];
  node.out = weight.shape[flip ? 0 : 1];
  if (node.shape.empty() || node.shape.back() != node.in || (gemm && attributes.integer("transA", 0) != 0))
    throw Unreadable{"shapes do not fit at '" + name_of(proto) + "'"};
  node.shape.back() = node.out;
  node.rows = product(node.shape) / node.out;
  const Exact alpha(gemm ? attributes.real("alpha", 1) : 1), beta(gemm ? attributes.real("beta", 1) : 1);
  Reals stored = weight.real;
  if (!flip) {
    std::vector<double> turned(weight.real.size());
    for (long j = 0; j < node.out; ++j)
      for (long i = 0; i < node.in; ++i)
        turned[std::size_t(j * node.in + i)] = weight.real[std::size_t(i * node.out + j)];
    stored = std::move(turned);
  }
  node.weight = Numbers(stored);
  if (alpha != 1) node.weight = node.weight.times({alpha}, std::vector<int>(stored.size(), 0));
  if (gemm && has(proto, 2)) {
    std::vector<Exact> bias;
    if (!takes_bias(node, constant(proto.input(2)), bias))
      throw Unreadable{"a bias that is no row at '" + name_of(proto) + "'"};
    for (Exact& b : bias) b *= beta;
    node.bias = Numbers(bias);
  }
  absorb_bias(proto, node);
}

// The last two axes of a matrix swapped.
int Importer::turned(int from, const std::string& name, const std::string& output) {
  Node node;
  node.name = name;
  node.type = "Transpose";
  node.kind = Kind::move;
  node.inputs = {from};
  const auto in = network_.node(from).shape;
  node.shape = {in[1], in[0]};
  for (long c = 0; c < in[1]; ++c)
    for (long r = 0; r < in[0]; ++r) node.sources.push_back({0, r * in[1] + c});
  return emit(std::move(node), output);
}

// A stored matrix on the left: of a vector, a dense layer; of a matrix, one between two transpositions.
void Importer::stored_times(const Proto& proto) {
  const Stored& weight = constant(proto.input(0));
  const int from = variable(proto.input(1));
  const auto in = network_.node(from).shape;
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::dense;
  node.in = weight.shape[1];
  node.out = weight.shape[0];
  node.weight = Numbers(weight.real);
  if (in.empty() || in.size() > 2 || in.front() != node.in)
    throw Unreadable{"shapes do not fit at '" + node.name + "'"};
  if (in.size() == 1) {
    node.inputs = {from};
    node.shape = {node.out};
    return absorb_bias(proto, node);
  }
  const std::string name = node.name;
  node.inputs = {turned(from, name + "/transpose", "")};
  node.rows = in[1];
  node.shape = {node.rows, node.out};
  node.name += "/product";
  turned(emit(std::move(node), ""), name, proto.output(0));
}

void Importer::window_of(Node& node, const Proto& proto, const std::vector<long>& in, bool pool) {
  const Attributes attributes(proto);
  const std::size_t axes = in.size() - 2;
  node.strides = attributes.integers("strides", std::vector<long>(axes, 1));
  node.dilations = attributes.integers("dilations", std::vector<long>(axes, 1));
  auto pads = attributes.integers("pads", std::vector<long>(2 * axes, 0));
  if (node.kernel.size() != axes || node.strides.size() != axes || node.dilations.size() != axes ||
      pads.size() != 2 * axes)
    throw Unreadable{"a window of wrong rank at '" + name_of(proto) + "'"};
  const std::string automatic = attributes.word("auto_pad", "NOTSET");
  const bool up = pool && attributes.integer("ceil_mode", 0) != 0;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const long d = in[axis + 2], s = node.strides[axis], reach = (node.kernel[axis] - 1) * node.dilations[axis] + 1;
    if (s <= 0 || reach <= 0) throw Unreadable{"a window that does not move at '" + name_of(proto) + "'"};
    if (automatic == "VALID") pads[axis] = pads[axis + axes] = 0;
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const long total = std::max(((d + s - 1) / s - 1) * s + reach - d, 0L);
      const long less = total / 2, more = total - less;
      pads[axis] = automatic == "SAME_UPPER" ? less : more;
      pads[axis + axes] = total - pads[axis];
    }
    const long room = d + pads[axis] + pads[axis + axes] - reach;
    if (room < 0) throw Unreadable{"a window larger than its input at '" + name_of(proto) + "'"};
    long steps = (up ? room + s - 1 : room) / s;
    if (up && steps * s >= d + pads[axis]) --steps;
    node.shape.push_back(steps + 1);
    node.pads_begin.push_back(pads[axis]);
    node.pads_end.push_back(pads[axis + axes]);
  }
}

void Importer::convolution(const Proto& proto) {
  const Attributes attributes(proto);
  const Stored& weight = constant(proto.input(1));
  const bool transposed = proto.op_type() == "ConvTranspose";
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = transposed ? Kind::conv_transposed : Kind::conv;
  node.inputs = {variable(proto.input(0))};
  const auto& in = network_.node(node.inputs[0]).shape;
  if (in.size() < 3 || weight.shape.size() != in.size())
    throw Unreadable{"a convolution of wrong rank at '" + name_of(proto) + "'"};
  node.kernel.assign(weight.shape.begin() + 2, weight.shape.end());
  node.groups = attributes.integer("group", 1);
  const long expected = transposed ? weight.shape[0] : weight.shape[1] * node.groups;
  if (node.groups <= 0 || expected != in[1]) throw Unreadable{"channels do not fit at '" + name_of(proto) + "'"};
  node.shape = {in[0], transposed ? weight.shape[1] * node.groups : weight.shape[0]};
  if (!transposed) window_of(node, proto, in, false);
  if (transposed) {
    const std::size_t axes = in.size() - 2;
    node.strides = attributes.integers("strides", std::vector<long>(axes, 1));
    node.dilations = attributes.integers("dilations", std::vector<long>(axes, 1));
    const auto pads = attributes.integers("pads", std::vector<long>(2 * axes, 0));
    const auto extra = attributes.integers("output_padding", std::vector<long>(axes, 0));
    if (attributes.find("output_shape") || attributes.word("auto_pad", "NOTSET") != "NOTSET" ||
        node.strides.size() != axes || node.dilations.size() != axes || pads.size() != 2 * axes || extra.size() != axes)
      throw Unreadable{"a transposed convolution with automatic padding at '" + name_of(proto) + "'"};
    for (std::size_t a = 0; a < axes; ++a) {
      node.shape.push_back(node.strides[a] * (in[a + 2] - 1) + extra[a] + (node.kernel[a] - 1) * node.dilations[a] + 1 -
                           pads[a] - pads[a + axes]);
      node.pads_begin.push_back(pads[a]);
      node.pads_end.push_back(pads[a + axes]);
    }
  }
  node.weight = Numbers(weight.real);
  if (has(proto, 2)) node.bias = Numbers(constant(proto.input(2)).real);
  absorb_bias(proto, node);
}

void Importer::batch_norm(const Proto& proto) {
  const Attributes attributes(proto);
  if (attributes.integer("training_mode", 0) != 0)
    throw Unreadable{"a batch norm in training at '" + name_of(proto) + "'"};
  Node node;
  node.name = name_of(proto);
  node.type = proto.op_type();
  node.kind = Kind::batch_norm;
  node.inputs = {variable(proto.input(0))};
  node.shape = network_.node(node.inputs[0]).shape;
  const auto &gamma = constant(proto.input(1)).real, &beta = constant(proto.input(2)).real;
  const auto &mean = constant(proto.input(3)).real, &variance = constant(proto.input(4)).real;
  const Exact epsilon(attributes.real("epsilon", double(1e-5F)));
  std::vector<Exact> scale, shift;
  if (node.shape.size() < 2 || gamma.size() != std::size_t(node.shape[1]) || beta.size() != gamma.size() ||
      mean.size() != gamma.size() || variance.size() != gamma.size())
    throw Unreadable{"a batch norm of wrong size at '" + name_of(proto) + "'"};
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const Exact v = Exact(variance[c]) + epsilon;
    if (sgn(v) <= 0) throw Unreadable{"variance + epsilon <= 0 at '" + name_of(proto) + "'"};
    scale.emplace_back(nearest_scale(Exact(gamma[c]), v));
    shift.emplace_back(Exact(beta[c]) - Exact(mean[c]) * scale.back());
  }
  node.weight = Numbers(scale);
  node.bias = Numbers(shift);
  emit(std::move(node), proto.output(0));
}

bool Importer::lower_linear(const Proto& proto) {
  const std::string& op = proto.op_type();
  const bool stored_weight = proto.input_size() > 1 && !is_constant(proto.input(0)) && is_constant(proto.input(1));
  if ((op == "Gemm" || op == "MatMul") && stored_weight && constant(proto.input(1)).shape.size() == 2)
    return dense(proto), true;
  if (op == "MatMul" && is_constant(proto.input(0)) && !is_constant(proto.input(1)) &&
      constant(proto.input(0)).shape.size() == 2)
    return stored_times(proto), true;
  if ((op == "Conv" || op == "ConvTranspose") && stored_weight) return convolution(proto), true;
  if (op == "BatchNormalization") return batch_norm(proto), true;
  return false;
}

bool Importer::lower_window(const Proto& proto) {
  const std::string& op = proto.op_type();
  const bool global = op == "GlobalAveragePool" || op == "GlobalMaxPool";
  if (!global && op != "AveragePool" && op != "MaxPool") return false;
  const Attributes attributes(proto);
  Node node;
  node.name = name_of(proto);
  node.type = op;
  node.inputs = {variable(proto.input(0))};
  const auto in = network_.node(node.inputs[0]).shape;
  if (in.size() < 3) throw Unreadable{"a pooling of wrong rank at '" + name_of(proto) + "'"};
  const bool average = op == "AveragePool" || op == "GlobalAveragePool";
  node.kind = average ? Kind::average_pool : Kind::max_pool;
  node.shape = {in[0], in[1]};
  node.kernel = global ? std::vector<long>(in.begin() + 2, in.end()) : attributes.integers("kernel_shape");
  node.include_pad = attributes.integer("count_include_pad", 0) != 0;
  window_of(node, proto, in, true);
  if (average) {
    std::vector<Exact> inverse{Exact(0)};
    for (long count = 1; count <= product(node.kernel); ++count)
      inverse.emplace_back(1, static_cast<unsigned long>(count));
    node.weight = Numbers(inverse);
  }
  emit(std::move(node), proto.output(0));
  return true;
}

}  // namespace lrproof::oracle
