#pragma once
// Catalogue rows of net.*, in the voice of the documentation: docs/checks/*.md is made from them.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kNetClass{
    .id = "net.class",
    .law = "NET-6",
    .question = R"(Is the explained output the greatest output, at the input, on its whole cell, or on a whole box?)",
    .theorem = R"(Proved means: f_c > f_k for every other output k at every input of the scope: at the input
(`--scope point`), on its closed cell within the domain (`--scope cell`), or on the closed box around it within the
domain (`--scope box`). The comparison is strict, so a tie refutes. No rule set takes part: there is one finding for
all of them. It is asked when it is named (`--check net.class`).

Over a cell the outputs are affine, and the proof is one combination of the cell's rows for each k. Over a box it is a
tree for each k: the box is cut at kinks of units and in the middle of inputs until a linear lower bound of f_c - f_k
is above 0 on every part. "least_lead" is a number that f_c - f_k is nowhere below, for any k; "parts" counts parts.)",
    .refuted = R"(An input of the scope, an output k, and the exact values f_k >= f_c there. By hand: evaluate the
network at that input.)",
    .limits = R"(Unknown over a box when the parts exceed the budget (`--budget`, in multiply-adds; a thousand in
doubles count as one in rationals), when an output comes as near to f_c as rounding errors without being seen to reach
it, or when the input lies outside the domain. Unknown over a cell when the input lies on a kink, or its rows exceed the
budget. A network with one output: vacuous.)",
    .remedy =
        R"(An explanation of f_c over a scope explains a decision only where c is the decision. Where it is refuted,
take a smaller box or a cell, or explain the difference f_c - f_k of the two outputs.)",
    .example = R"(#: case    on the box |x - (2, 1)| <= 1/4 the first output leads by at least 1/2
#: truth   holds
#: expect  proved net.class
--- net
input x[2]
fc1 = affine(x)  weight [[1, -1], [-1, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 0], [0, 1]]  bias [0, 0]
output fc2
--- rules lrp-0
--- check
property = "net.class"
scope    = "box"
radius   = "1/4"
over     = { points = [["2", "1"]] }
=====
#: case    on the box of half-width 1/2 a corner has both outputs at 0: a tie
#: truth   fails
#: expect  refuted net.class
--- net
input x[2]
fc1 = affine(x)  weight [[1, -1], [-1, 1]]  bias [0, 0]
h   = relu(fc1)
fc2 = affine(h)  weight [[1, 0], [0, 1]]  bias [0, 0]
output fc2
--- rules lrp-0
--- check
property = "net.class"
scope    = "box"
radius   = "1/2"
over     = { points = [["2", "1"]] }
)",
    .source = R"(Katz et al. 2017, on the question (https://arxiv.org/abs/1702.01135); Zhang et al. 2018
(https://arxiv.org/abs/1811.00866), Singh et al. 2019 (https://doi.org/10.1145/3290354) and Wang et al. 2021
(https://arxiv.org/abs/2103.06624), on the bounds)"};

}  // namespace lrproof::claim
