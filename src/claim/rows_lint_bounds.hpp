#pragma once
// Rows of the check table: lint rules that need bounds over the domain, inputs that are tried, or a proof. Included by
// check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr std::string_view kBoundsAndTrials =
    R"text(Without --domain the bounds hold for all inputs, and few are finite; inputs are then tried from
[-1, 1]. Unknown where the bounds do not decide and no input that was tried shows it.)text";

inline constexpr Check kCancelling{
    .id = "A005",
    .law = "DEN-1",
    .question = R"text(Can operands of a sum cancel each other on the domain, so that shares leave [0,
1]?)text",
    .theorem = R"text(Proved means: at every input of the domain the operands of each element of the sum have
one sign. Rules whose shares are never negative, whatever they read (z-plus), are not asked.)text",
    .refuted = R"text(The witness is an input at which one operand is positive and another one negative: their
shares are below 0 and above 1, and as the sum nears 0 both grow without bound. largest_ratio is the largest
of sum |a| over |sum a| that was seen.)text",
    .limits = kBoundsAndTrials,
    .remedy = R"text(A rule whose shares stay in [0, 1], such as z-plus, or an epsilon that is large beside
the sums.)text",
    .example = R"text(#: case    x and f(x) differ in sign on [-1, 1]
#: truth   fails
#: expect  refuted A005 at s
--- net
input x[2]
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
s = add(x, f)
output s
--- rules
[[assign]]
to = { op = "affine" }
rule = "epsilon"
--- check
property = "A005"
domain   = [-1, 1]
=====
#: case    two ReLUs never do
#: truth   holds
#: expect  proved A005 at s
--- net
input x[2]
h = relu(x)
f = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
g = relu(f)
s = add(h, g)
output s
--- rules
[[assign]]
to = { op = "affine" }
rule = "epsilon"
[[assign]]
to = { op = "activation" }
rule = "pass"
--- check
property = "A005"
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/148)text",
    .level = Level::warning,
    .evidence = "bounds and inputs that are tried"};

inline constexpr Check kAbsorbing{
    .id = "A010",
    .law = "CON-1",
    .question = R"text(Does a rule leave relevance with the biases, and how much at most?)text",
    .theorem = R"text(No unit of the layer has a bias that the rule's sums contain: what a unit has goes to
its inputs, but for what a stabiliser takes.)text",
    .refuted = R"text(The sum that a unit's relevance is divided by holds its bias, so that the share chi(b) /
d stays there. The bounds are of that share over the domain, before a stabiliser; over units without a bound
nothing is said.)text",
    .limits = R"text(That there is a share is decided from the formula and the stored biases; its bounds need
--domain. Beyond the budget for bounds, nothing is said.)text",
    .remedy = R"text(A rule without a bias part conserves at this layer. Or accept the leak: the ledger of
lrproof audit has it exactly, input by input.)text",
    .example = R"text(#: case    epsilon with a bias
#: expect  refuted A010 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1]]  bias [1]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A010"
domain   = [0, 1]
=====
#: case    z-plus and a negative bias: its positive part is 0
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1]]  bias [-1]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "z-plus"
--- check
property = "A010"
domain   = [0, 1]
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/183)text",
    .level = Level::note,
    .evidence = "formula, stored biases and bounds"};

inline constexpr Check kIndefinite{
    .id = "A012",
    .law = "PRE-1",
    .question = R"text(Does a rule that needs inputs >= 0 read inputs that may be negative?)text",
    .theorem = R"text(Proved means: at every input of the domain everything that the layer reads is >= 0.
Asked of rules that say so (premises) and of those whose numerators have one sign only where inputs are >= 0,
such as a*pos(w).)text",
    .refuted = R"text(The witness is an input at which an element that the layer reads is negative: shares
become negative under a rule that is read as positive, and denominators can be 0.)text",
    .limits = kBoundsAndTrials,
    .remedy = R"text(z-plus splits inputs and weights; box has bounds for a first layer.)text",
    .example = R"text(#: case    a*pos(w) on the input
