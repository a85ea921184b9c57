#pragma once
// Rows of the check table: lint rules about rule files and their formulas. Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kUnmatched{
    .id = "A001",
    .law = "RUL-5",
    .question = R"text(Does an operation fall back to the gradient, or pass, because no rule speaks of
it?)text",
    .theorem = R"text(Every operation on which the explained output depends has a rule that an assign gave it.
Reshapes, selections and concatenations move relevance with their elements and need none.)text",
    .refuted = R"text(No assign matches the node. Under unmatched = "error" nothing runs (an error here);
under "gradient" or "pass" it silently gets that. A maximum that falls back to the gradient is a note: its
gradient is the winner rule. Sums and products have lint rules of their own, A004 and A019.)text",
    .limits = R"text(Always decided, from the graph and the selectors. Rule sets without any formula of shares
are gradient methods and are not asked.)text",
    .remedy = R"text(Add the [[assign]] that the finding shows, or say what is meant: rule =
"gradient".)text",
    .example = R"text(#: case    a tanh that no assign speaks of
#: expect  refuted A001 at t
--- net
input x[2]
h = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
t = opaque(h)  op Tanh  shape [2]  evaluable 1
y = dense(t)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "gradient"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A001"
=====
#: case    the same with a rule for it
#: expect  nothing
--- net
input x[2]
h = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
t = opaque(h)  op Tanh  shape [2]  evaluable 1
y = dense(t)  weight [[1, 2]]  bias [0]
output y
--- rules
[ruleset]
unmatched = "gradient"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
[[assign]]
to = { op = "tanh" }
rule = "pass"
--- check
property = "A001"
)text",
    .source = R"text(Zennit: a module without a rule gets no hook and is the plain gradient
(https://github.com/chr5tphr/zennit/issues/51))text",
    .level = Level::warning,
    .evidence = "graph and selectors"};

inline constexpr Check kBiasAgainstSum{
    .id = "A011",
    .law = "RUL-1",
    .question = R"text(Does a sum of contributions of one sign get a bias of the other sign?)text",
    .theorem = R"text(At no unit of the layer has the bias part of a term the sign that all its numerators
lack: what the term divides by is 0 only where every numerator is.)text",
    .refuted = R"text(The term sums only numerators >= 0 (or only <= 0), and its bias part has the other sign
at some stored bias. The denominator can then be 0, or of the wrong sign, while contributions are not: shares
explode or flip. It is how a bias ends up in both denominators of an alpha-beta rule.)text",
    .limits = R"text(Decided from the formula and the stored biases. The signs of numerators are those of the
tap's sign classes; what the layer reads counts as >= 0 where bounds prove that. Terms of mixed sign are not
asked.)text",
    .remedy = R"text(bias = "pos(b)" in the positive part, "neg(b)" in the negative part, or no bias in
either.)text",
    .example = R"text(#: case    z-plus with the whole bias, which is negative
#: expect  refuted A011 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [-1]
output fc1
--- rules innvestigate-alpha1-beta0
--- check
property = "A011"
=====
#: case    z-plus with the positive part of it
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [-1]
output fc1
--- rules lrp-z-plus
--- check
property = "A011"
)text",
    .source = R"text(Bach et al. 2015 split the bias by its sign
(https://doi.org/10.1371/journal.pone.0130140); the layer is that of
https://github.com/albermax/innvestigate/issues/273)text",
    .level = Level::warning,
    .evidence = "formula and stored biases"};

inline constexpr Check kSquaresWithBias{
    .id = "A016",
    .law = "CON-1",
    .question = R"text(Does a rule of squared weights add the bias to what it divides by?)text",
    .theorem = R"text(Rules whose numerators are squared weights alone divide by the sum of them and nothing
else, or every bias of the layer is 0.)text",
    .refuted = R"text(The shares of the inputs sum to less than 1: b^2 / (sum w^2 + b^2) of a unit's relevance
stays with the bias, which has no weight to be squared.)text",
    .limits = R"text(Always decided, from the formula and the stored biases.)text",
    .remedy = R"text(Leave the bias part out of the rule.)text",
    .example = R"text(#: case    w-square with b^2
#: expect  refuted A016 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [-1]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "squares"
[[rule.squares.term]]
numerator = "w^2"
bias = "b^2"
--- check
property = "A016"
=====
#: case    w-square without it
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, -1]]  bias [-1]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "w-square"
--- check
property = "A016"
)text",
    .source = R"text(Zennit's WSquare squares the bias with the weights
