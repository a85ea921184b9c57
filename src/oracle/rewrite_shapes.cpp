// Identities, constants, sums, shared layers, pairs of affine layers and gates. A merged layer is read off the taps:
// each output element of the second layer as a sum over elements that the first one reads, which the taps of the one
// layer must give again.
#include "oracle/rewrite_shapes.hpp"

#include <algorithm>
#include <set>

#include "oracle/point.hpp"

namespace lrproof::oracle {

namespace {

const char* const kNoMatch = "does not match";
const char* const kMissing = "names a node that is not in the model";

/// The numbers of the listed nodes, or nothing.
std::vector<int> found(const Network& network, const std::vector<std::string>& names, std::size_t count) {
  std::vector<int> ids;
  for (const auto& name : names)
    if (const int id = network.find(name); id >= 0) ids.push_back(id);
  if (ids.size() != names.size() || ids.size() < count) ids.clear();
  return ids;
}

bool is_output(const Network& network, int id) {
  return std::find(network.outputs.begin(), network.outputs.end(), id) != network.outputs.end();
}

bool all(const Numbers& values, long to) {
  for (long k = 0; k < values.size(); ++k)
    if (values.exact(k) != to) return false;
  return true;
}

bool keeps_order(const Node& move) {
  for (std::size_t k = 0; k < move.sources.size(); ++k)
    if (move.sources[k] != Source{0, long(k)}) return false;
  return true;
}

bool one_position(const Node& pool) {
  for (std::size_t a = 0; a < pool.kernel.size(); ++a)
    if (pool.kernel[a] != 1 || pool.pads_begin[a] != 0 || pool.pads_end[a] != 0 ||
        (pool.strides[a] != 1 && pool.shape[a + 2] != 1))
      return false;
  return true;
}

bool changes_nothing(const Node& node) {
  switch (node.kind) {
    case Kind::move:
      return keeps_order(node);
    case Kind::scale:
      return all(node.weight, 1) && all(node.bias, 0);
    case Kind::add:
      return node.signs == std::vector<int>{1};
    case Kind::max:
      return true;
    case Kind::average_pool:
    case Kind::max_pool:
      return one_position(node);
    case Kind::activation:
      return std::all_of(node.curves.begin(), node.curves.end(), [](const Curve& c) {
        return c.kinks.empty() && c.slopes[0] == 1 && sgn(c.intercepts[0]) == 0;
      });
    default:
      return false;
  }
}

}  // namespace

std::string remove_identity(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 1);
  if (ids.size() != 1) return kMissing;
  const Node& node = network.node(ids[0]);
  if (node.inputs.size() != 1 || network.node(node.inputs[0]).shape != node.shape || is_output(network, ids[0]) ||
      !changes_nothing(node))
    return kNoMatch;
  redirect(network, ids[0], node.inputs[0]);
  return "";
}

std::string fold_constant(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 2);
  if (ids.empty()) return kMissing;
  Node& node = network.nodes[std::size_t(ids[0])];
  for (int operand : node.inputs)
    if (network.node(operand).kind != Kind::constant) return kNoMatch;
  if (node.inputs.empty() || node.kind == Kind::opaque) return kNoMatch;
  Budget budget;
  const Point any(network, std::vector<Exact>(std::size_t(network.node(0).size())), budget);
  std::vector<Exact> value;
  for (long e = 0; e < node.size(); ++e) value.push_back(any.at<Exact>(ids[0], e));
  Node constant;
  constant.name = node.name, constant.type = "Constant", constant.kind = Kind::constant;
  constant.shape = node.shape, constant.weight = Numbers(value);
  node = std::move(constant);
  return "";
}

