#include "oracle/rewrites.hpp"

#include <algorithm>

#include "oracle/rewrite_norms.hpp"
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

constexpr Rewrite kRewrites[] = {
    {"batchnorm-into-affine", batchnorm_into_affine},
    {"batchnorm-into-next-affine", batchnorm_onward},
    {"batchnorm-into-padded-conv", batchnorm_onward},
    {"batchnorm-relu-threshold", batchnorm_relu_onward},
    {"batchnorm-relu-pool", batchnorm_relu_onward},
    {"concat-norm-split", concat_norm_split},
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
    network = trimmed(std::move(network));
  }
  return {std::move(network), ""};
}

}  // namespace lrproof::oracle
