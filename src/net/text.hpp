#pragma once
// The text form of a network: what a .case file holds and what `lrproof` prints for small networks. Both ways.
//
//   input x[1, 2]
//   fc1 = dense(x)  weight [[1, 1], ["1/2", -3]]  bias [0, 1]
//   c1  = conv(x)  weight [...]  bias [...]  strides [1, 1]  pads [0, 0, 1, 1]  dilations [1, 1]  groups 1
//   n1  = batch-norm(c1)  gamma [..]  beta [..]  mean [..]  variance [..]  epsilon 1e-5
//   y   = relu(fc1)        (leaky-relu alpha 0.1, prelu slope [..], clip min 0 max 6, abs, hard-tanh, hard-sigmoid)
//   p   = max-pool(y)  kernel [2, 2]  strides [2, 2]  pads [0, 0, 0, 0];  average-pool, global-average-pool
//   s   = add(a, b);  sub(a, b);  max(a, b);  min(a, b);  concat(a, b) axis 1;  scale(a) mul [..] add [..]
//   t   = reshape(a) shape [1, 4];  select(a) shape [..] index [..] fill 0;  k = constant shape [2] value [1, 2]
//   output s
// `affine` is another word for dense. Comments run from # to the end of the line.
#include <string>
#include <string_view>

#include "net/network.hpp"

namespace lrproof::net {

/// file is used in diagnostics only ("file:line:column").
base::Result<Network> parse_network(std::string_view text, const std::string& file);
/// Exact: parse_network of it gives the same value.
std::string print_network(const Network& network);
/// SHA-256 of the text form with every tensor by its own digest: equal for equal networks, in seconds for large ones.
std::string digest_of(const Network& network);

}  // namespace lrproof::net