std::string residual_sum(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 2);
  if (ids.size() != 2) return kMissing;
  const Node& inner = network.node(ids[0]);
  const Node outer = network.node(ids[1]);
  if (inner.kind != Kind::add || outer.kind != Kind::add || !has_one_reader(network, ids[0]) ||
      network.readers(ids[0]).front() != ids[1])
    return kNoMatch;
  Node sum = outer;
  sum.type = "Sum", sum.inputs.clear(), sum.signs.clear();
  std::vector<double> weight;
  const auto take = [&](int operand, int sign) {
    sum.inputs.push_back(operand), sum.signs.push_back(sign), weight.push_back(sign);
  };
  for (std::size_t k = 0; k < outer.inputs.size(); ++k) {
    if (outer.inputs[k] != ids[0]) {
      take(outer.inputs[k], outer.signs[k]);
      continue;
    }
    for (std::size_t i = 0; i < inner.inputs.size(); ++i) take(inner.inputs[i], inner.signs[i] * outer.signs[k]);
  }
  sum.weight = Numbers(weight);
  network.nodes[std::size_t(ids[1])] = std::move(sum);
  return "";
}

std::string split_shared(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 2);
  if (ids.size() != 2) return kMissing;
  const int shared = ids[0], norm = ids[1];
  Node copy = network.node(shared);
  const bool layer = copy.kind == Kind::conv || copy.kind == Kind::conv_transposed ||
                     (copy.kind == Kind::dense && copy.shape.size() == 2 && copy.shape[1] == copy.out);
  if (!layer || network.node(norm).kind != Kind::batch_norm || network.node(norm).inputs != std::vector<int>{shared} ||
      has_one_reader(network, shared))
    return kNoMatch;
  copy.name = fresh_name(network, copy.name + ".copy");
  insert(network, norm, std::move(copy));
  network.nodes[std::size_t(norm) + 1].inputs = {norm};
  return "";
}

namespace {

/// The layer that two make, without its numbers; no kind of its own: there is none.
Node one_layer(const Node& first, const Node& second) {
  const auto is_conv = [](const Node& n) { return n.kind == Kind::conv || n.kind == Kind::conv_transposed; };
  const auto known = [&](const Node& n) { return n.kind == Kind::dense || n.kind == Kind::scale || is_conv(n); };
  Node out;
  if (!known(first) || !known(second)) return out;
  if (second.kind == Kind::scale && first.kind != Kind::scale) {
    out = first;
  } else if (first.kind == Kind::scale) {
    out = second;
    if (second.kind == Kind::conv_transposed) out.kind = Kind::opaque;
  } else if (first.kind == Kind::dense && second.kind == Kind::dense) {
    out = second, out.in = first.in;
    if (first.rows != second.rows) out.kind = Kind::opaque;
  } else {
    out = first;
    const bool plain = first.kind == Kind::conv && second.kind == Kind::conv && first.groups == 1 &&
                       second.groups == 1 && product(second.kernel) == 1 && product(second.strides) == 1 &&
                       *std::max_element(second.pads_begin.begin(), second.pads_begin.end()) == 0 &&
                       *std::max_element(second.pads_end.begin(), second.pads_end.end()) == 0;
    if (!plain) out.kind = Kind::opaque;
  }
  out.name = second.name, out.shape = second.shape, out.inputs = first.inputs;
  return out;
}

/// Fills a number that several output elements share; they must agree.
bool fill(std::vector<std::optional<Exact>>& numbers, long at, const Exact& value) {
  auto& slot = numbers[std::size_t(at)];
  if (slot) return *slot == value;
  slot = value;
  return true;
}

Numbers filled(const std::vector<std::optional<Exact>>& numbers) {
  std::vector<Exact> values;
  for (const auto& number : numbers) values.push_back(number.value_or(Exact(0)));
  return Numbers(values);
}

/// One output element of second after first: the sum over what first reads, and the constant.
Exact through_both(const Network& network, const Node& first, const Node& second, long e,
                   std::map<long, Sum<Exact>>& sums) {
  Sum<Exact> constant;
  taps(network, second, e, [&](int, long between, long outer) {
    const Exact factor = second.weight.exact(outer);
    taps(network, first, between,
         [&](int, long in, long inner) { sums[in].add_product(factor, first.weight.exact(inner)); });
    if (const long b = bias_of(first, between); b >= 0) constant.add_product(factor, first.bias.exact(b));
  });
  if (const long b = bias_of(second, e); b >= 0) constant.add(second.bias.exact(b));
  return constant.value();
}

/// The numbers of `layer`, so that each of its elements is that of second after first; false: there are none.
bool read_off(const Network& network, const Node& first, const Node& second, Node& layer) {
  long weights = layer.size();
  if (layer.kind == Kind::dense) weights = layer.in * layer.out;
  if (layer.kind == Kind::conv || layer.kind == Kind::conv_transposed)
    weights = first.kind == Kind::conv && second.kind == Kind::conv
                  ? layer.shape[1] * (first.weight.size() / first.shape[1])
                  : layer.weight.size();
  const long biases = layer.kind == Kind::dense ? layer.out : layer.kind == Kind::scale ? layer.size() : layer.shape[1];
  std::vector<std::optional<Exact>> weight(static_cast<std::size_t>(weights)), bias(static_cast<std::size_t>(biases));
  layer.bias = Numbers(std::vector<Exact>(std::size_t(biases)));
  bool agrees = true;
  for (long e = 0; e < layer.size() && agrees; ++e) {
    std::map<long, Sum<Exact>> sums;
    agrees = fill(bias, bias_of(layer, e), through_both(network, first, second, e, sums));
    taps(network, layer, e, [&](int, long in, long at) {
      const auto sum = sums.find(in);
      agrees = agrees && fill(weight, at, sum == sums.end() ? Exact(0) : sum->second.value());
      if (sum != sums.end()) sums.erase(sum);
    });
    for (const auto& [in, sum] : sums) agrees = agrees && sgn(sum.value()) == 0;
  }
  layer.weight = filled(weight), layer.bias = filled(bias);
  return agrees;
}

}  // namespace