(https://github.com/chr5tphr/zennit/blob/main/src/zennit/rules.py))text",
    .level = Level::warning,
    .evidence = "formula and stored biases"};

inline constexpr Check kDeadAssign{
    .id = "A023",
    .law = "RUL-5",
    .question = R"text(Does an assign match nothing, or only what assigns before it decide?)text",
    .theorem = R"text(Every name, index and fan-in that an assign uses matches some node that takes a rule,
and the assign decides at least one of the nodes that it matches. An assign by operation alone may find none:
rule sets are written for many networks.)text",
    .refuted = R"text(The name, index or fan-in matches no node that takes a rule (an error: it is a typing
mistake, or the model changed), or everything it matches has a rule already, because the first assign wins (a
warning). A comment that allows what no finding needs is a note.)text",
    .limits = R"text(Always decided, from the graph and the selectors.)text",
    .remedy = R"text(Correct the name (the finding says what was probably meant), or put the assign before the
one that overrules it.)text",
    .example = R"text(#: case    a name with a typing mistake, and an assign that comes too late
#: expect  refuted A023 : matches no node
#: expect  refuted A023
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
h   = relu(fc1)
fc2 = dense(h)  weight [[1, 2]]  bias [0]
output fc2
--- rules
[[assign]]
to = { name = "fc11" }
rule = "flat"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
[[assign]]
to = { name = "fc2" }
rule = "lrp-0"
--- check
property = "A023"
=====
#: case    the name as it is, and in time
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, 1], [1, -1]]  bias [0, 0]
h   = relu(fc1)
fc2 = dense(h)  weight [[1, 2]]  bias [0]
output fc2
--- rules
[[assign]]
to = { name = "fc1" }
rule = "flat"
[[assign]]
to = { op = "dense" }
rule = "epsilon"
--- check
property = "A023"
)text",
    .source = R"text(Zennit's NameMapComposite passes over names that match nothing
(https://github.com/chr5tphr/zennit/blob/main/src/zennit/composites.py))text",
    .level = Level::error,
    .evidence = "graph and selectors"};

inline constexpr Check kMisplacedFirst{
    .id = "A024",
    .law = "RUL-5",
    .question = R"text(Does the rule of the first layer meet a layer that is not first, or leave one out that
is?)text",
    .theorem = R"text(The layer that an assign with first = true decides reads the input, with nothing but
reshapes, selections, concatenations and an elementwise scaling between; and every other dense or convolution
layer that reads it so has the same rule.)text",
    .refuted = R"text(The first layer of that operation in execution order lies behind others, or a second
layer reads the input as well and gets another rule. Rules for first layers (box, w-square, flat) are derived
for the domain of the input.)text",
    .limits = R"text(Always decided, from the graph and the selectors. Assigns by index are not asked.)text",
    .remedy = R"text(Name the layer instead.)text",
    .example = R"text(#: case    the first convolution lies behind a dense layer
#: expect  refuted A024 at c1
#: expect  refuted A024 at fc1
--- net
input x[4]
fc1 = dense(x)  weight [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]]  bias [0, 0, 0, 0]
h   = relu(fc1)
r   = reshape(h)  shape [1, 1, 2, 2]
c1  = conv(r)  weight [[[[1, 1], [1, -1]]]]  bias [0]
output c1
--- rules
[[assign]]
to = { op = "conv", first = true }
rule = "flat"
[[assign]]
to = { op = "linear" }
rule = "epsilon"
--- check
property = "A024"
=====
#: case    the first layer of either kind
#: expect  nothing
--- net
input x[4]
fc1 = dense(x)  weight [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]]  bias [0, 0, 0, 0]
h   = relu(fc1)
r   = reshape(h)  shape [1, 1, 2, 2]
c1  = conv(r)  weight [[[[1, 1], [1, -1]]]]  bias [0]
output c1
--- rules
[[assign]]
to = { op = "linear", first = true }
rule = "flat"
[[assign]]
to = { op = "linear" }
rule = "epsilon"
--- check
property = "A024"
)text",
    .source = R"text(Zennit takes the first module in the order of registration
(https://github.com/chr5tphr/zennit/blob/main/src/zennit/composites.py))text",
    .level = Level::warning,
    .evidence = "graph and selectors"};

