#!/usr/bin/python3
"""The study's root point experiment once more, in floating point and with numpy alone, to compare lrproof's table with.

It shares nothing with lrproof: roots and relevances are written out from the formulas, the two notions of "same region"
are decided by evaluating the network (tolerances below), and the study's own test is repeated in float32.

    /usr/bin/python3 examples/dtd_study/replica.py > examples/dtd_study/replica_output.txt
"""
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CLOSURE = 1e-9       # a pre-activation this far on the wrong side still counts as on the closed side
SHORTEST = 1e-9      # pieces of a segment shorter than this are rounding, not pieces
SAME_SLOPE = 1e-9    # gradients that differ by less are the same gradient
STUDY_SLOPE = 1e-5   # the study's threshold on a gradient's coordinates
STUDY_OUTPUT = 1e-6  # the study's threshold on the output
STUDY_NO_ROOT = 1e-5  # the study drops roots with |w.v| at or below this
GAMMA = 1.0
BOX = (0.0, 5.0)     # for zB, used at the first layer with z+ above it
RULES = ["zero, study", "zero, reference", "x", "z+", "gamma=1", "w2", "zB then z+"]


def load():
    stored = np.load(HERE / "dtd_study_weights.npz")
    layers = [(stored[f"weight{i}"], stored[f"bias{i}"]) for i in (1, 2, 3)]
    return layers, np.load(HERE / "dtd_study_inputs.npy")


def forward(layers, a):
    """Pre-activations of every layer for a batch [n, inputs]; the network's output is the last one's ReLU."""
    pre = []
    for weight, bias in layers:
        pre.append(a @ weight.T + bias)
        a = np.maximum(pre[-1], 0)
    return pre


def gradients(layers, a):
    """Gradient of output 0 at each row of a, with slope 0 at a kink as torch has it."""
    pre = forward(layers, a)
    g = (pre[-1][:, :1] > 0) * layers[-1][0][:1]
    for (weight, _), z in zip(reversed(layers[:-1]), reversed(pre[:-1])):
        g = (g * (z > 0)) @ weight
    return g


def direction(rule, depth, a, w):
    nonneg = (w >= 0).astype(a.dtype)
    if rule == "zB then z+":
        rule = "zB" if depth == 0 else "z+"
    if rule == "x":
        return a
    if rule == "z+":
        return a * nonneg
    if rule == "w2":
        return w
    if rule == "gamma=1":
        return a * (1 + a.dtype.type(GAMMA) * nonneg)
    if rule == "zB":
        return a - BOX[0] * nonneg - BOX[1] * (1 - nonneg)
    raise ValueError(rule)


def layer_roots(rule, depth, layer, a, relevance, units, no_root):
    """Roots of one layer at one input, and the train-free relevance they give below.

    Yields one tuple (unit, kind, root or None) per root, kinds "fixed" or "hinge" and "relevance"."""
    weight, bias = layer
    z = weight @ a + bias
    below = np.zeros_like(a)
    roots = []
    for j in units:
        w = weight[j]
        if rule.startswith("zero"):
            share = 1.0 if rule.endswith("study") else (relevance[j] / z[j] if z[j] != 0 else 0.0)
            below += w * a * a.dtype.type(share)
            roots.append((j, "fixed", np.zeros_like(a)))
            continue
        v = direction(rule, depth, a, w)
        wv = (v @ w)
        if abs(wv) <= no_root:
            roots += [(j, "hinge", None), (j, "relevance", None)]
            continue
        below += w * v * (relevance[j] / wv)
        roots += [(j, "hinge", a - z[j] / wv * v), (j, "relevance", a - relevance[j] / wv * v)]
    return z, roots, below


def in_cell(suffix, start_pre, root):
    """Is every unit above on the closed side it has at the start? Second answer: asked of output 0's ancestors only."""
    root_pre = forward(suffix, root[None])
    sides = [np.all(np.where(z[0] > 0, r[0], -r[0]) >= -CLOSURE) for z, r in zip(start_pre, root_pre)]
    last = np.where(start_pre[-1][0, 0] > 0, 1, -1) * root_pre[-1][0, 0] >= -CLOSURE
    return all(sides), all(sides[:-1]) and bool(last)


def in_linear_region(suffix, a, root, slope):
    """Cuts the segment from a to root at every kink and compares the gradient on each piece."""
    at = np.array([0.0, 1.0])
    for depth in range(len(suffix)):
        z = forward(suffix, a + at[:, None] * (root - a))[depth]
        left, right = z[:-1], z[1:]
        crossing = left * right < 0
        fraction = np.where(crossing, left / np.where(crossing, left - right, 1), np.nan)
        cuts = (at[:-1, None] + fraction * np.diff(at)[:, None])[crossing]
        at = np.unique(np.concatenate([at, cuts]))
    long_enough = np.diff(at) > SHORTEST
    middle = ((at[:-1] + at[1:]) / 2)[long_enough]
    if len(middle) == 0:
        return True
    return np.abs(gradients(suffix, a + middle[:, None] * (root - a)) - slope).max() <= SAME_SLOPE


