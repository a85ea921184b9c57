#pragma once
// A channel-wise affine map y = s x + h that goes on into the affine node behind it. Reshapes keep elements, and an
// average over full windows commutes with the map, its shares adding up to 1; both may lie between.
#include "canon/data_flow.hpp"

namespace lrproof::canon {

/// y = scale x + shift, one pair per channel (axis 1).
struct ChannelMap {
  std::vector<num::Rational> scale, shift;
};
ChannelMap map_of(const net::BatchNorm& norm);

/// The way from a tensor [1, C, ...] on: what lies between, and the affine node at its end.
struct Way {
  NodeId affine = -1;           ///< -1: there is none that can take the map up, for this reason
  bool plain_reads = false;     ///< the way comes to an affine node without borders, taken or not
  bool border_reads = false;    ///< ... with borders (has_borders)
  bool pools = false;           ///< an average lies between, taken or not
  std::vector<NodeId> between;  ///< in the order of the data flow
  std::int64_t plane = 1;       ///< of the affine node's operand: its element e is of channel e / plane
  std::string reason, help;
};
Way way_on(const DataFlow& flow, NodeId from);

/// W' = W s and b' = b + sum W h over the weights of an output element that multiply no padding. Where those differ
/// from element to element the bias is a map, one entry per output element.
struct TakenUp {
  net::Node node;
  std::string overflow;  ///< a number is beyond the range of a double
};
TakenUp take_up(const DataFlow& flow, const Way& way, const ChannelMap& map);
/// Does the node's output depend on where it lies: are there elements whose windows reach into padding, and others?
bool has_borders(const DataFlow& flow, NodeId affine);

/// The two rewrites of a norm in front of an affine node are one pattern; they differ in what the bias becomes: one for
/// a channel, or (borders) one for an output element.
Attempt norm_onward(const DataFlow& flow, NodeId at, bool borders);

/// The same for a norm and a ReLU behind it, with an average on the way or without.
Attempt norm_relu_onward(const DataFlow& flow, NodeId at, bool pools);

/// norm, then what lies between, then the affine node: the map of the norm goes on. `first`: what now stands where the
/// norm stood (a threshold ReLU), or nothing, when the norm's operand is read instead.
Edit go_on(const DataFlow& flow, NodeId norm, std::optional<Draft> first, const Way& way, TakenUp taken);

}  // namespace lrproof::canon
