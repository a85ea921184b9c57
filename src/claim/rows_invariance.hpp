#pragma once
// Rows of the check table: one function, two networks (INV-1). Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kInvImpl{
    .id = "inv.impl",
    .law = "INV-1",
    .question = R"(Is the relevance the same on another network for the same function: before and after canonization?)",
    .theorem = R"(Proved means: at every input of the finding, the relevance of every input element is the same number
on both networks, exactly. The network beside is the model before its rewrites, or, under `lrproof canonize
--against`, the other model. It is asked when it is named (`--check inv.impl`, `canonize --rules`). One finding, with
the notion "gradient", is about no rule set: gradient, and input times gradient. Where the two functions are proved
equal (canon.equal, net.equal) it holds by a theorem: equal functions have equal gradients wherever both networks are
differentiable.)",
    .refuted = R"(An input, an element of it, and both relevances, as exact numbers or as enclosures that do not meet.
"begins" names the tensor nearest to the output that both networks have, with values that agree, and whose relevance
differs: the rule that stands behind it reads how the function is written down. "largest_change" is the greatest
sum of |R - R'| as a share of the sum of |R| over the inputs, a double for orientation. By hand: run the rule set on
both models at that input.)",
    .limits = R"(Vacuous where the input lies on a kink that the output feels: there are several maps, none by right.
Rejected where the rule set has no rule for an operation of one of the networks, such as a batch norm that was folded
away in the other. Unknown where enclosures do not tell the maps apart and exact maps exceed the budget: sums of
fractions over many units have long denominators. Over a cell or a box only what one input refutes is told.)",
    .remedy = R"(A refuted map is the reason to canonize, and to say so: state the rewrites with the rule set
(`canonize = [...]` in its file), so that everybody explains the same network. Where a map must not depend on how the
function is written, use a gradient method or LRP-0 with biases.)",
    .example = R"(#: case    LRP-0 with its bias gives what input times gradient gives, folded or not
#: truth   holds
#: expect  proved inv.impl
#: expect  proved inv.impl gradient
--- net
input x[1, 2]
fc1 = affine(x)  weight [[1, 2], [-1, 1]]  bias [1, 0]
n   = batch-norm(fc1)  gamma [2, 3]  beta [0, 1]  mean [0, 0]  variance [1, 1]  epsilon 0
h   = relu(n)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "affine" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "inv.impl"
canonize = ["batchnorm-into-affine"]
over     = { points = [["1", "2"]] }
=====
#: case    z-plus reads the norm's shift at its own layer before, and with the weights after
#: truth   fails inv.impl
#: truth   holds inv.impl gradient
#: expect  refuted inv.impl
#: expect  proved inv.impl gradient
--- net
input x[1, 2]
fc1 = affine(x)  weight [[1, 2], [-1, 1]]  bias [1, 0]
n   = batch-norm(fc1)  gamma [2, -3]  beta [1, 5]  mean [0, 0]  variance [1, 1]  epsilon 0
h   = relu(n)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "affine" }
rule = "z-plus"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "inv.impl"
canonize = ["batchnorm-into-affine"]
over     = { points = [["1", "2"]] }
)",
    .source = R"(Implementation invariance: Sundararajan, Taly and Yan, ICML 2017
(https://arxiv.org/abs/1703.01365))"};

inline constexpr Check kInvRescale{
    .id = "inv.rescale",
    .law = "INV-1",
    .question = R"(Does the relevance stay when a unit is scaled up and the weights that read it are scaled down?)",
    .theorem = R"(The weights and bias of a unit of the layer (a channel of a convolution) are doubled, and the
weights that read it are halved. The function stays, as relu(2 z) = 2 relu(z). Proved means: so does the relevance of
every input element, for every unit and every input at which no unit lies on a kink. It is proved by the laws of the
two layers' rules (`lrproof rules audit`, "unit scale" and "input scale"), where only reshapes and the rules "pass",
"gradient" and, of a pool, "winner" stand between them. One finding per layer that can be rescaled: only one layer
reads it, through activations
with their kinks at 0, pools and reshapes. It is asked when it is named (`--check inv.rescale`).)",
    .refuted = R"(An input, the unit that was doubled (-1: every other one), an element of the input, and its relevance
before and after. By hand: scale the two layers and run the rule set again.)",
    .limits = R"(Refuted by evaluating the scaled network, first with one unit of the first four, then with every other
one. What changes no map at an input is no proof: without the laws the answer is unknown. Vacuous where the input lies
on a kink that the output feels. Over a cell or a box: what holds by law, and what one input refutes.)",
    .remedy = R"(A map that changes here depends on how training happened to share a scale between two layers, which
no output shows. Use a rule whose shares are those of a w / z, of positive parts, or of equal parts; an epsilon can be
made relative to the layer.)",
    .example = R"(#: case    the shares of z-plus are ratios of what both scalings leave
#: truth   holds
#: expect  proved inv.rescale at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, 2], [-1, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "affine" }
rule = "z-plus"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "inv.rescale"
over     = { points = [["1", "2"]] }
=====
#: case    squared weights: the doubled unit's reader is halved, and the unit gets a quarter of its weight
#: truth   fails
#: expect  refuted inv.rescale at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, 2], [-1, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "affine" }
rule = "w-square"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "inv.rescale"
over     = { points = [["1", "2"]] }
)",
    .source = R"(Positive scaling of ReLU units: Neyshabur, Salakhutdinov and Srebro, NeurIPS 2015
(https://arxiv.org/abs/1506.02617); the demand on attributions is derived here)"};

}  // namespace lrproof::claim
