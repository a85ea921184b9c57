#pragma once
// Rows of the check table: roots (ROO-1..6). Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kRootInside{
    .id = "root.inside",
    .law = "ROO-5",
    .question = R"(Does the root point that a rule stands for lie in the same linear piece of the rest of the
network as the activations it explains?)",
    .theorem = R"(Take an affine unit j that only an activation with a kink at 0 reads (or the explained output
itself), its input a and its root a~ = a - t v, where v is the direction the rule's formula belongs to. Proved
means: for every unit asked, every later activation and every later maximum of the network above a is on the
same closed piece at a~ as at a. There the network above a is one affine map, so the first-order Taylor
expansion around a~ that Deep Taylor Decomposition writes down is the function itself and not an approximation
of it.

Two roots are asked about, because the literature has both. The hinge root has t = z_j / (w_j . v): the unit's
pre-activation is exactly 0 there. The relevance root has t = R_j / (w_j . v): the unit drops by its relevance.
They coincide only where R_j = z_j, and the verdict can differ. Rules whose root is 0 itself have kind "fixed".

The cell is closed: a root that ends exactly on a kink is inside. When the tensor does not cut the input from
the output (a residual branch runs beside it), what is not computed from it keeps its value; the finding then
says "others frozen".)",
    .refuted = R"(The witness names the unit j whose root leaves, t, and one later element whose pre-activation
(or whose difference between two operands of a maximum) is strictly on another piece at the root. By hand: take
the activations at the input, subtract t v, evaluate the named element once more and compare the two signs.)",
    .limits = R"(Rejected: a unit that a live batch norm, an addition or a max pool reads is no neuron of the
form relu(w.a + b); units with R_j = 0 or z_j = 0 have no root to ask about and are counted apart, and so is "no
root", where w_j . v = 0. Unknown: an input that sits on more kinks than the budget allows to enumerate.)",
    .remedy = R"(A refuted root does not make the relevance map wrong; it takes away the argument that derives
the map from a Taylor expansion. Do not cite that derivation for this rule set and model, or choose a root
direction that is proved. Where units are rejected, fold the norms first: --canonize batchnorm-into-affine.)",
    .example = R"(#: case    both hinges are reached without crossing the other unit
#: truth   holds
#: expect  proved root.inside at fc1
#: expect  proved root.inside at fc2
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [0, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.inside"
over     = { points = [["1", "1"]] }
=====
#: case    the first unit's root (0, 1) switches the second unit off
#: truth   fails root.inside at fc1
#: truth   holds root.inside at fc2
#: expect  refuted root.inside at fc1
#: expect  proved root.inside at fc2
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [2, -1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.inside"
over     = { points = [["1", "1"]] }
)",
    .source = R"(Sixt and Landgraf, A Rigorous Study of the Deep Taylor Decomposition, TMLR 2022
(https://arxiv.org/abs/2211.08425); the roots: Montavon et al., Explaining NonLinear Classification Decisions
with Deep Taylor Decomposition, Pattern Recognition 65, 2017 (https://arxiv.org/abs/1512.02479))"};

inline constexpr Check kRootLinear{
    .id = "root.linear",
    .law = "ROO-5",
    .question = R"(Does the gradient of the explained output stay the same all the way from the activations to
the root?)",
    .theorem = R"(Proved means: one and the same vector g is a gradient of the network above a at every point of
the segment from a to the root a~. At a point on a kink, the gradients are those of the full-dimensional pieces
that meet there. This is the region of the Deep Taylor study. It is larger than the cell of root.inside: a unit
that the explained output does not depend on may change its piece.)",
    .refuted = R"(The witness names the unit, t, a fraction s of the way (0 < s <= 1, off every kink) and one
coordinate of the gradient that differs between the input and the point a - s t v. By hand: compute both
gradients.)",
    .limits = R"(As root.inside. Unknown also when the segment crosses more breakpoints than the budget allows.)",
    .remedy = R"(As root.inside. A root that is outside the cell but inside the linear region is a sound
expansion point.)",
    .example = R"(#: case    the unit that switches off is one the output ignores
#: truth   holds
#: expect  proved root.linear at fc1
#: expect  proved root.linear at fc2
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [2, -1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 0]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.linear"
over     = { points = [["1", "1"]] }
=====
#: case    the output reads both units: half-way to the root its gradient changes
#: truth   fails root.linear at fc1
#: truth   holds root.linear at fc2
#: expect  refuted root.linear at fc1
#: expect  proved root.linear at fc2
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [2, -1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.linear"
over     = { points = [["1", "1"]] }
)",
    .source = R"(Sixt and Landgraf 2022, the region N_f(x) (https://arxiv.org/abs/2211.08425))"};

inline constexpr Check kRootDomain{
    .id = "root.domain",
    .law = "ROO-5",
    .question = R"(Is the root a value that the layer's input could have at all?)",
    .theorem = R"(Proved means: every element of the root lies within the bounds of the tensor it replaces. For
the network's input the bounds are those of --domain; for hidden tensors they come from the operation that
produced them: at least 0 behind a ReLU or an absolute value, within the limits behind a clip, inherited through
pooling and concatenation, none behind an affine map or an addition. It does not say that some input of the
domain produces the root: that is a further question.)",
    .refuted = R"(The witness names the unit, one element of its root and the bound that this element breaks.)",
    .limits = R"(Vacuous where the tensor has no bound. Unknown when the enclosure of the root touches the bound
and the exact value exceeds the budget.)",
    .remedy = R"(Use a direction that respects the bounds: z-plus keeps a~ >= 0 where a >= 0, and the box rule
is made for the input.)",
    .example = R"(#: case    equal activations: the root of the output is the origin