#: truth   fails
#: expect  refuted A012 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [0]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "fast"
[[rule.fast.term]]
numerator = "a*pos(w)"
--- check
property = "A012"
domain   = [-1, 1]
=====
# : case the same behind a ReLU, over all inputs
# : truth holds
# : expect proved A012 at fc1
--- net
input x[2]
h   = relu(x)
fc1 = dense(h)  weight [[1, -1]]  bias [0]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "fast"
[[rule.fast.term]]
numerator = "a*pos(w)"
--- check
property = "A012"
)text",
    .source = R"text(Montavon et al. 2017, for ReLU layers (https://doi.org/10.1016/j.patcog.2016.11.008);
libraries do not check it (https://github.com/albermax/innvestigate/issues/42))text",
    .level = Level::warning,
    .evidence = "formula, bounds and inputs that are tried"};

inline constexpr Check kUnsplitGamma{
    .id = "A013",
    .law = "RUL-1",
    .question = R"text(Does a gamma rule favour positive contributions where their sum is negative?)text",
    .theorem = R"text(Proved means: no unit of the layer is negative on the domain. Not asked where a ReLU
alone reads the layer, which passes nothing to units below 0, and of rules with a term for each sign of
z.)text",
    .refuted = R"text(The witness is an input at which a unit is negative. The rule enhances what speaks
against the sign of the sum there; between the signs its denominator is 0 elsewhere than the unit.)text",
    .limits = kBoundsAndTrials,
    .remedy = R"text(gamma as it is built in: one term for z > 0 and one for z < 0, inputs split by
sign.)text",
    .example = R"text(#: case    Captum's gamma at an output that can be negative
#: truth   fails
#: expect  refuted A013 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -2]]  bias [0]
output fc1
--- rules captum-gamma
--- check
property = "A013"
domain   = [0, 2]
=====
#: case    at one that cannot
#: truth   holds
#: expect  proved A013 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1/2]]  bias [2]
output fc1
--- rules captum-gamma
--- check
property = "A013"
domain   = [0, 2]
)text",
    .source = R"text(Montavon et al. 2019 define gamma for layers behind ReLUs
(https://doi.org/10.1007/978-3-030-28954-6_10); Andeol et al. 2021 for signed ones
(https://arxiv.org/abs/2106.04923))text",
    .level = Level::note,
    .evidence = "formula, bounds and inputs that are tried"};

inline constexpr Check kUnsigned{
    .id = "A014",
    .law = "RUL-2",
    .question = R"text(Is an epsilon added to a sum that may be negative?)text",
    .theorem = R"text(Proved means: every sum that an unsigned epsilon is added to is >= 0 on the domain, so
that it moves away from 0.)text",
    .refuted = R"text(The witness is an input at which the sum is negative: epsilon draws it towards 0, at
-epsilon to 0 itself, and beyond that the sign of every share flips.)text",
    .limits = kBoundsAndTrials,
    .remedy = R"text(stabilizer = { kind = "signed", ... }.)text",
    .example = R"text(#: case    z + epsilon
#: truth   fails
#: expect  refuted A014 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [0]
output fc1
--- rules lxt-epsilon
--- check
property = "A014"
domain   = [-1, 1]
=====
#: case    z >= 1
#: truth   holds
#: expect  proved A014 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [3]
output fc1
--- rules lxt-epsilon
--- check
property = "A014"
domain   = [-1, 1]
)text",
    .source = R"text(LXT adds epsilon without a sign
(https://github.com/rachtibat/LRP-eXplains-Transformers))text",
    .level = Level::warning,
    .evidence = "bounds and inputs that are tried"};

inline constexpr Check kVanishing{
    .id = "A015",
    .law = "DEN-1",
    .question = R"text(Can a denominator that nothing keeps away from 0 vanish on the domain?)text",
    .theorem = R"text(Proved means: at no input of the domain is a denominator of the rule at this layer 0.
Not asked where the formula tells: sums that are 0 only if every numerator is, signed and clipped epsilons,
and LRP-0 at units whose value 0 gets no relevance from the rules above (behind a ReLU).)text",
    .refuted = R"text(The two witnesses are inputs at which the denominator of one unit is negative and
