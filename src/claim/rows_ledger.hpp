#pragma once
// Rows of the check table: conservation, sign, denominators, premises and rewrites. Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kConLayer{
    .id = "con.layer",
    .law = "CON-1",
    .question = R"(Does a layer hand down exactly the relevance it received, unit by unit?)",
    .theorem = R"(Proved means: at every input of the scope, for every unit of the node, everything the unit
received goes to its inputs. The ledger of a unit has these entries, exact and signed: bias (the share that
stays with the bias), stabilizer (what an epsilon swallows or adds), vanished (a denominator of 0), coefficients
(shares that do not add up to 1, closed gates), unmatched (a node without a rule), constant (relevance sent to a
constant operand) and rule (rules that are not linear in relevance). Conserved means that every entry is 0, not
merely that they cancel: entries that only cancel are said to.)",
    .refuted = R"(The witness names a unit, a cause and an enclosure of its amount that excludes 0. By hand:
subtract what the unit's inputs got from it from what it had.)",
    .limits = R"(Unknown when an amount's enclosure contains 0 and its exact value exceeds the budget.)",
    .remedy = R"(See the cause. Bias: a rule without bias in the denominator, or accept the leak and read the
ledger. Stabilizer: a smaller epsilon. Vanished: den.nonzero names the unit. Unmatched: assign a rule.)",
    .example = R"(#: case    LRP-0 without a bias conserves
#: truth   holds
#: expect  proved con.layer at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "con.layer"
over     = { points = [["1/2", "1/2"]] }
=====
#: case    a positive epsilon loses relevance: 1 comes in, 4/5 goes on
#: truth   fails
#: expect  refuted con.layer at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = { name = "epsilon", epsilon = "1/4" }
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "con.layer"
over     = { points = [["1/2", "1/2"]] }
)",
    .source = R"(Bach et al. 2015, equation 2 (https://doi.org/10.1371/journal.pone.0130140); the ledger by
cause: derived here)"};

inline constexpr Check kConTotal{
    .id = "con.total",
    .law = "CON-1",
    .question = R"(Does the whole map sum to what was started with?)",
    .theorem = R"(Proved means: at every input of the scope the relevances of the input add up, exactly, to the
starting relevance (the explained output, where a rule set starts from its value). It is weaker than con.layer
at every node: losses of one unit may be made up by gains of another.)",
    .refuted = R"(The witness encloses both sums; they differ. The ledger says in which layers the difference
arose and why.)",
    .limits = R"(As con.layer.)",
    .remedy = R"(Read the ledger from the top: the first layer with a large entry is the one to change.)",
    .example = R"(#: case    no bias, nothing lost
#: truth   holds
#: expect  proved con.total
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "con.total"
over     = { points = [["1/2", "1/2"]] }
=====
#: case    a bias of 1 keeps half of it
#: truth   fails
#: expect  refuted con.total
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [1]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "con.total"
over     = { points = [["1/2", "1/2"]] }
)",
    .source = R"(Bach et al. 2015, equation 2 (https://doi.org/10.1371/journal.pone.0130140))"};

inline constexpr Check kPosLayer{
    .id = "pos.layer",
    .law = "POS-1",
    .question = R"(Can a layer turn non-negative relevance into negative relevance?)",
    .theorem = R"(Proved means: at every input of the scope no share of this node is negative, so that relevance
stays non-negative whatever non-negative relevance arrives from above. Rules that are read as "evidence for"
need it.)",
    .refuted = R"(The witness names a unit and an element of its input whose share of the unit's relevance is
negative.)",
    .limits = R"(Unknown when a share's enclosure contains 0 and its exact value exceeds the budget.)",
    .remedy = R"(A rule without negative shares (z-plus, w-square, flat), or read the map as signed evidence.)",
    .example = R"(#: case    z-plus drops the negative contribution
#: truth   holds
#: expect  proved pos.layer at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, "-1/2"]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = "z-plus"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "pos.layer"
over     = { points = [["1", "1"]] }
=====
#: case    LRP-0 gives the second input -1 for every 1 of the unit
#: truth   fails
#: expect  refuted pos.layer at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, "-1/2"]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "pos.layer"
over     = { points = [["1", "1"]] }
)",
    .source = R"(Montavon et al. 2017, definition 2: positivity (https://arxiv.org/abs/1512.02479))"};

inline constexpr Check kDenNonzero{
    .id = "den.nonzero",
    .law = "DEN-1",
    .question = R"(Does a rule ever divide by zero where it matters, and how near does it come?)",
    .theorem = R"(Proved means: at every input of the scope no used denominator of the node is 0. The finding's
numbers give the smallest absolute value over the scope and the exemplar the input and unit where it occurs: a
denominator of 1e-7 is not 0, yet it multiplies rounding errors and relevances by millions. Over a cell or a box
`smallest_denominator` is a certified lower bound, and `nearest` of the exemplar is the input where it is taken. It may
be 0 and the law hold: where a rule above hands relevance down as R_j = a_j c_j with c_j bounded, and |a_j| is at
most C |S(d_j)| on the scope, the zero is removable. R_j vanishes with S(d_j), and R_j / S(d_j) stays bounded next to
it. `removable` counts the denominators, of units and regions, that come down to 0 in this way and no other; LRP-0
under LRP-0 does so on every cell that touches z_j = 0. A term counts where its gate is open.)",
    .refuted = R"(The witness names the unit and the term of the rule whose denominator is exactly 0 although
