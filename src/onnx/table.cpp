#include "onnx/table.hpp"

#include <algorithm>
#include <array>

#include "onnx/lowerings.hpp"

namespace lrproof::onnx {

namespace {

constexpr std::array kTable{
    Row{"Abs", lower_abs},
    Row{"Add", lower_add},
    Row{"And", lower_comparison},
    Row{"AveragePool", lower_average_pool},
    Row{"BatchNormalization", lower_batch_norm},
    Row{"Cast", lower_cast},
    Row{"CastLike", lower_cast},
    Row{"Ceil", lower_smooth},
    Row{"Celu", lower_smooth},
    Row{"Clip", lower_clip},
    Row{"Concat", lower_concat},
    Row{"Constant", lower_constant},
    Row{"ConstantOfShape", lower_constant_of_shape},
    Row{"Conv", lower_conv},
    Row{"ConvTranspose", lower_conv_transpose},
    Row{"Cos", lower_smooth},
    Row{"DepthToSpace", lower_depth_to_space},
    Row{"Div", lower_div},
    Row{"Dropout", lower_dropout},
    Row{"Elu", lower_smooth},
    Row{"Equal", lower_comparison},
    Row{"Erf", lower_smooth},
    Row{"Exp", lower_smooth},
    Row{"Expand", lower_expand},
    Row{"Flatten", lower_flatten},
    Row{"Floor", lower_smooth},
    Row{"Gather", lower_gather},
    Row{"Gelu", lower_smooth},
    Row{"Gemm", lower_gemm},
    Row{"GlobalAveragePool", lower_global_pool},
    Row{"GlobalMaxPool", lower_global_pool},
    Row{"Greater", lower_comparison},
    Row{"GreaterOrEqual", lower_comparison},
    Row{"GroupNormalization", lower_channel_norm},
    Row{"HardSigmoid", lower_hard_sigmoid},
    Row{"HardSwish", lower_smooth},
    Row{"Identity", lower_identity},
    Row{"InstanceNormalization", lower_channel_norm},
    Row{"LRN", lower_response_norm},
    Row{"LayerNormalization", lower_layer_norm},
    Row{"LeakyRelu", lower_leaky_relu},
    Row{"Less", lower_comparison},
    Row{"LessOrEqual", lower_comparison},
    Row{"Log", lower_smooth},
    Row{"LogSoftmax", lower_softmax},
    Row{"LpNormalization", lower_channel_norm},
    Row{"MatMul", lower_matmul},
    Row{"Max", lower_extremum},
    Row{"MaxPool", lower_max_pool},
    Row{"Mean", lower_mean},
    Row{"Min", lower_extremum},
    Row{"Mish", lower_smooth},
    Row{"Mod", lower_mod},
    Row{"Mul", lower_mul},
    Row{"Neg", lower_neg},
    Row{"Not", lower_not},
    Row{"Or", lower_comparison},
    Row{"PRelu", lower_prelu},
    Row{"Pad", lower_pad},
    Row{"Pow", lower_pow},
    Row{"Range", lower_range},
    Row{"Reciprocal", lower_smooth},
    Row{"ReduceL1", lower_reduce},
    Row{"ReduceL2", lower_reduce},
    Row{"ReduceLogSum", lower_reduce},
    Row{"ReduceLogSumExp", lower_reduce},
    Row{"ReduceMax", lower_reduce},
    Row{"ReduceMean", lower_reduce},
    Row{"ReduceMin", lower_reduce},
    Row{"ReduceProd", lower_reduce},
    Row{"ReduceSum", lower_reduce},
    Row{"ReduceSumSquare", lower_reduce},
    Row{"Relu", lower_relu},
    Row{"Reshape", lower_reshape},
    Row{"Round", lower_smooth},
    Row{"Selu", lower_smooth},
    Row{"Shape", lower_shape_of},
    Row{"Shrink", lower_smooth},
    Row{"Sigmoid", lower_smooth},
    Row{"Sign", lower_smooth},
    Row{"Sin", lower_smooth},
    Row{"Size", lower_shape_of},
    Row{"Slice", lower_slice},
    Row{"Softmax", lower_softmax},
    Row{"Softplus", lower_smooth},
    Row{"Softsign", lower_smooth},
    Row{"SpaceToDepth", lower_space_to_depth},
    Row{"Split", lower_split},
    Row{"Sqrt", lower_smooth},
    Row{"Squeeze", lower_squeeze},
    Row{"Sub", lower_sub},
    Row{"Sum", lower_sum},
    Row{"Tanh", lower_smooth},
    Row{"ThresholdedRelu", lower_smooth},
    Row{"Tile", lower_tile},
    Row{"Transpose", lower_transpose},
    Row{"Unsqueeze", lower_unsqueeze},
    Row{"Where", lower_where},
};

static_assert(std::is_sorted(kTable.begin(), kTable.end(), [](const Row& a, const Row& b) { return a.op < b.op; }),
              "find_lowering searches by halving");

}  // namespace

std::span<const Row> operator_table() { return kTable; }

Lower find_lowering(std::string_view op) {
  const auto at = std::lower_bound(kTable.begin(), kTable.end(), op, [](const Row& row, auto o) { return row.op < o; });
  return at != kTable.end() && at->op == op ? at->lower : nullptr;
}

}  // namespace lrproof::onnx
