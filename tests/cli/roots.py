"""`lrproof audit --roots`: files that cannot be read, answers checked by hand, and the second program's word on them."""
import os
import zipfile
from fractions import Fraction

import numpy as np

from behaviour import Behaviour
from case import Case
from models import write
from onnx_bytes import dense, model, node, tensor

ASK = ["audit", "good.onnx", "--rules", "lrp-0", "--inputs", "x.npy", "--check", "root.constant"]
ROWS = np.array([[1, -2], [0.5, 3], [-1.25, 0.75], [2, 2]])


def save(folder, name, pack=np.savez, **arrays):
    pack(os.path.join(folder, name), **arrays)


def mistakes(folder):
    """(name, arrays or None, words of the error); the input is x, hidden tensors are fc1 and act, the output fc2."""
    x = ROWS[0]
    yield "no input", {"act": np.zeros(3)}, ["no root at the input 'x'"]
    yield "unknown name", {"x": x, "acts": np.zeros(3)}, ["'acts'", "did you mean 'act'"]
    yield "unknown ending", {"x": x, "act.slop": np.zeros((3, 3))}, ["'act.slop'", "is no tensor"]
    yield "short", {"x": x, "act": np.zeros(2)}, ["'act'", "(2,)", "(3,) for one root"]
    yield "long", {"x": np.zeros((7, 2))}, ["'x'", "(7, 2)", "(4, 2) for one per input"]
    yield "flat", {"x": np.zeros(8)}, ["(8,)"]
    yield "slope of a wrong shape", {"x": x, "act": np.zeros(3), "act.slope": np.zeros(9)}, ["act.slope", "(3, 3)"]
    yield "slope alone", {"x": x, "act.slope": np.zeros((3, 3))}, ["act.slope", "no constant"]
    yield "slope per unit", {"x": np.ones((3, 2)), "x.slope": np.eye(2), "act": np.zeros(3)}, ["x.slope", "each unit"]
    yield "twice", {"x": x, "x.inputs": ROWS}, ["'x.inputs'", "second"]
    yield "units that are not", {"x.units": ROWS, "act": np.zeros(3)}, ["'x.units'", "(3, 2)"]
    yield "NaN", {"x": np.array([1.0, np.nan])}, ["entry x.npy", "NaN", "(1,)"]
    yield "infinite", {"x": x, "act": np.array([np.inf, 0, 0])}, ["entry act.npy", "nfinit"]
    yield "integers", {"x": np.array([1, 2])}, ["entry x.npy", "<i8"]


def cases(folder, source):
    del source
    for k, (name, arrays, words) in enumerate(mistakes(folder)):
        save(folder, f"bad{k}.npz", **arrays)
        yield Case(f"roots: {name}", [*ASK, "--roots", f"bad{k}.npz"], 2, [f"bad{k}.npz", *words])
    yield Case("roots: missing", [*ASK, "--roots", "nowhere.npz"], 2, ["nowhere.npz"])
    yield Case("roots: an .npy", [*ASK, "--roots", "x.npy"], 2, ["x.npy", ".npz"])
    yield Case("roots: a model", [*ASK, "--roots", "good.onnx"], 2, ["good.onnx"])
    save(folder, "whole.npz", x=ROWS * 0.5)
    with open(os.path.join(folder, "whole.npz"), "rb") as file:
        write(folder, "half.npz", file.read()[:150])
    yield Case("roots: truncated", [*ASK, "--roots", "half.npz"], 2, ["half.npz"])
    with zipfile.ZipFile(os.path.join(folder, "hollow.npz"), "w"):
        pass
    yield Case("roots: empty archive", [*ASK, "--roots", "hollow.npz"], 2, ["hollow.npz"])
    yield from ambiguous(folder)
    yield from cuts(folder)