std::string merge_affine(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 2);
  if (ids.size() != 2) return kMissing;
  const Node &first = network.node(ids[0]), &second = network.node(ids[1]);
  if (second.inputs != std::vector<int>{ids[0]} || !has_one_reader(network, ids[0])) return kNoMatch;
  Node layer = one_layer(first, second);
  if (layer.kind == Kind::opaque || !read_off(network, first, second, layer)) return kNoMatch;
  network.nodes[std::size_t(ids[1])] = std::move(layer);
  return "";
}

std::string average_pool_as_conv(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 1);
  if (ids.size() != 1) return kMissing;
  Node& pool = network.nodes[std::size_t(ids[0])];
  if (pool.kind != Kind::average_pool) return kNoMatch;
  const auto& in = network.node(pool.inputs[0]).shape;
  const long count = pool_count(in, pool, 0);
  for (long e = 0; e < pool.size(); ++e)
    if (pool_count(in, pool, e) != count || count == 0) return kNoMatch;
  Node conv = pool;
  conv.kind = Kind::conv, conv.type = "Conv", conv.groups = pool.shape[1];
  conv.weight = Numbers(std::vector<Exact>(std::size_t(pool.shape[1] * product(pool.kernel)),
                                           Exact(1, static_cast<unsigned long>(count))));
  conv.bias = Numbers(std::vector<Exact>(std::size_t(pool.shape[1])));
  pool = std::move(conv);
  return "";
}

std::string mark_gate(Network& network, const std::vector<std::string>& nodes) {
  const auto ids = found(network, nodes, 3);
  if (ids.size() != 3) return kMissing;
  Node& times = network.nodes[std::size_t(ids[0])];
  const Node &gate = network.node(ids[1]), &pool = network.node(ids[2]);
  const bool squashes = gate.type == "Sigmoid" || gate.activation == "hard-sigmoid";
  if (times.kind != Kind::opaque || times.type != "Mul" || times.inputs.size() != 2 || !squashes ||
      pool.kind != Kind::average_pool || pool.size() != pool.shape[1])
    return kNoMatch;
  const auto spread = [&](int id) {
    while (network.node(id).kind == Kind::move && network.node(id).inputs.size() == 1) id = network.node(id).inputs[0];
    return id;
  };
  for (const std::size_t slot : {0U, 1U})
    if (spread(times.inputs[slot]) == ids[1] && times.inputs[1 - slot] == pool.inputs[0])
      return times.gate = int(slot), "";
  return kNoMatch;
}

}  // namespace lrproof::oracle