positive. It depends continuously on the input: on every way between them it is 0. Whether the unit has
relevance there is asked by den.nonzero.)text",
    .limits = kBoundsAndTrials,
    .remedy = R"text(A signed epsilon. lrproof audit --check den.nonzero --scope cell bounds denominators near
given inputs.)text",
    .example = R"text(#: case    LRP-0 without the bias it divides by
#: truth   fails
#: expect  refuted A015 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [3]
h   = relu(fc1)
output h
--- rules innvestigate-z-ignore-bias
--- check
property = "A015"
domain   = [0, 1]
=====
#: case    with it
#: truth   holds
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [3]
h   = relu(fc1)
output h
--- rules innvestigate-z
--- check
property = "A015"
domain   = [0, 1]
=====
#: case    a linear unit between, which stays above 0
#: truth   holds
#: expect  proved A015 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [3]
fc2 = dense(fc1)  weight [[1]]  bias [0]
output fc2
--- rules
[[assign]]
to = { name = "fc2" }
rule = "flat"
[[assign]]
to = { op = "dense" }
rule = "lrp-0"
--- check
property = "A015"
domain   = [0, 1]
)text",
    .source = R"text(https://github.com/chr5tphr/zennit/issues/148)text",
    .level = Level::warning,
    .evidence = "formula, bounds and inputs that are tried"};

inline constexpr Check kSmallBox{
    .id = "A020",
    .law = "PRE-1",
    .question = R"text(Does what a box rule reads leave the box, for instance behind a normalisation?)text",
    .theorem = R"text(Proved means: at every input of --domain everything that the layer reads lies between the low
and the high of the rule set, or of --domain where it states none.)text",
    .refuted = R"text(The witness is an input of the domain at which an element that the layer reads is beyond
the box: the domain is larger than the box of the rule file, or the model normalises its input before that
layer.)text",
    .limits = R"text(Asked with --domain: without it the box is the only domain there is. Unknown where bounds do not
decide and no input that was tried shows it.)text",
    .remedy = R"text(low and high of the tensor that the layer reads: the normalised ends of the input's
domain.)text",
    .example = R"text(#: case    pixels from 0 to 1 that the model normalises
#: truth   fails
#: expect  refuted A020 at fc1
--- net
input x[2]
n   = scale(x)  mul [4, 4]  add [-2, -2]
fc1 = dense(n)  weight [[1, -1]]  bias [0]
output fc1
--- rules
[[assign]]
to = { op = "scale" }
rule = "pass"
[[assign]]
to = { op = "dense" }
rule = { name = "box", low = 0, high = 1 }
--- check
property = "A020"
domain   = [0, 1]
=====
#: case    the box of what the layer reads
#: truth   holds
#: expect  proved A020 at fc1
--- net
input x[2]
n   = scale(x)  mul [4, 4]  add [-2, -2]
fc1 = dense(n)  weight [[1, -1]]  bias [0]
output fc1
--- rules
[[assign]]
to = { op = "scale" }
rule = "pass"
[[assign]]
to = { op = "dense" }
rule = { name = "box", low = -3, high = 3 }
--- check
property = "A020"
domain   = [0, 1]
)text",
    .source = R"text(Montavon et al. 2017 derive the rule for inputs in the box
(https://doi.org/10.1016/j.patcog.2016.11.008))text",
    .level = Level::error,
    .evidence = "bounds and inputs that are tried"};

inline constexpr Check kNotPositive{
    .id = "A021",
    .law = "PRE-1",
    .question = R"text(May every output be <= 0 where deep Taylor rules explain a positive one?)text",
    .theorem = R"text(Proved means: at every input of the domain some output, and so the largest, is
positive.)text",
    .refuted = R"text(The witness is an input at which no output is positive: a decomposition of f into what
makes it positive explains nothing there.)text",
    .limits = kBoundsAndTrials,
    .remedy = R"text(Explain only inputs whose output is positive, or a rule without the premise f > 0.)text",
    .example = R"text(#: case    an output that can be negative
