#pragma once
// Rows of the check table: rewritten networks and pairs of networks (CAN-1). Included by check.cpp alone.
#include "claim/check.hpp"

namespace lrproof::claim {

inline constexpr Check kCanonBound{
    .id = "canon.bound",
    .law = "CAN-1",
    .question = R"(How far is the rewritten network, with its weights rounded for the file, from the one before?)",
    .theorem = R"(Proved means: no element of the output differs by more than the bound given in the finding, in real
arithmetic, at every input of the scope: the inputs of --inputs, or all inputs between the ends of --domain. A network
with several outputs has a finding for each, which names it. A final softmax or sigmoid is cut off an output; the
statement then says that the values are those before the head. The network after is
the one the written file holds, every weight the float that stands in it; the network before is the one of the
original file. With --tolerance T, proved means that the bound is at most T. The difference is carried through the
layers, W1 a1 - W2 a2 = W1 (a1 - a2) + (W1 - W2) a2, with outward rounding, and met with enclosures of both networks. At
single inputs the numbers have twice the digits of a double: of plain enclosures nothing is left after some 16 layers.
largest_seen is the largest difference among the inputs that were tried, in double precision: the bound's ratio to
it tells how much the bound may overstate.)",
    .refuted = R"(With --tolerance: the witness is an input of the domain and the exact values of both networks, of
which one element differs by more than T. By hand: evaluate both files at that input in exact arithmetic.)",
    .limits = R"(Asked when a file is written with -o and --inputs or --domain is given. Unknown when the network
holds an operation that is not piecewise linear before its logits, and when the bound exceeds the tolerance without
an input that does. Rejected when a folded weight is beyond the file's numbers; nothing is written then. What is
bounded is the difference of the functions; a program that evaluates them in float32 adds rounding of its own.)",
    .remedy = R"(A bound that is too wide over a large domain is tight at single inputs: give --inputs. A weight
that cannot be written: leave out the rewrite that made it, with --pass.)",
    .example = R"(lrproof canonize model.onnx -o canonized.onnx --inputs X.npy --domain 0,1 --tolerance 1e-3
)",
    .source = R"(Derived here; bounds on differences of networks: Paulsen, Wang and Wang, ReluDiff, ICSE 2020
(https://arxiv.org/abs/2001.03662))"};

inline constexpr Check kNetEqual{
    .id = "net.equal",
    .law = "CAN-1",
    .question = R"(Do two model files hold the same function?)",
    .theorem = R"(Proved without --tolerance means: the two networks give equal outputs for all real inputs. Both are
rewritten by rewrites that are proved themselves, and are then the same data-flow graph with the same exact constants,
up to the names and the order of nodes, the order of commutative operands, nodes that nothing reads, reshapes, and
how functions of single elements (biases, scales, activations) are written. With --tolerance T and --domain, proved
means that no output differs by more than T at any input of the domain: the difference of the two networks is bounded
over parts of the domain. Numbers are the reals and every stored float is the number it denotes, so a folded batch
norm whose weights were rounded is not equal to the norm before; it is equal within a tolerance.)",
    .refuted = R"(The witness is an input and the outputs of both networks there as exact fractions, which differ (by
more than T). They are computed again by a second reader and evaluator before they are told. For large networks the
witness holds enclosures of the two values that do not meet. By hand: evaluate both files at that input.)",
    .limits = R"(Unknown: no input was found that tells the networks apart, and they are not the same graph; with
--domain the finding says how far they can be apart at most. Networks with operations that are not piecewise linear
are compared as graphs only, and so are models with several outputs or with different heads. A final softmax or
sigmoid that both have is cut off, and the values before it are compared.)",
    .remedy = R"(Read the witness: a difference of one part in ten thousand at every norm is an epsilon that was
left out; a difference at the border of an image is a bias that was folded under padding. Where only rounding tells
the networks apart, give --tolerance and --domain.)",
    .example = R"(lrproof canonize model.onnx --against someone-elses-canonized.onnx --inputs X.npy
)",
    .source = R"(Value numbering: Alpern, Wegman and Zadeck, POPL 1988 (https://doi.org/10.1145/73560.73562);
translation validation: Pnueli, Siegel and Singerman, TACAS 1998 (https://doi.org/10.1007/BFb0054170))"};

}  // namespace lrproof::claim
