// The recomputation is written apart from the rewrite: output channels come from net::Linear::taps of the original
// node (which output elements a weight reaches), scales from the stored parameters (NET-3). Two nodes with the same
// geometry, W' = S W and b' = S b + B per output channel are the same function composed with the norms, exactly; the
// points evaluated besides guard the recomputation itself.
#include "prove/instance.hpp"

#include <algorithm>
#include <set>

#include "net/batch_norm.hpp"
#include "net/linear.hpp"

namespace lrproof::prove {

namespace {

using net::NodeId;
using num::Rational;

struct Affine {
  const num::Constants *weight = nullptr, *bias = nullptr;
};

Affine affine_of(const net::Node& node) {
  if (const auto* dense = std::get_if<net::Dense>(&node.op)) return {&dense->weight, &dense->bias};
  if (const auto* conv = std::get_if<net::Conv>(&node.op)) return {&conv->weight, &conv->bias};
  return {};
}

/// Same operation but for the numbers.
bool same_geometry(const net::Node& a, const net::Node& b) {
  if (a.shape != b.shape || a.type != b.type || a.op.index() != b.op.index()) return false;
  if (const auto* left = std::get_if<net::Dense>(&a.op)) {
    const auto& right = std::get<net::Dense>(b.op);
    return left->in == right.in && left->out == right.out && left->rows == right.rows;
  }
  const auto& left = std::get<net::Conv>(a.op);
  const auto& right = std::get<net::Conv>(b.op);
  return left.window == right.window && left.groups == right.groups && left.transposed == right.transposed;
}

/// y = scale t + shift per channel, the folded norms composed.
struct Composed {
  std::vector<Rational> scale, shift;
  std::string fault;
};

Composed compose(const net::Network& before, const std::vector<std::string>& nodes) {
  const auto channels = std::size_t(before.node(before.find(nodes[0])).shape[1]);
  Composed out{std::vector<Rational>(channels, Rational(1)), std::vector<Rational>(channels), ""};
  for (std::size_t n = 1; n < nodes.size(); ++n) {
    const auto id = before.find(nodes[n]);
    const auto* norm = id < 0 ? nullptr : std::get_if<net::BatchNorm>(&before.node(id).op);
    if (!norm || before.node(id).inputs != std::vector<NodeId>{before.find(nodes[n - 1])} ||
        before.readers(before.find(nodes[n - 1])).size() != 1) {
      out.fault = "'" + nodes[n] + "' is no batch norm that alone reads '" + nodes[n - 1] + "'";
      return out;
    }
    for (std::size_t c = 0; c < channels; ++c) {
      const Rational s(net::nearest_scale(norm->gamma.rational(c), norm->variance.rational(c) + norm->epsilon));
      out.scale[c] *= s;
      out.shift[c] = s * out.shift[c] + norm->beta.rational(c) - s * norm->mean.rational(c);
    }
  }
  return out;
}

/// Is w' = s w? By pairs where all of it is held so, else in rationals.
bool is_product(const num::Constants& products, const num::Constants& weights, std::size_t k, const Rational& scale,
                const std::optional<num::Pair>& scale_pair) {
  if (products.exact.empty() && weights.all_double() && scale_pair && scale_pair->rest == 0)
    if (const auto right = num::exact_product(weights.approx[k], scale_pair->nearest);
        right == num::Pair{products.approx[k], products.rest.empty() ? 0 : products.rest[k]})
      return true;
  return products.rational(k) == scale * weights.rational(k);
}

std::string disagreement(const std::string& node, const std::string& what, std::int64_t index, const Rational& found,
                         const Rational& right) {
  return "node '" + node + "': " + what + " " + std::to_string(index) + " is " + found.to_string() + ", not " +
         right.to_string();
}

/// Compares both sides at one output element and a deterministic rational input.
bool same_value(const net::Linear& old_map, const net::Linear& new_map, const Composed& norms, std::int64_t out,
                std::size_t channel) {
  const auto coordinate = [out](std::int64_t in) { return Rational(long((in * 11 + out * 5) % 17 - 8), 3L); };
  Rational old_sum = old_map.bias().rational(std::size_t(old_map.bias_of(out)));
  Rational new_sum = new_map.bias().rational(std::size_t(new_map.bias_of(out)));
  old_map.taps(out, [&](std::int64_t in, std::int64_t weight) {
    old_sum.add_product(old_map.weights().rational(std::size_t(weight)), coordinate(in));
  });
  new_map.taps(out, [&](std::int64_t in, std::int64_t weight) {
    new_sum.add_product(new_map.weights().rational(std::size_t(weight)), coordinate(in));
  });
  return norms.scale[channel] * old_sum + norms.shift[channel] == new_sum;
}

/// Output channel of every weight, by the taps of one output element per channel position; -1: reaches nothing.
std::vector<std::int64_t> channels_of_weights(const net::Linear& map, std::int64_t channels) {
  std::vector<std::int64_t> channel(std::size_t(map.weight_size()), -1);
  std::int64_t open = map.weight_size();
  const auto plane = map.out_size() / channels;
  for (std::int64_t p = 0; p < plane && open > 0; ++p)
    for (std::int64_t c = 0; c < channels; ++c)
      map.taps(c * plane + p, [&](std::int64_t, std::int64_t weight) {
        auto& slot = channel[std::size_t(weight)];
        if (slot < 0) slot = c, --open;
      });
  return channel;
}

}  // namespace

InstanceCheck check_fold(const net::Network& before, const net::Network& after, const std::vector<std::string>& nodes) {
  InstanceCheck check;
  const auto old_id = nodes.size() != 2 ? -1 : before.find(nodes[0]);
  const auto new_id = nodes.size() != 2 ? -1 : after.find(nodes[0]);
  if (old_id < 0 || new_id < 0) return check.fault = "a folded node is missing", check;
  check.footprint = {nodes, {nodes[0]}, {}};
  for (std::size_t k = 1; k < nodes.size(); ++k) check.footprint.carries[nodes[k]] = nodes[0];
  const auto &old_node = before.node(old_id), &new_node = after.node(new_id);
  const auto* dense = std::get_if<net::Dense>(&old_node.op);
  if (dense && (dense->rows != 1 || old_node.shape != net::Shape{1, dense->out}))
    return check.fault = "the outputs of '" + nodes[0] + "' are not the channels of a norm", check;
  const auto old_affine = affine_of(old_node), new_affine = affine_of(new_node);
  if (!old_affine.weight || !new_affine.weight || old_node.shape.size() < 2 || !same_geometry(old_node, new_node))
    return check.fault = "node '" + nodes[0] + "' changed more than its numbers", check;
  if (before.node(old_node.inputs[0]).name != after.node(new_node.inputs[0]).name)
    return check.fault = "node '" + nodes[0] + "' reads something else", check;
  const auto norms = compose(before, nodes);
  if (!norms.fault.empty()) return check.fault = norms.fault, check;
  const net::Linear old_map(before, old_id), new_map(after, new_id);
  const auto channel = channels_of_weights(old_map, old_node.shape[1]);
  std::vector<std::optional<num::Pair>> pairs;
  for (const auto& scale : norms.scale) pairs.push_back(num::as_pair(scale));
  for (std::size_t k = 0; k < channel.size(); ++k) {
    if (channel[k] < 0) continue;  // under padding everywhere: the weight multiplies no input
    const auto c = std::size_t(channel[k]);
    ++check.numbers;
    if (is_product(*new_affine.weight, *old_affine.weight, k, norms.scale[c], pairs[c])) continue;
    const auto right = norms.scale[c] * old_affine.weight->rational(k);
    return check.fault = disagreement(nodes[0], "weight", std::int64_t(k), new_affine.weight->rational(k), right),
           check;
  }
  if (old_affine.bias->size() != new_affine.bias->size())
    return check.fault = "node '" + nodes[0] + "' has another number of biases", check;
  const auto per_channel = old_affine.bias->size() / norms.scale.size();  // 1, or the elements of a bias map's channel
  for (std::size_t k = 0; k < old_affine.bias->size(); ++k) {
    const auto c = k / per_channel;
    const auto right = norms.scale[c] * old_affine.bias->rational(k) + norms.shift[c];
    const auto found = new_affine.bias->rational(k);
    if (found != right) return check.fault = disagreement(nodes[0], "bias", std::int64_t(k), found, right), check;
    ++check.numbers;
  }
  constexpr std::int64_t kPoints = 16;
  const auto plane = old_map.out_size() / old_node.shape[1];
  for (std::int64_t n = 0; n < std::min(kPoints, old_map.out_size()); ++n) {
    const auto out = n * (old_map.out_size() - 1) / std::max<std::int64_t>(1, kPoints - 1) % old_map.out_size();
    if (!same_value(old_map, new_map, norms, out, std::size_t(out / plane)))
      return check.fault = "node '" + nodes[0] + "': output element " + std::to_string(out) + " changed its value",
             check;
    ++check.points;
  }
  return check;
}

std::string check_surroundings(const net::Network& before, const net::Network& after, const Footprint& footprint) {
  const std::set<std::string> matched(footprint.matched.begin(), footprint.matched.end());
  const std::set<std::string> made(footprint.made.begin(), footprint.made.end());
  // The name that stands after the step for the value of a node before it; "" where there is none.
  const auto image = [&](NodeId id) -> std::string {
    const auto& name = before.node(id).name;
    const auto it = footprint.carries.find(name);
    return it != footprint.carries.end() ? it->second : matched.contains(name) ? "" : name;
  };
  NodeId kept = 0;
  for (NodeId id = 0; id < before.size(); ++id) {
    const auto& node = before.node(id);
    if (matched.contains(node.name)) continue;
    ++kept;
    const auto twin = after.find(node.name);
    if (twin < 0 || made.contains(node.name)) return "node '" + node.name + "' is gone";
    const auto& other = after.node(twin);
    if (other.inputs.size() != node.inputs.size()) return "node '" + node.name + "' reads something else";
    for (std::size_t k = 0; k < node.inputs.size(); ++k)
      if (image(node.inputs[k]) != after.node(other.inputs[k]).name)
        return "node '" + node.name + "' reads something else";
    if (other.op != node.op || other.shape != node.shape || other.type != node.type)
      return "node '" + node.name + "' changed";
  }
  for (const auto& name : footprint.made) {
    const auto id = after.find(name);
    if (id < 0) return "node '" + name + "' is not there";
    for (const auto operand : after.node(id).inputs)
      if (const auto& read = after.node(operand).name; !made.contains(read) && before.find(read) < 0)
        return "node '" + name + "' reads '" + read + "', which was not there";
  }
  if (kept + NodeId(made.size()) != after.size()) return "the rewritten network has nodes that the original has not";
  if (before.outputs().size() != after.outputs().size()) return "the outputs changed";
  for (std::size_t k = 0; k < before.outputs().size(); ++k)
    if (image(before.outputs()[k]) != after.node(after.outputs()[k]).name) return "the outputs changed";
  return "";
}

}  // namespace lrproof::prove
