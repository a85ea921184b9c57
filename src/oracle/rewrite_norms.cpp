#include "oracle/rewrite_norms.hpp"

#include <algorithm>
#include <map>

namespace lrproof::oracle {

namespace {

const char* const kNoMatch = "does not match";
const char* const kMissing = "names a node that is not in the model";

// W' = s W and b' = s b + shift, channel by channel, exactly.
void fold(Node& affine, const Node& norm) {
  std::vector<Exact> scale, bias;
  std::vector<int> channel_of;
  const long channels = norm.weight.size(), count = affine.weight.size();
  const long out_per_group = affine.shape[1] / affine.groups, window = product(affine.kernel);
  for (long i = 0; i < count; ++i) {
    long channel = i / (count / channels);
    if (affine.kind == Kind::conv_transposed) {
      const long ci = i / (out_per_group * window), per_group = count / (out_per_group * window) / affine.groups;
      channel = ci / per_group * out_per_group + i / window % out_per_group;
    }
    channel_of.push_back(int(channel));
  }
  for (long c = 0; c < channels; ++c) scale.push_back(norm.weight.exact(c));
  const long biases = std::max(channels, affine.bias.size());  // one for a channel, or one for an element
  for (long b = 0; b < biases; ++b) {
    const long c = b / (biases / channels);
    const Exact old = affine.bias.size() > 0 ? affine.bias.exact(b) : Exact(0);
    bias.push_back(old * scale[std::size_t(c)] + norm.bias.exact(c));
  }
  affine.weight = affine.weight.times(scale, std::move(channel_of));
  affine.bias = Numbers(bias);
}

// y = scale x + shift, one pair per channel.
struct ChannelMap {
  std::vector<Exact> scale, shift;
};

// The channel of each element on its way from a norm to the affine node behind it; empty where it has none.
using Channels = std::vector<long>;

Channels channels_of_axis_1(const std::vector<long>& shape) {
  Channels of;
  for (long e = 0; e < product(shape); ++e) of.push_back(unflatten(e, shape)[1]);
  return of;
}

// An average takes one channel and divides by the number of what it adds up.
Channels channels_behind(const Network& network, const Node& pool, const Channels& below) {
  const std::vector<long>& in = network.node(pool.inputs[0]).shape;
  Channels of;
  for (long e = 0; e < pool.size(); ++e) {
    long count = 0, channel = -1;
    bool one = true;
    pool_taps(in, pool, e, [&](long element) {
      const long here = below[std::size_t(element)];
      one = one && (count++ == 0 || here == channel);
      channel = here;
    });
    if (!one || count == 0 || count != pool_count(in, pool, e)) return {};
    of.push_back(channel);
  }
  return of;
}

// Kernel offsets that multiply an input, as a word: what the bias of an output position depends on.
std::string offsets_inside(const std::vector<long>& in, const Node& conv, long position) {
  std::string word;
  const long window = product(conv.kernel);
  const auto see = [&](int, long, long weight) {
    const auto k = std::size_t(weight % window);
    if (word.size() <= k) word.resize(k + 1, '0');
    word[k] = '1';
  };
  conv.kind == Kind::conv ? conv_taps(in, conv, position, see) : conv_transposed_taps(in, conv, position, see);
  return word;
}

// The channel in front of a convolution's weight, for weights that meet padding wherever they stand.
long channel_of_weight(const Network& network, const Node& conv, long weight) {
  const long window = product(conv.kernel), in = network.node(conv.inputs[0]).shape[1];
  if (conv.kind == Kind::conv_transposed) return weight / (window * (conv.shape[1] / conv.groups));
  const long per_group = in / conv.groups, out = weight / (window * per_group);
  return out / (conv.shape[1] / conv.groups) * per_group + weight / window % per_group;
}

// W' = W s and b' = b + sum W h over the weights that multiply an input, output element by output element; a
// convolution's positions with the same offsets inside share the sum.
void take_up(Network& network, Node& affine, const Channels& channels, const ChannelMap& map) {
  const std::vector<long>& in = network.node(affine.inputs[0]).shape;
  const bool dense = affine.kind == Kind::dense;
  const long plane = dense ? 1 : product(affine.shape) / affine.shape[1], rows = affine.size() / plane;
  std::vector<Exact> weight(std::size_t(affine.weight.size()));
  for (std::size_t k = 0; k < weight.size(); ++k) weight[k] = affine.weight.exact(long(k));
  std::vector<char> scaled(weight.size(), 0);
  std::vector<std::string> inside;
  for (long p = 0; p < plane; ++p) inside.push_back(dense ? "" : offsets_inside(in, affine, p));
  const bool one_bias = affine.bias.size() <= rows &&
                        std::all_of(inside.begin(), inside.end(), [&](const auto& word) { return word == inside[0]; });
  std::vector<Exact> bias;
  for (long row = 0; row < rows; ++row) {
    std::map<std::string, Exact> sums;
    for (long p = 0; p < (one_bias ? 1 : plane); ++p) {
      const long out = row * plane + p;
      const auto [place, fresh] = sums.try_emplace(inside[std::size_t(p)]);
      if (fresh) {
        Sum<Exact> sum;
        taps(network, affine, out, [&](int, long element, long k) {
          const auto c = std::size_t(channels[std::size_t(element)]);
          sum.add_product(affine.weight.exact(k), map.shift[c]);
          if (!scaled[std::size_t(k)]) weight[std::size_t(k)] *= map.scale[c], scaled[std::size_t(k)] = 1;
        });
        place->second = sum.value();
      }
      const long old = bias_of(affine, out);
      bias.push_back(place->second + (old < 0 ? Exact(0) : affine.bias.exact(old)));
    }
  }
  for (std::size_t k = 0; k < weight.size(); ++k)
    if (!scaled[k]) weight[k] *= map.scale[std::size_t(channel_of_weight(network, affine, long(k)))];
  affine.weight = Numbers(weight), affine.bias = Numbers(bias);
}

// The line of data flow norm -> between -> affine, by the names of a step: affine, norm, between.
struct Line {
  std::vector<int> ids;  // in the order of the data flow
  std::string fault;
};

Line line_of(const Network& network, const std::vector<std::string>& nodes) {
  Line line;
  if (nodes.size() < 2) return {{}, kNoMatch};
  for (std::size_t k = 1; k <= nodes.size(); ++k) line.ids.push_back(network.find(nodes[k % nodes.size()]));
  for (std::size_t k = 0; k < line.ids.size(); ++k) {
    if (line.ids[k] < 0) return {{}, kMissing};
    if (k == 0) continue;
    if (network.node(line.ids[k]).inputs != std::vector<int>{line.ids[k - 1]} ||
        !has_one_reader(network, line.ids[k - 1]))
      return {{}, kNoMatch};
  }
  if (network.node(line.ids[0]).kind != Kind::batch_norm) return {{}, kNoMatch};
  return line;
}

// The map goes on from the norm at ids[0] over the nodes from ids[first] to the affine node, which takes it up.
std::string go_on(Network& network, const std::vector<int>& ids, std::size_t first, const ChannelMap& map) {
  Channels channels = channels_of_axis_1(network.node(ids[0]).shape);
  for (std::size_t k = first; k + 1 < ids.size(); ++k) {
    const Node& node = network.node(ids[k]);
    const bool keeps = node.kind == Kind::move && node.sources.empty();
    if (!keeps && node.kind != Kind::average_pool) return kNoMatch;
    if (!keeps) channels = channels_behind(network, node, channels);
    if (channels.empty()) return "goes through an average that does not commute with it";
  }
  Node& affine = network.nodes[std::size_t(ids.back())];
  const bool conv = affine.kind == Kind::conv || affine.kind == Kind::conv_transposed;
  if (!conv && (affine.kind != Kind::dense || affine.rows != 1)) return kNoMatch;
  if (conv && channels != channels_of_axis_1(network.node(affine.inputs[0]).shape)) return kNoMatch;
  take_up(network, affine, channels, map);
  return "";
}

ChannelMap map_of(const Node& norm) {
  ChannelMap map;
  for (long c = 0; c < norm.weight.size(); ++c)
    map.scale.push_back(norm.weight.exact(c)), map.shift.push_back(norm.bias.exact(c));
  return map;
}

}  // namespace

std::string batchnorm_into_affine(Network& network, const std::vector<std::string>& nodes) {
  if (nodes.size() != 2) return kNoMatch;
  const int a = network.find(nodes[0]), n = network.find(nodes[1]);
  if (a < 0 || n < 0) return kMissing;
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

std::string batchnorm_onward(Network& network, const std::vector<std::string>& nodes) {
  const Line line = line_of(network, nodes);
  if (!line.fault.empty()) return line.fault;
  const int norm = line.ids[0];
  if (const auto fault = go_on(network, line.ids, 1, map_of(network.node(norm))); !fault.empty()) return fault;
  redirect(network, norm, network.node(norm).inputs[0]);
  return "";
}

namespace {

// The larger of x and t, or the smaller one.
Curve corner(const Exact& t, bool flat_below) {
  Curve curve;
  curve.kinks = {t};
  curve.slopes = flat_below ? std::vector<Exact>{0, 1} : std::vector<Exact>{1, 0};
  curve.intercepts = flat_below ? std::vector<Exact>{t, 0} : std::vector<Exact>{0, t};
  return curve;
}

Curve level(const Exact& value) {
  Curve curve;
  curve.slopes = {0}, curve.intercepts = {value};
  return curve;
}

}  // namespace

std::string batchnorm_relu_onward(Network& network, const std::vector<std::string>& nodes) {
  const Line line = line_of(network, nodes);
  if (!line.fault.empty()) return line.fault;
  if (nodes.size() < 3) return kNoMatch;
  const Node& norm = network.node(line.ids[0]);
  Node& relu = network.nodes[std::size_t(line.ids[1])];
  if (relu.kind != Kind::activation || relu.activation != "relu") return kNoMatch;
  ChannelMap map = map_of(norm);
  std::vector<Curve> curves;
  for (std::size_t c = 0; c < map.scale.size(); ++c) {
    Exact &s = map.scale[c], &h = map.shift[c];
    if (sgn(s) != 0) {
      curves.push_back(corner(Exact(-h / s), sgn(s) > 0));  // the norm is 0 at -h / s
    } else {
      curves.push_back(level(positive_part(h)));
      s = 1, h = 0;
    }
  }
  relu.curve_of.clear();
  for (long e = 0; e < relu.size(); ++e) relu.curve_of.push_back(int(unflatten(e, norm.shape)[1]));
  relu.curves = std::move(curves), relu.activation = "threshold-relu", relu.type = "ThresholdRelu";
  if (const auto fault = go_on(network, line.ids, 2, map); !fault.empty()) return fault;
  redirect(network, line.ids[0], network.node(line.ids[0]).inputs[0]);
  return "";
}

std::string concat_norm_split(Network& network, const std::vector<std::string>& nodes) {
  if (nodes.size() != 2) return kNoMatch;
  const int n = network.find(nodes[0]), c = network.find(nodes[1]);
  if (n < 0 || c < 0) return kMissing;
  const Node norm = network.node(n), concat = network.node(c);
  if (norm.kind != Kind::batch_norm || norm.inputs != std::vector<int>{c} || concat.kind != Kind::move ||
      concat.type != "Concat")
    return kNoMatch;
  // Which channel of the norm each channel of each operand is: one and the same for all of its elements.
  std::vector<std::vector<long>> channel_of;
  for (const int operand : concat.inputs) channel_of.emplace_back(std::size_t(network.node(operand).shape.at(1)), -1);
  for (long e = 0; e < concat.size(); ++e) {
    const Source from = concat.sources.empty() ? Source{0, e} : concat.sources[std::size_t(e)];
    if (from.operand < 0) return kNoMatch;
    const auto& shape = network.node(concat.inputs[std::size_t(from.operand)]).shape;
    long& mine = channel_of[std::size_t(from.operand)][std::size_t(unflatten(from.element, shape)[1])];
    const long here = unflatten(e, concat.shape)[1];
    if (mine >= 0 && mine != here) return kNoMatch;
    mine = here;
  }
  std::vector<std::string> names;
  for (std::size_t k = 0; k < channel_of.size(); ++k)
    names.push_back(fresh_name(network, norm.name + ".part" + std::to_string(k + 1)));
  for (std::size_t k = 0; k < channel_of.size(); ++k) {
    Node part = norm;
    const auto pick = [&](const Numbers& all) {
      std::vector<Exact> own;
      for (const long channel : channel_of[k]) own.push_back(all.exact(channel));
      return Numbers(own);
    };
    part.name = names[k], part.inputs = {concat.inputs[k]};
    part.shape = network.node(concat.inputs[k]).shape;
    part.weight = pick(norm.weight), part.bias = pick(norm.bias);
    insert(network, n + int(k), std::move(part));
  }
  Node& whole = network.nodes[std::size_t(n) + channel_of.size()];
  whole = concat, whole.name = norm.name;
  for (std::size_t k = 0; k < channel_of.size(); ++k) whole.inputs[k] = n + int(k);
  return "";
}

}  // namespace lrproof::oracle