the gradient through it is not: the formula has no value there, and the share is taken as 0. Over a cell or a box `at`
is the input; on a facet it refutes only where the denominator is used whichever piece the input is given to.)",
    .limits = R"(Unused denominators, whose unit the output does not depend on or whose numerators are all 0,
are not asked about. Over a cell or a box: where S(d_j) comes down to 0 and the quotient is not shown to stay bounded,
or grows without end although nothing divides by exactly 0 (a zero-only stabilizer; R_j set to 0 by a share above), the
answer is unknown, never proved. It is unknown too where d_j takes the sign of an input that changes on the region, or
a stabilizer follows a root mean square.)",
    .remedy = R"(A stabilizer (the epsilon rule), or another rule at this node. For LRP-0 the zero is removable
where the rule above has the unit's activation as a factor: the product has a limit, only the formula has not.)",
    .example = R"(#: case    f = 1 at (3, 1): the denominator is 1
#: truth   holds
#: expect  proved den.nonzero at fc1
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
property = "den.nonzero"
over     = { points = [["3", "1"]] }
=====
#: case    f = 0 at (2, 1), with gradient (1, -2)
#: truth   fails
#: expect  refuted den.nonzero at fc1
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
property = "den.nonzero"
over     = { points = [["2", "1"]] }
)",
    .source = R"(The instability is noted in Bach et al. 2015, which introduces epsilon against it
(https://doi.org/10.1371/journal.pone.0130140))"};

inline constexpr Check kPreRule{
    .id = "pre.rule",
    .law = "PRE-1",
    .question = R"(Do the conditions hold that a rule's derivation takes for granted?)",
    .theorem = R"(Proved means: at every input of the scope every premise of the rule given to this node holds:
inputs that are not negative where the rule needs a >= 0, inputs between low and high for the box rule, a
positive output where the derivation starts from f > 0. They are checked, never assumed: behind a leaky
activation or at a normalised image a >= 0 is simply false. Over a cell or a box `least_margin` is a certified lower
bound of f_c, of the inputs, or of their distance from low and high; `nearest` of the exemplar is the input where it is
taken.)",
    .refuted = R"(The witness names the premise and an element that breaks it, with its value. Over a cell or a
box `at` is the input: where a linear program has its least value, when that breaks the premise. f_c = 0 on the border
of the closed cell does.)",
    .limits = R"(Vacuous for rules that state no premise. A rule file of one's own states its premises itself.)",
    .remedy = R"(Give the node a rule whose premises hold there: the box rule or w-square at a signed input, the
sign-splitting form of z-plus behind signed activations. Set --domain to the true bounds of the inputs.)",
    .example = R"(#: case    both inputs are between low and high
#: truth   holds
#: expect  proved pre.rule at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = { name = "box", low = 0, high = 1 }
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "pre.rule"
over     = { points = [["1/2", "1/2"]] }
=====
#: case    the second input is 2, above high = 1
#: truth   fails
#: expect  refuted pre.rule at fc1
--- net
input x[2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
y   = relu(fc1)
output y
--- rules
[[assign]]
to   = { op = "dense" }
rule = { name = "box", low = 0, high = 1 }
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "pre.rule"
over     = { points = [["1/2", "2"]] }
)",
    .source = R"(Montavon et al. 2017, section 4 (https://arxiv.org/abs/1512.02479); Montavon et al., Layer-Wise
Relevance Propagation: An Overview, 2019 (https://doi.org/10.1007/978-3-030-28954-6_10))"};

inline constexpr Check kCanonEqual{
    .id = "canon.equal",
    .law = "CAN-1",
    .question = R"(Does a rewritten network compute the same function as the one in the file?)",
    .theorem = R"(Proved means: for each step of the rewrite, the matched nodes before and the nodes after are
the same function of their inputs, for all real inputs and for all parameters of that shape; and the constants
written into the network are the exact ones. For a batch norm folded into the layer before it: s (W a + b -
mean) + beta = (s W) a + (s b - s mean + beta), with s kept as a symbol; the other rewrites are in
docs/canonization.md. Relevance is not invariant under such a rewrite, which is why it is a step of its own,
named in the report: the rules see another network, the function is the same.)",
    .refuted = R"(A refuted rewrite is a bug of lrproof or of a hand-made model: the witness is an input at
which the two networks differ, and the run ends with exit code 70 if the rewrite is one of lrproof's own.)",
    .limits = R"(Rejected: a variance plus epsilon that is not positive. A pattern that does not match exactly
is left alone, and the report says why: a norm whose affine layer has another reader, an average that counts
padding. Folding into stored float32 weights rounds; that is another claim (canon.bound), made only when a
network is written to a file.)",
    .remedy = R"(List the pass under canonize in the rule set, or give --canonize; read the notes of the report
for norms that stayed.)",
    .example = R"(#: case    a batch norm goes into the layer before it
#: truth   holds
#: expect  proved canon.equal at fc1
--- net
input x[1, 2]
fc1 = affine(x)  weight [[1, 1]]  bias [0]
n1  = batch-norm(fc1)  gamma [2]  beta [1]  mean [3]  variance [3]  epsilon 1
y   = relu(n1)
output y
--- rules
[ruleset]
canonize = ["batchnorm-into-affine"]
[[assign]]
to   = { op = "dense" }
rule = "lrp-0"
[[assign]]
to   = { op = "activation" }
rule = "pass"
--- check
property = "canon.equal"
canonize = ["batchnorm-into-affine"]
)",
    .source = R"(Motzkus, Weber and Lapuschkin, Measurably Stronger Explanation Reliability via Model
Canonization, ICIP 2022 (https://arxiv.org/abs/2202.06621))"};

}  // namespace lrproof::claim
