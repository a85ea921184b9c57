#pragma once
// Rows of the check table: reduction to gradient x input (GXI-1, GXI-2). Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kGxiReduces{
    .id = "gxi.reduces",
    .law = "GXI-1",
    .question = R"(Is the relevance map nothing but the gradient multiplied with the input?)",
    .theorem = R"(Proved means: R_i = x_i df/dx_i for every feature i, exactly, at every input of the scope at
which no used denominator vanishes. A denominator is used when the gradient of the output with respect to its
unit is not 0 and some numerator of that unit is not 0. Those exceptions are part of the statement: the report
lists den.nonzero of each node as a premise, with its own verdict. On an input that sits on a kink the equality
holds for every choice of pieces, with the same choice made in both maps.

For LRP-0 with the bias in the denominator this is a theorem on networks of affine layers, additions, max pools
by winner and ReLU-like activations; for a rule set that differs from it in any layer the equality is an
accident of the numbers.)",
    .refuted = R"(The witness names one feature and encloses its relevance and its gradient x input: two numbers
that differ. By hand: run any LRP implementation and any automatic differentiation at the named input and
compare that feature.)",
    .limits = R"(Vacuous where a used denominator vanishes at every input of the scope, for instance at f = 0.
Rejected for networks with operations that are not piecewise linear. Unknown when exact relevances outgrow the
budget and their enclosures still overlap.)",
    .remedy = R"(If it is proved, the map carries no information beyond gradient x input: report it under that
name, and save the backward pass. If it is refuted, the map is really another one.)",
    .example = R"(#: case    LRP-0 on one ReLU unit
#: truth   holds
#: expect  proved gxi.reduces
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.reduces"
over     = { points = [["1/2", "1/2"]] }
=====
#: case    an epsilon of 1/4 shrinks 1/2 to 8/25
#: truth   fails
#: expect  refuted gxi.reduces
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = { name = "epsilon", epsilon = "1/4" }
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.reduces"
over     = { points = [["1/2", "1/2"]] }
)",
    .source = R"(Shrikumar et al., Not Just a Black Box, 2016 (https://arxiv.org/abs/1605.01713); Kindermans et
al. 2016 (https://arxiv.org/abs/1611.07270); Ancona et al., ICLR 2018 (https://arxiv.org/abs/1711.06104))"};

inline constexpr Check kGxiStrict{
    .id = "gxi.strict",
    .law = "GXI-1",
    .question = R"(Is the relevance map gradient x input everywhere, vanishing denominators included?)",
    .theorem = R"(Proved means: R_i = x_i df/dx_i for every feature at every input of the scope, where a share
whose denominator is 0 counts as 0. This is what a program computes when it guards its divisions, so it is the
statement about implementations; gxi.reduces is the statement about formulas.)",
    .refuted = R"(As gxi.reduces: one feature with two numbers that differ. The common case is an output of
exactly 0: LRP-0 then distributes nothing while gradient x input may be large with both signs.)",
    .limits = R"(As gxi.reduces, without the vacuous case. Over a cell that has a facet LRP-0 fails on it as a rule:
the unit that is 0 there hands nothing down, and the gradient of the active side is not 0. A box within one cell
can be proved.)",
    .remedy = R"(Read a map at a vanishing denominator as "not defined", not as "nothing is relevant".)",
    .example = R"(#: case    f = relu(x1) - 2 relu(x2) away from f = 0
#: truth   holds
#: expect  proved gxi.strict
--- net
input x[2]
h   = relu(x)
fc1 = affine(h)  weight [[1, -2]]  bias [0]
output fc1
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.strict"
over     = { points = [["3", "1"]] }
=====
#: case    the same network at f = 0: LRP-0 is (0, 0), gradient x input is (2, -2)
#: truth   fails
#: expect  refuted gxi.strict
--- net
input x[2]
h   = relu(x)
fc1 = affine(h)  weight [[1, -2]]  bias [0]
output fc1
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.strict"
over     = { points = [["2", "1"]] }
)",
    .source = R"(Derived here from the definition of the share at a vanishing denominator (RUL-2).)"};

