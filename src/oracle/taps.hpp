#pragma once
// Which inputs an output element reads, written out loop by loop.
#include "oracle/model.hpp"

namespace lrproof::oracle {

/// Runs over the kernel offsets k of a window, visit(flat kernel index, offsets).
template <class Visit>
void kernel_offsets(const std::vector<long>& kernel, Visit&& visit) {
  std::vector<long> k(kernel.size(), 0);
  const long count = product(kernel);
  for (long flat = 0; flat < count; ++flat) {
    visit(flat, k);
    for (std::size_t axis = kernel.size(); axis-- > 0;) {
      if (++k[axis] < kernel[axis]) break;
      k[axis] = 0;
    }
  }
}

/// Flat position inside the spatial axes of `shape` that window output `at` (its spatial part) reads at offset k; -1 in
/// the padding.
inline long window_position(const Node& node, const std::vector<long>& shape, const std::vector<long>& at,
                            const std::vector<long>& k) {
  long flat = 0;
  for (std::size_t axis = 0; axis < k.size(); ++axis) {
    const long p = at[axis + 2] * node.strides[axis] - node.pads_begin[axis] + k[axis] * node.dilations[axis];
    if (p < 0 || p >= shape[axis + 2]) return -1;
    flat = flat * shape[axis + 2] + p;
  }
  return flat;
}

template <class Visit>
void conv_taps(const std::vector<long>& in, const Node& node, long out, Visit&& visit) {
  const auto at = unflatten(out, node.shape);
  long plane = 1;
  for (std::size_t axis = 2; axis < in.size(); ++axis) plane *= in[axis];
  const long per_group = in[1] / node.groups, group = at[1] / (node.shape[1] / node.groups);
  const long window = product(node.kernel);
  kernel_offsets(node.kernel, [&](long flat, const std::vector<long>& k) {
    const long position = window_position(node, in, at, k);
    if (position < 0) return;
    for (long c = 0; c < per_group; ++c)
      visit(0, (group * per_group + c) * plane + position, (at[1] * per_group + c) * window + flat);
  });
}

template <class Visit>
void conv_transposed_taps(const std::vector<long>& in, const Node& node, long out, Visit&& visit) {
  const auto at = unflatten(out, node.shape);
  long plane = 1;
  for (std::size_t axis = 2; axis < in.size(); ++axis) plane *= in[axis];
  const long per_group = in[1] / node.groups, out_per_group = node.shape[1] / node.groups;
  const long group = at[1] / out_per_group, window = product(node.kernel);
  kernel_offsets(node.kernel, [&](long flat, const std::vector<long>& k) {
    long position = 0;
    for (std::size_t axis = 0; axis < k.size(); ++axis) {
      const long p = at[axis + 2] + node.pads_begin[axis] - k[axis] * node.dilations[axis];
      if (p < 0 || p % node.strides[axis] != 0 || p / node.strides[axis] >= in[axis + 2]) return;
      position = position * in[axis + 2] + p / node.strides[axis];
    }
    for (long c = 0; c < per_group; ++c) {
      const long channel = group * per_group + c;
      visit(0, channel * plane + position, (channel * out_per_group + at[1] % out_per_group) * window + flat);
    }
  });
}

/// visit(element) for the inputs of a pooling window; padding left out.
template <class Visit>
void pool_taps(const std::vector<long>& in, const Node& node, long out, Visit&& visit) {
  const auto at = unflatten(out, node.shape);
  long plane = 1;
  for (std::size_t axis = 2; axis < in.size(); ++axis) plane *= in[axis];
  kernel_offsets(node.kernel, [&](long, const std::vector<long>& k) {
    const long position = window_position(node, in, at, k);
    if (position >= 0) visit(at[1] * plane + position);
  });
}

/// How many positions an average divides by.
inline long pool_count(const std::vector<long>& in, const Node& node, long out) {
  const auto at = unflatten(out, node.shape);
  long count = 1;
  for (std::size_t axis = 0; axis < node.kernel.size(); ++axis) {
    long here = 0;
    for (long k = 0; k < node.kernel[axis]; ++k) {
      const long p = at[axis + 2] * node.strides[axis] - node.pads_begin[axis] + k * node.dilations[axis];
      const long low = node.include_pad ? -node.pads_begin[axis] : 0;
      const long high = in[axis + 2] + (node.include_pad ? node.pads_end[axis] : 0);
      here += p >= low && p < high;
    }
    count *= here;
  }
  return count;
}

template <class Visit>
void taps(const Network& network, const Node& node, long out, Visit&& visit) {
  const auto& in = network.node(node.inputs[0]).shape;
  switch (node.kind) {
    case Kind::dense: {
      const long row = out / node.out, j = out % node.out;
      for (long i = 0; i < node.in; ++i) visit(0, row * node.in + i, j * node.in + i);
      return;
    }
    case Kind::conv:
      return conv_taps(in, node, out, visit);
    case Kind::conv_transposed:
      return conv_transposed_taps(in, node, out, visit);
    case Kind::batch_norm:
      return visit(0, out, unflatten(out, node.shape)[1]);
    case Kind::scale:
      return visit(0, out, out);
    case Kind::average_pool: {
      const long count = pool_count(in, node, out);
      return pool_taps(in, node, out, [&](long element) { visit(0, element, count); });
    }
    case Kind::add:
      for (int o = 0; o < int(node.inputs.size()); ++o) visit(o, out, o);
      return;
    default:
      return;
  }
}

template <class Visit>
void rivals(const Network& network, const Node& node, long out, Visit&& visit) {
  if (node.kind == Kind::max) {
    for (int o = 0; o < int(node.inputs.size()); ++o) visit(Source{o, out});
    return;
  }
  pool_taps(network.node(node.inputs[0]).shape, node, out, [&](long element) { visit(Source{0, element}); });
}

}  // namespace lrproof::oracle