inline constexpr Check kGateBesideBias{
    .id = "A026",
    .law = "RUL-1",
    .question = R"text(Is the branch of a rule taken by z with its bias, and the sum made without it?)text",
    .theorem = R"text(Every term with a gate on z has a bias part, or the biases of the layer are 0: the gate
and the sum it guards speak of the same number.)text",
    .refuted = R"text(A term that is open where z > 0 (or z < 0) divides by a sum without the bias. Where the
bias turns the sign of z, the branch for the other sign is applied, and its denominator can be 0.)text",
    .limits = R"text(Always decided, from the formula and the stored biases.)text",
    .remedy = R"text(The same bias in every term, or a rule whose gates leave the bias out as well.)text",
    .example = R"text(#: case    gamma for both signs of z, without a bias part
#: expect  refuted A026 at fc1
--- net
input x[2]
fc1 = dense(x)  weight [[1, -2]]  bias [4]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "gamma-ignore-bias"
[[rule.gamma-ignore-bias.term]]
gate = "z > 0"
numerator = "pos(a)*(w + 1/4*pos(w)) + neg(a)*(w + 1/4*neg(w))"
[[rule.gamma-ignore-bias.term]]
gate = "z < 0"
numerator = "pos(a)*(w + 1/4*neg(w)) + neg(a)*(w + 1/4*pos(w))"
--- check
property = "A026"
=====
# : case gamma with its bias parts
# : expect nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, -2]]  bias [4]
output fc1
--- rules
[[assign]]
to = { op = "dense" }
rule = "gamma"
--- check
property = "A026"
)text",
    .source = R"text(Zennit's Gamma with zero_params = "bias" decides the sign with the bias
(https://github.com/chr5tphr/zennit/blob/main/src/zennit/rules.py))text",
    .level = Level::warning,
    .evidence = "formula and stored biases"};

inline constexpr Check kLocked{
    .id = "A027",
    .law = "RUL-5",
    .question = R"text(Has the meaning of a rule set changed since it was locked?)text",
    .theorem = R"text(Not decidable from ONNX and rule files alone: nothing in them says what they said
before.)text",
    .refuted = R"text(Never told: this version keeps no lock of a rule set.)text",
    .limits = R"text(Not asked.)text",
    .remedy = R"text(Keep the output of "lrproof rules show NAME" under version control: equal rule sets print
equally.)text",
    .example = R"text(lrproof rules show lrp-0
)text",
    .source = R"text(A new version of a library gave other maps for the same rules
(https://github.com/chr5tphr/zennit/issues/44))text"};
inline constexpr Check kBorrowedName{
    .id = "A028",
    .law = "RUL-6",
    .question = R"text(Does a rule set of a library use a rule name that means another formula there?)text",
    .theorem = R"text(Every rule of a built-in name in a rule set of a library's dialect has, up to its
parameters, a formula that a shipped rule set of that library has.)text",
    .refuted = R"text(The rule set says it is of the library's dialect, and the name stands for the reference
formula of this tool (or for one of the file's own), which differs from the library's: in the stabiliser, the
bias, or how inputs are split.)text",
    .limits = R"text(Decided by comparing formulas: gates, factors, signs, kinds of stabilisers; values of
parameters are left out. A library's rule that no shipped rule set has is told, too.)text",
    .remedy = R"text(Take the library's formula (lrproof rules list names its rule sets), or say dialect =
"reference".)text",
    .example = R"text(#: case    gamma is another rule in Captum
#: expect  refuted A028
--- net
input x[2]
fc1 = dense(x)  weight [[1, -2]]  bias [4]
output fc1
--- rules
[ruleset]
dialect = "captum"
[[assign]]
to = { op = "dense" }
rule = "gamma"
--- check
property = "A028"
=====
#: case    Captum's own, with another parameter
#: expect  nothing
--- net
input x[2]
fc1 = dense(x)  weight [[1, -2]]  bias [4]
output fc1
--- rules
[ruleset]
dialect = "captum"
[[assign]]
to = { op = "dense" }
rule = "gamma"
[[rule.gamma.term]]
numerator = "a*(w + 1/10*pos(w))"
bias = "b"
stabilizer = { kind = "signed", epsilon = 1e-9, zero_sign = 1 }
--- check
property = "A028"
)text",
    .source = R"text(docs/dialects.md puts the libraries' formulas side by side)text",
    .level = Level::warning,
    .evidence = "formulas of the shipped rule sets"};

}  // namespace lrproof::claim