#: truth   fails
#: expect  refuted A021 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [0]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "dtd-w2"
--- check
property = "A021"
domain   = [0, 1]
=====
#: case    one that cannot
#: truth   holds
#: expect  proved A021 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [2]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "dtd-w2"
--- check
property = "A021"
domain   = [0, 1]
)text",
    .source = R"text(Montavon et al. 2017 (https://doi.org/10.1016/j.patcog.2016.11.008))text",
    .level = Level::warning,
    .evidence = "bounds and inputs that are tried"};

inline constexpr Check kRootOutside{
    .id = "A022",
    .law = "ROO-5",
    .question = R"text(Does a root point of a deep Taylor rule leave the cell of the input it belongs
to?)text",
    .theorem = R"text(None of the inputs that were tried has a root outside; that says nothing of the others,
and nothing is told. lrproof audit --check root.inside --scope cell decides it for every input of a
cell.)text",
    .refuted = R"text(The witness is an input, a unit and an element that its root takes to another piece: the
first-order expansion at the root is not the network's function between the two.)text",
    .limits = R"text(Asked with --domain, of networks of up to two million weights that are piecewise linear,
at six inputs.)text",
    .remedy = R"text(lrproof audit --check root.inside tells where, and how often.)text",
    .example = R"text(#: case    the root of the first unit switches the second unit off
#: truth   fails
#: expect  refuted A022 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, 0], [2, -1]]  bias [0, 0]
h   = relu(fc1)
fc2 = dense(h)  weight [[1, 1]]  bias [0]
output fc2
--- rules
[[assign]]
to = { name = "fc1" }
rule = "dtd-w2"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A022"
domain   = [0, 1]
=====
#: case    one unit, whose root moves nothing else
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1]]  bias [1]
h   = relu(fc1)
fc2 = dense(h)  weight [[1]]  bias [1]
output fc2
--- rules
[[assign]]
to = { name = "fc1" }
rule = "dtd-w2"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A022"
domain   = [0, 1]
)text",
    .source = R"text(Sixt and Landgraf 2022, a rigorous study of the deep Taylor decomposition
(https://arxiv.org/abs/2211.08425))text",
    .level = Level::warning,
    .evidence = "exact audits at inputs that are tried"};

inline constexpr Check kDisguise{
    .id = "A025",
    .law = "GXI-2",
    .question = R"text(Is the rule set gradient times input under another name?)text",
    .theorem = R"text(Some rule on the way is no form of LRP-0, or does not keep the form: the lemma of GXI-2
does not go through. That is no proof that the maps differ; lrproof audit --check gxi.reduces decides it at
given inputs.)text",
    .refuted = R"text(By the lemma: every affine node has LRP-0 with its bias, every activation a rule that
keeps R = a times gradient on all its pieces, and the start is the output's value. Wherever no used
denominator is 0, the relevance of the input is input times gradient.)text",
    .limits = R"text(Asked of piecewise linear networks of up to two million weights.)text",
    .remedy = R"text(Compute gradient times input: one backward pass, no division.)text",
    .example = R"text(#: case    LRP-0 on a ReLU network
#: truth   fails
#: expect  refuted A025
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1], [1, -1]]  bias [1, 0]
h   = relu(fc1)
fc2 = dense(h)  weight [[1, 2]]  bias [1/2]
output fc2
--- rules lrp-0
--- check
property = "A025"
=====
#: case    z-plus at its first layer
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1], [1, -1]]  bias [1, 0]
h   = relu(fc1)
fc2 = dense(h)  weight [[1, 2]]  bias [1/2]
output fc2
--- rules
[[assign]]
to = { name = "fc1" }
rule = "z-plus"
[[assign]]
to = { op = "dense" }
rule = "lrp-0"
--- check
property = "A025"
)text",
    .source = R"text(Ancona et al. 2018 (https://arxiv.org/abs/1711.06104); with biases: derived here)text",
    .level = Level::note,
    .evidence = "the lemma of GXI-2"};

}  // namespace lrproof::claim
