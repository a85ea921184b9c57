"""lrproof's questions about dense ReLU networks as one SMT-LIB formula each, from the input on: every weight its exact
number, every tensor a variable. Over a cell every ReLU has the piece that it has at the input; over a box it is an
if-then-else, and whether a root leaves is asked of the pieces at the input that the solver chooses. Written from the
definitions (docs/laws.md, ROO-1 to ROO-6, GXI-1) and the ONNX file; shares no code with lrproof.

Scope(..., composed=True), over a cell: an easier text of the same question. The gradient is a number; the layers are
multiplied out beforehand, so that every pre-activation is one affine form of the input, and those at a root one of the
root: as long as no row is broken the root is on the cell's pieces, so some row is broken iff one is broken there.
"""
from fractions import Fraction

import numpy as np

from networks import dyadic


def number(value):
    value = Fraction(value)
    top, bottom = abs(value.numerator), value.denominator
    text = f"{top}.0" if bottom == 1 else f"(/ {top}.0 {bottom}.0)"
    return f"(- {text})" if value < 0 else text


def total(terms):
    return "0.0" if not terms else terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"


def some(conditions):
    return "false" if not conditions else f"(or {' '.join(conditions)} false)"


def form_terms(rows, e, names):
    for row in rows:
        terms = [f"(* {number(Fraction(int(v), 1 << e))} {n})" for v, n in zip(row, names) if v and n is not None]
        yield total(terms + ([number(Fraction(int(row[-1]), 1 << e))] if row[-1] else []))


class Scope:
    """Inputs asked about: the domain or box as (low, high) per input, and the pieces of a cell; None: a box."""

    def __init__(self, layers, z, bounds, cell, composed=False):
        self.layers, self.z, self.bounds, self.composed = layers, z, bounds, composed
        self.pieces = [[v > 0 for v in row] for row in z] if cell else None

    def forms(self, first):
        """The pre-activations of the layers from `first` on, as exact rows (inputs of that layer, constant)."""
        size = self.layers[first].weight.shape[1]
        rows, e = np.array([[int(i == j) for j in range(size + 1)] for i in range(size)], dtype=object), 0
        for k in range(first, len(self.layers)):
            (w, ew), (b, eb) = dyadic(self.layers[k].weight), dyadic(self.layers[k].bias)
            rows, e = w.dot(rows), e + ew
            rows, b, e = rows * (1 << max(0, eb - e)), b * (1 << max(0, e - eb)), max(e, eb)
            rows[:, -1] += b
            yield rows, e
            rows = rows * np.array([[int(on or not self.layers[k].relu)] for on in self.pieces[k]], dtype=object)


class Script:
    """A network at an input of the scope. None stands for a variable that is 0 throughout."""

    def __init__(self, scope):
        self.scope, self.lines, self.products = scope, [], False
        self.inputs = []
        for k, (low, high) in enumerate(scope.bounds):
            name = self.declare(f"x{k}")
            self.inputs.append(name)
            if low is not None:
                self.require(f"(<= {number(low)} {name})")
            if high is not None:
                self.require(f"(<= {name} {number(high)})")
        self.a, self.pre = [self.inputs], []
        forms = list(scope.forms(0)) if scope.composed else []
        for k, layer in enumerate(scope.layers):
            terms = form_terms(*forms[k], self.inputs) if forms else self.affine(layer, self.a[-1])
            self.pre.append([self.define(f"z{k}_{j}", t) for j, t in enumerate(terms)])
            self.a.append([self.activate(k, j, name) for j, name in enumerate(self.pre[-1])]
                          if layer.relu else self.pre[-1])

    def declare(self, name):
        self.lines.append(f"(declare-fun {name} () Real)")
        return name

    def require(self, condition):
        self.lines.append(f"(assert {condition})")

    def define(self, name, term):
        self.require(f"(= {self.declare(name)} {term})")
        return name

    def text(self):
        logic = "QF_NRA" if self.products else "QF_LRA"
        return "\n".join([f"(set-logic {logic})", *self.lines, "(check-sat)", ""])

    @staticmethod
    def affine(layer, names):
        for weights, bias in zip(layer.weight, layer.bias):
            terms = [f"(* {number(float(w))} {n})" for w, n in zip(weights, names) if n is not None and w]
            yield total(terms + ([number(float(bias))] if bias else []))

    def activate(self, k, j, name):
        if self.scope.pieces is None:
            return self.define(f"a{k}_{j}", f"(ite (> {name} 0.0) {name} 0.0)")
        on = self.scope.pieces[k][j]
        self.require(f"(>= {name} 0.0)" if on else f"(<= {name} 0.0)")
        return name if on else None

    def leaving(self, k, j, there):
        """Is unit j of layer k strictly on the other side at the root?"""
        if self.scope.pieces is not None:
            return f"(< {there} 0.0)" if self.scope.pieces[k][j] else f"(> {there} 0.0)"
        here = self.pre[k][j]
        return f"(or (and (> {here} 0.0) (< {there} 0.0)) (and (< {here} 0.0) (> {there} 0.0)))"


def exists(scope, target):
    """Is the explained output 0 at some input of the cell?"""
    script = Script(scope)
    script.require(f"(= {script.a[-1][target] or '0.0'} 0.0)")
    return script.text()