def ambiguous(folder):
    np.save(os.path.join(folder, "three.npy"), ROWS[:3].astype(np.float32))
    ask = ["audit", "good.onnx", "--rules", "lrp-0", "--inputs", "three.npy", "--check", "root.constant", "--roots"]
    save(folder, "both.npz", x=ROWS[:3], act=np.zeros(3))
    yield Case("roots: units or inputs", [*ask, "both.npz"], 2, ["'x'", "'x.units' or 'x.inputs'"])
    for ending in ("units", "inputs"):
        save(folder, f"{ending}.npz", **{f"x.{ending}": ROWS[:3], "act": np.zeros(3)})
        yield Case(f"roots: {ending} by name", [*ask, f"{ending}.npz"], (0, 3), ["root.constant"])


def cuts(folder):
    write(folder, "r_skip.onnx", model([dense("x", "h", "fc1", "w1"), node("Relu", ["h"], ["a"], "act"),
                                        node("Add", ["x", "a"], ["y"], "sum")],
                                       [tensor("w1", (2, 2), (1.0, 0.5, 1.0, -0.25))]))
    ask = ["audit", "r_skip.onnx", "--rules", "lrp-0", "--inputs", "x.npy", "--check", "root.constant", "--roots"]
    save(folder, "beside.npz", x=ROWS * 0.5, act=np.zeros(2))
    yield Case("roots: a tensor with a path around it", [*ask, "beside.npz"], 2, ["'act'", "is no cut"])
    yield Case("roots: the input of a skip", [*ask, "whole.npz"], (0, 3), ["root.constant"])


def tests(programs, folder, source):
    suite = Roots(programs, folder, source)
    return [(name, getattr(suite, name)) for name in dir(Roots) if name.startswith("test_roots")]


