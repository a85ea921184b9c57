#pragma once
// Rows of the check table: lint rules about the network and what its rules do with it. Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kFunctional{
    .id = "A002",
    .law = "NET-1",
    .question = R"text(Is an operation called as a function, without a module that rules could be attached
to?)text",
    .theorem = R"text(Not decidable from ONNX: a file holds operations, not modules. Every operation of it is
a node here and gets a rule or a finding (A001), however the program that made it was written.)text",
    .refuted = R"text(Never told.)text",
    .limits = R"text(Not asked.)text",
    .remedy = R"text(In a library that attaches rules to modules, compare its list of modules with the nodes
of the exported model: lrproof canonize MODEL.onnx --dry-run --svg FILE draws them.)text",
    .example = R"text(lrproof canonize model.onnx --dry-run --svg graph.svg
)text",
    .source = R"text(Operations that are no modules have no hooks
(https://github.com/pytorch/captum/issues/1082))text"};
inline constexpr Check kSharedWeight{
    .id = "A003",
    .law = "NET-1",
    .question = R"text(Do several layers read one stored weight?)text",
    .theorem = R"text(Every stored weight of a dense or convolution layer has one reader.)text",
    .refuted = R"text(The file stores the weight once and several layers read it: one module used several
times, or two that an exporter found equal. Libraries that keep activations by module refuse such models or
mix the uses up; here each use is a node of its own and has its own rule.)text",
    .limits = R"text(Decided from the file's initializers, for Conv, ConvTranspose, Gemm and MatMul. Which
module a layer was is not in the file.)text",
    .remedy = R"text(Nothing here. For a library that works on modules, copy the module for each use.)text",
    .example = R"text(lrproof lint model.onnx --rules lrp-epsilon
)text",
    .source = R"text(https://github.com/pytorch/captum/issues/857)text",
    .level = Level::note,
    .evidence = "stored tensors"};

inline constexpr Check kSumWithoutRule{
    .id = "A004",
    .law = "RUL-3",
    .question = R"text(Is there a sum whose relevance no rule splits among its operands?)text",
    .theorem = R"text(Every Add, Sub or Sum on which the explained output depends has a rule that gives its
operands shares.)text",
    .refuted = R"text(The sum has the rule "gradient", by an assign or because nothing matches it: every
operand gets the whole relevance of the sum. Each residual connection on the way then doubles the
total.)text",
    .limits = R"text(Always decided, from the graph and the selectors. Gradient methods, without any formula
of shares, are not asked.)text",
    .remedy = R"text(An [[assign]] with to = { op = "add" } and a rule for affine nodes, such as epsilon or
z-plus.)text",
    .example = R"text(#: case    a residual sum falls back to the gradient
#: expect  refuted A004 at s
--- net
input x[2]
h = relu(x)
f = dense(h)  weight [[1, 1], [1, -1]]  bias [0, 0]
s = add(h, f)
y = dense(s)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "gradient"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
[[assign]]
to = { op = "activation" }
rule = "pass"
--- check
property = "A004"
=====
#: case    the sum has a rule
#: expect  nothing
--- net
input x[2]
h = relu(x)
f = dense(h)  weight [[1, 1], [1, -1]]  bias [0, 0]
s = add(h, f)
y = dense(s)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "gradient"
[[assign]]
to = { op = "affine" }
rule = "epsilon"
[[assign]]
to = { op = "activation" }
rule = "pass"
--- check
property = "A004"
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/148)text",
    .level = Level::error,
    .evidence = "graph and selectors"};

inline constexpr Check kPassedNorm{
    .id = "A006",
    .law = "CAN-1",
    .question = R"text(Does a batch norm that is not folded pass its relevance on unchanged?)text",
    .theorem = R"text(No batch norm of the network has the rule "pass", or it changes nothing: every scale is
1, every shift 0.)text",
    .refuted = R"text(The norm multiplies and shifts its channels, and the rule set hands relevance through it
as if it did neither. The layer before it is then explained with weights and biases that the network does not
have.)text",
    .limits = R"text(Decided from the graph and the stored parameters, after the rewrites that the rule set