def exact_minded_table(layers, inputs):
    layers = [(w.astype(np.float64), b.astype(np.float64)) for w, b in layers]
    print("Roots of every layer, float64. A root is asked for where relevance and pre-activation are not 0 "
          "(output 1 of")
    print("the last layer never has relevance). cell: closed activation cell of the layers from here on, all units;")
    print("cell-f0: the same, units that output 0 depends on; linear: same gradient of output 0 along the whole "
          "segment;")
    print("domain: the root is >= 0. Columns with 'bad' count inputs with at least one asked root outside.\n")
    head = ["rule", "layer", "kind", "roots", "no_root", "zero_rel", "cell", "cell-f0", "linear", "domain",
            "inputs", "bad cell", "bad f0", "bad lin"]
    print("{:16} {:>5} {:>9} ".format(*head[:3]) + " ".join(f"{h:>8}" for h in head[3:]))
    for rule in RULES:
        rows = {}
        for x in inputs.astype(np.float64):
            acts = [x]
            for z in forward(layers, x[None])[:-1]:
                acts.append(np.maximum(z[0], 0))
            pre = forward(layers, x[None])
            relevance = np.array([max(pre[-1][0, 0], 0), 0.0])
            for depth in (2, 1, 0):
                a, suffix = acts[depth], layers[depth:]
                units = range(len(relevance))
                z, roots, below = layer_roots(rule, depth, layers[depth], a, relevance, units, 1e-12)
                start, slope = forward(suffix, a[None]), gradients(suffix, a[None])
                bad = {}
                for j, kind, root in roots:
                    row = rows.setdefault((depth, kind), np.zeros(11, int))
                    if relevance[j] == 0 or z[j] == 0:
                        row[2] += 1
                        continue
                    if root is None:
                        row[1] += 1
                        continue
                    cell, cell_f0 = in_cell(suffix, start, root)
                    linear = cell_f0 or in_linear_region(suffix, a, root, slope)
                    row[[0, 3, 4, 5, 6]] += [1, cell, cell_f0, linear, np.all(root >= -CLOSURE)]
                    bad.setdefault(kind, np.zeros(3, bool))
                    bad[kind] |= [not cell, not cell_f0, not linear]
                for kind, flags in bad.items():
                    rows[(depth, kind)][7:] += [1, *flags]
                relevance = below
        for (depth, kind), row in sorted(rows.items()):
            print(f"{rule:16} {depth + 1:5} {kind:>9} " + " ".join(f"{n:8}" for n in row))
        print(flush=True)


def study_table(layers, inputs):
    print("The study's own test, float32: relevance roots of the ten first-layer units, units without relevance "
          "kept (their")
    print("root is the input itself), gradient of output 0 at the root against the one at the input.\n")
    print(f"{'rule':16} {'roots':>6} {'dropped':>7} {'inputs with a differing gradient':>34} "
          f"{'roots with one':>15} {'same output':>12}")
    for rule in ["zero, study", "z+", "gamma=1", "w2"]:
        any_differs = differs = same_output = count = dropped = 0
        for x in inputs:
            pre = forward(layers, x[None])
            acts = [x] + [np.maximum(z[0], 0) for z in pre[:-1]]
            relevance = np.maximum(pre[-1][0], 0)
            for depth in (2, 1, 0):
                units = range(1) if depth == 2 else range(len(relevance))
                _, roots, relevance = layer_roots(
                    rule, depth, layers[depth], acts[depth], relevance, units, STUDY_NO_ROOT)
            kept = np.array([r for _, kind, r in roots if kind != "hinge" and r is not None], np.float32)
            off = np.abs(gradients(layers, kept) - gradients(layers, x[None])) > STUDY_SLOPE
            f = np.maximum(forward(layers, kept)[-1][:, 0], 0)
            any_differs += off.any()
            differs += off.any(1).sum()
            same_output += (np.abs(f - np.maximum(pre[-1][0, 0], 0)) < STUDY_OUTPUT).sum()
            count += len(kept)
            dropped += 10 - len(kept)
        print(f"{rule:16} {count:6} {dropped:7} {any_differs / len(inputs):34.2%} {differs / count:15.2%} "
              f"{same_output / count:12.2%}")


def main():
    layers, inputs = load()
    print(f"{len(inputs)} inputs, largest coordinate {inputs.max():.4f}; zB box {BOX} at the first layer\n")
    study_table(layers, inputs)
    print()
    exact_minded_table(layers, inputs)


if __name__ == "__main__":
    main()
