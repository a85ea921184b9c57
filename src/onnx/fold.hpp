#pragma once
// Arithmetic on constants of the graph: integers as the file's integers, reals as exact rationals (NET-2).
#include "onnx/site.hpp"

namespace lrproof::onnx {

enum class Pair {
  add,
  sub,
  mul,
  div,
  pow,
  mod,
  max,
  min,
  equal,
  less,
  less_equal,
  greater,
  greater_equal,
  both,
  either
};

base::Result<Tensor> fold_pair(Site& site, Pair pair, const Tensor& a, const Tensor& b);
base::Status give_folded(Site& site, Pair pair);

}  // namespace lrproof::onnx
