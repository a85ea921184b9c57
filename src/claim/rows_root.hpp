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

}  // namespace lrproof::claim
