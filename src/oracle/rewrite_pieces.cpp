// Maxima and activations as sums of ReLUs. New nodes stand in front of the one that they replace.
#include <algorithm>

#include "oracle/rewrite_shapes.hpp"

namespace lrproof::oracle {

namespace {

const char* const kNoMatch = "does not match";

/// Nodes put in front of `at`, which moves up with each.
struct Builder {
  Network& network;
  int at;
  std::string name;
  std::vector<long> shape;

  int put(Node node, const std::string& word) {
    node.name = fresh_name(network, name + word), node.shape = shape;
    insert(network, at, std::move(node));
    return at++;
  }
  static Node sum(std::vector<int> of, std::vector<int> signs) {
    Node node;
    node.kind = Kind::add, node.type = signs == std::vector<int>{1, -1} ? "Sub" : "Add";
    node.weight = Numbers(std::vector<double>(signs.begin(), signs.end()));
    node.inputs = std::move(of), node.signs = std::move(signs);
    return node;
  }
  static Node relu(int of) {
    Node node;
    node.kind = Kind::activation, node.type = "Relu", node.activation = "relu";
    node.curves = {{{0}, {0, 1}, {0, 0}}};
    node.inputs = {of};
    return node;
  }
  static Node scale(int of, const std::vector<Exact>& mul, const std::vector<Exact>& add) {
    Node node;
    node.kind = Kind::scale, node.type = "Mul";
    node.weight = Numbers(mul), node.bias = Numbers(add);
    node.inputs = {of};
    return node;
  }
  /// The node itself, at last.
  void finish(Node node) {
    node.name = name, node.shape = shape;
    network.nodes[std::size_t(at)] = std::move(node);
  }
};

Node picked(int of, std::vector<Source> sources) {
  Node node;
  node.kind = Kind::move, node.type = "Gather";
  node.inputs = {of}, node.sources = std::move(sources);
  return node;
}

/// Per position of the kernel, what every output element reads there; where that is padding, its first one.
std::vector<std::vector<Source>> by_position(const Network& network, const Node& pool) {
  const auto& in = network.node(pool.inputs[0]).shape;
  long plane = 1;
  for (std::size_t axis = 2; axis < in.size(); ++axis) plane *= in[axis];
  std::vector<std::vector<Source>> taps(std::size_t(product(pool.kernel)));
  for (long e = 0; e < pool.size(); ++e) {
    const auto at = unflatten(e, pool.shape);
    std::vector<long> reads;
    kernel_offsets(pool.kernel, [&](long, const std::vector<long>& k) {
      const long position = window_position(pool, in, at, k);
      reads.push_back(position < 0 ? -1 : at[1] * plane + position);
    });
    const auto first = std::find_if(reads.begin(), reads.end(), [](long r) { return r >= 0; });
    if (first == reads.end()) return {};
    const long instead = *first;
    for (std::size_t k = 0; k < reads.size(); ++k) taps[k].push_back({0, reads[k] < 0 ? instead : reads[k]});
  }
  return taps;
}

}  // namespace

std::string max_as_relu(Network& network, const std::vector<std::string>& nodes) {
  const int id = nodes.size() == 1 ? network.find(nodes[0]) : -1;
  if (id < 0) return "names a node that is not in the model";
  const Node node = network.node(id);
  Builder build{network, id, node.name, node.shape};
  std::vector<int> rivals = node.inputs;
  if (node.kind == Kind::max_pool) {
    auto taps = by_position(network, node);
    if (taps.empty()) return kNoMatch;
    if (taps.size() == 1) return build.finish(picked(node.inputs[0], taps[0])), "";
    rivals.clear();
    for (std::size_t k = 0; k < taps.size(); ++k)
      rivals.push_back(build.put(picked(node.inputs[0], std::move(taps[k])), ".tap" + std::to_string(k)));
  } else if (node.kind != Kind::max || rivals.size() < 2) {
    return kNoMatch;
  }
  int best = rivals[0];
  for (std::size_t k = 1; k < rivals.size(); ++k) {
    const auto number = std::to_string(k);
    const std::vector<int> gap = node.minimum ? std::vector{best, rivals[k]} : std::vector{rivals[k], best};
    const int over = build.put(Builder::sum(gap, {1, -1}), ".over" + number);
    const int relu = build.put(Builder::relu(over), ".relu" + number);
    Node next = Builder::sum({best, relu}, {1, node.minimum ? -1 : 1});
    if (k + 1 == rivals.size())
      build.finish(std::move(next));
    else
      best = build.put(std::move(next), ".best" + number);
  }
  return "";
}

namespace {

/// Numbers of one tensor, made element by element from each element's curve.
template <class Make>
std::vector<Exact> per_element(const Node& node, Make&& make) {
  std::vector<Exact> out;
  for (long e = 0; e < node.size(); ++e) out.push_back(make(node.curve(e)));
  return out;
}

bool all(const std::vector<Exact>& values, long to) {
  return std::all_of(values.begin(), values.end(), [&](const Exact& v) { return v == to; });
}

bool is_plain(const Node& node) {
  const auto relu = [](const Curve& c) {
    return c.kinks == std::vector<Exact>{0} && c.slopes == std::vector<Exact>{0, 1} && all(c.intercepts, 0);
  };
  const auto same = [](const Curve& c) { return c.kinks.empty() && c.slopes[0] == 1 && sgn(c.intercepts[0]) == 0; };
  return std::all_of(node.curves.begin(), node.curves.end(), relu) ||
         std::all_of(node.curves.begin(), node.curves.end(), same);
}

/// A node on its way, and the word of its name should it not be the last.
struct Pending {
  Node node;
  std::string word;
};

}  // namespace

std::string pieces_as_relu(Network& network, const std::vector<std::string>& nodes) {
  const int id = nodes.size() == 1 ? network.find(nodes[0]) : -1;
  if (id < 0) return "names a node that is not in the model";
  const Node node = network.node(id);
  if (node.kind != Kind::activation || is_plain(node)) return kNoMatch;
  Builder build{network, id, node.name, node.shape};
  const int operand = node.inputs[0];
  std::vector<int> parts, signs;
  std::optional<Pending> pending;
  const auto emit = [&](Node made, const std::string& word) {
    if (pending) build.put(std::move(pending->node), pending->word);
    pending = {std::move(made), word};
    return build.at;  // the number that it takes when the next one comes
  };
  std::size_t most = 0;
  for (const auto& curve : node.curves) most = std::max(most, curve.kinks.size());
  const auto slope = per_element(node, [](const Curve& c) { return c.slopes[0]; });
  const auto start = per_element(node, [](const Curve& c) { return c.intercepts[0]; });
  const std::vector<Exact> zero(slope.size()), one(slope.size(), Exact(1));
  if (!all(slope, 0) || !all(start, 0) || most == 0) {
    parts.push_back(all(slope, 1) && all(start, 0) ? operand : emit(Builder::scale(operand, slope, start), ".line"));
    signs.push_back(1);
  }
  for (std::size_t k = 0; k < most; ++k) {
    const auto number = std::to_string(k + 1);
    const auto away = per_element(node, [&](const Curve& c) { return k < c.kinks.size() ? Exact(-c.kinks[k]) : 0; });
    const auto bend = per_element(
        node, [&](const Curve& c) { return k < c.kinks.size() ? Exact(c.slopes[k + 1] - c.slopes[k]) : Exact(0); });
    int at = all(away, 0) ? operand : emit(Builder::scale(operand, one, away), ".shift" + number);
    at = emit(Builder::relu(at), ".relu" + number);
    if (!all(bend, 1) && !all(bend, -1)) at = emit(Builder::scale(at, bend, zero), ".part" + number);
    parts.push_back(at), signs.push_back(all(bend, -1) ? -1 : 1);
  }
  if (parts.size() == 1 && signs[0] > 0) return build.finish(std::move(pending->node)), "";
  emit(Builder::sum(parts, signs), "");
  build.finish(std::move(pending->node));
  return "";
}

}  // namespace lrproof::oracle