#: truth   holds
#: expect  proved root.domain at fc1
#: expect  proved root.domain at fc2
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [0, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.domain"
domain   = [-10, 10]
over     = { points = [["1", "1"]] }
=====
#: case    the root (-1/2, 1/2) is no output of a ReLU
#: truth   holds root.domain at fc1
#: truth   fails root.domain at fc2
#: expect  proved root.domain at fc1
#: expect  refuted root.domain at fc2
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [0, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.domain"
domain   = [-10, 10]
over     = { points = [["1", "2"]] }
)",
    .source = R"(Montavon et al. 2017, section 4: the search domain of a root (https://arxiv.org/abs/1512.02479))"};

inline constexpr Check kRootExists{
    .id = "root.exists",
    .law = "ROO-5",
    .question = R"(Is there any root of the explained output in the input's own linear piece?)",
    .theorem = R"(Proved means: some point of the closed cell of x, within the domain, makes the explained
output exactly 0. The witness is such a point. If there is none, no rule and no search can find a true root for
a Taylor expansion of the whole network at x.)",
    .refuted = R"(The witness is a Farkas combination: non-negative multipliers on the inequalities of the cell
and the domain and one multiplier on f = 0, which together add up to "0 is at least something positive". By
hand: multiply and add.)",
    .limits = R"(Unknown when the linear program exceeds the budget, or the input sits on more kinks than the
budget allows.)",
    .remedy = R"(Without a root in the cell, expand around a point that is not a root and account for the value
it keeps, or explain a difference of two logits.)",
    .example = R"(#: case    the origin is in the cell and a root
#: truth   holds
#: expect  proved root.exists
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [0, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.exists"
over     = { points = [["1", "1"]] }
=====
#: case    a positive bias at the output keeps it above 0
#: truth   fails
#: expect  refuted root.exists
--- net
input x[2]
fc1 = affine(x)  weight [[1, 0], [0, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [1]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "dtd-w2"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "root.exists"
over     = { points = [["1", "1"]] }
)",
    .source = R"(Sixt and Landgraf 2022 (https://arxiv.org/abs/2211.08425); Farkas' lemma, 1902)"};

inline constexpr Check kRootConstant{
    .id = "root.constant",
    .law = "GXI-3",
    .question = R"(With these root points for the layers, is Deep Taylor Decomposition anything else than gradient
times the difference to the root at the input?)",
    .theorem = R"(Roots are given at tensors that each cut the input from the explained output, the input among them:
by --roots FILE.npz, or the origin at every layer for rules whose root is 0 (dtd-zero). Full-backward decomposition
starts from f_c at the uppermost tensor and differentiates, tensor by tensor, the relevance above at its root. Proved
means: every root lies in the closed cell of what follows its tensor, and the relevance of the input is exactly
R = grad f_c (*) (x - root), for every feature. Its sum is then f_c(x) - f_c(root). With one constant root per layer the
second part is a theorem (GXI-3): whatever the hidden roots are, they leave no trace in the map.

The finding has what stays unresolved at each tensor, the sum of R, f_c at the input and at the root ("resolved" counts
the inputs at which it is 0), and how many elements of roots lie beyond the bounds of their tensors or of --domain.
Several inputs are added up.

The roots are one point per layer, one for each input, one for each unit of the next tensor with roots, or a function
a -> c + M a. Where the units above the input have roots of their own, the map has to be gradient times (input - root)
for each of them that has a weight.)",
    .refuted = R"(Either a root outside its cell: the tensor, the later element that is strictly on another piece at
the root, and its two values. By hand: replace the tensor by its root and evaluate that element. Or, with all roots in
their cells, a feature at which the map and gradient times (input - root) differ, and both values: with a root for each
unit above the input, R_i = (grad f_c)_i x_i - sum_k g_k J_ki root_k,i; with a root function that has a slope at a
hidden tensor, the slope of the relevance below it is no longer the gradient.)",
    .limits = R"(Rejected: rules whose roots are rational functions of the activations (dtd-x, dtd-z-plus,
dtd-gamma, dtd-zb): their decomposition leaves a Taylor remainder, and without --roots there is nothing to ask; this is
said when the check is asked for by name. Roots of dtd-w2 are affine functions with a slope for each unit, which is not
supported. Rejected too: the origin at a tensor that is no cut (a layer inside a residual block).
Unknown: an input on a kink, also a kink that only a hidden tensor sees; too many roots for the budget. Over a cell or a
box constant roots are decided exactly, with the branch of each region; a root function with a slope moves with the
input, and only a counterexample is looked for.)",
    .remedy = R"(Roots outside their cells: the decomposition does not expand the function that the network is there;
choose roots nearer to the activations. A proved verdict says that the decomposition is a difference to a reference
input in disguise: compare it with gradient times (input - root), which is cheaper. lrproof forge shows what root
functions with a slope can do.)",
    .example = R"(#: case    without biases the origin is in every cell
#: truth   holds
#: expect  proved root.constant
--- net
input x[2]
fc1 = affine(x)  weight [[1, 2], [2, -1]]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 3]]
output fc2
--- rules dtd-zero
--- check
property = "root.constant"
over     = { points = [["1", "1"]] }
=====
#: case    the second unit's bias takes the origin to its other side
#: truth   fails
#: expect  refuted root.constant
--- net
input x[2]
fc1 = affine(x)  weight [[1, 2], [2, -1]]  bias [0, "-1/2"]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 3]]
output fc2
--- rules dtd-zero
--- check
property = "root.constant"
over     = { points = [["1", "1"]] }
)",
    .source = R"(Sixt and Landgraf 2022, on constant roots (https://arxiv.org/abs/2211.08425); the recursion: Montavon
et al. 2017 (https://arxiv.org/abs/1512.02479))"};

}  // namespace lrproof::claim