def direction(rules, k, weight, a, bounds):
    """v_i of one input, as a number or a term; None: 0."""
    if rules == "dtd-w2":
        return Fraction(float(weight))
    if rules == "dtd-zb" and k == 0:
        return f"(- {a} {number(bounds[0] if weight >= 0 else bounds[1])})"
    if rules in ("dtd-zb", "dtd-z-plus") and weight < 0:
        return None
    return a


def place_root(script, rules, k, unit, domain):
    """The hinge root of the unit in the tensor that layer k reads, by name."""
    a, row = script.a[k], script.scope.layers[k].weight[unit]
    v = [direction(rules, k, w, n, domain) for w, n in zip(row, a)]
    z = script.pre[k][unit]
    if rules == "dtd-w2":  # w.v is a number, so that everything stays linear
        script.define("t", f"(* {number(1 / sum(Fraction(float(w)) ** 2 for w in row))} {z})")
    else:
        script.products = True
        script.define("drop", total([f"(* {number(float(w))} {d})" for w, d in zip(row, v) if d is not None and w]))
        script.declare("t")
        script.require("(not (= drop 0.0))")
        script.require(f"(= (* t drop) {z})")
    root = []
    for i, (name, d) in enumerate(zip(a, v)):
        if isinstance(d, Fraction):
            d = number(d) if d else None
        moved = name if d is None else f"(- {name or '0.0'} (* t {d}))"
        root.append(moved if d is None else script.define(f"r{k}_{i}", moved))
    return root


def root(scope, rules, k, unit, domain, outside):
    """Has some input in the unit's scope its hinge root outside (or inside)? |z| at least half of what it is at the
    centre, with its sign there."""
    script = Script(scope)
    z = scope.z[k][unit]
    name, least = script.pre[k][unit], number(z / 2)
    script.require(f"(<= {least} {name})" if z > 0 else f"(<= {name} {least})")
    names, leaves = place_root(script, rules, k, unit, domain), []
    forms = list(scope.forms(k)) if scope.composed else []
    for n in range(k, len(scope.layers)):
        there = []
        for j, term in enumerate(form_terms(*forms[n - k], names) if forms else script.affine(scope.layers[n], names)):
            there.append(script.define(f"zr{n}_{j}", term))
            if scope.layers[n].relu and (n, j) != (k, unit):
                leaves.append(script.leaving(n, j, there[-1]))
        if n + 1 < len(scope.layers) and not forms:
            names = [script.define(f"ar{n}_{j}", f"(ite (> {t} 0.0) {t} 0.0)") for j, t in enumerate(there)]
    script.require(some(leaves) if outside else f"(not {some(leaves)})")
    return script.text()


def reduces(scope, rules, target):
    """Is at some input, off the zeros of every z_j, the relevance of some feature not input times gradient? lrp-0 and
    lrp-w2. Backwards: the gradient of each pre-activation, and its relevance."""
    script, last = Script(scope), len(scope.layers) - 1
    r = [script.a[-1][target] if j == target else None for j in range(len(script.pre[last]))]
    g = ["1.0" if j == target else None for j in range(len(r))]
    for k in range(last, -1, -1):
        layer, a = scope.layers[k], script.a[k]
        if layer.relu:
            g = [gated(script, k, j, n) for j, n in enumerate(g)]
        shares = [share(script, rules, k, j, n) for j, n in enumerate(r)]
        g, r, above = [], [], (g, shares)
        for i, name in enumerate(a):
            w = layer.weight[:, i]
            down = [f"(* {number(float(v))} {n})" for v, n in zip(w, above[0]) if n is not None and v]
            g.append(script.define(f"g{k}_{i}", total(down)) if down and not scope.composed else None)
            if rules == "lrp-0":
                parts = [f"(* {number(float(v))} {n})" for v, n in zip(w, above[1]) if n is not None and v]
                term = None if name is None or not parts else f"(* {name} {total(parts)})"
            else:
                squares = [Fraction(float(v)) ** 2 for v in w]
                parts = [f"(* {number(v)} {n})" for v, n in zip(squares, above[1]) if n is not None and v]
                term = total(parts) if parts else None
            r.append(script.define(f"r{k}_{i}", term) if term else None)
    if scope.composed:
        rows, e = list(scope.forms(0))[-1]
        off = scope.layers[-1].relu and not scope.pieces[-1][target]
        g = [None if off else number(Fraction(int(v), 1 << e)) for v in rows[target][:-1]]
    else:
        script.products = True  # x g: that g is a number over a cell the solver may find out
    script.require(some([f"(not (= {r[i] or '0.0'} (* {x} {g[i] or '0.0'})))" for i, x in enumerate(script.inputs)]))
    return script.text()


def gated(script, k, j, name):
    if name is None or script.scope.pieces is None:
        return name and script.define(f"d{k}_{j}", f"(ite (> {script.pre[k][j]} 0.0) {name} 0.0)")
    return name if script.scope.pieces[k][j] else None


def share(script, rules, k, j, name):
    """R_j over its denominator."""
    if name is None:
        return None
    if rules == "lrp-w2":
        row = script.scope.layers[k].weight[j]
        return script.define(f"s{k}_{j}", f"(* {number(1 / sum(Fraction(float(w)) ** 2 for w in row))} {name})")
    script.products = True
    script.require(f"(not (= {script.pre[k][j]} 0.0))")
    script.require(f"(= (* {script.declare(f's{k}_{j}')} {script.pre[k][j]}) {name})")
    return f"s{k}_{j}"