asks for.)text",
    .remedy = R"text(The rewrite that the finding names, in [ruleset] canonize or with --canonize.)text",
    .example = R"text(#: case    a norm behind a dense layer, under a preset that passes norms
#: expect  refuted A006 at n
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
n = batch-norm(f)  gamma [2, 1]  beta [0, 1]  mean [0, 0]  variance [1, 1]  epsilon 0
h = relu(n)
output h
--- rules zennit-epsilon-plus
--- check
property = "A006"
=====
#: case    a norm that changes nothing
#: expect  nothing
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
n = batch-norm(f)  gamma [1, 1]  beta [0, 0]  mean [0, 0]  variance [1, 1]  epsilon 0
h = relu(n)
output h
--- rules zennit-epsilon-plus
--- check
property = "A006"
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/193)text",
    .level = Level::warning,
    .evidence = "graph and stored parameters"};

inline constexpr Check kNormThatStays{
    .id = "A007",
    .law = "CAN-1",
    .question = R"text(Is there a batch norm that no rewrite can fold into a neighbour?)text",
    .theorem = R"text(Every batch norm goes into an affine node before or behind it by a rewrite that can be
proved; lrproof canonize shows which.)text",
    .refuted = R"text(After all usual rewrites the norm is still there. The reasons say what stands between it
and its neighbours: another reader, an activation, padding. A library that folds it there all the same folds
it wrongly.)text",
    .limits = R"text(Decided by the rewrites' own matching, on the network as it stands in the file. Whether a
fold that was done before the export was right, the file does not say (A008).)text",
    .remedy = R"text(What the finding names; or a rule for the norm itself, as for any affine node.)text",
    .example = R"text(#: case    a norm between two activations
#: expect  refuted A007 at n
--- net
input x[1, 2]
h = relu(x)
n = batch-norm(h)  gamma [2, 1]  beta [0, 1]  mean [0, 0]  variance [1, 1]  epsilon 0
y = abs(n)
output y
--- rules lrp-epsilon
--- check
property = "A007"
=====
#: case    a norm behind a dense layer
#: expect  nothing
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
n = batch-norm(f)  gamma [2, 1]  beta [0, 1]  mean [0, 0]  variance [1, 1]  epsilon 0
y = abs(n)
output y
--- rules lrp-epsilon
--- check
property = "A007"
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/165)text",
    .level = Level::note,
    .evidence = "the rewrites"};

inline constexpr Check kFoldEqual{
    .id = "A008",
    .law = "CAN-1",
    .question = R"text(Was a batch norm that is no longer in the file folded right?)text",
    .theorem = R"text(Not decidable from ONNX: a file with folded norms does not hold the network before.
Folds that this tool makes are proved each time (canon.equal).)text",
    .refuted = R"text(Never told.)text",
    .limits = R"text(Not asked.)text",
    .remedy = R"text(Compare both files: lrproof canonize BEFORE.onnx --against AFTER.onnx (net.equal).)text",
    .example = R"text(lrproof canonize before.onnx --against after.onnx
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/pull/171)text"};
inline constexpr Check kTraining{
    .id = "A009",
    .law = "NET-3",
    .question = R"text(Does the file run a norm or a dropout as in training?)text",
    .theorem = R"text(No batch norm and no dropout on which an output depends has training_mode set, and no
batch norm names more than its first output.)text",
    .refuted = R"text(The node computes with the statistics of the batch, or drops elements at random: its
output for one sample depends on others, or on chance. The other commands refuse such a file; this one reads
the node as for inference and goes on.)text",
    .limits = R"text(Decided from the file's attributes and outputs. A file whose nodes read the extra outputs
is not read.)text",
    .remedy = R"text(Export the model for inference (model.eval() before torch.onnx.export).)text",
    .example = R"text(lrproof lint model.onnx --rules lrp-epsilon
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/204)text",
    .level = Level::error,
    .evidence = "attributes and outputs in the file"};