class Roots(Behaviour):
    def asked(self, *extra, ask=ASK):
        report = self.report(*extra, "--witnesses", "9", base=ask, to="roots.json")
        self.validates(report)
        return report, [f for f in report["findings"] if f["check"] == "root.constant"]

    def forward(self, x):
        """f, and the gradient of its largest output, of good.onnx in fractions."""
        first = [[1, -2, Fraction(1, 2)], [3, Fraction(3, 2), -1]]
        bias, last = [Fraction(1, 4), Fraction(-1, 2), Fraction(1, 8)], [Fraction(1, 2), Fraction(-1, 4)]
        second = [[1, 2], [-1, Fraction(1, 2)], [Fraction(3, 4), Fraction(-1, 4)]]
        z = [sum(x[i] * first[i][j] for i in range(2)) + bias[j] for j in range(3)]
        f = [sum(max(z[j], 0) * second[j][c] for j in range(3)) + last[c] for c in range(2)]
        c = f.index(max(f))
        return f, c, [sum(first[i][j] * second[j][c] for j in range(3) if z[j] > 0) for i in range(2)]

    def test_roots_by_hand(self):
        save(self.folder, "near.npz", x=ROWS * 0.875, act=np.zeros(3))
        report, (found,) = self.asked("--roots", "near.npz")
        assert found["verdict"] == "proved" and found["rule_set"] is None, found
        assert report["roots"]["tensors"] == [{"node": "x", "per": "input", "slope": False},
                                              {"node": "act", "per": "layer", "slope": False}]
        assert len(found["exemplars"]) == 4
        for exemplar in found["exemplars"]:
            x = [Fraction(v) for v in ROWS[exemplar["place"]["input"]]]
            root = [v * Fraction(7, 8) for v in x]
            f, c, gradient = self.forward(x)
            witness = exemplar["witness"]
            assert exemplar["place"]["target"] == c
            assert Fraction(witness["sum"][0]) == sum(g * (a - b) for g, a, b in zip(gradient, x, root))
            assert Fraction(witness["output"][0]) == f[c]
            assert Fraction(witness["output_at_root"][0]) == self.forward(root)[0][c]
            assert Fraction(witness["unresolved"][0]) == [Fraction(1, 2), Fraction(-1, 4)][c]  # f at act = 0
        self.recheck(0, "roots.json", says=["1 accepted"])

    def test_roots_packed_or_not(self):
        save(self.folder, "plain.npz", x=ROWS * 0.5)
        save(self.folder, "packed.npz", np.savez_compressed, x=ROWS * 0.5)
        verdicts = []
        for name in ("plain.npz", "packed.npz"):
            _, (found,) = self.asked("--roots", name)
            verdicts.append((found["verdict"], found["exemplars"]))
            self.recheck(0, "roots.json", says=["1 accepted"])
            self.recheck(0, "roots.json", "--roots", name)
        assert verdicts[0] == verdicts[1]
        self.recheck(2, "roots.json", "--roots", "plain.npz", says=["sha256"])
        self.recheck(2, "roots.json", "--roots", "nowhere.npz", says=["nowhere.npz"])

    def test_roots_per_unit_and_with_a_slope(self):
        save(self.folder, "per.npz", **{"x.units": np.stack([ROWS[1] * s for s in (0.5, 0.75, 0.875)]), "act": np.zeros(3)})
        save(self.folder, "slope.npz", **{"x": ROWS * 0.875, "act": np.zeros(3), "act.slope": np.eye(3) / 2})
        for name in ("per.npz", "slope.npz"):
            for scope in (["point"], ["cell"], ["box", "--radius", "1/64"]):
                _, (found,) = self.asked("--roots", name, "--scope", *scope)
                assert found["verdict"] == "refuted", (name, scope)
                assert scope != ["point"] or "map" in [e["witness"]["kind"] for e in found["exemplars"]]
                self.recheck((0, 3), "roots.json", says=["0 rejected"])

    def test_roots_over_scopes(self):
        for scope, trust, code in ((["cell"], "checked", 0), (["box", "--radius", "1/64"], "asserted", 3)):
            _, (found,) = self.asked("--roots", "near.npz", "--scope", *scope)
            assert (found["verdict"], found["trust"]) == ("proved", trust), found
            self.recheck(code, "roots.json", says=["0 rejected"])
        _, (found,) = self.asked("--roots", "near.npz", "--scope", "box", "--radius", "1")
        assert found["verdict"] == "refuted", found  # other cells
        self.recheck((0, 3), "roots.json", says=["0 rejected"])

    def test_roots_of_rule_sets(self):
        ask = [w if w != "lrp-0" else "dtd-zero" for w in ASK]
        _, (found,) = self.asked(ask=ask)
        assert found["rule_set"] == "dtd-zero" and found["verdict"] == "refuted"
        self.recheck(0, "roots.json")
        _, both = self.asked("--roots", "near.npz", ask=ask)
        assert [(f["rule_set"], f["verdict"]) for f in both] == [("dtd-zero", "refuted"), (None, "proved")]
        self.recheck(0, "roots.json")
        other = [w if w != "lrp-0" else "dtd-x" for w in ASK]
        _, (found,) = self.asked(ask=other)
        assert found["verdict"] == "rejected" and "Taylor remainder" in found["reasons"][0]
        _, quiet = self.asked(ask=other[:-2])
        assert not quiet  # nobody asked

    def test_roots_that_were_bent(self):
        self.asked("--roots", "near.npz")
        os.replace(self.path("roots.json"), self.path("r.json"))

        def bend(field, value):
            def change(report):
                report["findings"][0]["exemplars"][0]["witness"][field] = value
            return self.damaged("bent.json", change)

        for field, value in (("sum", ["7"]), ("unresolved", ["0", "0"]), ("output_at_root", ["1/3"]),
                             ("beyond_bounds", 4), ("kind", "map"), ("tensors", "x | act")):
            self.recheck(70, bend(field, value), says=["1 rejected"])
        self.recheck(2, self.damaged("bent.json", lambda r: r["roots"]["tensors"][1].update(node="acts")))
        self.recheck(70, self.damaged("bent.json", lambda r: r["roots"]["tensors"][0].update(per="layer")))
        self.recheck(70, self.damaged("bent.json", lambda r: r["roots"]["tensors"].reverse()))
        self.recheck(70, self.damaged("bent.json", lambda r: r.pop("roots")))
