#include "oracle/rewrites.hpp"

#include <algorithm>

#include "oracle/rewrite_shapes.hpp"

namespace lrproof::oracle {

void redirect(Network& network, int gone, int carrier) {
  for (Node& reader : network.nodes) std::replace(reader.inputs.begin(), reader.inputs.end(), gone, carrier);
  std::replace(network.outputs.begin(), network.outputs.end(), gone, carrier);
}

void insert(Network& network, int place, Node node) {
  const auto moved = [&](int id) { return id >= place ? id + 1 : id; };
  for (Node& other : network.nodes)
    for (int& operand : other.inputs) operand = moved(operand);
  for (int& output : network.outputs) output = moved(output);
  network.nodes.insert(network.nodes.begin() + place, std::move(node));
}

std::string fresh_name(const Network& network, const std::string& name) {
  std::string found = name;
  for (int k = 2; network.find(found) >= 0; ++k) found = name + "." + std::to_string(k);
  return found;
}

bool has_one_reader(const Network& network, int id) {
  return network.readers(id).size() == 1 &&
         std::find(network.outputs.begin(), network.outputs.end(), id) == network.outputs.end();
}

namespace {

const char* const kNoMatch = "does not match";

// W' = s W and b' = s b + shift, channel by channel, exactly.
void fold(Node& affine, const Node& norm) {
  std::vector<Exact> weight, bias;
  const long channels = norm.weight.size(), count = affine.weight.size();
  const long out_per_group = affine.shape[1] / affine.groups, window = product(affine.kernel);
  for (long i = 0; i < count; ++i) {
    long channel = i / (count / channels);
    if (affine.kind == Kind::conv_transposed) {
      const long ci = i / (out_per_group * window), per_group = count / (out_per_group * window) / affine.groups;
      channel = ci / per_group * out_per_group + i / window % out_per_group;
    }
    weight.push_back(affine.weight.exact(i) * norm.weight.exact(channel));
  }
  for (long c = 0; c < channels; ++c) {
    const Exact old = affine.bias.size() > 0 ? affine.bias.exact(c) : Exact(0);
    bias.push_back(old * norm.weight.exact(c) + norm.bias.exact(c));
  }
  affine.weight = Numbers(weight);
  affine.bias = Numbers(bias);
}

std::string batchnorm_into_affine(Network& network, const std::vector<std::string>& nodes) {
  if (nodes.size() != 2) return kNoMatch;
  const int a = network.find(nodes[0]), n = network.find(nodes[1]);
  if (a < 0 || n < 0) return "names a node that is not in the model";
  Node& affine = network.nodes[std::size_t(a)];
  const Node& norm = network.node(n);
  const bool fits = (affine.kind == Kind::dense && affine.rows == 1) || affine.kind == Kind::conv ||
                    affine.kind == Kind::conv_transposed;
  if (!fits || norm.kind != Kind::batch_norm || norm.inputs != std::vector<int>{a} || network.readers(a).size() != 1 ||
      network.output() == a || affine.shape.size() < 2 || affine.shape[1] != norm.weight.size())
    return kNoMatch;
  fold(affine, norm);
  redirect(network, n, a);
  return "";
}

constexpr Rewrite kRewrites[] = {
    {"batchnorm-into-affine", batchnorm_into_affine},
    {"remove-identity", remove_identity},
    {"fold-constant", fold_constant},
    {"residual-sum", residual_sum},
    {"split-shared", split_shared},
    {"merge-affine", merge_affine},
    {"average-pool-as-conv", average_pool_as_conv},
    {"max-as-relu", max_as_relu},
    {"pieces-as-relu", pieces_as_relu},
    {"mark-gate", mark_gate},
};

}  // namespace

Read<Network> canonize(Network network, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    const std::string place = step.nodes.empty() ? "" : " at '" + step.nodes.front() + "'";
    const auto row = std::find_if(std::begin(kRewrites), std::end(kRewrites),
                                  [&](const Rewrite& known) { return step.rewrite == known.name; });
    if (row == std::end(kRewrites))
      return Read<Network>::fail("rewrite not known to the oracle: " + step.rewrite + place);
    if (const std::string fault = row->replay(network, step.nodes); !fault.empty())
      return Read<Network>::fail(step.rewrite + " " + fault + place);
    network = trimmed(network);
  }
  return {std::move(network), ""};
}

}  // namespace lrproof::oracle
