// max-as-relu. Theorem: max(a, b) = b + relu(a - b) and min(a, b) = b - relu(b - a). A maximum of several is taken one
// after the other. A max pool reads the k-th position of each window as a tensor of its own; where that position is
// padding, the window's first one stands in its place, which changes no maximum.
#include <algorithm>

#include "canon/drafts.hpp"
#include "canon/patterns.hpp"

namespace lrproof::canon {

namespace {

/// Elements of the pool's operand under each position of the kernel, per output element; empty: a window reads nothing.
std::vector<std::vector<std::int64_t>> positions(const net::Window& window, const net::Shape& wide,
                                                 const net::Shape& narrow) {
  const auto axes = window.kernel.size();
  const auto taps = net::element_count(window.kernel), count = net::element_count(narrow);
  const auto plane = net::element_count(wide) / wide[1], places = count / narrow[1];
  std::vector<std::vector<std::int64_t>> at(std::size_t(taps), std::vector<std::int64_t>(std::size_t(count), -1));
  for (std::int64_t out = 0; out < count; ++out) {
    std::int64_t first = -1;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      std::int64_t place = out % places, offset = tap, element = 0, stride = 1;
      bool inside = true;
      for (std::size_t a = axes; a-- > 0;) {
        const auto position = place % narrow[a + 2] * window.strides[a] - window.pads_begin[a] +
                              offset % window.kernel[a] * window.dilations[a];
        inside = inside && position >= 0 && position < wide[a + 2];
        element += position * stride, stride *= wide[a + 2];
        place /= narrow[a + 2], offset /= window.kernel[a];
      }
      if (inside) at[std::size_t(tap)][std::size_t(out)] = out / places * plane + element;
      if (inside && first < 0) first = out / places * plane + element;
    }
    if (first < 0) return {};
    for (auto& tap : at)
      if (tap[std::size_t(out)] < 0) tap[std::size_t(out)] = first;
  }
  return at;
}

/// The rest of the maximum of `rivals`, the last sum under the name of the node.
void chain(const DataFlow& flow, const net::Node& node, const std::vector<std::string>& rivals, bool minimum,
           Edit& edit) {
  const auto named = [&](const char* word, std::size_t k) {
    return fresh_name(flow.network(), node.name + "." + word + std::to_string(k));
  };
  std::string best = rivals[0];
  for (std::size_t k = 1; k < rivals.size(); ++k) {
    const auto over = named("over", k), relu = named("relu", k);
    const auto next = k + 1 == rivals.size() ? node.name : named("best", k);
    const std::vector<std::string> gap =
        minimum ? std::vector<std::string>{best, rivals[k]} : std::vector<std::string>{rivals[k], best};
    edit.drafts.push_back(sum_draft(over, node.shape, gap, {1, -1}));
    edit.drafts.push_back(relu_draft(relu, node.shape, over));
    edit.drafts.push_back(sum_draft(next, node.shape, {best, relu}, {1, minimum ? -1 : 1}));
    best = next;
  }
}

}  // namespace

Attempt max_as_relu(const DataFlow& flow, NodeId at) {
  const auto& node = flow.node(at);
  Edit edit;
  edit.matched = {at};
  std::vector<std::string> rivals;
  const auto* max = std::get_if<net::Max>(&node.op);
  if (const auto* pool = std::get_if<net::MaxPool>(&node.op)) {
    const auto taps = positions(pool->window, flow.operand(at).shape, node.shape);
    if (taps.empty()) return {std::nullopt, "a window of '" + node.name + "' reads padding only"};
    for (std::size_t k = 0; k < taps.size(); ++k) {
      rivals.push_back(taps.size() == 1 ? node.name
                                        : fresh_name(flow.network(), node.name + ".tap" + std::to_string(k)));
      edit.drafts.push_back(select_draft(rivals.back(), node.shape, flow.operand(at).name, taps[k]));
    }
  } else if (max && node.inputs.size() > 1) {
    for (const auto operand : node.inputs) rivals.push_back(flow.node(operand).name);
  } else {
    return {};
  }
  const bool minimum = max && max->minimum;
  chain(flow, node, rivals, minimum, edit);
  edit.statement = "the " + std::string(minimum ? "minimum" : "maximum") + " '" + node.name + "' of " +
                   std::to_string(rivals.size()) + " is a sum of " + std::to_string(rivals.size() - 1) + " ReLUs";
  return {std::move(edit)};
}

}  // namespace lrproof::canon