inline constexpr Check kGxiScaled{
    .id = "gxi.scaled",
    .law = "GXI-1",
    .question = R"(Is the relevance map gradient x input up to one positive factor per input?)",
    .theorem = R"(Proved means: for every input of the scope there is a k > 0 with R_i = k x_i df/dx_i for all
features. After the usual normalisation of heat maps the two pictures are then identical. Starting LRP-0 from 1
instead of the output's value gives k = 1/f, positive where the output is.)",
    .refuted = R"(The witness names two features whose relevances are not in the proportion of their gradient x
input, or one feature where the two maps have opposite signs or only one of them is 0.)",
    .limits = R"(As gxi.reduces.)",
    .remedy = R"(If it is proved, the heat map is the one of gradient x input; the starting relevance is the
only difference.)",
    .example = R"(#: case    LRP-0 started from 1: k = 1/2
#: truth   holds
#: expect  proved gxi.scaled
--- net
input x[2]
fc1 = affine(x)  weight [[1, 3]]  bias [0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1]]  bias [0]
output fc2
--- rules
[ruleset]
start = "one"
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.scaled"
over     = { points = [["1/2", "1/2"]] }
=====
#: case    w-square gives 1 : 9 where gradient x input has 1 : 3
#: truth   fails
#: expect  refuted gxi.scaled
--- net
input x[2]
fc1 = affine(x)  weight [[1, 3]]  bias [0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1]]  bias [0]
output fc2
--- rules
[ruleset]
start = "one"
[[assign]]
to   = { op = "dense" }
rule = "w-square"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.scaled"
over     = { points = [["1/2", "1/2"]] }
)",
    .source = R"(Derived here (GXI-1, GXI-2); the unscaled statement: Ancona et al. 2018
(https://arxiv.org/abs/1711.06104))"};

inline constexpr Check kGxiBounded{
    .id = "gxi.bounded",
    .law = "GXI-1",
    .question = R"(How far is the relevance map from gradient x input, at most?)",
    .theorem = R"(Proved means: |R_i - x_i df/dx_i| <= tau |f| for every feature and every input of the scope,
with the tau given by --tau. It answers for rules that are meant to be near gradient x input without being equal
to it, such as the epsilon rule with a small epsilon.)",
    .refuted = R"(The witness names one feature and encloses the difference and the output: the first exceeds
tau times the second.)",
    .limits = R"(As gxi.reduces. Asked only when --tau is given. At f = 0 the bound is 0, so that over a scope in
which f changes its sign only maps that are equal can be proved. Over a scope the difference is bounded for rules
whose shares vanish with the input (LRP-0, epsilon, gamma, z-plus, alpha-beta), as far as their denominators are
told from 0, from the range of each unit; a smaller --radius gives a smaller bound.)",
    .remedy = R"(Read largest_deviation in the finding's numbers ("apart by at most" in the table): over all inputs
at which a bound is known, a tau of that size would be proved.)",
    .example = R"(#: case    an epsilon of 1/4 moves 1/2 to 8/25: the distance 9/50 is below 1/4
#: truth   holds
#: expect  proved gxi.bounded
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = { name = "epsilon", epsilon = "1/4" }
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.bounded"
tau      = "1/4"
over     = { points = [["1/2", "1/2"]] }
=====
#: case    and above 1/10
#: truth   fails
#: expect  refuted gxi.bounded
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1]]  bias [0]
output fc2
--- rules
[[assign]]
to   = { op = "dense" }
rule = { name = "epsilon", epsilon = "1/4" }
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "gxi.bounded"
tau      = "1/10"
over     = { points = [["1/2", "1/2"]] }
)",
    .source = R"(Derived here (GXI-1); the epsilon rule: Bach et al., PLoS ONE 10(7), 2015
(https://doi.org/10.1371/journal.pone.0130140))"};

}  // namespace lrproof::claim