inline constexpr Check kSoftmaxInside{
    .id = "A017",
    .law = "NET-5",
    .question = R"text(Is there a softmax between the input and the explained output?)text",
    .theorem = R"text(The explained output is a logit: no Softmax or LogSoftmax is on the way to it. A final
one is cut off, and the report says so.)text",
    .refuted = R"text(The node normalises what it reads. Its gradient saturates where one entry is near 1, and
no rule for affine nodes or activations is derived for it.)text",
    .limits = R"text(Always decided, from the graph.)text",
    .remedy = R"text(Explain the logits: cut the model before the softmax. Inside attention, a rule of a
method made for it.)text",
    .example = R"text(#: case    a softmax in the middle
#: expect  refuted A017 at p
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
p = opaque(f)  op Softmax  shape [1, 2]  numbers [[axis, 1]]  evaluable 1
y = dense(p)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "pass"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A017"
=====
#: case    a sigmoid is none
#: expect  nothing
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
p = opaque(f)  op Sigmoid  shape [1, 2]  evaluable 1
y = dense(p)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "pass"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A017"
)text",
    .source = R"text(https://github.com/albermax/innvestigate/issues/112)text",
    .level = Level::warning,
    .evidence = "graph"};

inline constexpr Check kOverlappingPool{
    .id = "A018",
    .law = "RUL-3",
    .question = R"text(Does a max pool with overlapping windows send relevance back to the winners?)text",
    .theorem = R"text(No two windows of a max pool that hands relevance to its winners share an
element.)text",
    .refuted = R"text(An element may win several windows, and gets the sum of what they have. That is what
this tool, and an automatic gradient, compute; an implementation by un-pooling keeps one of them and loses the
rest.)text",
    .limits = R"text(Always decided, from the kernel, strides and dilations.)text",
    .remedy = R"text(Nothing here. Elsewhere, check that relevance is added where windows overlap.)text",
    .example = R"text(#: case    kernel 2, stride 1
#: expect  refuted A018 at p
--- net
input x[1, 1, 3, 3]
p = max-pool(x)  kernel [2, 2]  strides [1, 1]  pads [0, 0, 0, 0]
output p
--- rules
[[assign]]
to = { op = "max-pool" }
rule = "winner"
--- check
property = "A018"
=====
#: case    kernel 2, stride 2
#: expect  nothing
--- net
input x[1, 1, 4, 4]
p = max-pool(x)  kernel [2, 2]  strides [2, 2]  pads [0, 0, 0, 0]
output p
--- rules
[[assign]]
to = { op = "max-pool" }
rule = "winner"
--- check
property = "A018"
)text",
    .source = R"text(https://github.com/moboehle/Pytorch-LRP/issues/11)text",
    .level = Level::note,
    .evidence = "stored attributes"};

inline constexpr Check kBilinear{
    .id = "A019",
    .law = "NET-5",
    .question = R"text(Is there a product of two variables (a gate, attention) without a rule made for
it?)text",
    .theorem = R"text(No operation on which the explained output depends combines two variables other than by
sum, maximum or concatenation.)text",
    .refuted = R"text(The node multiplies, divides or combines two tensors that both depend on the input, and
its rule is "gradient" or "zero". The gradient hands the whole relevance to both operands; no rule of this
language splits a product.)text",
    .limits = R"text(Always decided, from the graph. Gradient methods, without any formula of shares, are not
asked.)text",
    .remedy = R"text(A method with a rule for products; for squeeze-and-excitation gates, canonize =
["mark-gate"] names them.)text",
    .example = R"text(#: case    a gate
#: expect  refuted A019 at g
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
s = opaque(f)  op Sigmoid  shape [1, 2]  evaluable 1
g = opaque(f, s)  op Mul  shape [1, 2]  evaluable 1
y = dense(g)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "gradient"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A019"
=====
#: case    a product with a constant is a scaling
#: expect  nothing
--- net
input x[1, 2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
g = scale(f)  mul [2, 3]  add [0, 0]
y = dense(g)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "gradient"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A019"
)text",
    .source = R"text(https://github.com/pytorch/captum/issues/862)text",
    .level = Level::warning,
    .evidence = "graph and selectors"};

}  // namespace lrproof::claim
